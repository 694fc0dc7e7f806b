//! Putting a draft together from its rows and the mirror, and what is proposed for new rows.

use super::{
    FieldError, HashMap, Import, ImportId, ItemWrite, MAX_ITEMS, OrganizationId, PartnerId, Plan, ServiceError,
    matches, storage,
};
use crate::domain::account::NewAccountDraft;
use crate::domain::ids::AccountId;
use crate::domain::import::{AccountChoice, Catalog, Hold};
use crate::domain::inventory::{LicensePool, Subscription};
use crate::domain::outcome::Vendor;
use crate::domain::seats::SeatRule;
use crate::service::error::HeldOrganization;
use crate::service::matching::Matched;
use serde_json::{Value, json};
use sqlx::PgConnection;

/// Loads an import with everything its rules need, in a fixed number of queries.
pub async fn load(
    conn: &mut PgConnection,
    partner: PartnerId,
    import: ImportId,
) -> Result<Option<Import>, ServiceError> {
    let Some(row) = storage::imports::by_id(conn, partner, import).await? else { return Ok(None) };
    let Some(owner) = storage::partners::by_id(conn, partner).await? else { return Ok(None) };
    let mut items = storage::imports::items(conn, partner, import).await?;
    let accounts: Vec<_> =
        items.iter().filter_map(|item| item.account.as_ref()?.existing().map(ToString::to_string)).collect();
    let mut subscriptions: HashMap<AccountId, Vec<Subscription>> = HashMap::new();
    for subscription in storage::inventory::subscriptions(conn, partner, &accounts).await? {
        subscriptions.entry(subscription.account_id.clone()).or_default().push(subscription);
    }
    for item in &mut items {
        if let Some(account) = item.account.as_ref().and_then(AccountChoice::existing) {
            item.subscriptions = subscriptions.get(account).cloned().unwrap_or_default();
        }
    }
    Ok(Some(Import {
        id: row.id,
        status: row.status,
        version: row.version,
        created_at: row.created_at,
        created_by: row.created_by,
        confirmed: row.confirmed,
        send_all_to_partner: row.send_all_to_partner,
        partner_email: owner.email,
        seat_rule: SeatRule {
            margin_percent: u32::try_from(owner.margin_percent).unwrap_or_default(),
            minimum: u32::try_from(owner.minimum_seats).unwrap_or(1),
        },
        items,
        catalog: catalog(conn, partner).await?,
    }))
}

/// What the imports of a partner can choose from.
pub async fn catalog(conn: &mut PgConnection, partner: PartnerId) -> Result<Catalog, ServiceError> {
    let plans = storage::inventory::service_plans(conn, partner).await?;
    let pools = storage::inventory::license_pools(conn, partner).await?;
    let of_pool = |pool: &LicensePool| {
        plans.iter().filter(|(_, id)| id.as_ref() == Some(&pool.id)).map(|(plan, _)| plan.id.clone()).collect()
    };
    let license_pools = pools.into_iter().map(|pool| LicensePool { service_plans: of_pool(&pool), ..pool }).collect();
    let reserved = storage::reservations::of_all(conn, partner).await?;
    let remote_manager = storage::partners::connected(conn, partner).await?.contains(&Vendor::RemoteManager);
    let templates = if remote_manager { storage::partners::templates(conn, partner).await? } else { Vec::new() };
    Ok(Catalog {
        service_plans: plans.into_iter().map(|(plan, _)| plan).collect(),
        license_pools,
        reserved: reserved.into_iter().map(|(pool, reserved)| (pool, reserved.most())).collect(),
        templates,
        remote_manager,
    })
}

