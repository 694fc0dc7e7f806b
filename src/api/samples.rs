//! Values to show in tests.

use crate::domain::account::{CompanyDraft, ContactDraft, NewAccountDraft};
use crate::domain::ids::{
    AccountId, ImportId, LicensePoolId, OrganizationId, ServicePlanId, SubscriptionId, TemplateId,
};
use crate::domain::import::{AccountChoice, Catalog, Confirmed, Import, ImportItem, ImportStatus, Template};
use crate::domain::inventory::{LicensePool, LicenseVersion, ServicePlan, Subscription};
use crate::domain::seats::SeatRule;
use chrono::{DateTime, Utc};

pub fn at() -> DateTime<Utc> {
    "2030-01-15T09:30:00Z".parse().unwrap()
}

pub fn import_id() -> ImportId {
    ImportId(uuid::Uuid::nil())
}

pub fn organization() -> OrganizationId {
    OrganizationId::parse("48213377150926640184452719").unwrap()
}

pub fn account() -> AccountId {
    AccountId::parse("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee").unwrap()
}

pub fn plan_id() -> ServicePlanId {
    ServicePlanId::parse("11111111-2222-4333-8444-555555555555").unwrap()
}

pub fn service_plan() -> ServicePlan {
    ServicePlan {
        id: plan_id(),
        name: "Worry-Free Services".into(),
        product: "Worry-Free Services".into(),
        product_code: None,
        version: LicenseVersion::Full,
        data_center: None,
        auto_renewal: true,
    }
}

pub fn pool() -> LicensePool {
    LicensePool {
        id: LicensePoolId::parse("wfs:full").unwrap(),
        product: "Worry-Free Services".into(),
        version: LicenseVersion::Full,
        available: Some(20),
        service_plans: vec![plan_id()],
    }
}

pub fn template() -> Template {
    Template {
        id: TemplateId::parse("office-standard").unwrap(),
        name: "Office standard".into(),
        description: None,
        is_default: true,
        source_account_id: AccountId::parse("model").unwrap(),
        include_global_settings: true,
        operating_systems: vec![],
    }
}

pub fn row(position: u32, account: Option<AccountChoice>) -> ImportItem {
    ImportItem {
        organization_id: OrganizationId::parse(&position.to_string()).unwrap(),
        organization_name: "Harbour Dental Group".into(),
        is_known: true,
        reference: None,
        position,
        endpoints: Some(12),
        account,
        account_name: Some("Harbour Dental".into()),
        account_holder: None,
        created_before: None,
        hold: None,
        recipient_email: Some("office@harbourdental.example".into()),
        service_plan_id: Some(plan_id()),
        seats: None,
        template_id: Some(TemplateId::parse("office-standard").unwrap()),
        subscriptions: vec![],
    }
}

pub fn import() -> Import {
    let draft = NewAccountDraft {
        company: CompanyDraft {
            name: Some("Harbour Dental Group".into()),
            city: Some("Poole".into()),
            state: Some("Dorset".into()),
            country: Some("GB".into()),
            ..CompanyDraft::default()
        },
        contact: ContactDraft {
            first_name: Some("Ana".into()),
            last_name: Some("Reyes".into()),
            email: Some("office@harbourdental.example".into()),
        },
    };
    let mut linked = row(2, Some(AccountChoice::Existing { account_id: account() }));
    linked.subscriptions = vec![Subscription {
        id: SubscriptionId::parse("s").unwrap(),
        account_id: account(),
        service_plan_id: plan_id(),
        name: "Worry-Free Services".into(),
        enabled: true,
        units: Some(5),
    }];
    let mut beyond = row(3, Some(AccountChoice::Create(draft.clone())));
    beyond.seats = Some(999);
    Import {
        id: import_id(),
        status: ImportStatus::Draft,
        version: 5,
        created_at: at(),
        created_by: "ana".into(),
        confirmed: Confirmed { accounts: true, notifications: true, service_plans: true, templates: true },
        send_all_to_partner: false,
        partner_email: "noc@sample-msp.example".into(),
        seat_rule: SeatRule::default(),
        items: vec![row(1, Some(AccountChoice::Create(draft))), linked, beyond],
        catalog: Catalog {
            service_plans: vec![service_plan()],
            license_pools: vec![pool()],
            reserved: std::collections::BTreeMap::new(),
            templates: vec![template()],
            remote_manager: true,
        },
    }
}
