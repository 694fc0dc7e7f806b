//! How the cost of the rules grows with the rows: each is timed with some rows and with ten times as many.
//!
//! ```text
//! cargo bench --bench rooms             # all
//! cargo bench --bench rooms -- plan     # those with "plan" in their names
//! ```
//!
//! Prints the best of several rounds and the ratio of the two. It asserts nothing: whoever changes a rule looks whether a
//! ratio has left the neighbourhood of ten. What needs a database is measured by `cargo run --release --example load`.

#![expect(clippy::unwrap_used, reason = "what is measured is made of valid values")]

use chrono::DateTime;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};
use worryfree_plugin::domain::account::{CompanyDraft, ContactDraft, NewAccountDraft};
use worryfree_plugin::domain::directory::Directory;
use worryfree_plugin::domain::ids::{
    AccountId, ImportId, LicensePoolId, OrganizationId, ServicePlanId, SubscriptionId, TemplateId,
};
use worryfree_plugin::domain::import::{
    AccountChoice, Catalog, Confirmed, Import, ImportItem, ImportStatus, Step, Template,
};
use worryfree_plugin::domain::inventory::{LicensePool, LicenseVersion, ServicePlan, Subscription};
use worryfree_plugin::domain::matching::{Candidate, Wanted, email_domain, name_key};
use worryfree_plugin::domain::plan::{Plan, preview};
use worryfree_plugin::domain::seats::SeatRule;

/// Rounds last at least this long together.
const ENOUGH: Duration = Duration::from_millis(400);
const MOST_ROUNDS: usize = 2_000;

fn main() {
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut out = std::io::stdout();
    writeln!(out, "{:<46} {:>8} {:>12} {:>8} {:>12} {:>7}", "what", "rows", "µs", "rows", "µs", "ratio").ok();
    let mut measure = |name: &str, rows: usize, bench: &dyn Fn(usize) -> Box<dyn Fn()>| {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            return;
        }
        let (one, ten) = (best(&*bench(rows)), best(&*bench(rows * 10)));
        let microseconds = |time: Duration| time.as_secs_f64() * 1e6;
        let ratio = ten.as_secs_f64() / one.as_secs_f64();
        let (one, ten) = (microseconds(one), microseconds(ten));
        writeln!(out, "{name:<46} {rows:>8} {one:>12.1} {:>8} {ten:>12.1} {ratio:>7.2}", rows * 10).ok();
    };
    measure("fold names", 1_000, &|rows| {
        let names = names(rows);
        Box::new(move || names.iter().for_each(|name| drop(black_box(name_key(name)))))
    });
    measure("domains of addresses", 1_000, &|rows| {
        let addresses: Vec<_> = (0..rows).map(|row| format!("it@customer{row}.example; ana@gmail.com")).collect();
        Box::new(move || addresses.iter().for_each(|address| drop(black_box(email_domain(address)))))
    });
    measure("matching: sort the free accounts", 1_000, &|rows| {
        let accounts = accounts(rows);
        Box::new(move || drop(black_box(Directory::new(accounts.clone()))))
    });
    measure("matching: a page of 100 among the accounts", 1_000, &|rows| {
        let (directory, keys) = (Directory::new(accounts(rows)), keys(100));
        Box::new(move || find(&directory, &keys))
    });
    measure("matching: every name among 5,000 accounts", 1_000, &|rows| {
        let (directory, keys) = (Directory::new(accounts(5_000)), keys(rows));
        Box::new(move || find(&directory, &keys))
    });
    measure("plan: what is missing at each step", 50, &|rows| {
        let import = import(rows);
        let steps = [Step::Accounts, Step::Notifications, Step::ServicePlans, Step::Templates];
        Box::new(move || steps.into_iter().for_each(|step| drop(black_box(import.step_problems(step)))))
    });
    measure("plan: the line across the list", 50, &|rows| {
        let import = import(rows);
        Box::new(move || drop(black_box(preview(&import))))
    });
    measure("plan: computed and hashed", 50, &|rows| {
        let import = import(rows);
        Box::new(move || drop(black_box(Plan::compute(&import, DateTime::UNIX_EPOCH).unwrap())))
    });
    measure("plan: stored and read back", 50, &|rows| {
        let plan = Plan::compute(&import(rows), DateTime::UNIX_EPOCH).unwrap();
        Box::new(move || {
            let text = serde_json::to_string(&plan.items).unwrap();
            drop(black_box(serde_json::from_str::<Vec<worryfree_plugin::domain::plan::PlanItem>>(&text).unwrap()));
        })
    });
}

/// The shortest of enough rounds: whatever else the machine does only makes them longer.
fn best(round: &dyn Fn()) -> Duration {
    let began = Instant::now();
    let mut best = Duration::MAX;
    for _ in 0..MOST_ROUNDS {
        let start = Instant::now();
        round();
        best = best.min(start.elapsed());
        if began.elapsed() > ENOUGH {
            break;
        }
    }
    best
}

