//! *Assign Service Plan*: what its form does.

use super::WebState;
use super::error::WebError;
use super::form::Fields;
use super::language::Words;
use super::layout::{Layout, Place, show_as};
use super::service_plans::{Entered, page};
use super::session::Session;
use super::wizard::{Then, open, stored};
use super::words::step_title;
use crate::domain::ids::{ImportId, OrganizationId, ServicePlanId};
use crate::domain::import::{Import, ImportItem, Step};
use crate::domain::seats::is_valid;
use crate::service::imports::{Mode, ServicePlanItem, ServicePlansStep, put_service_plans};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

/// `POST …/imports/{id}/service-plans`.
pub async fn save(
    State(state): State<WebState>,
    session: Session,
    Path((_, id)): Path<(String, ImportId)>,
    fields: Fields,
) -> Result<Response, WebError> {
    let import = open(&state, &session, id, Step::ServicePlans).await?;
    let words = session.words;
    let wants_next = fields.one("go") == Some("next");
    let entered = Entered { seats: unreadable(words, &import, &fields), asked_for_next: wants_next };
    let confirmed = wants_next && entered.seats.is_empty();
    let mode = if confirmed { Mode::Confirm } else { Mode::Save };
    let result = put_service_plans(&state.app, &session.caller, id, step(words, &import, &fields), mode).await;
    match result {
        // Everything else is stored; what is no number stays in its field, with words.
        Ok(import) if !entered.seats.is_empty() => {
            let mut layout = Layout::of(&session, step_title(words, Step::ServicePlans), Place::Imports);
            layout.can_switch = false;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &page(layout, &session.base(), &import, &entered))
        }
        result => {
            let then = if confirmed { Then::Next } else { Then::Stay("service-plans".into()) };
            stored(&state, &session, (id, Step::ServicePlans), (&fields, then), result).await
        }
    }
}

/// What a field of seats says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seats {
    /// Nothing: the rule decides.
    Blank,
    /// A number that can be subscribed to.
    Number(u32),
    /// Anything else.
    Unreadable,
}

impl Seats {
    /// Thousands may be set apart as the language does, but only where thousands are: "1,5" is not 15.
    fn parse(words: Words, text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Blank;
        }
        let apart = words.number(1000).chars().nth(1).unwrap_or(' ');
        let parts: Vec<_> = text.split([apart, ' ', '\u{a0}', '\u{202f}']).collect();
        let is_grouped =
            parts.len() == 1 || (1..=3).contains(&parts[0].len()) && parts[1..].iter().all(|part| part.len() == 3);
        let digits = parts.concat();
        let is_number = is_grouped && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse::<u32>().ok().filter(|number| is_number && is_valid(*number));
        number.map_or(Self::Unreadable, Self::Number)
    }
}

/// What the form says of a row's seats; `None` if it says nothing, or if all seats are being set.
fn field(words: Words, item: &ImportItem, fields: &Fields) -> Option<Seats> {
    let text = fields.row(&item.organization_id, "seats")?;
    (fields.one("go") != Some("recompute")).then(|| Seats::parse(words, text))
}

fn unreadable(words: Words, import: &Import, fields: &Fields) -> std::collections::HashMap<OrganizationId, String> {
    let keeps = fields.one("go") == Some("keep");
    let of_item = |item: &ImportItem| {
        let is_unreadable = field(words, item, fields) == Some(Seats::Unreadable);
        let replaced = keeps && has_now(import, item, fields).is_some();
        let text = fields.row(&item.organization_id, "seats").filter(|_| is_unreadable && !replaced)?;
        Some((item.organization_id.clone(), text.to_owned()))
    };
    import.items.iter().filter_map(of_item).collect()
}

fn step(words: Words, import: &Import, fields: &Fields) -> ServicePlansStep {
    let item = |item: &ImportItem| ServicePlanItem {
        organization_id: item.organization_id.clone(),
        service_plan_id: plan(item, fields),
        seats: seats(words, import, item, fields),
    };
    ServicePlansStep {
        version: fields.version(),
        items: import.items.iter().map(item).collect(),
        order: order(import, fields),
    }
}

