//! The rules of an undo, judged by the vendor's books.

use super::record::UndoRow;
use super::world::World;
use worryfree_plugin::domain::ids::SubscriptionId;
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
        broken.extend(self.suspended_for_nothing());
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
            UndoStatus::Refused => match (&row.item.reversal, row.progress.reason.as_ref()) {
                (Reversal::Suspend { subscription_id, .. }, Some(reason))
                    if reason.code == "not_reversed" && !self.is_enabled(subscription_id) =>
                {
                    Some(format!("{name}: called refused, and its subscription is suspended"))
                }
                _ => None,
            },
            UndoStatus::Undone if is_linked => Some(format!("{name}: undone and still linked")),
            UndoStatus::Undone => match &row.item.reversal {
                Reversal::Suspend { subscription_id, .. } if self.is_enabled(subscription_id) => {
                    Some(format!("{name}: called undone, and its subscription goes on"))
                }
                Reversal::RestoreUnits { subscription_id, .. }
                    if self
                        .watch
                        .seats_by_hand
                        .get(&row.index)
                        .is_some_and(|set| self.seats(subscription_id) != Some(*set)) =>
                {
                    Some(format!("{name}: seats that somebody has set since were overwritten"))
                }
                Reversal::RestoreUnits { .. } if row.progress.reason.is_some() => None,
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

    /// Subscriptions that the import did not create are nobody's to suspend. As they carry no mark, one that somebody made while a
    /// request of ours was in doubt may be taken for it.
    fn suspended_for_nothing(&self) -> Option<String> {
        let created = |id: &SubscriptionId| {
            let effects = &self.vendor.effects;
            effects
                .iter()
                .any(|one| one.kind == OperationKind::CreateSubscription && one.id.as_deref() == Some(id.as_str()))
        };
        let mistaken = |id: &SubscriptionId| {
            let mut rows = self.record.items.iter().enumerate();
            rows.any(|(index, item)| item.subscription_id.as_ref() == Some(id) && self.record.has_bought(index))
        };
        let wrong = self.vendor.subscriptions.iter().filter(|found| !found.enabled && !created(&found.id));
        let wrong = wrong.map(|found| &found.id).find(|id| !mistaken(id))?;
        Some(format!("{wrong} was suspended although the import did not create it"))
    }

    /// What the import took and the undo does not name, although nobody said that it is not the customer's.
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
            let is_denied = self.watch.anew.contains_key(&index) || item.refusals > 0;
            let changed = item.plan.seats_before != Some(item.plan.seats);
            let is_ended = match effect.kind {
                OperationKind::CreateSubscription => is_suspended(effect.id.as_deref()) || self.is_mistaken(effect),
                _ => is_named(index) || !changed,
            };
            !is_denied && !is_ended
        });
        let left = left.map(|effect| effect.item).next()?;
        Some(format!("customer {}: the undo says nothing of what was taken for it", left + 1))
    }
}
