//! What somebody types on a screen is kept, right or wrong; what nobody has touched follows the mirror.

use crate::end_to_end::stage::{Options, Stage};
use worryfree_plugin::domain::account::{CompanyDraft, ContactDraft, NewAccountDraft};
use worryfree_plugin::domain::ids::{OrganizationId, ServicePlanId};
use worryfree_plugin::domain::import::{AccountChoice, Import, ImportItem, Step};
use worryfree_plugin::sandbox::{Contact, Organization, World};
use worryfree_plugin::service::imports::{
    AccountsStep, Mode, NotificationsStep, ServicePlanItem, ServicePlansStep, contacts_pending, create, fill_blanks,
    load, put_accounts, put_notifications, put_service_plans,
};
use worryfree_plugin::service::{Caller, ServiceError};

/// A stage with organizations of these names, and an import of them.
struct Draft {
    stage: Stage,
    caller: Caller,
    import: Import,
}

impl Draft {
    async fn of(names: &[&str]) -> Self {
        let world = World::generated(2, 10, 1);
        for name in names {
            let contact = Contact { country: Some("United Kingdom".to_owned()), ..Contact::at("Poole", "", "") };
            world.add_organization(Organization { contact, ..Organization::named(name) });
        }
        let stage = Stage::new(Options::new(world)).await;
        let caller = Caller { partner_id: stage.plugin.partner_id(), name: "Ana".to_owned() };
        let ids: Vec<_> = names.iter().map(|name| id(&stage, name)).collect();
        let import = create(&stage.plugin.app, &caller, &ids).await.unwrap();
        Self { stage, caller, import }
    }

    fn accounts(&self, choices: Vec<Option<AccountChoice>>) -> AccountsStep {
        let ids = self.import.items.iter().map(|item| item.organization_id.clone());
        AccountsStep { version: self.import.version, items: ids.zip(choices).collect() }
    }

    async fn save(&mut self, choices: Vec<Option<AccountChoice>>, mode: Mode) {
        let step = self.accounts(choices);
        self.import = put_accounts(&self.stage.plugin.app, &self.caller, self.import.id, step, mode).await.unwrap();
        assert_eq!(self.loaded().await, self.import, "what is answered is what is stored");
    }

    async fn loaded(&self) -> Import {
        load(&self.stage.plugin.app, self.caller.partner_id, self.import.id).await.unwrap()
    }
}

