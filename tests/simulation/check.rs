//! The rules that must hold in every seed, whatever goes wrong.

use super::clock::{MINUTE, Ms};
use super::people::NOTICED;
use super::record::{Entry, JobState};
use super::scenario::Scenario;
use super::vendor::{Account, Answer, Effect, Made, Request, Wish};
use super::world::World;
use std::collections::{BTreeMap, BTreeSet};
use worryfree_plugin::domain::ids::{AccountId, LicensePoolId, OperationId, SubscriptionId};
use worryfree_plugin::domain::integration::{ItemRecord, ItemStatus};
use worryfree_plugin::domain::operation::{Operation, OperationKind, OperationState};

/// What the rules have to remember.
#[derive(Debug, Default)]
pub struct Watch {
    /// Rules that were broken.
    pub violations: Vec<String>,
    /// Everything has come to rest by then.
    pub limit: Ms,
    /// Rows a person was asked about.
    pub asked: BTreeSet<usize>,
    /// Somebody else took licenses.
    pub shrank: bool,
    /// Rows for whose account a person made a subscription, and when.
    pub subscribed_by_hand: BTreeMap<usize, Ms>,
    /// Rows the vendor refused.
    refused: BTreeSet<usize>,
    /// Rows that were taken up again while the run went on: it learns of them when it has ended.
    requeued: BTreeSet<usize>,
    /// When a row ended without licenses.
    without: BTreeMap<usize, Ms>,
    /// Pools that were ample when they were read last.
    ample: BTreeSet<LicensePoolId>,
    /// Licenses that were taken for a row.
    spent: BTreeMap<usize, u32>,
    /// What the network's repetitions made, by kind and row.
    repeated: BTreeSet<(&'static str, usize)>,
    /// Rows for which a look showed several accounts with the mark.
    pub several: BTreeSet<usize>,
    /// How often a person said of a row that none of the accounts is its.
    pub anew: BTreeMap<usize, usize>,
    /// Seats that a person set when the run had ended, by row, until a request of ours sets others.
    pub seats_by_hand: BTreeMap<usize, u32>,
    /// Rows whose reversal has begun.
    pub reversed: BTreeSet<usize>,
    /// Requests by operation.
    requests: BTreeMap<OperationId, u32>,
    /// What each row may take.
    allowed: Vec<u32>,
    /// Units of subscriptions from before.
    before: Vec<u32>,
}

impl Watch {
    /// At the start.
    pub fn new(scenario: &Scenario) -> Self {
        let allowed = scenario.items.iter().map(worryfree_plugin::domain::plan::PlanItem::new_units).collect();
        let before = scenario.items.iter().map(|item| item.seats_before.unwrap_or(0)).collect();
        Self { allowed, before, ..Self::default() }
    }
}

impl World {
    /// Notes that a rule was broken; that ends the seed.
    pub fn violate(&mut self, rule: String) {
        self.say(|_| format!("VIOLATION  {rule}"));
        self.watch.violations.push(rule);
    }

    /// A request goes out: only for an open intent that is recorded, and once for each proof that there was no effect.
    pub fn check_request(&mut self, request: &Request, operation: &Operation) {
        if operation.kind.is_repeatable() {
            return;
        }
        let Some(proofs) = self.record.operations.get(&operation.id).map(|row| row.proofs) else {
            self.violate(format!("customer {}: a request was sent before its intent was recorded", request.item + 1));
            return;
        };
        let sent = self.watch.requests.entry(operation.id).or_default();
        *sent += 1;
        if *sent > proofs + 1 {
            self.violate(format!("customer {}: the same request was sent again without proof", request.item + 1));
        }
    }

    /// The vendor said no in a way that nobody documented: unless something is found, that is a refusal.
    pub fn note_undocumented(&mut self, index: usize) {
        self.watch.refused.insert(index);
    }

    /// A request was carried out.
    pub fn check_effect(&mut self, request: &Request, answer: &Answer) {
        let index = request.item;
        if matches!(request.wish, Wish::Units { .. }) {
            self.watch.seats_by_hand.remove(&index);
        }
        if matches!(request.wish, Wish::Suspend { .. } | Wish::Restore { .. }) {
            return;
        }
        if request.repeated {
            // Nothing on our side can prevent it; what is asked is that nothing wrong comes of it.
            self.note_repeated(index, answer);
            return;
        }
        match (answer, &request.wish) {
            (Answer::Refused(_), _) => {
                self.watch.refused.insert(index);
            }
            (Answer::Made(_), Wish::Account { .. }) => {
                let made = self.made(OperationKind::CreateAccount, index);
                // Who is told of accounts with our mark and says that none of them is ours has another one made.
                let anew = self.watch.anew.get(&index).copied().unwrap_or(0);
                if made > 1 + anew {
                    self.violate(format!("customer {}: {made} accounts were created", index + 1));
                }
            }
            (Answer::Made(_), Wish::Subscription { seats, .. }) => {
                let made = self.made(OperationKind::CreateSubscription, index);
                if made > 1 {
                    self.violate(format!("customer {}: {made} subscriptions were created", index + 1));
                }
                self.spend(index, *seats);
            }
            (Answer::Made(_), Wish::Units { seats, .. }) => {
                let more = seats.saturating_sub(self.watch.before[index]);
                self.watch.before[index] = self.watch.before[index].max(*seats);
                if self.watch.allowed[index] > 0 && self.record.items[index].plan.seats_before.is_some() {
                    self.spend(index, more);
                }
            }
            _ => {}
        }
    }