/// Refuses organizations that do not exist, are named twice, or are linked or being imported; all of them are named.
pub async fn check_organizations(
    conn: &mut PgConnection,
    partner: PartnerId,
    organizations: &[OrganizationId],
    path: impl Fn(usize) -> String,
) -> Result<(), ServiceError> {
    let ids: Vec<_> = organizations.iter().map(ToString::to_string).collect();
    let known = storage::imports::organizations_with_holds(conn, partner, &ids).await?;
    let known: HashMap<_, _> = known.into_iter().map(|(id, name, hold)| (id, (name, hold))).collect();
    let mut errors = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (index, id) in organizations.iter().enumerate() {
        if !seen.insert(id) {
            errors.push(FieldError::new(path(index), "duplicate", "This organization is named twice.").of(id));
        } else if !known.contains_key(id) {
            errors.push(
                FieldError::new(
                    path(index),
                    "unknown",
                    "There is no such organization. Refresh the inventory if it is new.",
                )
                .of(id),
            );
        }
    }
    if organizations.len() > MAX_ITEMS {
        errors.push(FieldError::new("", "too_long", format!("An import has at most {MAX_ITEMS} organizations.")));
    }
    if !errors.is_empty() {
        return Err(ServiceError::ValidationFailed(errors));
    }
    let held = |linked: bool| -> Vec<_> {
        let of = |id: &OrganizationId| {
            known.get(id).and_then(|(name, hold)| {
                hold.as_ref().filter(|hold| hold.linked == linked).map(|hold| held_organization(id, name, hold))
            })
        };
        organizations.iter().filter_map(of).collect()
    };
    let (linked, importing) = (held(true), held(false));
    if !linked.is_empty() {
        return Err(ServiceError::OrganizationLinked(linked));
    }
    if importing.is_empty() { Ok(()) } else { Err(ServiceError::OrganizationImporting(importing)) }
}

/// An organization that cannot be used, and who has it.
pub fn held_organization(id: &OrganizationId, name: &str, hold: &Hold) -> HeldOrganization {
    HeldOrganization {
        organization_id: id.clone(),
        organization_name: name.to_owned(),
        import_id: Some(hold.import_id),
        account_id: hold.account_id.clone(),
        by: hold.by.clone(),
        at: hold.at,
    }
}

/// Rows as they are proposed: the account that matches exactly and alone, nothing on a tie, otherwise a new account; the plan if there is but one.
pub async fn propose(
    conn: &mut PgConnection,
    partner: PartnerId,
    organizations: &[OrganizationId],
) -> Result<Vec<ItemWrite>, ServiceError> {
    let ids: Vec<_> = organizations.iter().map(ToString::to_string).collect();
    let mut matched = matches(conn, partner, &ids).await?;
    let catalog = catalog(conn, partner).await?;
    let template = catalog.templates.iter().find(|template| template.is_default);
    let plan = catalog.only_service_plan().map(|plan| plan.id.to_string());
    let rows = organizations.iter().map(|id| {
        let Matched { name, found } = matched.remove(id).unwrap_or_default();
        let account = match found.exact() {
            Some(exact) => Some(AccountChoice::Existing { account_id: exact.account_id.clone() }),
            None if found.is_tie => None,
            None => Some(AccountChoice::Create(NewAccountDraft::default())),
        };
        let is_new = matches!(account, Some(AccountChoice::Create(_)));
        ItemWrite {
            organization_id: id.clone(),
            organization_name: name,
            account,
            recipient_email: None,
            service_plan_id: plan.clone(),
            seats: None,
            template_id: template.filter(|_| is_new).map(|template| template.id.to_string()),
        }
    });
    Ok(rows.collect())
}

/// The import as it is compared with other versions of itself.
pub fn document(import: &Import) -> Value {
    let items: Vec<_> = import
        .items
        .iter()
        .map(|item| {
            json!({
                "organization_id": item.organization_id,
                "position": item.position,
                "account": item.account,
                "recipient_email": item.recipient(),
                "service_plan_id": item.service_plan_id,
                "seats": item.effective_seats(import.seat_rule),
                "template_id": item.template_id,
            })
        })
        .collect();
    json!({ "notifications": { "send_all_to_partner": import.send_all_to_partner }, "items": items })
}

/// The plan as it is compared with other plans.
pub fn plan_document(plan: &Plan) -> Result<Value, ServiceError> {
    let items = serde_json::to_value(&plan.items).map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(json!({ "items": items }))
}
