//! Secrets are nowhere but where they are sealed: not in logs at the finest level, in a dump of the database, in answers, in
//! numbers or in the exported trail.

use crate::processes::process::free_port;
use crate::processes::site::Site;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use std::fmt::Write;
use worryfree_plugin::sandbox::{Api, Effect, Which, World};

/// A secret under a name.
struct Canary(&'static str, String);

impl Canary {
    /// As it is and as it might have been written down.
    fn forms(&self) -> Vec<String> {
        let hex = self.1.bytes().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        let escaped = self.1.replace('=', "%3D").replace('+', "%2B").replace('/', "%2F");
        let encoded = STANDARD.encode(&self.1).trim_end_matches('=').to_owned();
        // The last letters of an encoding depend on what follows.
        vec![self.1.clone(), escaped, hex.to_uppercase(), hex, encoded[..encoded.len() - 2].to_owned()]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_found_nowhere() {
    let site = Site::new(World::generated(4, 200, 3)).await;
    let front = site.front().await;
    let metrics = free_port();
    let listen = format!("127.0.0.1:{metrics}");
    let process = site.serve_with(&front, &[("PLUGIN__LOG__FILTER", "trace"), ("PLUGIN__METRICS__LISTEN", &listen)]);
    let http = reqwest::Client::new();
    let base = front.rest.url.clone();
    let mut answers = Vec::new();

    let links: Vec<String> = ["link", "link"]
        .map(|link| String::from_utf8(site.command(&["partner", link, &site.partner.partner_key]).stdout).unwrap())
        .map(|url| url.trim().rsplit_once("code=").expect("a link has a code").1.to_owned())
        .into();
    let further = |arguments: &[&str]| {
        String::from_utf8(site.command(arguments).stdout).unwrap().lines().next().unwrap().to_owned()
    };
    let code = further(&["partner", "invite"]);
    let token = further(&["partner", "token", &site.partner.partner_key, "--label", "another"]);
    let ready = site.ready(&front, &site.names(4)).await;
    // Somebody signs in, looks around and leaves; somebody else tries codes and tokens that are wrong.
    let own = format!("{base}/p/{}", site.partner.partner_key);
    let enter = |code: &str| {
        http.post(format!("{own}/enter"))
            .header("sec-fetch-site", "same-origin")
            .header("origin", &base)
            .header("cookie", "__Host-probe=1")
            .form(&[("code", code)])
    };
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let entered = client.execute(enter(&links[0]).build().unwrap()).await.unwrap();
    let cookies = entered.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned());
    let mut session =
        cookies.filter_map(|cookie| cookie.strip_prefix("__Host-session=")?.split(';').next().map(str::to_owned));
    let session = session.next_back().expect("a session is opened");
    answers.push(entered.text().await.unwrap());
    answers.push(enter(&links[0]).send().await.unwrap().text().await.unwrap());
    for page in ["customers", "imports", &format!("imports/{}/integration", ready.id), "nowhere"] {
        let page = http.get(format!("{own}/{page}")).header("cookie", format!("__Host-session={session}"));
        answers.push(page.send().await.unwrap().text().await.unwrap());
    }
    for token in [format!("{}x", front.rest.token), session.clone()] {
        answers.push(
            http.get(format!("{base}/api/v1/imports")).bearer_auth(token).send().await.unwrap().text().await.unwrap(),
        );
    }

    // Vendors that fail in every way, credentials that are refused, then repaired, and an import that ends.
    let which = || Which::new(Api::Lmp).method("POST").path("/lmpi/v3/customers/*/subscriptions");
    site.sandbox.faults().on(which().nth(1), Effect::DropAfter);
    site.sandbox.faults().on(which().nth(2), Effect::DropBefore);
    site.sandbox.world().configure(|quirks| quirks.lmp.revoked = true);
    let path = ready.path("/integration");
    answers.push(front.rest.post(&path, json!({ "plan_hash": ready.hash() })).await.is(202).to_string());
    let waiting = front.integration(&ready, "it waits", |found| found["status"] == "waiting").await;
    answers.push(waiting.to_string());
    site.sandbox.world().configure(|quirks| quirks.lmp.revoked = false);
    answers.push(front.imported(&ready).await.to_string());
    answers.push(front.rest.post(&path, json!({ "plan_hash": "0".repeat(64) })).await.body.to_string());
    let numbers = http.get(format!("http://127.0.0.1:{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
    let leave = http.post(format!("{own}/leave")).header("sec-fetch-site", "same-origin").header("origin", &base);
    leave.header("cookie", format!("__Host-session={session}")).send().await.unwrap();

    let form = [
        ("code", code.as_str()),
        ("go", "activate"),
        ("vsa_access_token", "entered-4711-nowhere"),
        ("vsa_url", "nonsense"),
    ];
    let activate =
        http.post(format!("{base}/activate")).header("sec-fetch-site", "same-origin").header("origin", &base);
    // The code that somebody typed stands in the form that comes back, as it has to; so that page is not searched.
    assert_eq!(activate.form(&form).send().await.unwrap().status(), 422);
    answers.push(
        http.get(format!("{base}/api/v1/imports")).bearer_auth(&token).send().await.unwrap().text().await.unwrap(),
    );

    let commands = [
        vec!["audit", "export", &site.partner.partner_key],
        vec!["partner", "token", &site.partner.partner_key, "--list"],
        vec!["partner", "invite", "--list"],
        vec!["partner", "list"],
        vec!["partner", "list", "--json"],
        vec!["secrets", "rotate"],
    ];
    let mut printed = String::new();
    for arguments in &commands {
        let output = site.command(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        printed.push_str(&String::from_utf8_lossy(&output.stdout));
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
    }

    let credentials = site.sandbox.credentials();
    let canaries = [
        Canary("VSA access token", credentials.vsa_access_token),
        Canary("VSA client secret", credentials.vsa_oauth_client_secret),
        Canary("LMP access token", credentials.lmp.access_token),
        Canary("LMP secret key", credentials.lmp.secret_key),
        Canary("API token", front.rest.token.clone()),
        Canary("session", session),
        Canary("further API token", token),
        Canary("activation code", code),
        Canary("what was typed as a credential", "entered-4711-nowhere".to_owned()),
        Canary("used code", links[0].clone()),
        Canary("unused code", links[1].clone()),
        Canary("sealing key", STANDARD.encode([7_u8; 32])),
    ];
    let places = [
        ("log", process.log()),
        ("dump", site.dump().await),
        ("answers", answers.join("\n")),
        ("numbers", numbers),
        ("printed", printed),
    ];
    for (place, text) in &places {
        println!("{place}: {} bytes", text.len());
        assert!(text.len() > 500, "{place} has something to search");
    }
    assert!(places[0].1.contains("TRACE"), "the log is at its finest level");
    let mut found = Vec::new();
    for canary in &canaries {
        for form in canary.forms() {
            // The one who was given a cookie gets it once, in a header; bodies never have it.
            found.extend(
                places
                    .iter()
                    .filter(|(_, text)| text.contains(&form))
                    .map(|(place, _)| format!("{} in {place}", canary.0)),
            );
        }
    }
    assert_eq!(found, [""; 0]);
    println!("{} canaries, {} places: 0 found", canaries.len(), places.len());
}
