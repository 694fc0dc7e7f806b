use super::*;
use crate::domain::account::{CompanyDraft, ContactDraft};

fn item(id: &str, account: Option<AccountChoice>) -> ImportItem {
    ImportItem {
        organization_id: OrganizationId::parse(id).unwrap(),
        organization_name: format!("Customer {id}"),
        is_known: true,
        reference: None,
        position: 1,
        endpoints: Some(8),
        account_name: account.as_ref().and_then(AccountChoice::existing).map(|_| "Known".to_owned()),
        account,
        account_holder: None,
        created_before: None,
        hold: None,
        recipient_email: None,
        service_plan_id: Some(ServicePlanId::parse("p1").unwrap()),
        seats: None,
        template_id: None,
        subscriptions: Vec::new(),
    }
}

fn create() -> AccountChoice {
    let text = |value: &str| Some(value.to_owned());
    AccountChoice::Create(NewAccountDraft {
        company: CompanyDraft {
            name: text("Acme"),
            city: text("Poole"),
            state: text("Dorset"),
            country: text("GB"),
            ..CompanyDraft::default()
        },
        contact: ContactDraft { first_name: text("Ana"), last_name: text("Reyes"), email: text("ana@acme.example") },
    })
}

fn existing(id: &str) -> AccountChoice {
    AccountChoice::Existing { account_id: AccountId::parse(id).unwrap() }
}

fn plan(id: &str, version: LicenseVersion) -> ServicePlan {
    ServicePlan {
        id: ServicePlanId::parse(id).unwrap(),
        name: id.to_owned(),
        product: "Worry-Free Services".to_owned(),
        product_code: Some("ABCDEFGHI".to_owned()),
        version,
        data_center: None,
        auto_renewal: true,
    }
}

fn import(items: Vec<ImportItem>) -> Import {
    Import {
        id: ImportId(uuid::Uuid::nil()),
        status: ImportStatus::Draft,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        created_by: "ana".to_owned(),
        confirmed: Confirmed { accounts: true, notifications: true, service_plans: true, templates: true },
        send_all_to_partner: true,
        partner_email: "noc@msp.example".to_owned(),
        seat_rule: SeatRule::default(),
        items,
        catalog: Catalog {
            service_plans: vec![plan("p1", LicenseVersion::Full), plan("trial", LicenseVersion::Trial)],
            ..Catalog::default()
        },
    }
}

#[test]
fn the_first_step_that_is_open_comes_next() {
    let mut draft = import(vec![item("1", Some(create()))]);
    assert_eq!(draft.next_step(), Step::Ready);
    draft.confirmed.templates = false;
    assert_eq!(draft.next_step(), Step::Templates);
    draft.items[0].service_plan_id = None;
    assert_eq!(draft.next_step(), Step::ServicePlans);
    draft.confirmed.notifications = false;
    assert_eq!(draft.next_step(), Step::Notifications);
    draft.items[0].account = None;
    assert_eq!(draft.next_step(), Step::Accounts);
    assert_eq!(import(Vec::new()).next_step(), Step::Accounts, "nothing to import yet");
}

#[test]
fn an_account_is_assigned_once() {
    let draft = import(vec![item("1", Some(existing("a"))), item("2", Some(existing("a")))]);
    assert_eq!(draft.problems(&draft.items[0]), []);
    let codes: Vec<_> = draft.problems(&draft.items[1]).into_iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["duplicate"]);
}

#[test]
fn what_an_earlier_import_created_is_not_created_again() {
    let mut again = item("1", Some(create()));
    again.created_before = Some((AccountId::parse("a").unwrap(), "Acme".to_owned()));
    let draft = import(vec![again]);
    assert_eq!(draft.next_step(), Step::Accounts);
}

#[test]
fn a_trial_of_the_same_product_cannot_be_changed() {
    let mut row = item("1", Some(existing("a")));
    row.subscriptions.push(Subscription {
        id: crate::domain::ids::SubscriptionId::parse("s").unwrap(),
        account_id: AccountId::parse("a").unwrap(),
        service_plan_id: ServicePlanId::parse("trial").unwrap(),
        name: "trial".to_owned(),
        enabled: true,
        units: Some(5),
    });
    let draft = import(vec![row]);
    assert_eq!(draft.next_step(), Step::ServicePlans);
}

#[test]
fn own_addresses_matter_only_if_they_are_used() {
    let mut draft = import(vec![item("1", Some(existing("a")))]);
    assert_eq!(draft.problems_at(&draft.items[0], Step::Notifications), []);
    draft.send_all_to_partner = false;
    assert_eq!(draft.problems_at(&draft.items[0], Step::Notifications).len(), 1);
}

#[test]
fn a_customer_that_vsa_does_not_show_any_more_keeps_the_first_step_open() {
    let mut draft = import(vec![item("1", Some(create()))]);
    draft.items[0].is_known = false;
    assert_eq!(draft.next_step(), Step::Accounts);
    let problems = draft.problems(&draft.items[0]);
    let found: Vec<_> = problems.iter().map(|problem| (problem.path.as_str(), problem.code.as_str())).collect();
    assert_eq!(found, [("/organization_id", "unknown")]);
}

#[test]
fn an_import_that_was_started_asks_nothing_any_more() {
    let mut started = import(vec![item("1", None)]);
    started.confirmed = Confirmed::default();
    for status in
        [ImportStatus::Integrating, ImportStatus::Stopped, ImportStatus::Completed, ImportStatus::CompletedWithProblems]
    {
        started.status = status;
        assert_eq!((started.next_step(), started.problems(&started.items[0])), (Step::Ready, Vec::new()));
    }
}
