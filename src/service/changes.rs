//! What differs between two versions of an import or a plan, as paths into the newer one.

use super::error::Change;
use serde_json::{Value, json};

/// Differences of two documents; rows of `items` are compared by their organization, wherever they stand in the list.
pub fn between(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    let rows = |document: &Value| document["items"].as_array().cloned().unwrap_or_default();
    let (old, new) = (rows(before), rows(after));
    for (index, row) in new.iter().enumerate() {
        let id = row["organization_id"].as_str();
        let path = format!("/items/{index}");
        match old.iter().find(|other| other["organization_id"].as_str() == id) {
            Some(other) => compare(other, row, &path, id, &mut changes),
            None => changes.push(Change {
                path,
                organization_id: id.map(str::to_owned),
                before: Value::Null,
                after: row.clone(),
            }),
        }
    }
    for (index, row) in old.iter().enumerate() {
        let id = row["organization_id"].as_str();
        if !new.iter().any(|other| other["organization_id"].as_str() == id) {
            let change = Change {
                path: format!("/items/{index}"),
                organization_id: id.map(str::to_owned),
                before: row.clone(),
                after: Value::Null,
            };
            changes.push(change);
        }
    }
    let without_rows = |document: &Value| {
        let mut document = document.clone();
        document.as_object_mut().map(|members| members.remove("items"));
        document
    };
    compare(&without_rows(before), &without_rows(after), "", None, &mut changes);
    changes
}

fn compare(before: &Value, after: &Value, path: &str, organization: Option<&str>, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    if let (Some(old), Some(new)) = (before.as_object(), after.as_object()) {
        let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
        for name in names {
            let null = json!(null);
            compare(
                old.get(name).unwrap_or(&null),
                new.get(name).unwrap_or(&null),
                &format!("{path}/{name}"),
                organization,
                changes,
            );
        }
        return;
    }
    changes.push(Change {
        path: path.to_owned(),
        organization_id: organization.map(str::to_owned),
        before: before.clone(),
        after: after.clone(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_field_is_named_where_its_row_stands_now() {
        let before = json!({"items": [{"organization_id": "1", "seats": 15}, {"organization_id": "2", "seats": 10}]});
        let after = json!({"items": [{"organization_id": "2", "seats": 10}, {"organization_id": "1", "seats": 20}]});
        let expected = Change {
            path: "/items/1/seats".into(),
            organization_id: Some("1".into()),
            before: json!(15),
            after: json!(20),
        };
        assert_eq!(between(&before, &after), [expected]);
        assert_eq!(between(&before, &before), []);
    }

    #[test]
    fn rows_that_came_and_went_are_named() {
        let before = json!({"send": true, "items": [{"organization_id": "1"}]});
        let after = json!({"send": false, "items": [{"organization_id": "2"}]});
        let paths: Vec<_> =
            between(&before, &after).into_iter().map(|change| (change.path, change.after.is_null())).collect();
        assert_eq!(paths, [("/items/0".to_owned(), false), ("/items/0".to_owned(), true), ("/send".to_owned(), false)]);
    }
}
