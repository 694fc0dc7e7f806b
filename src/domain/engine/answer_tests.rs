use super::*;
use crate::domain::engine::record::intend;
use crate::domain::engine::testing::{account, at, item, subscription};
use crate::domain::ids::OperationId;
use crate::domain::operation::OperationState;

const TEXTS: [&str; 1] = ["not enough licenses"];

fn refusal(status: u16, message: Option<&str>) -> Refusal {
    Refusal { status, field: None, message: message.map(str::to_owned) }
}

fn doubt(refusal: Option<Refusal>) -> WriteOutcome<Effect> {
    let status = refusal.as_ref().map(|refusal| refusal.status);
    WriteOutcome::InDoubt(Doubt { reason: "x", status, retry_after: None, refusal })
}

/// A customer whose create is intended.
fn intended(kind: OperationKind) -> ItemRecord {
    let mut item = item(0);
    if kind != OperationKind::CreateAccount {
        item.account_id = Some(account(0));
    }
    if kind == OperationKind::SetUnits {
        item.subscription_id = Some(subscription(0));
    }
    intend(&mut item, kind, OperationId(uuid::Uuid::from_u128(9)), at(0));
    item
}

fn take(item: &mut ItemRecord, kind: OperationKind, outcome: WriteOutcome<Effect>, seconds: i64) -> Answered {
    written(item, kind, outcome, at(seconds), &Settings::default(), &TEXTS.map(str::to_owned))
}

fn state(item: &ItemRecord) -> Option<OperationState> {
    item.operation.as_ref().map(|operation| operation.state)
}

#[test]
fn words_that_say_that_licenses_are_used_up_end_the_pool_whatever_their_status() {
    let said = |status| refusal(status, Some("Not enough licenses."));
    for outcome in [
        WriteOutcome::Refused(said(400)),
        WriteOutcome::NotSent(NotSent::Forbidden(said(403))),
        doubt(Some(said(409))),
        doubt(Some(said(402))),
        doubt(Some(said(200))),
        doubt(Some(said(500))),
    ] {
        for kind in [OperationKind::CreateSubscription, OperationKind::SetUnits] {
            let mut item = intended(kind);
            let answered = take(&mut item, kind, outcome.clone(), 1);
            assert_eq!((item.status, answered.pause), (ItemStatus::NoLicenses, None), "{outcome:?}");
            assert!(answered.pool_ended.is_some());
        }
        let mut item = intended(OperationKind::CreateAccount);
        let answered = take(&mut item, OperationKind::CreateAccount, outcome, 1);
        assert!(answered.pool_ended.is_none(), "an account takes no licenses");
    }
}

#[test]
fn a_new_account_that_is_not_shown_yet_is_waited_for() {
    const KIND: OperationKind = OperationKind::CreateSubscription;
    let not_found = || WriteOutcome::Refused(refusal(404, None));
    let mut item = intended(KIND);
    let mut waited = TimeDelta::zero();
    for tries in 1.. {
        let answered = take(&mut item, KIND, not_found(), 0);
        if item.status == ItemStatus::Refused {
            assert!(waited >= Settings::default().settle.settle, "{tries} tries in {waited}");
            assert_eq!(answered.operation.map(|operation| operation.state), Some(OperationState::Refused));
            break;
        }
        assert_eq!((item.status, state(&item)), (ItemStatus::Waiting, Some(OperationState::Absent)));
        assert!(tries < 60, "it ends");
        waited += item.next_try_at.expect("a time") - at(0);
        let again = intend(&mut item, KIND, OperationId(uuid::Uuid::from_u128(10)), at(0));
        assert_eq!(again.id, OperationId(uuid::Uuid::from_u128(9)));
    }
    let mut linked = intended(KIND);
    linked.plan.account = crate::domain::plan::PlannedAccount::Link { account_id: account(0), name: "x".to_owned() };
    take(&mut linked, KIND, not_found(), 0);
    assert_eq!(linked.status, ItemStatus::Refused, "an account that was there is gone");
}

#[test]
fn an_undocumented_refusal_is_looked_up_and_then_a_refusal() {
    let rule = Settings::default().settle;
    for (status, message) in [(409, Some("That company exists.")), (402, None), (200, Some("Invalid name"))] {
        const KIND: OperationKind = OperationKind::CreateAccount;
        let mut item = intended(KIND);
        let answered = take(&mut item, KIND, doubt(Some(refusal(status, message))), 1);
        assert_eq!((item.status, answered.event), (ItemStatus::Checking, "in_doubt"), "{status}");
        let told = item.reason.clone().expect("words").message;
        assert!(message.is_none_or(|message| told.contains(message.trim_end_matches('.'))), "{told}");
        let mut last = None;
        for seconds in [5, 961, 1_021] {
            assert_eq!(item.status, ItemStatus::Checking);
            last = looked(&mut item, Sight::Nothing, at(seconds), rule);
        }
        assert_eq!((item.status, last.map(|last| last.event)), (ItemStatus::Refused, Some("refused")));
        assert_eq!(state(&item), Some(OperationState::Absent), "its mark stays");
        let told = item.reason.expect("words").message;
        assert!(told.starts_with(&format!("Trend Micro answered with status {status}")), "{told}");
        assert!(told.contains("it was not done") && !told.contains("checking"), "{told}");
    }
}

#[test]
fn an_undocumented_refusal_of_what_was_done_is_no_refusal() {
    let mut item = intended(OperationKind::CreateAccount);
    take(&mut item, OperationKind::CreateAccount, doubt(Some(refusal(409, Some("Exists.")))), 1);
    let rule = Settings::default().settle;
    looked(&mut item, Sight::Effect(Effect::Account(account(3))), at(5), rule).expect("adopted");
    assert_eq!((item.account_id, item.reason), (Some(account(3)), None));
}

#[test]
fn a_failure_that_was_no_refusal_is_sent_again_once_nothing_is_found() {
    let mut item = intended(OperationKind::CreateAccount);
    take(&mut item, OperationKind::CreateAccount, doubt(Some(refusal(500, Some("Try again.")))), 1);
    for seconds in [961, 1_021] {
        looked(&mut item, Sight::Nothing, at(seconds), Settings::default().settle);
    }
    assert_eq!((item.status, state(&item)), (ItemStatus::Waiting, Some(OperationState::Absent)));
}

#[test]
fn a_product_that_is_not_known_yet_is_waited_for_as_long_as_any() {
    const KIND: OperationKind = OperationKind::ApplyTemplate;
    let settings = Settings::default();
    let not_known = Batched::NotKnown(Some("Invalid cids".to_owned()));
    let mut item = intended(OperationKind::CreateSubscription);
    item.subscription_done = true;
    item.product_ready = true;
    item.product_wait_since = Some(at(0));
    let applied = |item: &mut ItemRecord, several, seconds| {
        intend(item, KIND, OperationId(uuid::Uuid::from_u128(11)), at(seconds));
        managed(item, KIND, &not_known, several, at(seconds), &settings).1
    };
    assert_eq!(applied(&mut item, true, 1), "refused", "one of several: each is asked for alone");
    assert_eq!((applied(&mut item, false, 2), item.status), ("not_ready", ItemStatus::WaitingForProduct));
    assert_eq!(applied(&mut item, false, 600), "refused");
    assert!(item.template_done && item.warning.is_some_and(|warning| warning.message.contains("Invalid cids")));
}
