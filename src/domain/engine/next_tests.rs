use super::record::{self, Effect};
use super::testing::{account, at, item, notified, operation, pool, run, stock, subscription};
use super::*;
use crate::domain::ids::{LicensePoolId, OperationId};
use crate::domain::integration::{CandidateAccount, Decision};
use crate::domain::operation::{Seen, Verdict};
use crate::domain::plan::PlannedSubscription;

fn items(count: usize) -> Vec<ItemRecord> {
    (0..count).map(item).collect()
}

pub(super) fn actions(run: &Run, now: i64) -> Vec<Action> {
    next(run, at(now)).actions
}

/// The list as it is cut when nothing is under way.
fn cut(list: &[ItemRecord], available: &BTreeMap<LicensePoolId, Option<u32>>) -> PoolWatch {
    PoolWatch::new(list, &BTreeSet::new(), available)
}

#[test]
fn licenses_of_a_row_under_way_are_not_asked_for_twice() {
    // The write of the first row is on the wire: what it takes may be missing from what the vendor says is left.
    let list = items(2);
    assert_eq!(cut(&list, &stock(Some(10))).left_out, BTreeSet::from([1]));
    assert_eq!(PoolWatch::new(&list, &BTreeSet::from([0]), &stock(Some(10))).left_out, BTreeSet::new());
}

fn with_account(mut item: ItemRecord, index: usize) -> ItemRecord {
    record::done(&mut item, &Effect::Account(account(index)));
    item
}

fn subscribed(item: ItemRecord, index: usize) -> ItemRecord {
    let mut item = with_account(item, index);
    record::done(&mut item, &Effect::Subscription(subscription(index)));
    item
}

pub(super) fn in_doubt(mut item: ItemRecord, kind: OperationKind, now: i64) -> ItemRecord {
    record::intend(&mut item, kind, OperationId(uuid::Uuid::from_u128(9)), at(now));
    record::doubt(&mut item, at(now), Settings::default().settle);
    item
}

#[test]
fn the_first_customers_begin_as_far_as_there_is_room() {
    let mut run = run(items(10), Some(1000));
    assert_eq!(actions(&run, 0), (0..8).map(Action::CreateAccount).collect::<Vec<_>>());
    run.in_flight.extend([0, 1, 2]);
    assert_eq!(actions(&run, 0), (3..8).map(Action::CreateAccount).collect::<Vec<_>>());
}

#[test]
fn steps_follow_in_order_and_customers_under_way_come_first() {
    let mut run = run(items(3), Some(1000));
    run.items[2] = with_account(run.items[2].clone(), 2);
    assert_eq!(actions(&run, 0)[0], Action::CreateSubscription(2));
    run.items[2] = subscribed(run.items[2].clone(), 2);
    assert_eq!(actions(&run, 0)[0], Action::Finish(2, ItemStatus::Imported, None));
}

#[test]
fn a_known_subscription_gets_its_units_set() {
    let mut record = with_account(item(0), 0);
    record.subscription_id = Some(subscription(0));
    assert_eq!(actions(&run(vec![record], None), 0), [Action::SetUnits(0)]);
}

#[test]
fn an_intent_of_somebody_who_is_gone_is_doubted_even_while_the_run_stands_still() {
    let mut record = item(0);
    record.operation = Some(operation(OperationKind::CreateAccount, 1));
    record.status = ItemStatus::CreatingAccount;
    let mut run = run(vec![record, item(1)], Some(1000));
    run.paused = Some(Pause::begin(Vendor::Lmp, PauseCause::CredentialsRefused, at(0)));
    let plan = next(&run, at(1));
    assert_eq!(plan.actions, [Action::Doubt(0)]);
    assert_eq!(plan.wake_at, Some(at(5)));
}

#[test]
fn creates_in_doubt_are_looked_for_and_never_sent_again() {
    let mut run = run(vec![in_doubt(item(0), OperationKind::CreateAccount, 0)], None);
    let plan = next(&run, at(0));
    assert_eq!((plan.actions, plan.wake_at), (vec![], Some(at(1))));
    for now in [1, 10, 959, 5000] {
        run.items[0].operation.as_mut().unwrap().next_look_at = Some(at(now));
        assert_eq!(actions(&run, now), [Action::Look(0)]);
    }
}

