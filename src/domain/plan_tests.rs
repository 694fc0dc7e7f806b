use super::*;
use crate::domain::account::{CompanyDraft, ContactDraft, NewAccountDraft};
use crate::domain::import::{Catalog, Confirmed, ImportStatus, Template};
use crate::domain::inventory::{LicensePool, ServicePlan, Subscription};
use crate::domain::price::{Difference, Price, PriceList};
use crate::domain::seats::SeatRule;

/// What is changed about an import, in words, and how.
type Edit = (&'static str, fn(&mut Import));

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn plan_id(id: &str) -> ServicePlanId {
    ServicePlanId::parse(id).unwrap()
}

fn pool_id(id: &str) -> LicensePoolId {
    LicensePoolId::parse(id).unwrap()
}

fn create(name: &str) -> AccountChoice {
    AccountChoice::Create(NewAccountDraft {
        company: CompanyDraft {
            name: text(name),
            city: text("Poole"),
            state: text("Dorset"),
            country: text("GB"),
            ..CompanyDraft::default()
        },
        contact: ContactDraft { first_name: text("Ana"), last_name: text("Reyes"), email: text("ana@acme.example") },
    })
}

/// A row that creates an account of its own and subscribes it to `plan` with `seats`.
fn row(number: u32, plan: &str, seats: u32) -> ImportItem {
    let name = format!("Customer {number}");
    ImportItem {
        organization_id: OrganizationId::parse(&number.to_string()).unwrap(),
        organization_name: name.clone(),
        is_known: true,
        reference: None,
        position: number,
        endpoints: Some(8),
        account: Some(create(&name)),
        account_name: None,
        account_holder: None,
        created_before: None,
        hold: None,
        recipient_email: None,
        service_plan_id: Some(plan_id(plan)),
        seats: Some(seats),
        template_id: None,
        subscriptions: Vec::new(),
    }
}

/// The same with an account that exists and has a subscription to `current` with `units`.
fn subscribed(number: u32, plan: &str, seats: u32, current: &str, units: Option<u32>) -> ImportItem {
    let account_id = AccountId::parse(&format!("account-{number}")).unwrap();
    let subscription = Subscription {
        id: SubscriptionId::parse(&format!("subscription-{number}")).unwrap(),
        account_id: account_id.clone(),
        service_plan_id: plan_id(current),
        name: current.to_owned(),
        enabled: true,
        units,
    };
    ImportItem {
        account: Some(AccountChoice::Existing { account_id }),
        account_name: text("Known Ltd"),
        recipient_email: text("it@known.example"),
        subscriptions: vec![subscription],
        ..row(number, plan, seats)
    }
}

fn service_plan(id: &str, code: &str) -> ServicePlan {
    ServicePlan {
        id: plan_id(id),
        name: id.to_owned(),
        product: code.to_owned(),
        product_code: text(code),
        version: LicenseVersion::Full,
        data_center: None,
        auto_renewal: true,
    }
}

fn pool(id: &str, available: Option<u32>, plans: &[&str]) -> LicensePool {
    LicensePool {
        id: pool_id(id),
        product: id.to_owned(),
        version: LicenseVersion::Full,
        available,
        service_plans: plans.iter().map(|plan| plan_id(plan)).collect(),
    }
}

fn template() -> Template {
    Template {
        id: TemplateId::parse("office").unwrap(),
        name: "Office".to_owned(),
        description: None,
        is_default: false,
        source_account_id: AccountId::parse("model").unwrap(),
        include_global_settings: true,
        operating_systems: vec!["win".to_owned()],
    }
}

/// Monthly and yearly plans of one product draw on one pool; mail is another product; the last plan is under no pool.
fn import(available: Option<u32>, items: Vec<ImportItem>) -> Import {
    Import {
        id: ImportId(uuid::Uuid::nil()),
        status: ImportStatus::Draft,
        version: 7,
        created_at: DateTime::UNIX_EPOCH,
        created_by: "ana".to_owned(),
        confirmed: Confirmed { accounts: true, notifications: true, service_plans: true, templates: true },
        send_all_to_partner: true,
        partner_email: "noc@msp.example".to_owned(),
        seat_rule: SeatRule::default(),
        items,
        catalog: Catalog {
            service_plans: vec![
                service_plan("monthly", "ENDPOINTS"),
                service_plan("yearly", "endpoints"),
                service_plan("mail", "MAILBOXES"),
                service_plan("loose", "UNPOOLED"),
            ],
            license_pools: vec![
                pool("endpoints-full", available, &["monthly", "yearly"]),
                pool("mail-full", Some(1_000), &["mail"]),
            ],
            reserved: BTreeMap::new(),
            templates: vec![template()],
            remote_manager: true,
        },
    }
}

fn plan(import: &Import) -> Plan {
    Plan::compute(import, DateTime::UNIX_EPOCH).unwrap()
}

fn imported(plan: &Plan) -> Vec<bool> {
    plan.items.iter().map(|item| item.imported).collect()
}

fn reasons(plan: &Plan) -> Vec<Option<&str>> {
    plan.items.iter().map(|item| item.reason.as_ref().map(|reason| reason.code.as_str())).collect()
}

fn share(plan: &Plan, pool: &str) -> (Option<u32>, u64, u64, Option<u32>) {
    let share = plan.pools.iter().find(|share| share.id == pool_id(pool)).unwrap();
    (share.available, share.requested, share.granted, share.left)
}

#[test]
fn three_of_five_rows_are_imported_in_list_order_and_the_others_named() {
    let rows: Vec<_> = (1..=5).map(|number| row(number, "monthly", 10)).collect();
    let plan = plan(&import(Some(30), rows));
    assert_eq!(imported(&plan), [true, true, true, false, false]);
    assert_eq!(reasons(&plan), [None, None, None, Some("no_licenses"), Some("no_licenses")]);
    assert_eq!(share(&plan, "endpoints-full"), (Some(30), 50, 30, Some(0)));
    let expected = Totals {
        organizations: 3,
        accounts_to_create: 3,
        subscriptions_to_create: 3,
        seats: 30,
        not_imported: 2,
        ..Totals::default()
    };
    assert_eq!(plan.totals, expected);
}

#[test]
fn the_order_of_the_list_decides_and_not_the_size_of_the_row() {
    let mut rows = vec![row(1, "monthly", 29), row(2, "monthly", 2), row(3, "monthly", 1)];
    assert_eq!(imported(&plan(&import(Some(30), rows.clone()))), [true, false, false], "1 seat must not overtake 2");
    rows.reverse();
    let plan = plan(&import(Some(30), rows));
    assert_eq!(imported(&plan), [true, true, false]);
    assert_eq!(plan.items[2].organization_id.as_str(), "1");
}

#[test]
fn several_plans_draw_on_one_pool() {
    let rows = vec![row(1, "monthly", 10), row(2, "yearly", 10), row(3, "mail", 900), row(4, "monthly", 1)];
    let plan = plan(&import(Some(15), rows));
    assert_eq!(
        imported(&plan),
        [true, false, true, false],
        "the yearly plan ends the pool of the monthly one, not that of mail"
    );
    assert_eq!(share(&plan, "endpoints-full"), (Some(15), 21, 10, Some(5)));
    assert_eq!(share(&plan, "mail-full"), (Some(1_000), 900, 900, Some(100)));
}

#[test]
fn unknown_availability_is_not_zero() {
    let plan = plan(&import(None, vec![row(1, "monthly", 999_999), row(2, "loose", 999_999)]));
    assert_eq!(imported(&plan), [true, true]);
    assert_eq!(share(&plan, "endpoints-full"), (None, 999_999, 999_999, None));
    assert_eq!(plan.items[1].license_pool_id, None);
    assert_eq!(plan.pools.len(), 1, "a plan under no pool has no pool to show");
}

#[test]
fn a_pool_at_its_end_serves_only_what_needs_nothing_new() {
    let rows = vec![
        subscribed(1, "monthly", 10, "monthly", Some(10)),
        subscribed(2, "monthly", 10, "monthly", Some(25)),
        subscribed(3, "monthly", 11, "monthly", Some(10)),
        subscribed(4, "monthly", 9, "monthly", Some(10)),
    ];
    let plan = plan(&import(Some(0), rows));
    assert_eq!(imported(&plan), [true, true, false, true]);
    assert_eq!(share(&plan, "endpoints-full"), (Some(0), 1, 0, Some(0)));
}

#[test]
fn a_change_of_units_asks_for_the_difference() {
    let rows = vec![subscribed(1, "monthly", 25, "monthly", Some(10)), row(2, "monthly", 10)];
    let exact = plan(&import(Some(25), rows.clone()));
    assert_eq!(imported(&exact), [true, true]);
    assert_eq!(share(&exact, "endpoints-full"), (Some(25), 25, 25, Some(0)));
    assert_eq!(imported(&plan(&import(Some(24), rows.clone()))), [true, false]);
    assert_eq!(imported(&plan(&import(Some(14), rows))), [false, false]);
}

#[test]
fn units_that_are_not_known_count_as_all_new() {
    let plan = plan(&import(Some(24), vec![subscribed(1, "monthly", 25, "monthly", None)]));
    assert_eq!(imported(&plan), [false]);
    assert_eq!(
        plan.items[0].subscription,
        PlannedSubscription::SetUnits {
            subscription_id: SubscriptionId::parse("subscription-1").unwrap(),
            before: None
        }
    );
}

#[test]
fn a_second_plan_of_the_same_product_becomes_a_change_of_the_first() {
    let plan = plan(&import(Some(100), vec![subscribed(1, "monthly", 25, "yearly", Some(10))]));
    let item = &plan.items[0];
    assert_eq!(item.service_plan_id, plan_id("yearly"), "the subscription keeps its plan");
    assert_eq!((item.seats_before, item.new_units()), (Some(10), 15));
    assert_eq!(item.actions, [Action::LinkAccount, Action::SetUnits, Action::SetNotifications]);
    assert_eq!((plan.totals.units_to_change, plan.totals.subscriptions_to_create), (1, 0));
}

#[test]
fn another_product_is_subscribed_to_beside_the_first() {
    let plan = plan(&import(Some(0), vec![subscribed(1, "mail", 25, "monthly", Some(10))]));
    assert_eq!(plan.items[0].subscription, PlannedSubscription::Create);
    assert_eq!((plan.items[0].seats_before, plan.items[0].new_units()), (None, 25));
}

#[test]
fn seats_that_are_there_already_are_left_alone() {
    let plan = plan(&import(Some(0), vec![subscribed(1, "monthly", 10, "monthly", Some(10))]));
    assert_eq!(plan.items[0].actions, [Action::LinkAccount, Action::SetNotifications]);
    assert_eq!((plan.totals.accounts_to_link, plan.totals.units_to_change, plan.totals.seats), (1, 0, 10));
}

#[test]
fn seats_nobody_entered_follow_the_rule() {
    let rows = vec![ImportItem { seats: None, endpoints: Some(42), ..row(1, "monthly", 1) }];
    assert_eq!(plan(&import(Some(51), rows)).items[0].seats, 51);
}

#[test]
fn everything_that_happens_to_a_new_account_is_named_in_order() {
    let rows = vec![ImportItem { template_id: Some(template().id), ..row(1, "monthly", 10) }];
    let mut draft = import(Some(10), rows);
    let all = [Action::CreateAccount, Action::CreateSubscription, Action::SetNotifications, Action::ApplyTemplate];
    assert_eq!(plan(&draft).items[0].actions, all);
    draft.items[0].template_id = None;
    draft.catalog.remote_manager = false;
    let plan = plan(&draft);
    assert_eq!(plan.items[0].actions, all[..2], "without Remote Manager there is nobody to notify");
    assert_eq!(plan.items[0].notify, None);
}

#[test]
fn a_template_on_an_account_that_existed_is_to_be_verified() {
    let with_template = |item: ImportItem| ImportItem { template_id: Some(template().id), ..item };
    let rows = vec![
        with_template(subscribed(1, "monthly", 10, "monthly", Some(10))),
        with_template(row(2, "monthly", 10)),
        subscribed(3, "monthly", 10, "monthly", Some(10)),
        with_template(subscribed(4, "monthly", 11, "monthly", Some(10))),
    ];
    let plan = plan(&import(Some(10), rows));
    assert_eq!(reasons(&plan), [Some("verify_settings"), None, None, Some("no_licenses")]);
}

#[test]
fn the_contact_of_a_new_account_is_who_gets_the_notifications() {
    let mut draft = import(Some(100), vec![row(1, "monthly", 10)]);
    let of = |draft: &Import| {
        let item = plan(draft).items.remove(0);
        let PlannedAccount::Create(account) = item.account else { panic!("it is created") };
        (account.email, item.notify.unwrap())
    };
    let pair = |email: &str| (email.to_owned(), email.to_owned());
    assert_eq!(of(&draft), pair("noc@msp.example"));
    draft.send_all_to_partner = false;
    assert_eq!(of(&draft), pair("ana@acme.example"));
    draft.items[0].recipient_email = text("it@acme.example");
    assert_eq!(of(&draft), pair("it@acme.example"));
}

#[test]
fn a_recipient_is_written_without_surrounding_spaces() {
    let mut draft = import(Some(100), vec![row(1, "monthly", 10)]);
    draft.send_all_to_partner = false;
    draft.items[0].recipient_email = text(" it@acme.example ");
    assert_eq!(plan(&draft).items[0].notify.as_deref(), Some("it@acme.example"));
}

#[test]
fn an_import_that_is_not_ready_has_no_plan() {
    let mut draft = import(Some(100), vec![row(1, "monthly", 10)]);
    draft.items[0].account = None;
    draft.confirmed.templates = false;
    assert_eq!(Plan::compute(&draft, DateTime::UNIX_EPOCH), Err(Incomplete { step: Step::Accounts }));
}

#[test]
fn the_hash_covers_what_will_be_done_to_the_last_detail() {
    let draft = import(
        Some(100),
        vec![
            ImportItem { template_id: Some(template().id), ..row(1, "monthly", 10) },
            subscribed(2, "monthly", 25, "monthly", Some(10)),
        ],
    );
    let changes: [Edit; 14] = [
        ("seats", |draft| draft.items[0].seats = Some(11)),
        ("the units there were", |draft| draft.items[1].subscriptions[0].units = Some(11)),
        ("the plan", |draft| draft.items[0].service_plan_id = Some(plan_id("yearly"))),
        ("the template", |draft| draft.items[0].template_id = None),
        ("the template's source", |draft| {
            draft.catalog.templates[0].source_account_id = AccountId::parse("another").unwrap();
        }),
        ("what the template covers", |draft| draft.catalog.templates[0].operating_systems.push("mac".to_owned())),
        ("the account's name", |draft| draft.items[0].account = Some(create("Another"))),
        ("which account exists", |draft| {
            draft.items[1].account = Some(AccountChoice::Existing { account_id: AccountId::parse("b").unwrap() });
        }),
        ("which subscription", |draft| {
            draft.items[1].subscriptions[0].id = SubscriptionId::parse("b").unwrap();
        }),
        ("the recipient", |draft| draft.partner_email = "other@msp.example".to_owned()),
        ("who is notified", |draft| draft.send_all_to_partner = false),
        ("the order", |draft| draft.items.reverse()),
        ("a row", |draft| draft.items.truncate(1)),
        ("the line", |draft| draft.catalog.license_pools[0].available = Some(10)),
    ];
    let hash = plan(&draft).hash;
    let mut hashes = vec![hash];
    for (what, change) in changes {
        let mut changed = draft.clone();
        change(&mut changed);
        let hash = plan(&changed).hash;
        assert!(!hashes.contains(&hash), "{what} changes the hash");
        hashes.push(hash);
    }
}

#[test]
fn the_hash_covers_nothing_else() {
    let draft = import(Some(100), vec![row(1, "monthly", 10)]);
    let before = plan(&draft);
    assert!((16..=128).contains(&before.hash.len()) && before.hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let changes: [Edit; 7] = [
        ("the version", |draft| draft.version = 8),
        ("who began it", |draft| draft.created_by = "ben".to_owned()),
        ("licenses that move no line", |draft| draft.catalog.license_pools[0].available = Some(10)),
        ("licenses that are unknown", |draft| draft.catalog.license_pools[0].available = None),
        ("devices under entered seats", |draft| draft.items[0].endpoints = Some(500)),
        ("the reference", |draft| draft.items[0].reference = text("ACME")),
        ("templates nobody chose", |draft| draft.catalog.templates.clear()),
    ];
    for (what, change) in changes {
        let mut changed = draft.clone();
        change(&mut changed);
        assert_eq!(plan(&changed).hash, before.hash, "{what} does not change the hash");
    }
    let later = Plan::compute(&draft, DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1)).unwrap();
    assert_eq!(later.hash, before.hash, "the age of the inventory does not change the hash");
}

#[test]
fn what_is_computed_once_is_the_same_when_read_back() {
    let computed = plan(&import(Some(10), vec![row(1, "monthly", 10), subscribed(2, "mail", 5, "mail", Some(9))]));
    let stored = serde_json::to_string(&computed).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&stored).unwrap(), computed);
}

