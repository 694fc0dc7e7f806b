use super::next_tests::{actions, in_doubt};
use super::testing::{at, item, run};
use super::*;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Operation, Seen, Verdict};
use crate::domain::outcome::Refusal;

#[test]
fn absence_keeps_the_mark() {
    let mut record = in_doubt(item(0), OperationKind::CreateAccount, 0);
    let rule = Settings::default().settle;
    let look = |record: &mut ItemRecord, now| record::looked(record, Seen::Nothing, at(now), rule).unwrap().0;
    assert!(matches!(look(&mut record, 960), Verdict::LookAgain { .. }));
    assert_eq!(look(&mut record, 1020), Verdict::Absent);
    let again = record::intend(&mut record, OperationKind::CreateAccount, OperationId(uuid::Uuid::nil()), at(1021));
    assert_eq!((again.attempt, Operation::mark(again.id)), (2, Operation::mark(OperationId(uuid::Uuid::from_u128(9)))));
}

#[test]
fn credentials_that_are_refused_leave_nothing_intended() {
    let mut record = item(0);
    record::intend(&mut record, OperationKind::CreateAccount, OperationId(uuid::Uuid::nil()), at(0));
    let stored = record::paused(&mut record, Vendor::Lmp, PauseCause::CredentialsRefused).unwrap();
    assert_eq!((stored.state, record.status), (OperationState::Absent, ItemStatus::NeedsCredentials));
    let run = run(vec![record], Some(100));
    assert_eq!(actions(&run, 119), [], "nothing documents that it had no effect: what it made would be shown by then");
    assert_eq!(actions(&run, 120), [Action::CreateAccount(0)]);
}

#[test]
fn refusals_are_told_in_words() {
    let refusal = Refusal {
        status: 400,
        field: Some("company.city".into()),
        message: Some("The city field is required.".into()),
    };
    let reason = words::refused(&item(0), OperationKind::CreateAccount, &refusal);
    assert_eq!(
        reason.message,
        "Trend Micro refused the city: The city field is required. Nothing was created or changed; correct what was refused and press Retry."
    );
    let texts = ["No licenses left".to_owned()];
    assert!(pools::says_no_licenses(Some("Sorry, no licenses left here"), &texts));
    assert!(!pools::says_no_licenses(Some("The city field is required."), &texts));
    assert!(!pools::says_no_licenses(None, &texts) && !pools::says_no_licenses(Some("x"), &[String::new()]));
}

#[test]
fn checking_says_by_when_it_will_be_known() {
    let record = in_doubt(item(0), OperationKind::CreateAccount, 0);
    assert_eq!(record.status, ItemStatus::Checking);
    let message = record.reason.unwrap().message;
    let by = (at(1020)).format("%H:%M").to_string();
    assert!(message.contains("nothing is sent twice") && message.contains(&by), "{message}");
}

#[test]
fn a_failed_look_is_no_look() {
    let mut record = in_doubt(item(0), OperationKind::CreateAccount, 0);
    record::try_later(&mut record, words::trying_again(Vendor::Lmp), at(2000));
    let operation = record.operation.unwrap();
    assert_eq!((operation.looks, operation.absent_look_at), (0, None));
    assert_eq!((record.status, operation.next_look_at), (ItemStatus::Checking, Some(at(2002))));
}

#[test]
fn an_open_question_stays_open_without_a_decision() {
    let mut record = in_doubt(item(0), OperationKind::CreateAccount, 0);
    record::needs_person(&mut record, words::several_accounts(), Vec::new());
    record.status = ItemStatus::Queued;
    let mut run = run(vec![record], Some(100));
    run.stop_requested = true;
    assert_eq!(actions(&run, 0), [Action::Finish(0, ItemStatus::NeedsPerson, Some(words::undecided()))]);
    assert_eq!(record::end(&mut run.items[0], ItemStatus::NeedsPerson, None), None);
    assert!(run.items[0].operation.is_some());
}

#[test]
fn a_doubt_that_nobody_can_settle_becomes_a_persons_after_three_days() {
    let record = in_doubt(item(0), OperationKind::CreateAccount, 0);
    assert!(!record::is_overdue(&record, at(3 * 86_400 - 1)) && record::is_overdue(&record, at(3 * 86_400)));
    assert!(!record::is_overdue(&item(0), at(9 * 86_400)));
}

#[test]
fn what_is_refused_while_the_credentials_are_accepted_is_looked_for_and_ends_after_three_times() {
    let mut record = item(0);
    for time in 1..=3 {
        let fresh = OperationId(uuid::Uuid::from_u128(u128::try_from(time).unwrap()));
        let mark = record::intend(&mut record, OperationKind::CreateAccount, fresh, at(time)).id;
        assert_eq!(mark, OperationId(uuid::Uuid::from_u128(1)), "the mark stays");
        let stored = record::paused(&mut record, Vendor::Lmp, PauseCause::Forbidden).unwrap();
        assert_eq!((stored.state, record.status), (OperationState::Absent, ItemStatus::NeedsCredentials));
    }
    assert_eq!(actions(&run(vec![record.clone()], Some(100)), 3), [Action::Doubt(0)]);
    let rule = Settings::default().settle;
    record::doubt(&mut record, at(3), rule);
    record::looked(&mut record, Seen::Nothing, at(963), rule);
    assert_eq!(record::looked(&mut record, Seen::Nothing, at(1023), rule).unwrap().0, Verdict::Absent);
    assert_eq!((record.status, record.reason.unwrap().code.as_str()), (ItemStatus::Refused, "forbidden"));
}

#[test]
fn what_was_refused_once_and_may_be_done_is_looked_for_before_it_ends() {
    let mut record = item(0);
    record.account_id = Some(testing::account(0));
    record::intend(&mut record, OperationKind::CreateSubscription, OperationId(uuid::Uuid::nil()), at(0));
    record::paused(&mut record, Vendor::Lmp, PauseCause::CredentialsRefused);
    let holds = run(vec![record.clone()], Some(0));
    assert_eq!(actions(&holds, 120), [Action::CreateSubscription(0)], "it may have the licenses that are missing");
    let mut ended = holds;
    ended.pools.ended.insert(PoolKey::of(&record.plan));
    assert_eq!(actions(&ended, 0), [Action::Doubt(0)]);
}

#[test]
fn what_remote_manager_refuses_three_times_is_given_up_with_a_warning() {
    let mut record = testing::notified(0);
    for time in 0..3 {
        record::intend(&mut record, OperationKind::SetNotifications, OperationId(uuid::Uuid::nil()), at(time));
        record::paused(&mut record, Vendor::RemoteManager, PauseCause::Forbidden).unwrap();
    }
    assert!(record.notifications_done && !record.status.is_final());
    assert_eq!(record.warning.unwrap().code, "remote_manager_refuses");
}

#[test]
fn clocks_that_are_ten_minutes_apart_judge_nothing() {
    assert_eq!(Clocks::compare(at(60), at(0)), Clocks::Agree);
    assert_eq!(Clocks::compare(at(0), at(61)), Clocks::Differ { seconds: -61 });
    let unusable = Clocks::Unusable(PauseCause::DatabaseClock { seconds: 601 });
    assert_eq!(Clocks::compare(at(601), at(0)), unusable);
}
