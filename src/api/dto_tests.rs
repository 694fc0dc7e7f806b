//! What is shown has exactly the shape that the document promises: nothing is missing, and nothing is added in silence.

use super::imports_dto::{ImportDto, PlanDto, SummaryDto};
use super::integrations_dto::IntegrationDto;
use super::inventory_dto::{
    AccountDto, InventoryDto, LicensePoolDto, LinkDto, OrganizationDto, ServicePlanDto, TemplateDto,
};
use super::samples::{account, at, import, import_id, organization, plan_id, pool, row, service_plan, template};
use crate::domain::account::NewAccountDraft;
use crate::domain::ids::{LicensePoolId, SubscriptionId, TemplateId};
use crate::domain::import::{AccountChoice, ImportStatus, Step};
use crate::domain::integration::{CandidateAccount, Counts, IntegrationStatus, ItemStatus};
use crate::domain::inventory::{OrganizationKind, OrganizationProfile};
use crate::domain::plan::{Plan, Reason};
use crate::service::imports::ImportSummary;
use crate::service::integrations::{IntegrationView, ItemView, UndoOffer};
use crate::service::inventory::{
    AccountView, InventoryView, LinkView, MatchView, OrganizationView, PartView, RefreshStatus, SubscriptionView,
};
use serde::Serialize;
use serde_json::{Value, json};

/// The document with every object closed, but for those that others are composed of.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.iter_mut().filter(|(name, _)| *name != "allOf").for_each(|(_, member)| closed(member));
            if members.get("properties").is_some_and(Value::is_object) {
                members.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(members) => members.iter_mut().for_each(closed),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn check(name: &str, dto: impl Serialize) {
    let mut document: Value = serde_json::from_str(super::document()).unwrap();
    let mut components = document["components"].take();
    for (name, schema) in components["schemas"].as_object_mut().unwrap() {
        if name != "InventoryPart" {
            closed(schema);
        }
    }
    let root = json!({"$ref": format!("#/components/schemas/{name}"), "components": components});
    let validator = jsonschema::options().should_validate_formats(true).build(&root).unwrap();
    let shown = serde_json::to_value(dto).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&shown).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}\n{shown:#}");
}

fn link(full: bool) -> LinkView {
    LinkView {
        organization_id: organization(),
        organization_name: "Harbour Dental Group".into(),
        account_id: account(),
        account_name: "Harbour Dental".into(),
        subscription_id: full.then(|| SubscriptionId::parse("s").unwrap()),
        service_plan_id: full.then(plan_id),
        service_plan_name: None,
        seats: full.then_some(15),
        endpoints: full.then_some(12),
        template_id: full.then(|| TemplateId::parse("office-standard").unwrap()),
        template_name: None,
        imported_at: at(),
        imported_by: "ana".into(),
        import_id: import_id(),
    }
}

#[test]
fn inventory() {
    let profile = OrganizationProfile { email: Some("office@harbourdental.example".into()), ..Default::default() };
    for full in [true, false] {
        check(
            "Organization",
            OrganizationDto::from(OrganizationView {
                id: organization(),
                name: "Harbour Dental Group".into(),
                reference: None,
                kind: OrganizationKind::Customer,
                endpoints: full.then_some(12),
                endpoints_excluded: full.then_some(1),
                profile: if full { profile.clone() } else { OrganizationProfile::default() },
                link: full.then(|| link(full)),
                import_id: None,
                best_match: full.then(|| MatchView {
                    account_id: account(),
                    name: "Harbour Dental".into(),
                    city: None,
                    reason: "same name".into(),
                    exact: true,
                }),
                synced_at: at(),
            }),
        );
        check("Link", LinkDto::from(link(full)));
        let subscription = SubscriptionView {
            id: SubscriptionId::parse("s").unwrap(),
            service_plan_id: plan_id(),
            service_plan_name: "Worry-Free Services".into(),
            units: full.then_some(5),
        };
        check(
            "Account",
            AccountDto::from(AccountView {
                id: account(),
                name: "Harbour Dental".into(),
                city: None,
                state: None,
                country: None,
                assigned_to: full.then(|| (organization(), "Harbour Dental Group".to_owned())),
                subscriptions: vec![subscription],
            }),
        );
    }
    check("ServicePlan", ServicePlanDto::from((service_plan(), LicensePoolId::parse("wfs:full").ok())));
    check("LicensePool", LicensePoolDto::from(pool()));
    check("Template", TemplateDto::from(template()));
    check("Inventory", InventoryDto::from(InventoryView::default()));
    let part = PartView { count: 3, refreshed_at: Some(at()), complete: true };
    check(
        "Inventory",
        InventoryDto::from(InventoryView {
            organizations: part,
            endpoints: part,
            unattributed: Some(2),
            status: RefreshStatus::Failed,
            total: Some(9),
            started_at: Some(at()),
            finished_at: Some(at()),
            error: Some(Reason::new("upstream_unavailable", "Kaseya VSA does not answer.")),
            ..InventoryView::default()
        }),
    );
}

#[test]
fn imports() {
    check("Import", ImportDto::from(import()));
    let mut open = import();
    open.items = vec![row(1, None), row(2, Some(AccountChoice::Create(NewAccountDraft::default())))];
    open.items[0].service_plan_id = None;
    check("Import", ImportDto::from(open));
    check(
        "ImportSummary",
        SummaryDto::from(ImportSummary {
            id: import_id(),
            status: ImportStatus::CompletedWithProblems,
            step: Step::ServicePlans,
            version: 1,
            created_at: at(),
            created_by: "ana".into(),
            organizations: 0,
        }),
    );
}

#[test]
fn plans() {
    let plan = Plan::compute(&import(), at()).unwrap();
    assert_eq!(plan.items.iter().map(|item| item.imported).collect::<Vec<_>>(), [true, false, false]);
    check("Plan", PlanDto::from(plan));
}

#[test]
fn integrations() {
    let items = ItemStatus::ALL.into_iter().zip(1..).map(|(status, position)| ItemView {
        organization_id: organization(),
        organization_name: "Harbour Dental Group".into(),
        account_name: "Harbour Dental".into(),
        position,
        status,
        account_id: status.is_imported().then(account),
        subscription_id: None,
        seats: 15,
        reason: status.is_final().then(|| Reason::new("refused", "Trend Micro refused.")),
        next_try_at: (!status.is_final()).then(at),
        candidates: vec![CandidateAccount {
            account_id: account(),
            name: "H".into(),
            city: None,
            country: Some("GB".into()),
        }],
        event_id: 1,
    });
    let items: Vec<_> = items.collect();
    for status in ["queued", "running", "waiting", "stopping", "stopped", "finished"] {
        check(
            "Integration",
            IntegrationDto::from(IntegrationView {
                undo: UndoOffer::Nothing,
                import_id: import_id(),
                plan_hash: "9f".into(),
                status: IntegrationStatus::parse(status).unwrap(),
                counts: Counts::of(items.iter().map(|item| item.status)),
                items: items.clone(),
                waiting_for: Some(Reason::new("credentials_refused", "Replace them.")),
                next_try_at: Some(at()),
                started_at: at(),
                started_by: "ana".into(),
                finished_at: None,
                event_id: 7,
            }),
        );
    }
}
