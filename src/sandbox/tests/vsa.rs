//! Kaseya VSA 9.

use super::*;

struct Session {
    sandbox: Sandbox,
    http: reqwest::Client,
    token: String,
}

impl Session {
    async fn start(world: World) -> Self {
        let sandbox = Sandbox::start(SandboxOptions::new(world)).await.unwrap();
        let (http, token) = (reqwest::Client::new(), String::new());
        let mut session = Self { sandbox, http, token };
        session.renew().await;
        session
    }

    async fn renew(&mut self) {
        let credentials = self.sandbox.credentials();
        let url = format!("{}/API/v1.0/Auth", self.sandbox.vsa_url());
        let request = self.http.get(url).basic_auth(credentials.vsa_user, Some(credentials.vsa_access_token));
        let reply: Value = request.send().await.unwrap().json().await.unwrap();
        reply["Result"]["Token"].as_str().unwrap().clone_into(&mut self.token);
    }

    async fn text(&self, path: &str) -> (u16, String) {
        let url = format!("{}/api/v1.0{path}", self.sandbox.vsa_url());
        let response = self.http.get(url).bearer_auth(&self.token).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn json(&self, path: &str) -> (u16, Value) {
        let (status, text) = self.text(path).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    fn violations(&self) -> Vec<String> {
        self.sandbox.world().violations()
    }
}

#[tokio::test]
async fn pages_hold_a_hundred_at_most() {
    let session = Session::start(World::generated(120, 1_000, 1)).await;
    let (_, first) = session.json("/system/orgs?$top=1000&$orderby=OrgName").await;
    assert_eq!(first["Result"].as_array().unwrap().len(), 100);
    assert_eq!(session.violations().len(), 1);
    let (_, last) = session.json("/system/orgs?$skip=100&$orderby=OrgName").await;
    assert_eq!(last["Result"].as_array().unwrap().len(), 20);
    assert_eq!(last["Error"], "None");
    let totals = [&first["TotalRecords"], &last["TotalRecords"]];
    assert!(totals.iter().any(|total| **total == json!(120)) && totals.iter().any(|total| **total == json!("120")));
    let (_, agents) = session.json("/assetmgmt/agents?$skip=950").await;
    assert_eq!(agents["Result"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn ids_come_as_numbers_and_as_text() {
    let world = World::empty();
    let id = world.add_organization(Organization::complete("Harbour Dental Group"));
    world.add_organization(Organization::complete("Bluebird Nursery"));
    let session = Session::start(world).await;
    let (_, text) = session.text("/system/orgs").await;
    assert!(text.contains("\"OrgId\":4"), "{text}");
    assert!(text.contains("\"OrgId\":\"4"), "{text}");
    assert!(text.contains(&id), "{text}");
}

#[tokio::test]
async fn agents_are_counted_by_a_filter_with_suffix() {
    let world = World::empty();
    let id = world.add_organization(Organization::complete("Harbour Dental Group"));
    world.add_agents(&id, 7, 1);
    world.add_agents("99999999999999999999999999", 3, 0);
    let session = Session::start(world).await;
    let (_, reply) = session.json(&format!("/assetmgmt/agents?$top=1&$filter=OrgId%20eq%20{id}M")).await;
    assert_eq!(reply["TotalRecords"].to_string().trim_matches('"'), "7");
    assert_eq!(session.violations(), Vec::<String>::new());
    let (status, reply) = session.json(&format!("/assetmgmt/agents?$filter=OrgId%20eq%20{id}")).await;
    assert_eq!(status, 400);
    assert!(reply["Error"].as_str().unwrap().starts_with("Unrecognized 'Edm.Int32' literal"));
    assert_eq!(session.violations().len(), 1);
}

#[tokio::test]
async fn unknown_options_paths_and_methods_are_refused() {
    let session = Session::start(World::believable()).await;
    assert_eq!(session.json("/system/orgs?$select=OrgId").await.0, 400);
    assert_eq!(session.json("/system/orgs?$orderby=OrgId").await.0, 400);
    assert_eq!(session.json("/system/nothing").await.0, 404);
    let url = format!("{}/api/v1.0/system/orgs", session.sandbox.vsa_url());
    assert_eq!(session.http.post(&url).bearer_auth(&session.token).send().await.unwrap().status(), 405);
    let users = format!("{}/api/v1.0/system/users/1", session.sandbox.vsa_url());
    assert!(session.http.put(users).bearer_auth(&session.token).send().await.is_err());
}

#[tokio::test]
async fn sessions_end_when_told_and_say_so_in_two_ways() {
    let mut session = Session::start(World::believable()).await;
    assert_eq!(session.json("/environment").await.0, 200);
    session.sandbox.world().end_vsa_sessions();
    assert_eq!(session.json("/environment").await.0, 401);
    session.sandbox.world().configure(|quirks| quirks.vsa.unauthorized_in_body = true);
    let (status, body) = session.json("/environment").await;
    assert_eq!((status, &body["ResponseCode"], &body["Status"]), (200, &json!(401), &json!("OK")));
    session.sandbox.world().configure(|quirks| quirks.vsa.session_uses = Some(2));
    session.renew().await;
    let statuses = [session.json("/tenant").await, session.json("/tenant").await, session.json("/tenant").await];
    assert_eq!(statuses.map(|(_, body)| body["ResponseCode"].clone()), [json!(0), json!(0), json!(401)]);
}

#[tokio::test]
async fn contacts_can_be_missing_from_the_list() {
    let world = World::empty();
    let id = world.add_organization(Organization::complete("Harbour Dental Group"));
    world.configure(|quirks| quirks.vsa.list_without_contacts = true);
    let session = Session::start(world).await;
    assert!(session.json("/system/orgs").await.1["Result"][0]["ContactInfo"].is_null());
    let (_, one) = session.json(&format!("/system/orgs/{id}")).await;
    assert_eq!(one["Result"]["ContactInfo"]["City"], "Poole");
    let (_, staff) = session.json(&format!("/system/orgs/{id}/staff")).await;
    assert_eq!(staff["Result"][0]["StaffFullName"], "Ana Reyes");
    assert_eq!(session.json("/system/orgs/1/staff").await.0, 404);
}

#[tokio::test]
async fn codes_and_refresh_tokens_work_once() {
    let session = Session::start(World::believable()).await;
    let credentials = session.sandbox.credentials();
    let base = session.sandbox.vsa_url();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let login = format!(
        "{base}/vsapres/web20/core/login.aspx?response_type=code&redirect_uri=https://p.example/cb&client_id={}",
        credentials.vsa_oauth_client_id
    );
    let location = http.get(login).send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
    let code = location.strip_prefix("https://p.example/cb?code=").unwrap();
    assert_eq!(code.len(), 32);
    let redeem = json!({
        "grant_type": "authorization_code", "code": code, "redirect_uri": "https://p.example/cb",
        "client_id": credentials.vsa_oauth_client_id, "client_secret": credentials.vsa_oauth_client_secret
    });
    let post = |path: &str, body: &Value| http.post(format!("{base}/api/v1.0/{path}")).json(body).send();
    let tokens: Value = post("authorize", &redeem).await.unwrap().json().await.unwrap();
    assert_eq!(post("authorize", &redeem).await.unwrap().status(), 400);
    let user = http.get(format!("{base}/api/v1.0/system/currentUser"));
    let user = user.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(user.status(), 200);
    let mut renew = redeem.clone();
    renew["grant_type"] = json!("refresh_token");
    renew["refresh_token"] = tokens["refresh_token"].clone();
    assert_eq!(post("token", &renew).await.unwrap().status(), 200);
    assert_eq!(post("token", &renew).await.unwrap().status(), 400);
}

#[tokio::test]
async fn an_error_can_look_like_a_success() {
    let session = Session::start(World::believable()).await;
    session.sandbox.faults().on(Which::new(Api::Vsa).path("*/system/orgs").nth(1), Effect::StatusInBody(500));
    let (status, body) = session.json("/system/orgs").await;
    assert_eq!((status, body), (200, json!({"ResponseCode": 500, "Status": "OK", "Error": "None"})));
    assert_eq!(session.json("/system/orgs").await.1["ResponseCode"], 0);
}

#[tokio::test]
async fn every_agent_of_a_large_world_is_listed_once() {
    let session = Session::start(World::generated(2_000, 20_000, 7)).await;
    let mut seen = std::collections::HashSet::new();
    for page in 0..200 {
        let (_, reply) = session.json(&format!("/assetmgmt/agents?$top=100&$skip={}", page * 100)).await;
        for agent in reply["Result"].as_array().unwrap() {
            assert!(seen.insert(agent["ComputerName"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(seen.len(), 20_000);
}