#[test]
fn repeatable_writes_in_doubt_are_sent_again() {
    let mut record = subscribed(notified(0), 0);
    record.product_ready = true;
    record::intend(&mut record, OperationKind::SetNotifications, OperationId(uuid::Uuid::from_u128(3)), at(0));
    let stored = record::doubt(&mut record, at(0), Settings::default().settle).unwrap();
    assert_eq!(stored.state, OperationState::Absent);
    let again = record::intend(&mut record, OperationKind::SetNotifications, OperationId(uuid::Uuid::nil()), at(1));
    assert_eq!((again.id.0.as_u128(), again.attempt), (3, 2), "the same operation, the second time");
}

#[test]
fn looks_come_before_new_customers() {
    let mut list = items(9);
    list[8] = in_doubt(list[8].clone(), OperationKind::CreateAccount, 0);
    let run = run(list, Some(1000));
    assert_eq!(actions(&run, 2)[0], Action::Look(8));
    assert_eq!(actions(&run, 2).len(), 8, "a look takes a place");
}

#[test]
fn the_list_is_cut_before_anything_is_created() {
    let run = run(items(3), Some(25));
    let over = Action::Finish(2, ItemStatus::NoLicenses, Some(words::no_licenses(&run.items[2])));
    assert_eq!(actions(&run, 0)[0], over);
}

#[test]
fn licenses_of_a_write_in_doubt_are_not_asked_for_twice() {
    let doubtful = in_doubt(with_account(item(0), 0), OperationKind::CreateSubscription, 0);
    for state in [OperationState::InDoubt, OperationState::Intended] {
        let mut list = vec![doubtful.clone(), item(1), item(2)];
        list[0].operation.as_mut().unwrap().state = state;
        let watch = cut(&list, &stock(Some(20)));
        assert_eq!((&watch.left_out, watch.turns(&list)), (&BTreeSet::new(), vec![true, false, false]), "{state:?}");
        assert_eq!(cut(&list, &stock(Some(19))).left_out, BTreeSet::from([2]));
    }
    let list = vec![in_doubt(item(0), OperationKind::CreateAccount, 0), item(1)];
    assert_eq!(cut(&list, &stock(Some(19))).left_out, BTreeSet::from([1]), "an account takes no licenses");
}

#[test]
fn whoever_takes_over_keeps_the_order_of_the_list() {
    let mut list = items(3);
    record::end(&mut list[1], ItemStatus::NoLicenses, None);
    assert_eq!(cut(&list, &stock(Some(1000))).left_out, BTreeSet::from([2]));
    list[1].went_without = false;
    assert_eq!(cut(&list, &stock(Some(1000))).left_out, BTreeSet::new(), "somebody pressed Retry");
}

/// Ten more units were sent for the customer, and nobody knows what came of it.
fn perhaps_set(index: usize) -> ItemRecord {
    let mut plan = item(index).plan;
    plan.account = PlannedAccount::Link { account_id: account(index), name: "Customer".into() };
    plan.subscription = PlannedSubscription::SetUnits { subscription_id: subscription(index), before: Some(5) };
    plan.seats = 15;
    let mut record = ItemRecord::new(plan);
    record::intend(&mut record, OperationKind::SetUnits, OperationId(uuid::Uuid::from_u128(9)), at(0));
    record
}

#[test]
fn units_that_may_be_set_are_looked_for_before_they_are_called_unaffordable() {
    let rule = Settings::default().settle;
    let mut run = run(vec![perhaps_set(0)], Some(0));
    assert_eq!(actions(&run, 0), [Action::Doubt(0)]);
    record::doubt(&mut run.items[0], at(0), rule);
    assert_eq!(actions(&run, 0), [Action::SetUnits(0)], "this looks first");

    run.pools.ended.insert(PoolKey::Pool(pool()));
    assert_eq!(actions(&run, 0), [Action::Doubt(0)]);
    record::doubt(&mut run.items[0], at(0), rule);
    assert_eq!(actions(&run, 1), [Action::Look(0)], "a row before it went without, so nothing is sent");
    let mut set = run.items[0].clone();
    assert_eq!(record::looked(&mut set, Seen::One, at(1), rule).unwrap().0, Verdict::Adopt);
    assert_eq!(record::done(&mut set, &Effect::Units).unwrap().state, OperationState::Done);

    record::looked(&mut run.items[0], Seen::Nothing, at(960), rule);
    let (verdict, stored) = record::looked(&mut run.items[0], Seen::Nothing, at(1020), rule).unwrap();
    assert_eq!((verdict, stored.state), (Verdict::Absent, OperationState::Refused));
    let over = Action::Finish(0, ItemStatus::NoLicenses, Some(words::no_licenses(&run.items[0])));
    assert_eq!(actions(&run, 1020), [over]);
}