/// Names as customers have them: some alike, some with legal forms and accents.
fn names(count: usize) -> Vec<String> {
    const FIRST: [&str; 12] = [
        "Harbour",
        "Müller",
        "Nordic",
        "Société",
        "Acme",
        "Corner",
        "Blue",
        "Old Mill",
        "Straße",
        "Lake",
        "Hill",
        "Quay",
    ];
    const SECOND: [&str; 7] = ["Dental", "& Sons", "Logistics", "Law", "Bakery", "Clinic", "Works"];
    const FORM: [&str; 5] = ["Ltd.", "GmbH", "AG", "Inc", ""];
    let name = |row: usize| {
        let (first, second, form) = (FIRST[row % 12], SECOND[row / 12 % 7], FORM[row / 84 % 5]);
        format!("{first} {second} {} {form}", row / 420)
    };
    (0..count).map(name).collect()
}

fn accounts(count: usize) -> Vec<Candidate> {
    let account = |(row, name): (usize, String)| Candidate {
        account_id: AccountId::parse(&format!("a{row}")).unwrap(),
        name_key: name_key(&name),
        name,
        city: None,
        email_domain: Some(format!("customer{row}.example")),
    };
    names(count).into_iter().enumerate().map(account).collect()
}

fn keys(count: usize) -> Vec<String> {
    names(count).iter().map(|name| name_key(name)).collect()
}

fn find(directory: &Directory, keys: &[String]) {
    for key in keys {
        let wanted = Wanted { name_key: key, email_domain: None, name_is_shared: false, created: &[] };
        drop(black_box(directory.find(wanted)));
    }
}

/// An import that is ready: every other row creates an account, the others change a subscription that is there.
fn import(rows: usize) -> Import {
    let plan = ServicePlanId::parse("monthly").unwrap();
    let items = (0..rows).map(|row| item(row, &plan)).collect();
    let service_plan = ServicePlan {
        id: plan.clone(),
        name: "Monthly".to_owned(),
        product: "ENDPOINTS".to_owned(),
        product_code: Some("ENDPOINTS".to_owned()),
        version: LicenseVersion::Full,
        data_center: None,
        auto_renewal: true,
    };
    let pool = LicensePool {
        id: LicensePoolId::parse("pool").unwrap(),
        product: "ENDPOINTS".to_owned(),
        version: LicenseVersion::Full,
        available: Some(u32::try_from(rows * 8).unwrap()),
        service_plans: vec![plan],
    };
    let template = Template {
        id: TemplateId::parse("office").unwrap(),
        name: "Office".to_owned(),
        description: None,
        is_default: true,
        source_account_id: AccountId::parse("model").unwrap(),
        include_global_settings: true,
        operating_systems: vec!["win".to_owned()],
    };
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
            service_plans: vec![service_plan],
            license_pools: vec![pool],
            reserved: BTreeMap::new(),
            templates: vec![template],
            remote_manager: true,
        },
    }
}

fn item(row: usize, plan: &ServicePlanId) -> ImportItem {
    let text = |text: &str| Some(text.to_owned());
    let account_id = AccountId::parse(&format!("a{row}")).unwrap();
    let is_new = row.is_multiple_of(2);
    let account = if is_new {
        AccountChoice::Create(NewAccountDraft {
            company: CompanyDraft {
                name: Some(format!("Customer {row}")),
                city: text("Poole"),
                state: text("Dorset"),
                country: text("GB"),
                ..CompanyDraft::default()
            },
            contact: ContactDraft {
                first_name: text("Ana"),
                last_name: text("Reyes"),
                email: text("ana@customer.example"),
            },
        })
    } else {
        AccountChoice::Existing { account_id: account_id.clone() }
    };
    let subscription = Subscription {
        id: SubscriptionId::parse(&format!("s{row}")).unwrap(),
        account_id,
        service_plan_id: plan.clone(),
        name: "Monthly".to_owned(),
        enabled: true,
        units: Some(5),
    };
    ImportItem {
        organization_id: OrganizationId::parse(&row.to_string()).unwrap(),
        organization_name: format!("Customer {row}"),
        is_known: true,
        reference: None,
        position: u32::try_from(row + 1).unwrap(),
        endpoints: Some(8),
        account: Some(account),
        account_name: (!is_new).then(|| format!("Customer {row}")),
        account_holder: None,
        created_before: None,
        hold: None,
        recipient_email: None,
        service_plan_id: Some(plan.clone()),
        seats: Some(10),
        template_id: None,
        subscriptions: if is_new { Vec::new() } else { vec![subscription] },
    }
}
