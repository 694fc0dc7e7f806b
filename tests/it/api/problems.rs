//! Every situation of a use case becomes the problem the contract promises.

use super::contract;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use worryfree_plugin::domain::field::FieldError;
use worryfree_plugin::domain::hold::Hold;
use worryfree_plugin::domain::ids::{AccountId, ImportId, OrganizationId};
use worryfree_plugin::domain::import::{ImportStatus, Step};
use worryfree_plugin::domain::outcome::Vendor;
use worryfree_plugin::http::problem::Problem;
use worryfree_plugin::service::ServiceError;
use worryfree_plugin::service::caps::CapReached;
use worryfree_plugin::service::error::{Change, HeldAccount, HeldOrganization};

fn at() -> DateTime<Utc> {
    "2030-01-15T09:30:00Z".parse().expect("a time")
}

fn organization() -> OrganizationId {
    OrganizationId::parse("48213377150926640184452719").expect("an id")
}

fn held_organization() -> HeldOrganization {
    HeldOrganization {
        organization_id: organization(),
        organization_name: "Harbour Dental Group".into(),
        import_id: None,
        account_id: None,
        by: "ana@sample-msp.example".into(),
        at: at(),
    }
}

fn held_account() -> HeldAccount {
    HeldAccount {
        account_id: AccountId::parse("aaaa").expect("an id"),
        organization_id: organization(),
        organization_name: "Harbour Dental Group".into(),
        import_id: Some(ImportId(uuid::Uuid::nil())),
    }
}

fn change() -> Change {
    Change { path: "/items/0/seats".into(), organization_id: None, before: json!(15), after: json!(20) }
}

/// Every situation of a use case, with the slug, the status and the further members the contract promises.
fn situations() -> Vec<(ServiceError, &'static str, u16, Value)> {
    let organizations = json!([{
        "organization_id": "48213377150926640184452719", "organization_name": "Harbour Dental Group", "import_id": null,
        "account_id": null, "by": "ana@sample-msp.example", "at": "2030-01-15T09:30:00Z",
    }]);
    let accounts = json!([{
        "account_id": "aaaa", "organization_id": "48213377150926640184452719",
        "organization_name": "Harbour Dental Group", "import_id": "00000000-0000-0000-0000-000000000000",
    }]);
    let changes = json!([{"path": "/items/0/seats", "before": 15, "after": 20}]);
    let errors = json!([{"path": "/version", "code": "required", "message": "Name it."}]);
    let field = || FieldError::new("/version", "required", "Name it.");
    vec![
        (ServiceError::NotFound, "not-found", 404, json!({})),
        (
            ServiceError::StaleVersion { current_version: 4, changes: vec![change()] },
            "stale-version",
            409,
            json!({"current_version": 4, "changes": changes}),
        ),
        (
            ServiceError::PlanChanged { current_hash: "9f".into(), changes: vec![] },
            "plan-changed",
            409,
            json!({"current_hash": "9f", "changes": []}),
        ),
        (
            ServiceError::ImportIncomplete { step: Step::ServicePlans, errors: vec![field()] },
            "import-incomplete",
            409,
            json!({"step": "service_plans", "errors": errors}),
        ),
        (
            ServiceError::ImportNotEditable { status: ImportStatus::CompletedWithProblems },
            "import-not-editable",
            409,
            json!({"import_status": "completed_with_problems"}),
        ),
        (
            ServiceError::UndoNotPossible { possible_until: Some(at()), undecided: None },
            "undo-not-possible",
            409,
            json!({"possible_until": "2030-01-15T09:30:00Z"}),
        ),
        (
            ServiceError::OrganizationLinked(vec![held_organization()]),
            "organization-linked",
            409,
            json!({"organizations": organizations}),
        ),
        (
            ServiceError::OrganizationImporting(vec![held_organization()]),
            "organization-importing",
            409,
            json!({"organizations": organizations}),
        ),
        (ServiceError::AccountAssigned(vec![held_account()]), "account-assigned", 409, json!({"accounts": accounts})),
        (
            ServiceError::CredentialsRefused(Vendor::RemoteManager),
            "credentials-refused",
            409,
            json!({"upstream": "remote_manager"}),
        ),
        (ServiceError::Frozen(Hold::Frozen { reason: "A drill".into() }), "frozen", 409, json!({})),
        (ServiceError::Frozen(Hold::Restored), "frozen", 409, json!({})),
        (
            ServiceError::CapReached(CapReached { what: "seats", cap: 10, hours: 1, used: 8, asked: 3 }),
            "cap-reached",
            409,
            json!({}),
        ),
        (ServiceError::InventoryMissing, "inventory-missing", 409, json!({"refreshed_at": null})),
        (
            ServiceError::InventoryStale { refreshed_at: at() },
            "inventory-stale",
            409,
            json!({"refreshed_at": "2030-01-15T09:30:00Z"}),
        ),
        (ServiceError::ValidationFailed(vec![field()]), "validation-failed", 422, json!({"errors": errors})),
        (ServiceError::Unavailable(sqlx::Error::PoolTimedOut), "unavailable", 503, json!({})),
        (ServiceError::Internal("row 7 of imports".into()), "internal-error", 500, json!({})),
    ]
}

#[test]
fn every_situation_has_its_type_status_and_members() {
    for (error, slug, status, members) in situations() {
        let mut document = Problem::from(error).document();
        assert_eq!(contract::instance_violations(&contract::schema(schema_of(slug)), &document), [""; 0], "{slug}");
        let object = document.as_object_mut().unwrap();
        assert_eq!(object.remove("type"), Some(json!(format!("urn:worryfree-plugin:problem:{slug}"))));
        assert_eq!(object.remove("status"), Some(json!(status)), "{slug}");
        for text in ["title", "detail", "request_id"] {
            assert!(
                object.remove(text).is_some_and(|text| text.as_str().is_some_and(|t| !t.is_empty())),
                "{slug} {text}"
            );
        }
        assert_eq!(document, members, "{slug}");
    }
}

/// Which schema of the document a problem has.
fn schema_of(slug: &str) -> &'static str {
    match slug {
        "stale-version" => "StaleVersionProblem",
        "plan-changed" => "PlanChangedProblem",
        "import-incomplete" => "IncompleteProblem",
        "import-not-editable" => "NotEditableProblem",
        "organization-linked" | "organization-importing" => "OrganizationProblem",
        "account-assigned" => "AccountProblem",
        "credentials-refused" => "CredentialsProblem",
        "inventory-missing" | "inventory-stale" => "InventoryProblem",
        "frozen" | "cap-reached" => "LimitProblem",
        "validation-failed" => "ValidationProblem",
        _ => "Problem",
    }
}