fn plan(item: &ImportItem, fields: &Fields) -> Option<ServicePlanId> {
    let of_row = fields.row(&item.organization_id, "plan");
    // Whoever has chosen one plan for all and goes on means the rows that have none.
    let is_meant = match fields.one("go") {
        Some("apply") => true,
        Some("next") => of_row.is_none_or(|text| text.trim().is_empty()),
        _ => false,
    };
    let for_all = fields.text("all_plan").filter(|_| is_meant);
    let chosen = for_all.or(of_row);
    chosen.map_or_else(|| item.service_plan_id.clone(), |id| ServicePlanId::parse(id).ok())
}

/// A number that nobody touched goes on following the endpoints; what is no number leaves the one from before.
fn seats(words: Words, import: &Import, item: &ImportItem, fields: &Fields) -> Option<u32> {
    match fields.one("go") {
        Some("recompute") => return None,
        Some("keep") => {
            if let Some(units) = has_now(import, item, fields) {
                return Some(units);
            }
        }
        _ => {}
    }
    match field(words, item, fields) {
        None | Some(Seats::Unreadable) => item.seats,
        Some(Seats::Blank) => None,
        Some(Seats::Number(number)) => {
            let is_default = item.seats.is_none() && number == item.effective_seats(import.seat_rule);
            (!is_default).then_some(number)
        }
    }
}

/// The seats that the row's account has already of the product of the row's plan.
fn has_now(import: &Import, item: &ImportItem, fields: &Fields) -> Option<u32> {
    let plan = plan(item, fields)?;
    item.subscription_under(&plan, &import.catalog)?.units.filter(|units| is_valid(*units))
}

/// The list as the places say, then with one row moved by a place; `None` if nothing moves.
fn order(import: &Import, fields: &Fields) -> Option<Vec<OrganizationId>> {
    let before: Vec<_> = import.items.iter().map(|item| item.organization_id.clone()).collect();
    let mut order = placed(import, fields);
    let place = |name: &str| fields.organization(name).and_then(|id| order.iter().position(|other| *other == id));
    let (up, down) = (place("up"), place("down"));
    if let Some(index) = up.filter(|index| *index > 0) {
        order.swap(index, index - 1);
    } else if let Some(index) = down.filter(|index| index + 1 < order.len()) {
        order.swap(index, index + 1);
    }
    (order != before).then_some(order)
}

/// Rows whose place was changed go there, the first places first; the others keep their order around them.
fn placed(import: &Import, fields: &Fields) -> Vec<OrganizationId> {
    let wanted = |item: &ImportItem| {
        let text = fields.row(&item.organization_id, "place")?;
        text.trim().parse::<usize>().ok().filter(|place| *place != item.position as usize)
    };
    let (mut moved, mut order) = (Vec::new(), Vec::with_capacity(import.items.len()));
    for item in &import.items {
        match wanted(item) {
            Some(place) => moved.push((place, item.organization_id.clone())),
            None => order.push(item.organization_id.clone()),
        }
    }
    moved.sort_by_key(|(place, _)| *place);
    for (place, id) in moved {
        order.insert(place.saturating_sub(1).min(order.len()), id);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::language::{english, tagged};

    #[test]
    fn a_number_of_seats_is_read_as_it_is_meant() {
        let number = |text| match Seats::parse(english(), text) {
            Seats::Number(number) => Some(number),
            Seats::Blank | Seats::Unreadable => None,
        };
        assert_eq!(Seats::parse(english(), " "), Seats::Blank);
        for (text, seats) in [("25", 25), (" 25 ", 25), ("1,250", 1250), ("12 500", 12_500), ("999,999", 999_999)] {
            assert_eq!(number(text), Some(seats), "{text}");
        }
        let others =
            ["many", "0", "-5", "1.5", "1,5", "1,50", "1000000", "12,34,567", "1e3", "0x10", "25 seats", "٢٥", ",100"];
        for text in others {
            assert_eq!(Seats::parse(english(), text), Seats::Unreadable, "{text}");
        }
        let german = tagged("de").unwrap();
        assert_eq!(Seats::parse(german, "1.250"), Seats::Number(1250));
        assert_eq!(Seats::parse(german, "1,250"), Seats::Unreadable);
    }
}
