use super::*;
use crate::api::read::read;
use crate::domain::field::FieldError;
use serde_json::{Value, json};

fn mistakes<T>(read: Result<T, Vec<FieldError>>) -> Vec<(String, String)> {
    read.err().unwrap_or_default().into_iter().map(|error| (error.path, error.code)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, code)| ((*path).to_owned(), (*code).to_owned())).collect()
}

fn example(path: &str, method: &str) -> Value {
    let document: Value = serde_json::from_str(crate::api::document()).unwrap();
    document["paths"][path][method]["requestBody"]["content"]["application/json"]["example"].clone()
}

#[test]
fn the_examples_of_the_document_are_read() {
    let import = "/api/v1/imports/{import_id}";
    assert_eq!(read(&example("/api/v1/imports", "post"), import_create).unwrap().len(), 2);
    let step = read(&example(&format!("{import}/accounts"), "put"), accounts).unwrap();
    assert_eq!((step.version, step.items.len()), (1, 2));
    let Some(AccountChoice::Create(draft)) = &step.items[0].1 else { panic!("{step:?}") };
    assert!(draft.check().is_ok());
    assert_eq!(
        step.items[1].1.as_ref().and_then(AccountChoice::existing).unwrap().as_str(),
        "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
    );
    let step = read(&example(&format!("{import}/notifications"), "put"), notifications).unwrap();
    assert_eq!(step.recipients[0].1, "office@harbourdental.example");
    let step = read(&example(&format!("{import}/service-plans"), "put"), service_plans).unwrap();
    assert_eq!((step.items[0].seats, step.items[1].seats, step.order), (None, Some(25), None));
    let step = read(&example(&format!("{import}/templates"), "put"), templates).unwrap();
    assert_eq!(step.items.iter().map(|(_, template)| template.is_some()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(read(&example(&format!("{import}/integration"), "post"), integration_start).unwrap(), "9f2c4e1a7b");
}

#[test]
fn an_account_is_read_by_its_mode() {
    let account = |account: Value| {
        mistakes(read(&json!({"version": 1, "items": [{"organization_id": "7", "account": account}]}), accounts))
    };
    assert_eq!(account(json!({})), pairs(&[("/items/0/account/mode", "required")]));
    assert_eq!(account(json!(null)), pairs(&[("/items/0/account", "required")]));
    assert_eq!(account(json!({"mode": "other"})), pairs(&[("/items/0/account/mode", "invalid_format")]));
    let existing = json!({"mode": "existing", "account_id": "a", "company": {}});
    assert_eq!(account(existing), pairs(&[("/items/0/account/company", "unknown_field")]));
    let create = json!({"mode": "create", "company": {"city": 1, "vat": "x"}, "account_id": "a"});
    let expected = [
        ("/items/0/account/account_id", "unknown_field"),
        ("/items/0/account/company/vat", "unknown_field"),
        ("/items/0/account/company/city", "invalid_format"),
        ("/items/0/account/contact", "required"),
    ];
    assert_eq!(account(create), pairs(&expected));
    let blank = json!({"mode": "create", "company": {"city": null}, "contact": {}});
    assert_eq!(account(blank), [], "what is blank is named by the use case");
}

#[test]
fn mistakes_in_all_rows_are_named() {
    let body = json!({
        "version": 0,
        "items": [
            {"organization_id": "1", "service_plan_id": null, "seats": 0},
            {"organization_id": "1", "service_plan_id": "p"},
        ],
        "order": ["1", "1"],
        "more": true,
    });
    let expected = [
        ("/more", "unknown_field"),
        ("/version", "out_of_range"),
        ("/items/0/service_plan_id", "required"),
        ("/items/0/seats", "out_of_range"),
        ("/items/1/organization_id", "duplicate"),
        ("/items/1/seats", "required"),
        ("/order/1", "duplicate"),
    ];
    assert_eq!(mistakes(read(&body, service_plans)), pairs(&expected));
}

#[test]
fn a_retry_may_say_nothing() {
    assert_eq!(read(&json!({}), retry), Ok(Retry::default()));
    let decided = read(&json!({"decisions": [{"organization_id": "1", "account_id": null}]}), retry).unwrap();
    assert_eq!(decided.decisions, [(OrganizationId::parse("1").unwrap(), None)]);
    assert_eq!(mistakes(read(&json!({"decisions": null}), retry)), pairs(&[("/decisions", "required")]));
}

/// Bodies made of the names and values that requests have, in any arrangement.
fn any_body() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (1..4i64).prop_map(Value::from),
        Just(json!("create")),
        Just(json!("existing")),
        "[0-9a-c\u{0}]{0,3}".prop_map(Value::from),
    ];
    let name = proptest::sample::select(vec![
        "version",
        "items",
        "organization_id",
        "account",
        "mode",
        "account_id",
        "company",
        "contact",
        "seats",
        "order",
        "service_plan_id",
        "template_id",
        "recipients",
        "email",
        "decisions",
        "organization_ids",
        "plan_hash",
        "other",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest::proptest! {
    /// Whatever comes: it is read, or there is a mistake that says why not; and the mistake leads to a place in the body
    /// or to one that is missing there.
    #[test]
    fn no_body_is_refused_without_a_reason(body in any_body()) {
        let refusals = [
            read(&body, import_create).err(),
            read(&body, accounts).err(),
            read(&body, notifications).err(),
            read(&body, service_plans).err(),
            read(&body, templates).err(),
            read(&body, retry).err(),
            read(&body, integration_start).err(),
        ];
        for errors in refusals.into_iter().flatten() {
            proptest::prop_assert!(!errors.is_empty(), "{body}");
            for error in errors {
                let parent = error.path.rsplit_once('/').map_or("", |(parent, _)| parent);
                proptest::prop_assert!(body.pointer(parent).is_some(), "{} in {body}", error.path);
            }
        }
    }
}
