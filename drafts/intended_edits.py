import re,os
os.chdir('.')
def sub(p, pairs):
    s=open(p).read()
    for a,b in pairs:
        if a not in s: print("MISSING in",p,":",a[:70])
        s=s.replace(a,b,1)
    open(p,'w').write(s)
os.rename('migrations/0011_sign_in.sql.new','migrations/0011_sign_in.sql')
# sandbox
sub('src/sandbox/vsa/oauth.rs',[
("    redirect_uri: String,\n    issued","    redirect_uri: String,\n    login: String,\n    issued"),
("/// Signs everybody in and sends them back with a code; `state` is not returned.","/// Signs in whoever is chosen, or everybody as the plug-in's user where there are no people, and sends them back with a code;\n/// `state` is not returned."),
("""    let code = guid()""","""    let people: Vec<_> = state.people.iter().map(|person| person.login.clone()).collect();
    let login = match call.option("login") {
        Some(login) if people.contains(&login) => login,
        _ if people.is_empty() => state.credentials.vsa_user.clone(),
        _ => return choice(call, &people),
    };
    let code = guid()"""),
("Code { redirect_uri: redirect_uri.clone(), issued }","Code { redirect_uri: redirect_uri.clone(), login, issued }"),
("""/// The fields of a JSON body or of a form.""","""/// A page that asks who is there.
fn choice(call: &Call, people: &[String]) -> Reply {
    let target = call.target.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let line = |login: &String| format!("<li><a href=\\"{target}&amp;login={login}\\">{login}</a></li>");
    let list: String = people.iter().map(line).collect();
    let page = format!("<!doctype html><html lang=\\"en\\"><title>VSA</title><h1>Kaseya VSA: who are you?</h1><ul>{list}</ul></html>");
    Reply::text(200, "text/html; charset=utf-8", &page)
}

/// The fields of a JSON body or of a form."""),
("""    let valid = code.is_some_and(|code| {
        fields""","""    let login = code.as_ref().map(|code| code.login.clone()).unwrap_or_default();
    let valid = code.is_some_and(|code| {
        fields"""),
("if valid && grant && is_our_client(state, &fields) { tokens(state) } else { refusal() }","if valid && grant && is_our_client(state, &fields) { tokens(state, &login) } else { refusal() }"),
("""state.sessions.refresh_tokens.remove(token)).is_some();""","""state.sessions.refresh_tokens.remove(token));"""),
("if known && grant && is_our_client(state, &fields) { tokens(state) } else { refusal() }","match known {\n        Some(login) if grant && is_our_client(state, &fields) => tokens(state, &login),\n        _ => refusal(),\n    }"),
("fn tokens(state: &mut State) -> Reply {","fn tokens(state: &mut State, login: &str) -> Reply {"),
("state.sessions.refresh_tokens.insert(refresh.clone(), access.clone());","state.sessions.people.insert(access.clone(), login.to_owned());\n    state.sessions.refresh_tokens.insert(refresh.clone(), login.to_owned());"),
])
sub('src/sandbox/vsa/session.rs',[
("    pub(super) refresh_tokens: HashMap<String, String>,","    /// Who each refresh token is for.\n    pub(super) refresh_tokens: HashMap<String, String>,\n    /// Who each session of a person belongs to.\n    pub(super) people: HashMap<String, String>,"),
])
sub('src/sandbox/vsa/mod.rs',[
("            | [\"system\", \"currentuser\" | \"orgs\"","            | [\"system\", \"currentuser\" | \"roles\" | \"orgs\""),
("        _ => query::none(call).map(|()| single(&facts(state, resource))),","        [\"system\", \"roles\"] => {\n            let roles = ROLES.map(|(id, name)| json!({ \"RoleId\": id, \"RoleName\": name, \"RoleTypeIds\": [4] }));\n            Ok(envelope::list(&roles.to_vec(), ROLES.len() as u64, true))\n        }\n        [\"system\", \"currentuser\"] if person(state, call).is_some() => Ok(single(&person(state, call))),\n        _ => query::none(call).map(|()| single(&facts(state, resource))),"),
("/// The small single records.","""/// The roles of the server.
const ROLES: [(u32, &str); 3] = [(2, "Master"), (7, "Read only"), (9, "Technician")];

/// The person whose session it is, in the presumed shape of a user.
fn person(state: &State, call: &Call) -> Option<Value> {
    let token = call.header("authorization")?.strip_prefix("Bearer ")?;
    let login = state.sessions.people.get(token)?;
    let person = state.people.iter().find(|person| person.login == *login)?;
    Some(json!({
        "UserId": person.id, "AdminName": person.login, "Admintype": 2, "AdminScopeIds": ["2"], "AdminRoleIds": [person.role],
        "FirstName": person.first_name, "LastName": person.last_name, "Email": null, "Attributes": null
    }))
}

/// The small single records."""),
])
sub('src/sandbox/world/mod.rs',[
("    pub credentials: Credentials,\n    pub directory","    pub credentials: Credentials,\n    pub people: Vec<Person>,\n    pub directory"),
("    /// The switches as they are.","""    /// Adds somebody who can sign in to VSA, or changes who is there under this login.
    pub fn put_person(&self, person: Person) {
        let mut state = self.lock();
        state.people.retain(|known| known.login != person.login);
        state.people.push(person);
    }

    /// The switches as they are."""),
("pub use saved::SavedWorld;","pub use people::Person;\npub use saved::SavedWorld;"),
("mod market;\n","mod market;\nmod people;\n"),
])
open('src/sandbox/world/people.rs','w').write('''//! People who sign in to VSA.

/// Somebody with a VSA user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 26 digits.
    pub id: String,
    /// User name.
    pub login: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// 2 Master, 7 Read only, 9 Technician.
    pub role: u32,
}

impl Person {
    /// Somebody of this login and role.
    pub fn new(login: &str, first_name: &str, last_name: &str, role: u32) -> Self {
        let id = login.bytes().fold(String::from("38310000217765"), |id, byte| id + &format!("{:02}", byte % 100));
        Self {
            id: format!("{id:0<26}").chars().take(26).collect(),
            login: login.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            role,
        }
    }
}
''')
sub('src/sandbox/mod.rs',[("Group, KeyPair, Organization, Plan,","Group, KeyPair, Organization, Person, Plan,")])
# upstream
sub('src/upstream/vsa/vsa9/mod.rs',[("mod session;\nmod staff;\n","mod session;\nmod sign_in;\nmod staff;\n\npub use sign_in::{Grant, OauthClient, Vsa9SignIn, VsaUser};\n")])
sub('src/upstream/vsa/mod.rs',[("pub use vsa9::{Vsa9, Vsa9Config};","pub use vsa9::{Grant, OauthClient, Vsa9, Vsa9Config, Vsa9SignIn, VsaUser};")])
# storage
sub('src/storage/mod.rs',[("pub mod rows;\n","pub mod rows;\npub mod sign_in;\n")])
sub('src/storage/upkeep.rs',[("use super::{access, connections, idempotency};","use super::{access, connections, idempotency, sign_in};"),("    connections::purge_codes(&mut conn).await?;\n","    connections::purge_codes(&mut conn).await?;\n    sign_in::purge(&mut conn).await?;\n")])
# service
sub('src/service/mod.rs',[("pub mod partners;\n","pub mod partners;\npub mod sign_in;\n")])
sub('src/service/access.rs',[("/// Opens a session for somebody whose right","/// A value for a cookie that tells browsers apart.\npub fn browser_token() -> String {\n    random_token(\"\")\n}\n\n/// Whether a session has not ended; nothing is noted.\npub async fn is_open(app: &App, token: &str) -> bool {\n    matches!(caller_of_session(app, token).await, Ok(Some(_)))\n}\n\n/// Opens a session for somebody whose right")])
sub('src/service/sign_in.rs',[
("""    method: Method,
    token: &str,
    browser: Option<&str>,
    code: &str,
    state: Option<&str>,
) -> Result<Finished, SignInError> {""","""    method: Method,
    (token, browser, code, state): (&str, Option<&str>, &str, Option<&str>),
) -> Result<Finished, SignInError> {"""),
("#[expect(clippy::too_many_arguments, reason = \"what the browser brought, once\")]\n",""),
("/// Ends an attempt with the code that the browser brought back.","/// Ends an attempt with what the browser brought back: the cookies of window and waiting browser, the code, the state."),
])
sub('src/service/door.rs',[
("    tests: Mutex<","    /// The way to whoever tells who somebody is.\n    pub(in crate::service) transport: Arc<Transport>,\n    tests: Mutex<"),
("vault: Arc<Vault>, tester","vault: Arc<Vault>, transport: Arc<Transport>, tester"),
("Self { settings, vault, tester, tests","Self { settings, vault, tester, transport, tests"),
("use crate::storage::vault::Vault;\n","use crate::storage::vault::Vault;\nuse crate::upstream::transport::Transport;\n"),
("    /// The claim that lists a person's roles at an `OpenID` Connect provider.\n    pub oidc_role_claim: String,\n",""),
])
sub('src/startup/service.rs',[("Door::new(door, Arc::clone(vault), Arc::new(tester))","Door::new(door, Arc::clone(vault), Arc::clone(transport), Arc::new(tester))"),("        oidc_role_claim: sign_in.oidc_role_claim.clone(),\n","")])
sub('src/startup/settings/sections.rs',[("    /// `sign_in.oidc_role_claim`.\n    pub oidc_role_claim: String,\n","")])
s=open('src/startup/settings/read.rs').read()
a=s.index("        oidc_role_claim: document"); b=s.index("    }\n}",a)
s=s[:a]+s[b:]
s=re.sub(r"    let not_blank = \|text: &str\| Some\(text\.trim\(\)\.to_owned\(\)\)\.filter\(\|text\| !text\.is_empty\(\)\);\n    SignIn","    SignIn",s)
open('src/startup/settings/read.rs','w').write(s)
sub('config/default.toml',[("as VSA 9 or the partner's\n# OpenID Connect provider tells them, compared without regard to case.","as VSA 9 tells them,\n# compared without regard to case."),("\n# The claim of an OpenID Connect provider that lists a person's roles.\noidc_role_claim = \"roles\"\n","")])
# forms: no OIDC yet
s=open('src/service/connections.rs').read()
s=s.replace('pub const LINES: [&str; 19]','pub const LINES: [&str; 17]').replace('    "oidc_issuer",\n    "oidc_client_id",\n','').replace('pub const SECRETS: [&str; 8]','pub const SECRETS: [&str; 7]').replace('    "oidc_client_secret",\n','')
s=s.replace('        for name in ["oauth_client_id", "oidc_issuer", "oidc_client_id"] {\n            add(name, detail(name));\n        }\n','        add("oauth_client_id", detail("oauth_client_id"));\n')
a=s.index('        if self.entered.line("oidc_issuer").is_some() {'); b=s.index('        for name in ["administrator_roles", "viewer_roles"] {',a)
s=s[:a]+s[b:]
open('src/service/connections.rs','w').write(s)
s=open('src/web/connections_form.rs').read()
a=s.index("    fn oidc_sign_in"); b=s.index("    fn roles(&self)")
s=s[:a]+s[b:]
s=s.replace("sign_in: Option<[String; 2]>","sign_in: Option<String>").replace("if let Some([vsa, oidc]) = sign_in {","if let Some(address) = sign_in {").replace("form.vsa_sign_in(&vsa)","form.vsa_sign_in(&address)").replace("        groups.push(form.oidc_sign_in(&oidc));\n","")
s=s.replace("what only an activated partner can fill: the address\n/// that VSA has to know, and the provider's.","what only an activated partner can fill, with the address\n/// that VSA has to know.")
open('src/web/connections_form.rs','w').write(s)
sub('src/web/connections.rs',[('Some([redirect("vsa"), redirect("oidc")])','Some(redirect)'),('let redirect = |method| format!("{}{}/sign-in/{method}", state.door.settings.public_url, session.base());','let redirect = format!("{}{}/sign-in/vsa", state.door.settings.public_url, session.base());')])
sub('templates/activated.html',[("There you can also name an OpenID Connect provider of your own, and say which roles may do what.","There you can also say which roles may do what.")])
# web session
p='src/web/session.rs'
sub(p,[
('const SESSION: &str = "__Host-session";','pub(super) const SESSION: &str = "__Host-session";\n/// Names a browser, or a frame in it, to the window in which somebody signs in for it.\npub(super) const BROWSER: &str = "__Host-browser";\n/// One attempt to sign in, in the window that was opened for it.\npub(super) const SIGN_IN: &str = "__Host-sign-in";'),
('const RETURN: &str','pub(super) const RETURN: &str'),
("    /// Who.\n    pub caller: Caller,\n","    /// Who.\n    pub caller: Caller,\n    /// What the person may do, and how it came in.\n    pub holder: Holder,\n    /// The token, to look again whether the session has ended.\n    pub token: String,\n"),
("""        let caller = match jar.get(SESSION) {
            Some(cookie) => access::caller_of_session(&state.app, cookie.value())
                .await
                .map_err(|error| WebError::from(error).into_response())?,
            None => None,
        };
        match caller {
            Some(caller) if caller.partner_id == partner.partner_id => Ok(Self { caller, partner }),
            Some(_) | None => Err(sign_in(&partner, parts, jar)),
        }""","""        let token = jar.get(SESSION).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
        let holder =
            sign_in::holder(&state.app, &token).await.map_err(|error| WebError::from(error).into_response())?;
        match holder {
            Some(holder) if holder.caller.partner_id == partner.partner_id => {
                let session = Self { caller: holder.caller.clone(), holder, token, partner };
                if session.holder.role == Role::Viewer && is_write(parts) {
                    return Err(WebError::OnlyLooks.into_response());
                }
                Ok(session)
            }
            Some(_) | None => Err(ask_to_sign_in(state, &partner, parts, jar).await),
        }"""),
])
s=open(p).read()
a=s.index("fn sign_in(partner: &PartnerView"); b=s.index("/// A cookie for this service only")
s=s[:a]+'''/// Everything but looking: forms that only turn a page are no writes.
fn is_write(parts: &Parts) -> bool {
    let path = parts.uri.path();
    !parts.method.is_safe() && !["/customers/page", "/rows/page", "/leave"].iter().any(|end| path.ends_with(end))
}

/// The way back after signing in: the page itself, or the one a form was sent from.
fn way_back(partner: &PartnerView, parts: &Parts) -> Option<String> {
    let own = |path: &str| is_own_path(&partner.key, path).then(|| path.to_owned());
    if parts.method == Method::GET {
        return own(parts.uri.path());
    }
    let referer = parts.headers.get(REFERER)?.to_str().ok()?.parse::<Uri>().ok()?;
    own(referer.path())
}

async fn ask_to_sign_in(state: &WebState, partner: &PartnerView, parts: &Parts, jar: CookieJar) -> Response {
    let next = way_back(partner, parts);
    let jar = next.iter().fold(jar, |jar, next| jar.add(cookie(RETURN, next.clone())));
    let next = next.unwrap_or_else(|| format!("{}/customers", base(&partner.key)));
    let page = super::sign_in::page(state, partner, jar, &next, "").await;
    let answer = page.and_then(|(jar, page)| Ok((jar, show_as(StatusCode::UNAUTHORIZED, &page)?).into_response()));
    answer.unwrap_or_else(IntoResponse::into_response)
}

'''+s[b:]
s=s.replace("fn cookie(name: &'static str","pub(super) fn cookie(name: &'static str").replace("fn ended(name","pub(super) fn ended(name").replace("fn is_own_path(","pub(super) fn is_own_path(").replace("fn destination(","pub(super) fn destination(").replace("show_as(StatusCode::UNAUTHORIZED, &page).into_response();","")
s=s.replace("use crate::service::{Caller, ServiceError};","use crate::service::sign_in::{self, Holder, Role};\nuse crate::service::{Caller, ServiceError};")
s=s.replace("use axum::http::{Method, StatusCode};","use axum::http::header::REFERER;\nuse axum::http::{Method, StatusCode, Uri};")
open(p,'w').write(s)
sub('src/web/error.rs',[
("    /// A template could not be written.\n    Page(askama::Error),","    /// Somebody who may only look tried to change something.\n    OnlyLooks,\n    /// The person is no longer let in, or cannot be asked for; what happened, in words.\n    NotLetIn(&'static str),\n    /// A template could not be written.\n    Page(askama::Error),"),
("            Self::Page(error) => {","""            Self::OnlyLooks => Failure::new(
                StatusCode::FORBIDDEN,
                "You may look, but not change anything",
                "Nothing was changed. Your role in VSA lets you look only; ask an administrator of the plug-in to do this, or for another role.",
            ),
            Self::NotLetIn(detail) => Failure::new(StatusCode::FORBIDDEN, "You are not let in for this", detail),
            Self::Page(error) => {"""),
])
sub('src/web/layout.rs',[
("Self { user: session.caller.name.clone(), place,","let user = &session.caller.name;\n        let may_only_look = session.holder.role == Role::Viewer;\n        let user = if may_only_look { format!(\"{user} (may look only)\") } else { user.clone() };\n        Self { user, place,"),
("use crate::service::access::PartnerView;","use crate::service::access::PartnerView;\nuse crate::service::sign_in::Role;"),
])
sub('src/web/integration_actions.rs',[
("    let hash = fields.one(\"plan_hash\").unwrap_or_default();\n","    let hash = fields.one(\"plan_hash\").unwrap_or_default();\n    may_integrate(&state, &session).await?;\n"),
("/// `POST …/integration/stop`.","""/// Asks VSA anew what the person may do, before licenses are spent.
async fn may_integrate(state: &WebState, session: &Session) -> Result<(), WebError> {
    match sign_in::ask_again(&state.app, &state.door, &session.partner.key, &session.holder).await {
        Ok(Role::Administrator) => Ok(()),
        Ok(Role::Viewer) => Err(WebError::OnlyLooks),
        Err(SignInError::Service(error)) => Err(error.into()),
        Err(SignInError::Unanswered(_)) => Err(WebError::NotLetIn(
            "VSA does not answer, so it is not known whether you still may do this. Nothing was sent to Trend Micro. Try again in a few minutes.",
        )),
        Err(SignInError::NoRole(_)) => Err(WebError::NotLetIn(
            "Your roles in VSA have changed: none of them is let in any more, and you are signed out. Nothing was sent to Trend Micro.",
        )),
        Err(SignInError::Refused | SignInError::NoAttempt | SignInError::NotSetUp) => Err(WebError::NotLetIn(
            "VSA no longer confirms your sign-in, so you are signed out. Nothing was sent to Trend Micro. Sign in again; the import is as you left it.",
        )),
    }
}

/// `POST …/integration/stop`."""),
("use crate::service::integrations::{self, Retry};","use crate::service::integrations::{self, Retry};\nuse crate::service::sign_in::{self, Role, SignInError};"),
])
# SSE ends with the session
sub('src/web/integration_events.rs',[
("    import: ImportId,\n    after: i64,","    import: ImportId,\n    token: String,\n    after: i64,"),
("        app: state.app,\n        partner,","        app: state.app,\n        token: session.token,\n        partner,"),
("            self.shutdown.run_until_cancelled(self.notice.wait()).await?;","            let waited = tokio::time::timeout(SESSION_LOOK, self.notice.wait());\n            // Time over only means that it is time to look whether the session has ended.\n            self.shutdown.run_until_cancelled(waited).await?.ok();\n            if !access::is_open(&self.app, &self.token).await {\n                return None;\n            }"),
("#[derive(Serialize)]\nstruct Progress","/// A stream ends within this time, and a little, after its session.\nconst SESSION_LOOK: Duration = Duration::from_secs(3);\n\n#[derive(Serialize)]\nstruct Progress"),
("use crate::service::App;","use crate::service::{App, access};"),
])
# start: POST
sub('src/web/imports.rs',[
("/// `GET …/start`: opens the wizard with nothing selected; an empty import that is there already serves again.\npub async fn start(State(state): State<WebState>, session: Session) -> Result<Response, WebError> {","""/// Begins when its button is pressed, which the script does at once: looking at an address changes nothing.
#[derive(Template)]
#[template(path = "start.html")]
pub struct StartPage {
    /// The frame around it.
    pub layout: Layout,
}

/// `GET …/start`.
pub async fn start_page(session: Session) -> Result<Response, WebError> {
    show(&StartPage { layout: Layout::of(&session, "Start", Place::Imports) })
}

/// `POST …/start`: opens the wizard with nothing selected; an empty import that is there already serves again.
pub async fn start(State(state): State<WebState>, session: Session) -> Result<Response, WebError> {"""),
])
sub('src/web/mod.rs',[
('.route("/p/{partner_key}/start", get(imports::start))','.route("/p/{partner_key}/start", get(imports::start_page).post(imports::start))'),
("mod session;\n","mod session;\nmod sign_in;\n"),
("        .layer(CsrfLayer::new())\n        .layer(from_fn_with_state","        .layer(from_fn(guard::writes))\n        .layer(from_fn_with_state"),
("        .layer(CsrfLayer::new())\n        .layer(from_fn(guard::outside))","        .layer(from_fn(guard::writes))\n        .layer(from_fn(guard::outside))"),
("use tower_http::csrf::CsrfLayer;\n",""),
('        .route("/p/{partner_key}/activated"','        .route("/p/{partner_key}/sign-in", get(sign_in::show_form).post(sign_in::begin))\n        .route("/p/{partner_key}/sign-in/waiting", get(sign_in::waiting))\n        .route("/p/{partner_key}/sign-in/collect", post(sign_in::collect))\n        .route("/p/{partner_key}/sign-in/{method}", get(sign_in::back).post(sign_in::finish))\n        .route("/p/{partner_key}/activated"'),
])
sub('src/web/guard.rs',[
("/// Finishes the answer of a page that belongs to no partner","""/// Lets a write pass only if a page of ours sent it: browsers say so in `Sec-Fetch-Site`, older ones in `Origin` alone. A request
/// with neither is no form of ours. What the library's layer lets pass, a request that names no origin at all, is refused here.
pub async fn writes(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own_page(request.headers(), request.uri()) {
        return next.run(request).await;
    }
    StatusCode::FORBIDDEN.into_response()
}

/// Finishes the answer of a page that belongs to no partner"""),
("use axum::http::{HeaderMap, HeaderValue};","use axum::http::{HeaderMap, HeaderValue, StatusCode};"),
("use crate::service::ServiceError;","use crate::http::origin::is_own_page;\nuse crate::service::ServiceError;"),
])
# is_own_page moves to http
s=open('src/api/caller.rs').read()
a=s.index("/// Whether a page of this service sent the request, as the browser tells it."); b=s.index("fn unauthenticated()")
fn=s[a:b]
s=s[:a]+s[b:]
a=s.index("    #[test]\n    fn only_our_own_pages_change"); 
test=s[a:s.rindex("}")]
s=s[:a].rstrip()+"\n}\n"
s=s.replace("use crate::http::status;","use crate::http::origin::is_own_page;\nuse crate::http::status;")
s=s.replace("use axum::http::uri::Authority;\n","").replace("use axum::http::{HeaderMap, Uri, header};","use axum::http::{HeaderMap, header};")
s=s.replace("""                access::caller_of_session(&state.app, &token).await?
            }""","""                let holder = sign_in::holder(&state.app, &token).await?;
                if let Some(holder) = holder.as_ref().filter(|_| !parts.method.is_safe()) {
                    refuse_write(holder, parts.uri.path())?;
                }
                holder.map(|holder| holder.caller)
            }""")
