use super::*;
use crate::domain::ids::OrganizationId;
use crate::domain::integration::{Counts, IntegrationStatus, ItemStatus};
use crate::service::integrations::ItemView;
use chrono::DateTime;

fn item(position: u32, status: ItemStatus, event_id: i64) -> ItemView {
    ItemView {
        organization_id: OrganizationId::parse(&position.to_string()).unwrap(),
        organization_name: "Harbour Dental Group".into(),
        account_name: "Harbour Dental Group".into(),
        position,
        status,
        account_id: None,
        subscription_id: None,
        seats: 10,
        reason: None,
        next_try_at: None,
        candidates: vec![],
        event_id,
    }
}

fn view(status: IntegrationStatus, event_id: i64, items: Vec<ItemView>) -> IntegrationView {
    IntegrationView {
        import_id: ImportId(uuid::Uuid::nil()),
        plan_hash: "9f".into(),
        status,
        counts: Counts::of(items.iter().map(|item| item.status)),
        items,
        waiting_for: None,
        next_try_at: None,
        started_at: DateTime::UNIX_EPOCH,
        started_by: "ana".into(),
        finished_at: None,
        event_id,
    }
}

fn told(messages: &[Message]) -> Vec<(i64, &'static str)> {
    messages.iter().map(|message| (message.id, message.event)).collect()
}

#[test]
fn a_new_client_is_told_everything_in_order() {
    let mut progress = Progress::after(0);
    let items =
        vec![item(1, ItemStatus::Imported, 5), item(2, ItemStatus::Queued, 1), item(3, ItemStatus::Checking, 3)];
    let running = view(IntegrationStatus::Running, 5, items);
    let messages = progress.messages(&running);
    assert_eq!(told(&messages), [(0, "integration"), (1, "item"), (3, "item"), (5, "item")]);
    let data: serde_json::Value = serde_json::from_str(&messages[0].data).unwrap();
    assert!(data.get("items").is_none() && data["finished_at"].is_null() && data["status"] == "running", "{data}");
}

#[test]
fn nothing_is_said_while_nothing_changes() {
    let mut progress = Progress::after(0);
    progress.messages(&view(IntegrationStatus::Running, 5, vec![]));
    assert_eq!(told(&progress.messages(&view(IntegrationStatus::Running, 5, vec![]))), []);
    let changed = view(IntegrationStatus::Waiting, 6, vec![]);
    assert_eq!(told(&progress.messages(&changed)), [(6, "integration")]);
}

#[test]
fn the_end_is_last() {
    let mut progress = Progress::after(0);
    progress.messages(&view(IntegrationStatus::Running, 1, vec![item(1, ItemStatus::Queued, 1)]));
    let done = view(IntegrationStatus::Finished, 3, vec![item(1, ItemStatus::Imported, 2)]);
    assert_eq!(told(&progress.messages(&done)), [(2, "item"), (3, "integration"), (3, "end")]);
    assert!(progress.ended);
    let mut late = Progress::after(3);
    assert_eq!(told(&late.messages(&view(IntegrationStatus::Finished, 3, vec![]))), [(3, "integration"), (3, "end")]);
}

#[test]
fn ids_never_fall() {
    let mut progress = Progress::after(4);
    let again =
        view(IntegrationStatus::Running, 9, vec![item(1, ItemStatus::Imported, 7), item(2, ItemStatus::Queued, 3)]);
    assert_eq!(
        told(&progress.messages(&again)),
        [(4, "integration"), (7, "item")],
        "what was received is not repeated"
    );
    assert_eq!(progress.seen, 9);
}