#[test]
fn units_that_may_be_set_are_not_called_not_begun() {
    let mut run = run(vec![perhaps_set(0)], Some(100));
    record::doubt(&mut run.items[0], at(0), Settings::default().settle);
    run.stop_requested = true;
    assert_eq!(actions(&run, 0), [Action::SetUnits(0)]);
}

#[test]
fn units_that_were_surely_not_sent_leave_nothing_open() {
    let mut record = perhaps_set(0);
    let stored = record::paused(&mut record, Vendor::Lmp, PauseCause::Unreachable).unwrap();
    assert_eq!((stored.state, record.operation), (OperationState::Refused, None));
    let mut record = perhaps_set(0);
    record.operation.as_mut().unwrap().attempt = 2;
    record::paused(&mut record, Vendor::Lmp, PauseCause::Unreachable);
    assert!(record.operation.is_some(), "the first try may have set them");
}

#[test]
fn units_that_nobody_confirms_stay_open() {
    let mut record = perhaps_set(0);
    record.tries = Settings::default().tries;
    let stored = record::unanswered(&mut record, at(0), &Settings::default()).unwrap();
    assert_eq!((stored.state, record.status), (OperationState::Absent, ItemStatus::Refused));
    assert!(record.operation.is_some());
}

#[test]
fn a_tight_pool_is_served_one_after_another() {
    for available in [None, Some(59)] {
        let mut run = run(items(3), available);
        assert_eq!(actions(&run, 0), [Action::CreateAccount(0)], "{available:?}");
        run.items[0] = with_account(run.items[0].clone(), 0);
        assert_eq!(actions(&run, 0), [Action::CreateSubscription(0)], "an account is no subscription yet");
        run.items[0] = subscribed(run.items[0].clone(), 0);
        assert!(actions(&run, 0).contains(&Action::CreateAccount(1)));
    }
    assert_eq!(actions(&run(items(3), Some(60)), 0).len(), 3, "twice of what is asked is plenty");
}

#[test]
fn an_outcome_in_doubt_holds_a_tight_pool_up_and_no_other() {
    let list = vec![in_doubt(item(0), OperationKind::CreateAccount, 0), item(1)];
    assert_eq!(actions(&run(list.clone(), None), 0), []);
    assert_eq!(actions(&run(list, Some(1000)), 0), [Action::CreateAccount(1)]);
}

#[test]
fn other_pools_go_on_beside_a_tight_one() {
    let mut other = item(2);
    other.plan.license_pool_id = None;
    other.plan.service_plan_id = crate::domain::ids::ServicePlanId::parse("other").unwrap();
    let run = run(vec![item(0), item(1), other], None);
    assert_eq!(actions(&run, 0), [Action::CreateAccount(0), Action::CreateAccount(2)]);
}

#[test]
fn a_pool_that_ends_under_way_ends_its_share_of_the_list() {
    let mut run = run(vec![with_account(item(0), 0), item(1), item(2)], None);
    run.pools.ended.insert(PoolKey::Pool(pool()));
    let ended = actions(&run, 0);
    assert_eq!(ended.len(), 3);
    let Action::Finish(0, ItemStatus::NoLicenses, Some(reason)) = &ended[0] else { panic!("{ended:?}") };
    assert!(reason.message.contains("account exists already"));
    let Action::Finish(1, ItemStatus::NoLicenses, Some(reason)) = &ended[1] else { panic!("{ended:?}") };
    assert!(reason.message.contains("Nothing was created"));
}

