//! The rules of an undo, judged by the vendor's books.

use super::record::UndoRow;
use super::world::World;
use worryfree_plugin::domain::ids::SubscriptionId;
use worryfree_plugin::domain::integration::ItemStatus;
use worryfree_plugin::domain::operation::OperationKind;
use worryfree_plugin::domain::undo::{Reversal, UndoStatus};

impl World {
    /// The reversal of a row begins: the last one of the list comes first.
    pub fn note_reversal(&mut self, index: usize) {
        self.watch.reversed.insert(index);
        let Some(undo) = &self.record.undo else { return };
        let before = undo.rows.iter().map(|row| row.index).filter(|other| *other > index);
        let passed = before.filter(|other| !self.watch.reversed.contains(other)).max();
        if let Some(passed) = passed {
            self.violate(format!("customer {} was reversed before customer {}", index + 1, passed + 1));
        }
    }

    /// An undo that has ended left nothing that costs money and touched nothing else.
    pub fn check_undo(&mut self) {
        let Some(undo) = self.record.undo.clone() else { return };
        if !undo.finished {
            return;
        }
        let mut broken: Vec<_> = undo.rows.iter().filter_map(|row| self.broken_by_undo(row)).collect();
        broken.extend(self.suspended_for_nothing(&undo.rows));
        broken.extend(self.left_behind(&undo.rows));
        for rule in broken {
            self.violate(rule);
        }
    }

    fn broken_by_undo(&self, row: &UndoRow) -> Option<String> {
        let name = format!("customer {}", row.index + 1);
        let is_linked = self.record.links.values().any(|linked| *linked == row.index);
        match row.progress.status {
            UndoStatus::Queued => Some(format!("{name}: the undo ended without it")),
            UndoStatus::Refused if row.progress.reason.is_none() => {
                Some(format!("{name}: not undone without a reason"))
            }
            UndoStatus::Refused => None,
            UndoStatus::Undone if is_linked => Some(format!("{name}: undone and still linked")),
            UndoStatus::Undone => match &row.item.reversal {
                Reversal::Suspend { subscription_id, .. } if self.is_enabled(subscription_id) => {
                    Some(format!("{name}: called undone, and its subscription goes on"))
                }
                Reversal::RestoreUnits { subscription_id, units, .. }
                    if self.seats(subscription_id) != Some(*units) =>
                {
                    Some(format!("{name}: called undone, and its seats are not what they were"))
                }
                _ => None,
            },
        }
    }

    fn is_enabled(&self, id: &SubscriptionId) -> bool {
        self.vendor.subscriptions.iter().any(|found| found.id == *id && found.enabled)
    }

    fn seats(&self, id: &SubscriptionId) -> Option<u32> {
        self.vendor.subscriptions.iter().find(|found| found.id == *id).map(|found| found.seats)
    }

    /// Subscriptions that the import did not create are nobody's to suspend.
    fn suspended_for_nothing(&self, rows: &[UndoRow]) -> Option<String> {
        let created = |id: &SubscriptionId| {
            let rows = rows.iter().filter(|row| self.record.items[row.index].plan.seats_before.is_none());
            let mut reversals = rows.map(|row| &row.item.reversal);
            reversals.any(|one| matches!(one, Reversal::Suspend { subscription_id, .. } if subscription_id == id))
        };
        let wrong = self.vendor.subscriptions.iter().find(|found| !found.enabled && !created(&found.id))?;
        Some(format!("{} was suspended although the import did not create it", wrong.id))
    }

    /// What the import took and the undo does not name, although nobody was asked about it.
    fn left_behind(&self, rows: &[UndoRow]) -> Option<String> {
        let is_named = |index: usize| rows.iter().any(|row| row.index == index);
        let is_suspended = |id: Option<&str>| {
            let of_row = |row: &UndoRow| match &row.item.reversal {
                Reversal::Suspend { subscription_id, .. } => Some(subscription_id.as_str()) == id,
                Reversal::RestoreUnits { .. } | Reversal::Unlink => false,
            };
            rows.iter().any(of_row)
        };
        let took = |kind: OperationKind| matches!(kind, OperationKind::CreateSubscription | OperationKind::SetUnits);
        let effects = self.vendor.effects.iter().filter(|effect| took(effect.kind) && !effect.repeated);
        let left = effects.filter(|effect| {
            let (index, item) = (effect.item, &self.record.items[effect.item]);
            let is_open = item.status == ItemStatus::NeedsPerson || self.watch.asked.contains(&index);
            let changed = item.plan.seats_before != Some(item.plan.seats);
            let is_ended = match effect.kind {
                OperationKind::CreateSubscription => is_suspended(effect.id.as_deref()) || self.is_mistaken(effect),
                _ => is_named(index) || !changed,
            };
            !is_open && !is_ended
        });
        let left = left.map(|effect| effect.item).next()?;
        Some(format!("customer {}: the undo says nothing of what was taken for it", left + 1))
    }
}
