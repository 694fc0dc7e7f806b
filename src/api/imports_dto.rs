//! How imports and plans are shown.

use super::inventory_dto::SubscriptionDto;
use crate::domain::field::FieldError;
use crate::domain::ids::{AccountId, ImportId, LicensePoolId, OrganizationId, ServicePlanId, TemplateId};
use crate::domain::import::{AccountChoice, Import, ImportItem, ImportStatus, Step};
use crate::domain::plan::{Action, Plan, PlanItem, PlanPool, Reason, Totals};
use crate::service::imports::ImportSummary;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// An import in a list.
#[derive(Debug, Serialize)]
pub struct SummaryDto {
    id: ImportId,
    status: ImportStatus,
    step: Step,
    version: u32,
    created_at: DateTime<Utc>,
    created_by: String,
    organizations: u32,
}

impl From<ImportSummary> for SummaryDto {
    fn from(summary: ImportSummary) -> Self {
        let ImportSummary { id, status, step, version, created_at, created_by, organizations } = summary;
        Self { id, status, step, version, created_at, created_by, organizations }
    }
}

/// An import with its rows.
#[derive(Debug, Serialize)]
pub struct ImportDto {
    id: ImportId,
    status: ImportStatus,
    step: Step,
    version: u32,
    created_at: DateTime<Utc>,
    created_by: String,
    notifications: NotificationsDto,
    seat_rule: SeatRuleDto,
    items: Vec<ItemDto>,
}

#[derive(Debug, Serialize)]
struct NotificationsDto {
    send_all_to_partner: bool,
    partner_email: String,
}

#[derive(Debug, Serialize)]
struct SeatRuleDto {
    margin_percent: u32,
    minimum: u32,
}

#[derive(Debug, Serialize)]
struct ItemDto {
    organization_id: OrganizationId,
    organization_name: String,
    position: u32,
    endpoints: Option<u32>,
    account: Option<AccountChoice>,
    account_name: Option<String>,
    recipient_email: Option<String>,
    service_plan_id: Option<ServicePlanId>,
    seats: u32,
    default_seats: u32,
    current_subscription: Option<SubscriptionDto>,
    template_id: Option<TemplateId>,
    problems: Vec<FieldError>,
}

impl From<Import> for ImportDto {
    fn from(import: Import) -> Self {
        Self {
            id: import.id,
            status: import.status,
            step: import.next_step(),
            version: import.version,
            created_at: import.created_at,
            notifications: NotificationsDto {
                send_all_to_partner: import.send_all_to_partner,
                partner_email: import.partner_email.clone(),
            },
            seat_rule: SeatRuleDto {
                margin_percent: import.seat_rule.margin_percent,
                minimum: import.seat_rule.minimum,
            },
            items: import.items.iter().map(|item| ItemDto::of(&import, item)).collect(),
            created_by: import.created_by,
        }
    }
}

impl ItemDto {
    fn of(import: &Import, item: &ImportItem) -> Self {
        Self {
            organization_id: item.organization_id.clone(),
            organization_name: item.organization_name.clone(),
            position: item.position,
            endpoints: item.endpoints,
            account: item.account.clone(),
            account_name: item.account_name.clone(),
            recipient_email: item.recipient().map(str::to_owned),
            service_plan_id: item.service_plan_id.clone(),
            seats: item.effective_seats(import.seat_rule),
            default_seats: import.seat_rule.default_seats(item.endpoints),
            current_subscription: item.current_subscription(&import.catalog).cloned().map(Into::into),
            template_id: item.template_id.clone(),
            problems: import.problems(item),
        }
    }
}

/// A plan.
#[derive(Debug, Serialize)]
pub struct PlanDto {
    import_id: ImportId,
    version: u32,
    hash: String,
    items: Vec<PlanItemDto>,
    totals: Totals,
    pools: Vec<PlanPool>,
    inventory_refreshed_at: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
struct PlanItemDto {
    organization_id: OrganizationId,
    organization_name: String,
    position: u32,
    account_id: Option<AccountId>,
    service_plan_id: ServicePlanId,
    license_pool_id: Option<LicensePoolId>,
    template_id: Option<TemplateId>,
    actions: Vec<Action>,
    seats: u32,
    seats_before: Option<u32>,
    imported: bool,
    reason: Option<Reason>,
}

impl From<Plan> for PlanDto {
    fn from(plan: Plan) -> Self {
        Self {
            import_id: plan.import_id,
            version: plan.version,
            hash: plan.hash,
            items: plan.items.into_iter().map(Into::into).collect(),
            totals: plan.totals,
            pools: plan.pools,
            inventory_refreshed_at: plan.inventory_refreshed_at,
        }
    }
}

impl From<PlanItem> for PlanItemDto {
    fn from(item: PlanItem) -> Self {
        Self {
            account_id: item.existing_account().cloned(),
            organization_id: item.organization_id,
            organization_name: item.organization_name,
            position: item.position,
            service_plan_id: item.service_plan_id,
            license_pool_id: item.license_pool_id,
            template_id: item.template.map(|template| template.id),
            actions: item.actions,
            seats: item.seats,
            seats_before: item.seats_before,
            imported: item.imported,
            reason: item.reason,
        }
    }
}