s=s.replace("use crate::service::{Caller, access};","use crate::service::sign_in::{self, Holder, Role};\nuse crate::service::{Caller, access};")
s=s.replace("fn from_elsewhere()","""/// Who may only look changes nothing; who signed in at VSA is asked for anew on the screen before licenses are spent.
fn refuse_write(holder: &Holder, path: &str) -> Result<(), Problem> {
    if holder.role == Role::Viewer {
        return Err(Problem::new(status::FORBIDDEN, "Your role in VSA lets you look only. Nothing was stored."));
    }
    if holder.method.is_some() && path.ends_with("/integration") {
        let detail = "Start it on the plug-in's screen, which asks VSA whether you may, or with an API token. Nothing was sent.";
        return Err(Problem::new(status::FORBIDDEN, detail));
    }
    Ok(())
}

fn from_elsewhere()""")
open('src/api/caller.rs','w').write(s)
fn=fn.replace("fn is_own_page","pub fn is_own_page")
open('src/http/origin.rs','w').write('''//! Whether a page of ours sent a request: the one rule for every write with a cookie.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

'''+fn.rstrip()+'''

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

'''+test.rstrip()+"\n}\n")
sub('src/http/mod.rs',[("pub mod metrics;\n","pub mod metrics;\npub mod origin;\n")])
sub('tests/it/support/plugin.rs',[("Door::new(settings, Arc::clone(&self.vault), Arc::new(EnteredTester::new(transport())))","Door::new(settings, Arc::clone(&self.vault), transport(), Arc::new(EnteredTester::new(transport())))"),('            oidc_role_claim: "roles".to_owned(),\n','')])
# js
sub('src/web/assets/app.js',[
("all('form[data-test]').forEach(testing);","all('form[data-test]').forEach(testing);\nall('form[data-auto]').forEach((form) => form.requestSubmit());\nall('[data-waiting]').forEach(waiting);"),
("// Credentials are tested and stored","""// Somebody signs in in another window: go on as soon as that is done, and say if no cookie survives here.
function waiting(box) {
  const look = async () => {
    const answer = await fetch(box.dataset.waiting, { credentials: 'same-origin' }).then((reply) => reply.json()).catch(() => null);
    if (answer && !answer.has_cookie) { box.hidden = false; return; }
    if (answer?.done) { document.getElementById('collect').requestSubmit(); return; }
    setTimeout(look, 1500);
  };
  look();
}

// Credentials are tested and stored"""),
])
# layers: two more headers
# demo: oauth client and people
s=open('src/startup/demo/partner.rs').read()
s=s.replace('details: json!({ "user": credentials.vsa_user, "own_organizations": [] }),\n        credentials: BTreeMap::from([("access_token", secret(&credentials.vsa_access_token))]),','''details: json!({
            "user": credentials.vsa_user, "own_organizations": [], "oauth_client_id": credentials.vsa_oauth_client_id,
            "administrator_roles": ["Master"], "viewer_roles": ["Read only"],
        }),
        credentials: BTreeMap::from([
            ("access_token", secret(&credentials.vsa_access_token)),
            ("oauth_client_secret", secret(&credentials.vsa_oauth_client_secret)),
        ]),''')
