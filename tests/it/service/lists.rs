//! Lists: complete and in order however they are cut, and found by what people type.

use crate::end_to_end::flow::{Row, errors, existing};
use crate::end_to_end::stage::{Options, Stage};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use worryfree_plugin::sandbox::{Customer, Organization, World};
use worryfree_plugin::service::inventory::{self, OrganizationQuery};
use worryfree_plugin::service::page::PageQuery;

async fn stage() -> Stage {
    let world = World::believable();
    for name in ["100% Pure Ltd", "1000 Pure Ltd", "under_score Ltd", "underscore Ltd", "back\\slash Ltd"] {
        world.add_organization(Organization::complete(name));
        world.add_customer(Customer::named(&format!("{name} (account)")));
    }
    Stage::new(Options::new(world)).await
}

fn texts(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_is_the_same_however_it_is_cut() {
    let stage = stage().await;
    for sort in ["name", "reference", "endpoints"] {
        let whole = stage.list(&format!("/api/v1/organizations?sort={sort}"), 200).await;
        let ids = texts(&whole, "id");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), stage.world().organizations().len());
        for limit in [1, 7, 50] {
            let cut = stage.list(&format!("/api/v1/organizations?sort={sort}"), limit).await;
            assert_eq!(texts(&cut, "id"), ids, "{sort} by {limit}");
        }
        let backwards = stage.list(&format!("/api/v1/organizations?sort=-{sort}"), 9).await;
        let key = |row: &Value| row[sort].clone();
        assert_eq!(backwards.first().map(key), whole.last().map(key), "-{sort}");
        assert_eq!(texts(&backwards, "id").into_iter().collect::<BTreeSet<_>>(), ids.into_iter().collect());
    }
    let endpoints: Vec<_> = stage.list("/api/v1/organizations?sort=endpoints", 20).await;
    let endpoints: Vec<_> = endpoints.iter().map(|row| row["endpoints"].as_u64()).collect();
    assert!(endpoints.is_sorted(), "{endpoints:?}");
    for list in ["accounts", "service-plans", "license-pools"] {
        let whole = texts(&stage.list(&format!("/api/v1/{list}"), 200).await, "id");
        assert_eq!(texts(&stage.list(&format!("/api/v1/{list}"), 2).await, "id"), whole, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_find_what_they_type() {
    let stage = stage().await;
    for (typed, found) in [
        ("cafe zoe", "Café Zoë Müller GmbH"),
        ("CAFÉ", "Café Zoë Müller GmbH"),
        ("skoda", "Škoda Čeština s.r.o."),
        ("o'brien", "O'Brien's Bar"),
        ("النور", "شركة النور للتجارة"),
        ("サンプル", "株式会社サンプル"),
        ("plusaddress.example", "Plus Address Partners"),
        ("it+vsa@plus", "Plus Address Partners"),
        ("100%", "100% Pure Ltd"),
        ("under_score", "under_score Ltd"),
        ("back\\slash", "back\\slash Ltd"),
    ] {
        let query = reqwest::Url::parse_with_params("http://x/", [("search", typed)]).unwrap();
        let rows = stage.list(&format!("/api/v1/organizations?{}", query.query().unwrap()), 50).await;
        assert!(texts(&rows, "name").contains(&found.to_owned()), "{typed}: {:?}", texts(&rows, "name"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_patterns_are_text() {
    let stage = stage().await;
    let found = async |list: &str, typed: &str| {
        let query = reqwest::Url::parse_with_params("http://x/", [("search", typed)]).unwrap();
        texts(&stage.list(&format!("/api/v1/{list}?{}", query.query().unwrap()), 200).await, "name").len()
    };
    assert_eq!(found("organizations", "under_score").await, 1, "an underscore is no wildcard");
    assert_eq!(found("organizations", "nothing like this").await, 0);
    assert_eq!(found("accounts", "under_score").await, 1);
    let all = stage.list("/api/v1/organizations", 200).await.len();
    for typed in ["%", "_", "\\"] {
        assert!(found("organizations", typed).await < all, "{typed} does not find everything");
    }
    assert_eq!(found("organizations", "  ").await, all, "blanks look for nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_divide_the_list() {
    let stage = stage().await;
    let count = async |query: &str| stage.list(&format!("/api/v1/organizations?{query}"), 50).await.len();
    let all = count("").await;
    let builtin = stage.list("/api/v1/organizations?kind=builtin", 50).await;
    assert_eq!(builtin.len(), 3);
    assert_eq!(count("kind=customer").await, all - 3);
    assert_eq!((count("linked=false").await, count("linked=true").await), (all, 0));
    let assigned = stage.list("/api/v1/accounts?assigned=true", 50).await;
    assert_eq!(assigned.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn models_of_templates_are_offered_to_nobody() {
    let world = World::believable();
    let organization = world.add_organization(Organization::complete("Template Office"));
    let stage = Stage::new(Options { remote_manager: true, ..Options::new(world) }).await;
    let model = stage.world().customer_named("Template Office").unwrap().id;
    let listed = async |query: &str| texts(&stage.list(&format!("/api/v1/accounts?{query}"), 50).await, "id");
    assert!(listed("").await.contains(&model), "it is an account");
    for query in ["assigned=false", "assigned=false&search=template"] {
        assert!(!listed(query).await.contains(&model), "{query}");
    }
    let (app, partner) = (&stage.plugin.app, stage.plugin.partner_id());
    let page = PageQuery { cursor: None, limit: 200 };
    let matching = OrganizationQuery { matching: true, page, ..OrganizationQuery::default() };
    let same_name = inventory::organizations(app, partner, &matching).await.unwrap().data;
    let counted = inventory::organization_counts(app, partner, &matching).await.unwrap().selected;
    assert!(!same_name.is_empty() && counted as usize == same_name.len());
    assert!(same_name.iter().all(|row| row.best_match.is_some() && row.id.as_str() != organization));
    let row = Row { account: existing(&model), ..stage.new_rows(["Template Office"], "WFS monthly", 10).remove(0) };
    let import = stage.begin(std::slice::from_ref(&row)).await;
    assert_eq!(import["items"][0]["account"]["mode"], "create", "{import:#}");
    let chosen = json!({ "items": [{ "organization_id": row.organization, "account": row.account }] });
    let refused = stage.step(import["id"].as_str().unwrap(), "accounts", chosen).await;
    let problem = refused.problem(422, "validation-failed");
    assert_eq!(errors(&problem), [("/items/0/account/account_id", "not_available")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_listed_is_said() {
    let stage = stage().await;
    for (query, field) in [
        ("limit=0", "?limit"),
        ("limit=201", "?limit"),
        ("limit=x", "?limit"),
        ("sort=size", "?sort"),
        ("linked=maybe", "?linked"),
        ("kind=other", "?kind"),
        ("cursor=nonsense", "?cursor"),
        ("colour=red", "?colour"),
    ] {
        let problem = stage.get(&format!("/api/v1/organizations?{query}")).await.problem(422, "validation-failed");
        assert_eq!(errors(&problem)[0].0, field, "{query}: {problem:#}");
    }
    let elsewhere = stage.get("/api/v1/organizations?limit=1").await.ok()["next_cursor"].as_str().unwrap().to_owned();
    for cursor in ["nonsense", &elsewhere] {
        let imports = stage.get(&format!("/api/v1/imports?cursor={cursor}")).await.problem(422, "validation-failed");
        assert_eq!(errors(&imports)[0].0, "?cursor", "{imports:#}");
    }
}