    fn made(&self, kind: OperationKind, index: usize) -> usize {
        let ours = |effect: &&Effect| effect.kind == kind && effect.item == index && !effect.repeated;
        self.vendor.effects.iter().filter(ours).count()
    }

    fn note_repeated(&mut self, index: usize, answer: &Answer) {
        match answer {
            Answer::Made(Made::Account(_)) => {
                self.watch.repeated.insert((OperationKind::CreateAccount.as_str(), index));
            }
            Answer::Made(Made::Subscription(_)) => {
                self.watch.repeated.insert((OperationKind::CreateSubscription.as_str(), index));
                self.watch.shrank = true;
            }
            _ => {}
        }
    }

    fn spend(&mut self, index: usize, units: u32) {
        let spent = self.watch.spent.entry(index).or_default();
        *spent += units;
        let (spent, allowed) = (*spent, self.watch.allowed[index]);
        if spent > allowed && !self.watch.asked.contains(&index) {
            self.violate(format!("customer {}: {spent} licenses were spent, {allowed} confirmed", index + 1));
        }
    }

    /// The rule that an intent breaks if it is recorded now.
    pub fn broken_by_intent(&self, entry: &Entry) -> Option<String> {
        let kind = entry.operation.as_ref()?.kind;
        let (index, now) = (entry.index, self.now);
        if now >= self.record.job.lease_until {
            return Some(format!("customer {}: begun after the lease had ended", index + 1));
        }
        if let Some(pressed) = self.record.stopped_at {
            let begun = self.record.items[index].status != ItemStatus::Queued
                || self.record.operations.values().any(|row| row.item == index);
            if !begun && now > pressed + NOTICED {
                return Some(format!("customer {}: begun after Stop", index + 1));
            }
        }
        if kind == OperationKind::CreateAccount
            && !self.watch.asked.contains(&index)
            && let Some(account) = self.made_by_hand(index)
        {
            return Some(format!("customer {}: nobody was asked about {account} of its name", index + 1));
        }
        if kind == OperationKind::CreateSubscription
            && self.watch.subscribed_by_hand.get(&index).is_some_and(|made| now > made + MINUTE)
        {
            return Some(format!("customer {}: subscribed although its account had a subscription", index + 1));
        }
        let takes = matches!(kind, OperationKind::CreateSubscription | OperationKind::SetUnits);
        if takes && self.watch.allowed[index] > 0 { self.broken_by_turn(index) } else { None }
    }

    /// An account of the row's name that a person made, that nobody had in view and that is nobody's. A list serves for a while.
    fn made_by_hand(&self, index: usize) -> Option<&AccountId> {
        let name = self.record.items[index].plan.account_name();
        let made = self.scenario.seen_at + 1..self.now - MINUTE;
        let unseen =
            |account: &&Account| account.by_hand && account.shown.name == name && made.contains(&account.created);
        let held = |id: &AccountId| self.record.items.iter().any(|item| item.account_id.as_ref() == Some(id));
        self.vendor.accounts.iter().filter(unseen).map(|account| &account.shown.id).find(|id| !held(id))
    }

    /// Rows of a pool are served in list order: nobody after somebody who went without, and, unless the pool was ample when it
    /// was read last, nobody before somebody whose turn it is.
    fn broken_by_turn(&self, index: usize) -> Option<String> {
        let pool = self.record.items[index].plan.license_pool_id.clone();
        let ample = pool.as_ref().is_some_and(|pool| self.watch.ample.contains(pool));
        for earlier in 0..index {
            let item = &self.record.items[earlier];
            if item.plan.license_pool_id != pool || self.watch.allowed[earlier] == 0 {
                continue;
            }
            let went = |time: &Ms| self.now > time + MINUTE;
            if self.watch.without.get(&earlier).is_some_and(went) && item.status == ItemStatus::NoLicenses {
                return Some(format!("customer {} was served after customer {} went without", index + 1, earlier + 1));
            }
            if !ample && !self.watch.requeued.contains(&earlier) && self.competes(earlier) {
                return Some(format!("customer {} was served before customer {}", index + 1, earlier + 1));
            }
        }
        None
    }