#[test]
fn stop_ends_what_is_not_begun_and_lets_the_rest_finish() {
    let mut list = vec![with_account(item(0), 0), item(1), in_doubt(item(2), OperationKind::CreateAccount, 0), item(3)];
    list[3].status = ItemStatus::Waiting;
    let mut run = run(list, Some(1000));
    run.stop_requested = true;
    let stopped = actions(&run, 0);
    let ended: Vec<_> = stopped
        .iter()
        .filter(|action| matches!(action, Action::Finish(_, ItemStatus::NotStarted, _)))
        .flat_map(Action::items)
        .collect();
    assert_eq!(ended, [&1, &3]);
    assert!(stopped.contains(&Action::CreateSubscription(0)));
}

#[test]
fn a_run_that_stands_still_only_probes() {
    let mut run = run(items(2), Some(1000));
    run.paused = Some(Pause::begin(Vendor::Lmp, PauseCause::Unreachable, at(0)));
    assert_eq!((next(&run, at(4)).actions, next(&run, at(4)).wake_at), (vec![], Some(at(5))));
    assert_eq!(actions(&run, 5), [Action::Probe(Vendor::Lmp)]);
    run.probing = true;
    assert!(actions(&run, 6).is_empty());
}

#[test]
fn pauses_grow_to_a_minute() {
    let mut pause = Pause::begin(Vendor::Lmp, PauseCause::Unreachable, at(0));
    let mut waits = vec![(pause.until - at(0)).num_seconds()];
    for _ in 0..5 {
        pause = pause.again(PauseCause::Unreachable, at(0));
        waits.push((pause.until - at(0)).num_seconds());
    }
    assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
}

fn batch_run(ready: usize, others: usize) -> Run {
    let list = (0..ready).map(|index| subscribed(notified(index), index));
    let list = list.chain((ready..ready + others).map(notified)).collect();
    let mut run = run(list, Some(10_000));
    run.observe(at(0));
    run
}

#[test]
fn a_full_batch_goes_at_once_and_the_rest_lingers_only_for_others() {
    let run = batch_run(12, 1);
    assert_eq!(actions(&run, 0)[0], Action::CreateAccount(12));
    assert_eq!(actions(&run, 0)[1], Action::EnsureProduct((0..10).collect()));
    assert_eq!(actions(&run, 0).len(), 2);
    assert_eq!(next(&run, at(0)).wake_at, Some(at(2)));
    assert!(actions(&run, 2).contains(&Action::EnsureProduct(vec![10, 11])), "two seconds are enough");
    assert!(actions(&batch_run(3, 0), 0).contains(&Action::EnsureProduct(vec![0, 1, 2])), "nobody to wait for");
}

#[test]
fn customers_that_cannot_join_soon_are_not_waited_for() {
    let mut run = batch_run(2, 1);
    run.items[2] = in_doubt(run.items[2].clone(), OperationKind::CreateAccount, 0);
    assert!(actions(&run, 0).contains(&Action::EnsureProduct(vec![0, 1])));
    run.items[2] = notified(2);
    run.stop_requested = true;
    assert!(actions(&run, 0).contains(&Action::EnsureProduct(vec![0, 1])));
}

#[test]
fn a_refused_batch_is_split() {
    let mut run = batch_run(3, 0);
    run.alone.extend([0, 1, 2]);
    assert_eq!(actions(&run, 0), (0..3).map(|index| Action::EnsureProduct(vec![index])).collect::<Vec<_>>());
}

#[test]
fn notifications_are_batched_by_recipient() {
    let mut run = batch_run(3, 0);
    for record in &mut run.items {
        record.product_ready = true;
    }
    run.items[1].plan.notify = Some("other@customer.example".into());
    let recipient = |recipient: &str, items| Action::SetNotifications { recipient: recipient.into(), items };
    let expected = [recipient("noc@msp.example", vec![0, 2]), recipient("other@customer.example", vec![1])];
    assert_eq!(actions(&run, 3), expected);
}