open('src/startup/demo/partner.rs','w').write(s)
sub('src/startup/demo/world.rs',[("        Ok(Self { world, path })","        for person in [\n            Person::new(\"nora\", \"Nora\", \"Quist\", 2),\n            Person::new(\"wim\", \"Wim\", \"Ooster\", 7),\n            Person::new(\"tess\", \"Tess\", \"Vane\", 9),\n        ] {\n            world.put_person(person);\n        }\n        Ok(Self { world, path })"),("use crate::sandbox::{SavedWorld, World};","use crate::sandbox::{Person, SavedWorld, World};")])
# remote address of the demo's VSA must be in the test partner too
s=open('tests/it/support/plugin.rs').read()
s=s.replace('details: json!({ "user": credentials.vsa_user, "own_organizations": [] }),\n        credentials: BTreeMap::from([("access_token", secret(&credentials.vsa_access_token))]),','''details: json!({
            "user": credentials.vsa_user, "own_organizations": [], "oauth_client_id": credentials.vsa_oauth_client_id,
        }),
        credentials: BTreeMap::from([
            ("access_token", secret(&credentials.vsa_access_token)),
            ("oauth_client_secret", secret(&credentials.vsa_oauth_client_secret)),
        ]),''')
open('tests/it/support/plugin.rs','w').write(s)