    /// Whether a row has neither a result nor its licenses, by the vendor's books.
    fn competes(&self, index: usize) -> bool {
        let item = &self.record.items[index];
        let spent = self.watch.spent.get(&index).copied().unwrap_or(0);
        !item.status.is_final()
            && spent < self.watch.allowed[index]
            && !self.has_by_hand(index)
            && !self.has_by_network(index)
    }

    /// Whether it has been given what the network alone has made, after the vendor had said that there is no such account.
    fn has_by_network(&self, index: usize) -> bool {
        self.record.items[index].subscription_done
            && self.watch.repeated.contains(&(OperationKind::CreateSubscription.as_str(), index))
    }

    /// Whether a person has given it a subscription meanwhile.
    fn has_by_hand(&self, index: usize) -> bool {
        self.watch.subscribed_by_hand.contains_key(&index)
    }

    /// A worker has read what the pools hold: which of them hold twice of what rows still ask, by the vendor's books.
    pub fn note_pools(&mut self, known: bool) {
        let asked = |pool: &LicensePoolId| {
            let of_pool = |row: &usize| self.record.items[*row].plan.license_pool_id.as_ref() == Some(pool);
            let known = |row: &usize| self.competes(*row) && !self.watch.requeued.contains(row);
            let rows = (0..self.record.items.len()).filter(of_pool).filter(known);
            rows.map(|row| u64::from(self.watch.allowed[row])).sum::<u64>()
        };
        let ample = self.vendor.pools.iter().filter(|(pool, left)| known && u64::from(**left) >= 2 * asked(pool));
        self.watch.ample = ample.map(|(pool, _)| pool.clone()).collect();
    }

    /// Something was recorded.
    pub fn note_commit(&mut self, entries: &[Entry]) {
        for entry in entries {
            let item = &entry.item;
            if item.status == ItemStatus::NoLicenses {
                self.watch.without.insert(entry.index, self.now);
            }
            if item.status == ItemStatus::NeedsPerson {
                self.watch.asked.insert(entry.index);
            }
        }
        if let Some(stale) = self.record.stale.pop() {
            self.violate(stale);
        }
    }

    /// Somebody presses Retry.
    pub fn note_retry(&mut self, running: bool) {
        for (index, item) in self.record.items.iter().enumerate() {
            if item.status == ItemStatus::NoLicenses {
                self.watch.without.remove(&index);
            }
            if running && item.status.is_final() {
                self.watch.requeued.insert(index);
            }
        }
        if !running {
            self.watch.requeued.clear();
        }
    }

    /// Everything has come to rest, or should have.
    pub fn check_end(&mut self) {
        if !self.watch.violations.is_empty() {
            return;
        }
        if !self.is_at_rest() {
            let states: Vec<_> = self.record.items.iter().map(|item| item.status.as_str()).collect();
            self.violate(format!("the run did not end: {:?}, {}", self.record.status, states.join(" ")));
            return;
        }
        let parked = self.record.job.state == JobState::Parked;
        let undo_waits = self.record.undo.as_ref().is_some_and(|undo| undo.waiting.is_some());
        if parked && self.record.waiting.is_none() && !undo_waits {
            self.violate("a run waits without a reason".to_owned());
        }
        if self.record.undo.is_none() {
            self.check_rows();
        }
        self.check_undo();
        self.check_nothing_lost();
        let unasked = self.watch.several.difference(&self.watch.asked).next().copied();
        if let Some(index) = unasked {
            self.violate(format!("customer {}: several accounts carry its mark, and nobody was asked", index + 1));
        }
    }

    /// Each row is what it is called: in the end, and before it is undone.
    pub fn check_rows(&mut self) {
        let parked = self.record.job.state == JobState::Parked;
        for index in 0..self.record.items.len() {
            let item = self.record.items[index].clone();
            if let Some(rule) = self.broken_by(index, &item, parked) {
                self.violate(format!("customer {}: {rule}", index + 1));
            }
        }
    }