#[test]
fn settings_go_out_together_although_products_come_one_by_one() {
    let mut run = batch_run(11, 0);
    let ready = |run: &mut Run, items: std::ops::Range<usize>, now: i64| {
        for record in &mut run.items[items] {
            record.product_ready = true;
            record.status = ItemStatus::SettingNotifications;
            record.next_try_at = None;
        }
        run.observe(at(now));
    };
    // A batch that was refused because some products are not there: each is asked for alone.
    run.alone.extend(0..11);
    for record in &mut run.items {
        record.status = ItemStatus::WaitingForProduct;
        record.next_try_at = Some(at(20));
    }
    run.alone.retain(|index| *index >= 4);
    ready(&mut run, 0..4, 3);
    assert_eq!((actions(&run, 3), next(&run, at(3)).wake_at), (vec![], Some(at(20))), "they are waited for");
    let set = |items: std::ops::Range<usize>| Action::SetNotifications {
        recipient: "noc@msp.example".into(),
        items: items.collect(),
    };
    run.alone.retain(|index| *index >= 10);
    ready(&mut run, 4..10, 20);
    assert!(actions(&run, 20).contains(&set(0..10)), "a full call goes at once");
    run.items[9].product_ready = false;
    run.items[9].status = ItemStatus::WaitingForProduct;
    run.items[9].next_try_at = Some(at(50));
    run.items[10].next_try_at = Some(at(50));
    assert!(
        actions(&run, 20).contains(&set(0..9)),
        "who comes later than half a minute after the first is not waited for"
    );
}

#[test]
fn a_product_that_does_not_appear_is_a_warning() {
    let mut record = subscribed(notified(0), 0);
    record::intend(&mut record, OperationKind::InitializeProduct, OperationId(uuid::Uuid::nil()), at(0));
    let pauses: Vec<_> = (0..5)
        .map(|_| {
            record::product_not_ready(&mut record, at(0));
            (record.next_try_at.unwrap() - at(0)).num_seconds()
        })
        .collect();
    assert_eq!(pauses, [2, 5, 10, 20, 30]);
    let mut run = run(vec![record], None);
    assert_eq!(next(&run, at(1)).wake_at, Some(at(30)));
    assert_eq!(actions(&run, 600), [Action::GiveUp(0, words::product_not_ready())]);
    record::give_up(&mut run.items[0], words::product_not_ready(), None);
    let warned = Action::Finish(0, ItemStatus::ImportedWithWarning, Some(words::product_not_ready()));
    assert_eq!(actions(&run, 600), [warned]);
    assert!(run.items[0].subscription_done, "what is done stays done");
}

#[test]
fn a_product_that_is_gone_again_is_waited_for_at_any_step() {
    let mut record = subscribed(notified(0), 0);
    record.product_ready = true;
    record.product_wait_since = Some(at(-900));
    record::intend(&mut record, OperationKind::SetNotifications, OperationId(uuid::Uuid::nil()), at(0));
    let mut run = run(vec![record], None);
    run.items[0].product_wait_since = None;
    record::product_not_ready(&mut run.items[0], at(0));
    assert_eq!(run.items[0].status, ItemStatus::WaitingForProduct);
    assert_eq!(actions(&run, 1), []);
    assert!(matches!(actions(&run, 2).as_slice(), [Action::SetNotifications { .. }]), "{:?}", actions(&run, 2));
    assert_eq!(actions(&run, 600), [Action::GiveUp(0, words::product_not_ready())]);
}

#[test]
fn without_remote_manager_its_steps_are_given_up() {
    let mut run = batch_run(1, 0);
    run.remote_manager = false;
    assert_eq!(actions(&run, 0), [Action::GiveUp(0, words::remote_manager_not_connected())]);
}

#[test]
fn it_has_ended_when_everybody_has_a_result() {
    let mut run = run(items(1), Some(100));
    assert!(!next(&run, at(0)).ended);
    record::end(&mut run.items[0], ItemStatus::Refused, None);
    assert!(next(&run, at(0)).ended);
    run.in_flight.insert(0);
    assert!(!next(&run, at(0)).ended);
}