#[test]
fn the_preview_draws_the_line_where_the_plan_does() {
    let rows = vec![
        subscribed(1, "monthly", 25, "yearly", Some(10)),
        row(2, "mail", 10),
        row(3, "monthly", 10),
        subscribed(4, "yearly", 5, "monthly", Some(10)),
        row(5, "loose", 10),
        row(6, "yearly", 1),
    ];
    for available in [Some(0), Some(14), Some(15), Some(24), Some(25), Some(26), None] {
        let draft = import(available, rows.clone());
        let plan = plan(&draft);
        let (allocation, pools) = preview(&draft);
        assert_eq!(allocation.granted, imported(&plan), "{available:?}");
        assert_eq!(pools, plan.pools, "{available:?}");
    }
}

#[test]
fn a_preview_needs_no_finished_draft() {
    let mut rows = vec![row(1, "monthly", 10), row(2, "monthly", 10), row(3, "gone", 10)];
    rows[0].service_plan_id = None;
    rows[0].account = None;
    let (allocation, pools) = preview(&import(Some(10), rows));
    assert_eq!(allocation.granted, [true, true, true], "a row without a plan asks nothing");
    assert_eq!((pools.len(), pools[0].requested, pools[0].left), (1, 10, Some(0)));
    let (allocation, pools) = preview(&import(Some(10), Vec::new()));
    assert!(allocation.granted.is_empty() && pools.is_empty());
}