    fn broken_by(&self, index: usize, item: &ItemRecord, parked: bool) -> Option<String> {
        let status = item.status;
        if !status.is_final() {
            return (!parked).then(|| format!("the run ended while it was {}", status.as_str()));
        }
        if !status.is_imported() && item.reason.is_none() {
            return Some(format!("{} without a reason", status.as_str()));
        }
        let code = item.reason.as_ref().map_or("", |reason| reason.code.as_str());
        if status == ItemStatus::Refused && code == "refused" && !self.watch.refused.contains(&index) {
            return Some("called refused, and the vendor never refused it".to_owned());
        }
        let suffices = self.scenario.pools.iter().all(|(pool, stock)| {
            let of_pool = |(place, row): &(usize, &ItemRecord)| {
                (row.plan.license_pool_id.as_ref() == Some(pool)).then_some(self.watch.allowed[*place])
            };
            self.record.items.iter().enumerate().filter_map(|row| of_pool(&row)).sum::<u32>() <= *stock
        });
        let plain = !self.watch.shrank && self.watch.asked.is_empty();
        if status == ItemStatus::NoLicenses && suffices && plain {
            return Some("left without licenses although they suffice".to_owned());
        }
        if let (Some(chosen), Some(account)) = (self.record.chosen.get(&index), &item.account_id)
            && chosen != account
        {
            return Some(format!("{chosen} was chosen, {account} was taken"));
        }
        status.is_imported().then(|| self.is_not_imported(index, item)).flatten()
    }

    /// Why a customer that is called imported is not.
    fn is_not_imported(&self, index: usize, item: &ItemRecord) -> Option<String> {
        let Some(account) = &item.account_id else { return Some("imported without an account".to_owned()) };
        if self.record.links.get(account) != Some(&index) {
            return Some("imported without a link".to_owned());
        }
        let found = self.vendor.subscriptions.iter().find(|found| Some(&found.id) == item.subscription_id.as_ref());
        match found {
            Some(found)
                if found.account == *account
                    && self.watch.seats_by_hand.get(&index).copied().unwrap_or(item.plan.seats) == found.seats =>
            {
                self.is_not_set(item, account)
            }
            Some(_) => Some("imported with another subscription than was confirmed".to_owned()),
            None => Some("imported without a subscription".to_owned()),
        }
    }

    /// Why a customer that is called imported without a warning is not, by what Remote Manager holds.
    fn is_not_set(&self, item: &ItemRecord, account: &AccountId) -> Option<String> {
        let wanted = [
            (item.plan.notify.is_some(), OperationKind::SetNotifications),
            (item.plan.template.is_some(), OperationKind::ApplyTemplate),
        ];
        let holds = |kind: OperationKind| self.vendor.states.contains(&(account.clone(), kind.as_str()));
        let missing = wanted.iter().find(|(wanted, kind)| *wanted && !holds(*kind))?.1;
        (item.status == ItemStatus::Imported).then(|| format!("imported without its {}", missing.as_str()))
    }

    /// Whether something else may have been taken for what a request of ours made: what the network made by repeating it, or, as
    /// subscriptions carry no mark, one of the same plan and seats that somebody made meanwhile.
    pub fn is_mistaken(&self, effect: &Effect) -> bool {
        self.watch.repeated.contains(&(effect.kind.as_str(), effect.item)) || self.is_by_hand(effect)
    }

    fn is_by_hand(&self, effect: &Effect) -> bool {
        effect.kind == OperationKind::CreateSubscription && self.watch.subscribed_by_hand.contains_key(&effect.item)
    }

    /// Every effect is recorded, or a person was asked about it.
    fn check_nothing_lost(&mut self) {
        let effects = std::mem::take(&mut self.vendor.effects);
        for effect in &effects {
            let Some(id) = effect.id.as_deref() else { continue };
            let item = &self.record.items[effect.item];
            let recorded = match effect.kind {
                OperationKind::CreateAccount => item.account_id.as_ref().map(AccountId::as_str),
                _ => item.subscription_id.as_ref().map(SubscriptionId::as_str),
            };
            let open = self.record.operation_of(effect.item).is_some_and(|operation| {
                matches!(
                    operation.state,
                    OperationState::NeedsPerson | OperationState::InDoubt | OperationState::Intended
                )
            });
            // Called refused, and stopped before it was looked for: a retry does that.
            let open = open || item.refusals > 0;
            // Of what the network has made twice, one is ours.
            let same = |other: &&Effect| other.item == effect.item && other.kind == effect.kind;
            let twin = effects.iter().filter(same).any(|other| other.id.as_deref() == recorded);
            // What the network alone has made, after the vendor had said that there is no such account: Retry finds it.
            let is_absent =
                |operation: Operation| operation.state == OperationState::Absent && operation.kind == effect.kind;
            let found_by_retry = effect.repeated && self.record.operation_of(effect.item).is_some_and(is_absent);
            let mistaken = self.is_mistaken(effect) && (twin || self.is_by_hand(effect));
            if recorded != Some(id) && !open && !mistaken && !found_by_retry && !self.watch.asked.contains(&effect.item)
            {
                self.violate(format!("customer {}: {id} was made and is lost", effect.item + 1));
            }
        }
        self.vendor.effects = effects;
    }
}
