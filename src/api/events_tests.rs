use super::*;
use crate::domain::ids::OrganizationId;
use crate::domain::integration::{Counts, IntegrationStatus, ItemStatus};
use crate::service::integrations::{ItemView, UndoOffer};
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
        undo: UndoOffer::Nothing,
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
    let ids = [(0, "integration"), (place(1, 2), "item"), (place(3, 3), "item"), (place(5, 1), "item")];
    assert_eq!(told(&messages), ids);
    let data: serde_json::Value = serde_json::from_str(&messages[0].data).unwrap();
    assert!(data.get("items").is_none() && data["finished_at"].is_null() && data["status"] == "running", "{data}");
}

#[test]
fn nothing_is_said_while_nothing_changes() {
    let mut progress = Progress::after(0);
    progress.messages(&view(IntegrationStatus::Running, 5, vec![]));
    assert_eq!(told(&progress.messages(&view(IntegrationStatus::Running, 5, vec![]))), []);
    let changed = view(IntegrationStatus::Waiting, 6, vec![]);
    assert_eq!(told(&progress.messages(&changed)), [(place(6, RUN), "integration")]);
}

#[test]
fn the_end_is_last() {
    let mut progress = Progress::after(0);
    progress.messages(&view(IntegrationStatus::Running, 1, vec![item(1, ItemStatus::Queued, 1)]));
    let done = view(IntegrationStatus::Finished, 3, vec![item(1, ItemStatus::Imported, 2)]);
    assert_eq!(
        told(&progress.messages(&done)),
        [(place(2, 1), "item"), (place(3, RUN), "integration"), (place(3, END), "end")]
    );
    assert!(progress.ended);
    let mut late = Progress::after(place(3, RUN));
    let told = told(&late.messages(&view(IntegrationStatus::Finished, 3, vec![])));
    assert_eq!(told, [(place(3, RUN), "integration"), (place(3, END), "end")]);
}

#[test]
fn what_one_commit_changed_is_gone_on_with_in_its_midst() {
    let all =
        || vec![item(1, ItemStatus::Imported, 7), item(2, ItemStatus::Imported, 7), item(3, ItemStatus::Queued, 3)];
    let whole = Progress::after(0).messages(&view(IntegrationStatus::Running, 9, all()));
    assert!(whole.windows(2).all(|pair| pair[0].id < pair[1].id), "{:?}", told(&whole));
    for (heard, message) in whole.iter().enumerate().skip(1) {
        let mut again = Progress::after(message.id);
        assert!(again.from() < 7, "the rest of a commit is read again");
        let rest = again.messages(&view(IntegrationStatus::Running, 9, all()));
        assert_eq!(told(&rest)[1..], told(&whole)[heard + 1..], "behind message {heard}");
    }
    assert_eq!(Progress::after(place(9, RUN)).from(), 9);
    assert_eq!(Progress::after(0).from(), -1);
}

#[test]
fn ids_always_grow() {
    let mut progress = Progress::after(place(4, 9));
    let mut last = None;
    for (event, items) in
        [(9, vec![item(1, ItemStatus::Imported, 7)]), (9, vec![item(2, ItemStatus::Imported, 10)]), (10, vec![])]
    {
        for message in progress.messages(&view(IntegrationStatus::Running, event, items)) {
            assert!(last < Some(message.id), "{last:?} {message:?}");
            last = Some(message.id);
        }
    }
}