proptest::proptest! {
    #[test]
    fn what_is_granted_is_what_the_imported_rows_take(
        rows in proptest::collection::vec((1u32..60, proptest::option::of(1u32..60), 0usize..3), 1..20),
        available in 0u32..300,
    ) {
        let plans = ["monthly", "yearly", "mail"];
        let rows = rows.into_iter().zip(1..).map(|((seats, units, plan), number)| match units {
            Some(units) => subscribed(number, plans[plan], seats, plans[plan], Some(units)),
            None => row(number, plans[plan], seats),
        });
        let plan = plan(&import(Some(available), rows.collect()));
        for pool in &plan.pools {
            let of_pool = || plan.items.iter().filter(|item| item.license_pool_id.as_ref() == Some(&pool.id));
            let taken: u64 = of_pool().filter(|item| item.imported).map(|item| u64::from(item.new_units())).sum();
            proptest::prop_assert_eq!(taken, pool.granted);
            proptest::prop_assert!(pool.available.is_none_or(|available| taken <= u64::from(available)));
            let asking: Vec<_> = of_pool().filter(|item| item.new_units() > 0).map(|item| item.imported).collect();
            proptest::prop_assert!(asking.windows(2).all(|pair| pair[0] || !pair[1]), "served rows come first");
        }
        for item in &plan.items {
            proptest::prop_assert_eq!(item.imported, item.reason.is_none());
        }
    }
}