fn id(stage: &Stage, name: &str) -> OrganizationId {
    OrganizationId::parse(&stage.world().organization_named(name).unwrap().id).unwrap()
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// As a form sends it: every field is text.
fn typed(name: &str, city: &str, email: &str) -> AccountChoice {
    AccountChoice::Create(NewAccountDraft {
        company: CompanyDraft {
            name: text(name),
            address: text("1 Quay Street"),
            city: text(city),
            state: text(""),
            postal_code: text("BH15 1AA"),
            country: text("GB"),
        },
        contact: ContactDraft { first_name: text(""), last_name: text(""), email: text(email) },
    })
}

fn new_account(item: &ImportItem) -> &NewAccountDraft {
    match &item.account {
        Some(AccountChoice::Create(draft)) => draft,
        other => panic!("{other:?} is no new account"),
    }
}

fn codes(import: &Import, step: Step) -> Vec<(String, String)> {
    let problems = import.problems_at(&import.items[0], step);
    problems.into_iter().map(|problem| (problem.path, problem.code)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_kept_with_its_mistakes() {
    let mut draft = Draft::of(&["Alpha"]).await;
    let long = "x".repeat(129);
    draft.save(vec![Some(typed(&long, "Poole", "it+vsa@alpha.example"))], Mode::Save).await;
    let kept = new_account(&draft.import.items[0]);
    assert_eq!(
        (kept.company.name.as_deref(), kept.contact.email.as_deref()),
        (Some(long.as_str()), Some("it+vsa@alpha.example"))
    );
    assert!(!draft.import.confirmed.accounts, "saving is not going through the step");
    let found = codes(&draft.import, Step::Accounts);
    for (path, code) in [
        ("/account/company/name", "too_long"),
        ("/account/contact/email", "invalid_characters"),
        ("/account/company/state", "required"),
    ] {
        assert!(found.contains(&(path.to_owned(), code.to_owned())), "{found:?}");
    }
    draft.save(vec![Some(typed(&long, "Poole", "it+vsa@alpha.example"))], Mode::Confirm).await;
    assert!(draft.import.confirmed.accounts);
    assert_eq!(draft.import.next_step(), Step::Accounts, "its mistakes keep it open");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_touched_follows_the_mirror_and_what_was_emptied_stays_empty() {
    let mut draft = Draft::of(&["Alpha", "Beta"]).await;
    assert_eq!(new_account(&draft.import.items[0]).company.country.as_deref(), Some("GB"), "read from words");
    draft.save(vec![Some(typed("Alpha", "Poole", "")), Some(typed("Beta", "", ""))], Mode::Save).await;
    assert_eq!(new_account(&draft.import.items[1]).company.city, None, "emptied on purpose");
    for name in ["Alpha", "Beta"] {
        let known = draft.stage.world().organization_named(name).unwrap();
        let contact = Contact { city: text("Dover"), email: text("office@new.example"), ..known.contact.clone() };
        draft.stage.world().add_organization(Organization { contact, ..known });
    }
    draft.stage.refresh().await;
    let import = draft.loaded().await;
    let cities = || import.items.iter().map(|item| new_account(item).company.city.as_deref()).collect::<Vec<_>>();
    assert_eq!(cities(), [Some("Dover"), None]);
    assert_eq!(new_account(&import.items[0]).contact.email.as_deref(), Some("office@new.example"));
    assert_eq!(import.version, draft.import.version, "the mirror is no change of the import");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_entered_is_kept_however_often_it_is_saved() {
    let mut draft = Draft::of(&["Alpha"]).await;
    for mode in [Mode::Save, Mode::Save, Mode::Confirm, Mode::Save] {
        draft.save(vec![Some(typed("Alpha Ltd", "", "office@alpha.example"))], mode).await;
        let kept = new_account(&draft.import.items[0]);
        assert_eq!((kept.company.name.as_deref(), kept.company.city.as_deref()), (Some("Alpha Ltd"), None));
        assert_eq!(kept.contact.email.as_deref(), Some("office@alpha.example"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_is_pinned() {
    let mut draft = Draft::of(&["Alpha"]).await;
    draft.save(vec![Some(typed("Alpha", "Poole", "office@alpha.example"))], Mode::Confirm).await;
    let known = draft.stage.world().organization_named("Alpha").unwrap();
    let contact = Contact { city: text("Dover"), ..known.contact.clone() };
    draft.stage.world().add_organization(Organization { contact, ..known });
    draft.stage.refresh().await;
    assert_eq!(new_account(&draft.loaded().await.items[0]).company.city.as_deref(), Some("Poole"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_step_with_mistakes_stores_nothing() {
    let draft = Draft::of(&["Alpha", "Beta"]).await;
    let step = draft
        .accounts(vec![Some(typed("Alpha", "Poole", "a+b@c.example")), Some(typed("Beta", "Poole", "a@c.example"))]);
    let refused = put_accounts(&draft.stage.plugin.app, &draft.caller, draft.import.id, step, Mode::Strict).await;
    let Err(ServiceError::ValidationFailed(errors)) = refused else { panic!("{refused:?}") };
    assert!(errors.iter().any(|error| error.path == "/items/0/account/contact/email"), "{errors:?}");
    assert_eq!(draft.loaded().await, draft.import);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_leave_and_join_at_the_end() {
    let mut draft = Draft::of(&["Alpha", "Beta", "Gamma"]).await;
    let [alpha, _, gamma] = ["Alpha", "Beta", "Gamma"].map(|name| id(&draft.stage, name));
    let joining = OrganizationId::parse(&draft.stage.world().organizations()[1].id).unwrap();
    let items = vec![(joining.clone(), None), (gamma.clone(), None), (alpha.clone(), None)];
    let step = AccountsStep { version: draft.import.version, items };
    draft.import =
        put_accounts(&draft.stage.plugin.app, &draft.caller, draft.import.id, step, Mode::Save).await.unwrap();
    let rows: Vec<_> = draft.import.items.iter().map(|item| (item.organization_id.clone(), item.position)).collect();
    assert_eq!(rows, [(alpha, 1), (gamma, 2), (joining, 3)]);
    assert_eq!(draft.import.items[0].account, None, "nobody has chosen");
    assert!(draft.import.items[2].account.is_some(), "a row that joins has what is proposed");
}

#[tokio::test(flavor = "multi_thread")]
async fn blanks_are_filled_from_the_partner_and_nothing_else() {
    let mut draft = Draft::of(&["Alpha"]).await;
    draft.save(vec![Some(typed("Alpha", "Dover", "office@alpha.example"))], Mode::Save).await;
    let (app, import) = (&draft.stage.plugin.app, draft.import.id);
    let pending = async || contacts_pending(app, draft.caller.partner_id, import).await.unwrap();
    draft.stage.until("contacts are read", || async { (pending().await == 0).then_some(()) }).await;
    let version = draft.import.version;
    draft.import = fill_blanks(&draft.stage.plugin.app, &draft.caller, draft.import.id, version).await.unwrap();
    let filled = new_account(&draft.import.items[0]);
    assert_eq!((filled.company.city.as_deref(), filled.company.state.as_deref()), (Some("Dover"), Some("Dorset")));
    assert_eq!(
        (filled.contact.first_name.as_deref(), filled.contact.last_name.as_deref()),
        (Some("Nora"), Some("Quist"))
    );
    assert_eq!(filled.contact.email.as_deref(), Some("office@alpha.example"));
    assert_eq!(codes(&draft.import, Step::Accounts), []);
    let late = fill_blanks(&draft.stage.plugin.app, &draft.caller, draft.import.id, version).await;
    assert!(matches!(late, Err(ServiceError::StaleVersion { .. })), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_and_recipients_are_kept_with_their_mistakes() {
    let draft = Draft::of(&["Alpha", "Beta"]).await;
    let (app, caller, import) = (&draft.stage.plugin.app, &draft.caller, draft.import.id);
    let [alpha, beta] = ["Alpha", "Beta"].map(|name| id(&draft.stage, name));
    let recipients = vec![(alpha.clone(), "a+b@c.example".to_owned()), (beta.clone(), " it@beta.example ".to_owned())];
    let step = NotificationsStep { version: draft.import.version, send_all_to_partner: false, recipients };
    let stored = put_notifications(app, caller, import, step, Mode::Save).await.unwrap();
    let shown: Vec<_> = stored.items.iter().map(ImportItem::recipient).collect();
    assert_eq!(shown, [Some("a+b@c.example"), Some("it@beta.example")]);
    assert_eq!(codes(&stored, Step::Notifications), [("/recipient_email".to_owned(), "invalid_characters".to_owned())]);
    let plan = ServicePlanId::parse(&draft.stage.plan_id("WFS monthly")).unwrap();
    let item = |organization_id: &OrganizationId, seats| ServicePlanItem {
        organization_id: organization_id.clone(),
        service_plan_id: Some(plan.clone()),
        seats,
    };
    let items = vec![item(&alpha, Some(0)), item(&beta, None)];
    let step = ServicePlansStep { version: stored.version, items, order: Some(vec![beta.clone(), alpha.clone()]) };
    let stored = put_service_plans(app, caller, import, step, Mode::Save).await.unwrap();
    let order: Vec<_> = stored.items.iter().map(|item| (&item.organization_id, item.seats)).collect();
    assert_eq!(order, [(&beta, None), (&alpha, Some(0))]);
    assert_eq!(stored.items[0].effective_seats(stored.seat_rule), 10);
    let problems = stored.problems_at(&stored.items[1], Step::ServicePlans);
    assert_eq!(problems.iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>(), ["out_of_range"]);
}