#[test]
fn a_decision_is_obeyed() {
    let mut record = in_doubt(item(0), OperationKind::CreateAccount, 0);
    record::needs_person(&mut record, words::several_accounts(), Vec::new());
    assert!(record.status.is_final());
    record.status = ItemStatus::Queued;
    record.decision = Some(Decision { account_id: Some(account(5)), by: "Ada".into() });
    let mut run = run(vec![record.clone()], Some(100));
    assert_eq!(actions(&run, 0), [Action::Obey(0)]);
    let done = record::obey(&mut run.items[0]).unwrap();
    assert_eq!((done.state, run.items[0].account_id.clone()), (OperationState::Done, Some(account(5))));
    assert_eq!(actions(&run, 0), [Action::CreateSubscription(0)]);

    record.decision = Some(Decision { account_id: None, by: "Ada".into() });
    let absent = record::obey(&mut record).unwrap();
    assert_eq!(absent.state, OperationState::Absent);
    assert!(record.decision.is_some(), "equal names are let pass until the account is there");
    let mut shown = in_doubt(item(0), OperationKind::CreateAccount, 0);
    let candidate = CandidateAccount { account_id: account(7), name: "Acme".into(), city: None, country: None };
    record::needs_person(&mut shown, words::several_accounts(), vec![candidate]);
    shown.decision = Some(Decision { account_id: None, by: "Ada".into() });
    let refused = record::obey(&mut shown).unwrap();
    assert_eq!((refused.state, shown.operation), (OperationState::Refused, None), "their mark is not looked for again");
    run.items[0] = record;
    assert_eq!(actions(&run, 0), [Action::CreateAccount(0)]);
}

#[test]
fn a_pause_that_comes_back_goes_on_where_it_ended() {
    let mut run = run(vec![item(0)], Some(100));
    let refused = PauseCause::Forbidden;
    let mut waits = Vec::new();
    for turn in 0..4 {
        let pause = run.stand_still(Vendor::Lmp, refused, at(turn));
        waits.push((pause.until - at(turn)).num_seconds());
        run.goes_on(Vendor::Lmp);
    }
    assert_eq!(waits, [5, 10, 20, 40], "nothing was done between them");
    run.gets_on();
    assert_eq!(run.stand_still(Vendor::Lmp, refused, at(9)).until, at(14));
    run.goes_on(Vendor::Lmp);
    assert_eq!(run.stand_still(Vendor::Lmp, PauseCause::Unreachable, at(20)).until, at(25), "another cause");
}

#[test]
fn a_refusal_of_remote_manager_stops_only_its_own_steps() {
    let mut prepared = notified(0);
    prepared.account_id = Some(account(0));
    prepared.subscription_id = Some(subscription(0));
    (prepared.subscription_done, prepared.product_ready) = (true, true);
    prepared.status = ItemStatus::SettingNotifications;
    let mut run = run(vec![prepared, item(1)], Some(100));
    run.settings.linger = TimeDelta::zero();
    run.settings.gather = TimeDelta::zero();
    run.observe(at(0));
    assert_eq!(actions(&run, 0).len(), 2);
    run.stand_still(Vendor::RemoteManager, PauseCause::Forbidden, at(0));
    assert_eq!(actions(&run, 0), [Action::CreateAccount(1)]);
    assert_eq!(actions(&run, 5), [Action::CreateAccount(1), Action::Probe(Vendor::RemoteManager)]);
}

#[test]
fn a_vendor_that_is_away_for_three_days_leaves_doubts_to_a_person_and_ends_the_rest() {
    let doubtful = in_doubt(item(0), OperationKind::CreateAccount, 0);
    let mut begun = item(1);
    begun.account_id = Some(account(1));
    begun.status = ItemStatus::CreatingSubscription;
    let mut run = run(vec![doubtful, begun, item(2)], Some(100));
    run.stand_still(Vendor::Lmp, PauseCause::Unreachable, at(0));
    let days = 72 * 3600;
    assert_eq!(actions(&run, days - 1), [Action::Probe(Vendor::Lmp)]);
    let away = || Some(words::away_for_days(Vendor::Lmp));
    assert_eq!(
        actions(&run, days)[..3],
        [
            Action::Leave(0),
            Action::Finish(1, ItemStatus::Refused, away()),
            Action::Finish(2, ItemStatus::NotStarted, away())
        ]
    );
    run.paused = None;
    run.stand_still(Vendor::Lmp, PauseCause::Frozen, at(0));
    assert_eq!(actions(&run, days), [Action::Probe(Vendor::Lmp)], "whoever holds it may take his time");
}