#[test]
fn the_monthly_difference_is_exact_and_says_what_is_not_in_it() {
    let price = |plan: &str, amount: &str, currency: &str| Price {
        plan: plan.to_owned(),
        amount: amount.parse().unwrap(),
        currency: currency.to_owned(),
    };
    let prices: PriceList = [price("Monthly ", "0.10", "EUR"), price("MAIL", "300", "JPY")].into_iter().collect();
    let rows = vec![
        row(1, "monthly", 3),
        subscribed(2, "monthly", 10, "monthly", Some(25)),
        subscribed(3, "monthly", 7, "monthly", Some(7)),
        subscribed(4, "monthly", 7, "monthly", None),
        row(5, "mail", 2),
        row(6, "loose", 5),
        row(7, "monthly", 100_000),
    ];
    let import = import(Some(100), rows);
    let plan = plan(&import);
    assert!(!plan.items[6].imported, "the licenses end before the last row");
    let difference = Difference::of(&plan, &import.catalog, &prices);
    let amounts: Vec<_> = difference.amounts.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect();
    assert_eq!(amounts, ["-1.20 EUR", "600 JPY"], "three seats more and fifteen less, at ten cents each");
    assert_eq!(difference.unpriced.iter().collect::<Vec<_>>(), ["loose"]);
    assert_eq!(difference.unknown, 1);
}
