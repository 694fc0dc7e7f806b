//! The screens as somebody who is signed in asks for them, without a network in between.

use super::plugin::{Plugin, RunningWorker};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use std::time::{Duration, Instant};
use tower::ServiceExt;
use worryfree_plugin::jobs::WorkerSettings;
use worryfree_plugin::service::inventory::RefreshStatus;
use worryfree_plugin::service::{access, inventory};

/// Larger than any page.
const LARGEST: usize = 64 * 1024 * 1024;
/// The longest that reading the vendors may take.
const READING: Duration = Duration::from_mins(5);

/// The screens of one partner.
pub struct Screens {
    router: Router,
    cookie: String,
    base: String,
    /// Reads the vendors until it is dropped.
    _worker: RunningWorker,
}

/// One answer.
#[derive(Debug)]
pub struct Page {
    /// Its status.
    pub status: StatusCode,
    /// Where it leads; empty if nowhere.
    pub location: String,
    /// What it says, unless it is compressed.
    pub text: String,
    /// How long the body is as it was sent.
    pub bytes: usize,
    /// From the question to the last byte.
    pub took: Duration,
}

impl Screens {
    /// Signs in once the inventory has been read.
    pub async fn new(plugin: &Plugin) -> Self {
        let worker = plugin.worker(WorkerSettings::default());
        let (app, partner) = (&plugin.app, plugin.partner_id());
        let began = Instant::now();
        loop {
            let view = inventory::inventory(app, partner).await.unwrap();
            let parts = [&view.organizations, &view.accounts, &view.license_pools];
            if view.status == RefreshStatus::Idle && parts.iter().all(|part| part.refreshed_at.is_some()) {
                break;
            }
            assert!(began.elapsed() < READING, "the inventory is read");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let link = access::issue_link(app, partner, "Ana", 5).await.unwrap();
        let token = access::open_session(app, partner, &link).await.unwrap().expect("the link is new");
        Self {
            router: plugin.router(),
            cookie: format!("__Host-session={token}"),
            base: format!("/p/{}", plugin.partner.partner_key),
            _worker: worker,
        }
    }

    /// A page below the partner's address, or at one that an answer led to.
    pub async fn get(&self, path: &str) -> Page {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// The same for somebody who reads this language.
    pub async fn get_in(&self, language: &str, path: &str) -> Page {
        let request = self.request(Method::GET, path).header(header::ACCEPT_LANGUAGE, language);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A request below the partner's address that is sent as it is built.
    pub async fn send_as(
        &self,
        method: Method,
        path: &str,
        headers: &[(header::HeaderName, &str)],
        body: &str,
    ) -> axum::response::Response {
        let request =
            headers.iter().fold(self.request(method, path), |request, (name, value)| request.header(name, *value));
        self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
    }

    /// The same, compressed.
    pub async fn get_compressed(&self, path: &str) -> Page {
        let request = self.request(Method::GET, path).header(header::ACCEPT_ENCODING, "br, gzip");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = as_form(fields);
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a step's form as it is shown, with these fields of its own.
    pub async fn send_step(&self, base: &str, step: &str, fields: &[(&str, &str)]) -> Page {
        let path = format!("{base}/{step}");
        let shown = self.get(&path).await;
        let mut all = vec![("version", shown.hidden("version"))];
        all.extend_from_slice(fields);
        self.post(&path, &all).await
    }

    /// What the option of this label sends.
    pub async fn value_of_option(&self, path: &str, label: &str) -> String {
        let page = self.get(path).await.text;
        let (before, _) = page.split_once(&format!(">{label}</option>")).expect("there is such an option");
        before.rsplit_once("<option value=\"").unwrap().1.split('"').next().unwrap().to_owned()
    }

    /// Begins an import of the first customers; returns where it is.
    pub async fn import_of(&self, plugin: &Plugin, rows: usize) -> String {
        let ids: Vec<_> =
            plugin.sandbox.world().organizations().into_iter().map(|organization| organization.id).collect();
        let ticked: Vec<_> = ids.iter().take(rows).map(|id| ("organization", id.as_str())).collect();
        let address = self.post("/imports", &ticked).await.leads().to_owned();
        address.trim_end_matches("/accounts").to_owned()
    }

    /// Sends whatever it is, from wherever it comes.
    pub async fn post_raw(&self, path: &str, kind: &str, site: &str, body: &str) -> Page {
        let request =
            self.request(Method::POST, path).header(header::CONTENT_TYPE, kind).header("sec-fetch-site", site);
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Sends a form with what a browser tells of where it was sent from; no kind means none is named.
    pub async fn post_told(&self, path: &str, told: &[(&str, &str)], kind: &str, body: &str) -> Page {
        let mut request = self.request(Method::POST, path);
        let kind = Some((header::CONTENT_TYPE.as_str(), kind)).filter(|(_, kind)| !kind.is_empty());
        for (name, value) in told.iter().copied().chain(kind) {
            request = request.header(name, value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Asks without being signed in.
    pub async fn get_signed_out(&self, path: &str) -> Page {
        let request = Request::builder().uri(self.address(path)).header(header::HOST, "plugin.example");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    fn address(&self, path: &str) -> String {
        if path.starts_with("/p/") { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(self.address(path))
            .header(header::HOST, "plugin.example")
            .header(header::COOKIE, &self.cookie)
    }

    async fn send(&self, request: Request<Body>) -> Page {
        let began = Instant::now();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), LARGEST).await.unwrap();
        let took = began.elapsed();
        let text = String::from_utf8_lossy(&body).into_owned();
        Page { status, location: location.unwrap_or_default(), text, bytes: body.len(), took }
    }
}

impl Page {
    /// The value of the hidden field of this name.
    pub fn hidden(&self, name: &str) -> &str {
        let field = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.text.split_once(&field).unwrap_or_else(|| panic!("{name} in {}", self.text));
        rest.split_once('"').unwrap().0
    }

    /// Where a stored form leads.
    #[track_caller]
    pub fn leads(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        &self.location
    }
}

/// Fields as a form sends them.
pub fn as_form(fields: &[(&str, &str)]) -> String {
    let mut address = reqwest::Url::parse("http://form.example").unwrap();
    address.query_pairs_mut().extend_pairs(fields);
    address.query().unwrap_or_default().to_owned()
}
