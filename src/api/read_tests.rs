use super::*;
use serde_json::json;

fn found<T>(read: Result<T, Vec<FieldError>>) -> Vec<(String, String)> {
    read.err().unwrap_or_default().into_iter().map(|error| (error.path, error.code)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, code)| ((*path).to_owned(), (*code).to_owned())).collect()
}

fn version(body: &Value) -> Result<u32, Vec<FieldError>> {
    read(body, |node| node.object(&["version"])?.required("version")?.integer(1, 9))
}

#[test]
fn whole_numbers() {
    assert_eq!(version(&json!({"version": 9})), Ok(9));
    assert_eq!(version(&json!({"version": 2.0})), Ok(2));
    for (value, code) in [
        (json!(0), "out_of_range"),
        (json!(10), "out_of_range"),
        (json!(-1), "out_of_range"),
        (json!(18_446_744_073_709_551_615_u64), "out_of_range"),
        (json!(1.5), "invalid_format"),
        (json!(1e300), "invalid_format"),
        (json!("1"), "invalid_format"),
        (json!(true), "invalid_format"),
        (json!(null), "required"),
    ] {
        assert_eq!(found(version(&json!({"version": value}))), pairs(&[("/version", code)]), "{value}");
    }
}

#[test]
fn all_mistakes_are_named_with_pointers() {
    let body = json!({"a/b~c": 1, "flag": "yes"});
    let errors = read(&body, |node| {
        let object = node.object(&["flag", "version"])?;
        let flag = object.required("flag").and_then(|node| node.boolean());
        let version = object.required("version").and_then(|node| node.integer(1, 9));
        Some((flag?, version?))
    });
    let expected = [("/a~1b~0c", "unknown_field"), ("/flag", "invalid_format"), ("/version", "required")];
    assert_eq!(found(errors), pairs(&expected));
}

#[test]
fn something_else_than_an_object_is_refused_as_a_whole() {
    for body in [json!([]), json!("x"), json!(1), json!(false)] {
        assert_eq!(found(version(&body)), pairs(&[("", "invalid_format")]));
    }
    assert_eq!(found(version(&json!(null))), pairs(&[("", "required")]));
}

#[test]
fn texts_and_ids() {
    let text = |value: &Value| found(read(value, |node| node.text(3)));
    assert_eq!(text(&json!("äöü")), []);
    assert_eq!(text(&json!("äöüx")), pairs(&[("", "too_long")]));
    assert_eq!(text(&json!("")), pairs(&[("", "too_short")]));
    for bad in ["\0", "a\n", "\u{202e}x", "\u{7f}"] {
        assert_eq!(text(&json!(bad)), pairs(&[("", "invalid_characters")]), "{bad:?}");
    }
    let id = |value: &Value| found(read(value, |node| node.id(OrganizationId::parse)));
    assert_eq!(id(&json!("48213377150926640184452719")), []);
    assert_eq!(id(&json!(48_213_377)), pairs(&[("", "invalid_format")]), "a number would lose digits");
    assert_eq!(id(&json!("a b")), pairs(&[("", "invalid_format")]));
    assert_eq!(id(&json!("x".repeat(129))), pairs(&[("", "too_long")]));
}

#[test]
fn ids_are_named_once() {
    let ids = |value: Value| found(read(&value, |node| node.ids(3)));
    assert_eq!(ids(json!(["1", "2"])), []);
    assert_eq!(ids(json!(["1", "2", "1"])), pairs(&[("/2", "duplicate")]));
    assert_eq!(ids(json!(["1", "2", "3", "4"])), pairs(&[("", "too_long")]));
    assert_eq!(ids(json!({"0": "1"})), pairs(&[("", "invalid_format")]));
}

#[test]
fn mistakes_of_a_row_name_its_organization() {
    let body =
        json!([{"organization_id": "7", "seats": 0, "x": 1}, {"seats": 1}, {"organization_id": "7", "seats": 1}]);
    let read =
        read(&body, |node| node.rows(&["organization_id", "seats"], 1, 9, |row| row.required("seats")?.integer(1, 5)));
    let errors: Vec<_> = read
        .unwrap_err()
        .into_iter()
        .map(|error| (error.path, error.code, error.organization_id.map(String::from)))
        .collect();
    let expected = [
        ("/0/x", "unknown_field", Some("7")),
        ("/0/seats", "out_of_range", Some("7")),
        ("/1/organization_id", "required", None),
        ("/2/organization_id", "duplicate", Some("7")),
    ];
    let expected: Vec<_> =
        expected.map(|(path, code, id)| (path.to_owned(), code.to_owned(), id.map(str::to_owned))).into();
    assert_eq!(errors, expected);
}

#[test]
fn null_and_left_out() {
    let order = |body: Value| {
        read(&body, |node| match node.object(&["order"])?.optional("order") {
            Some(node) => node.nullable(|node| node.ids(9)),
            None => Some(None),
        })
    };
    assert_eq!(order(json!({})), Ok(None));
    assert_eq!(order(json!({"order": null})), Ok(None));
    assert_eq!(order(json!({"order": []})), Ok(Some(vec![])));
    assert_eq!(found(order(json!({"order": ""}))), pairs(&[("/order", "invalid_format")]));
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in ".*") {
        let body = Value::String(text);
        let _ = read(&body, |node| node.text(5));
        let _ = read(&body, |node| node.id(OrganizationId::parse));
    }
}
