use super::*;
use std::time::Duration;

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() }
}

fn sorted(result: &Result<Answer, Fault>) -> &'static str {
    match sort_write(result, |answer| if answer.is_empty() { Err("no id") } else { Ok(()) }) {
        WriteOutcome::Done(()) => "done",
        WriteOutcome::Refused(_) => "refused",
        WriteOutcome::NotSent(NotSent::CredentialsRefused) => "credentials",
        WriteOutcome::NotSent(NotSent::Forbidden(_)) => "forbidden",
        WriteOutcome::NotSent(NotSent::Unreachable) => "unreachable",
        WriteOutcome::NotSent(NotSent::ClockSkew { .. }) => "clock",
        WriteOutcome::InDoubt(_) => "in doubt",
    }
}

#[test]
fn every_status_has_its_drawer() {
    for status in 100..=999 {
        let expected = match status {
            200..=299 => "done",
            400 | 404 | 405 | 410 | 411 | 413 | 414 | 415 | 422 => "refused",
            401 => "credentials",
            403 => "forbidden",
            _ => "in doubt",
        };
        assert_eq!(sorted(&Ok(answer(status, "{}"))), expected, "{status}");
    }
}

#[test]
fn a_success_without_its_id_is_in_doubt() {
    assert_eq!(sorted(&Ok(answer(200, ""))), "in doubt");
}

#[test]
fn only_a_failed_connection_is_known_to_have_sent_nothing() {
    let fault = |kind, status| sorted(&Err(Fault { kind, status }));
    assert_eq!(fault(FaultKind::Unreachable, None), "unreachable");
    assert_eq!(fault(FaultKind::NoAddress, None), "unreachable");
    for kind in [FaultKind::Timeout, FaultKind::Broken, FaultKind::Oversized] {
        assert_eq!(fault(kind, None), "in doubt", "{kind:?}");
        assert_eq!(fault(kind, Some(400)), "in doubt", "{kind:?}");
    }
}

#[test]
fn doubts_keep_the_wait_that_was_asked_for() {
    let slow = Answer { status: 429, retry_after: Some(Duration::from_secs(9)), ..Answer::default() };
    let WriteOutcome::InDoubt(doubt) = sort_write(&Ok(slow), any_body) else { panic!("429 is in doubt") };
    assert_eq!((doubt.status, doubt.retry_after), (Some(429), Some(Duration::from_secs(9))));
}

#[test]
fn doubts_keep_what_sounds_like_a_refusal() {
    const WORDS: &str = r#"{"error_subject":"LicensePool","error_message":"Not enough licenses"}"#;
    let said = |status, body| match sort_write(&Ok(answer(status, body)), |_| Err::<(), _>("no id")) {
        WriteOutcome::InDoubt(doubt) => {
            (doubt.refusal.clone().map(|refusal| refusal.message), doubt.probable_refusal().is_some())
        }
        other => panic!("{status}: {other:?}"),
    };
    let words = Some(Some("Not enough licenses".to_owned()));
    for status in [200, 402, 406, 409, 423] {
        assert_eq!(said(status, WORDS), (words.clone(), true), "{status}");
    }
    assert_eq!(said(409, "<html>"), (Some(None), true));
    assert_eq!(said(500, WORDS), (words, false), "a failure is no refusal, whatever it says");
    for status in [200, 302, 408, 429, 500] {
        assert_eq!(said(status, "<html>"), (None, false), "{status}");
    }
}

#[test]
fn undocumented_bodies_of_updates_do_not_matter_unless_they_report_an_error() {
    let done = |status, body| matches!(sort_write(&Ok(answer(status, body)), any_body), WriteOutcome::Done(()));
    assert!(done(200, "") && done(204, "") && done(200, " ") && done(200, "{\"a\":1}") && done(200, "[]"));
    assert!(!done(202, "") && !done(200, "<html>") && !done(200, "{\"a\":"));
    assert!(!done(200, r#"{"error_subject":"InvalidParametersunits","error_message":"no"}"#));
    assert!(!done(200, r#"{"code":"400 Bad Request","message":"Invalid cids"}"#));
    assert!(!done(200, r#"{"code":400,"message":"Invalid cids"}"#));
}

#[test]
fn refusals_speak_the_vendors_words() {
    let read = |body: &str| refusal(&answer(400, body));
    let lmpi =
        read(r#"{"error_subject":"InvalidParameterscompany.city","error_message":"The city field is required."}"#);
    assert_eq!(lmpi.field.as_deref(), Some("company.city"));
    assert_eq!(lmpi.message.as_deref(), Some("The city field is required."));
    let smpi = read(r#"{"code":"400 Bad Request","message":"Invalid cids"}"#);
    assert_eq!((smpi.field, smpi.message.as_deref()), (None, Some("Invalid cids")));
    assert_eq!(read("<html>").message, None);
    let hostile = read(&format!(r#"{{"message":"a\u0000\n\u202eb{}"}}"#, "x".repeat(1000)));
    assert!(hostile.message.is_some_and(|text| text.starts_with("a b") && text.chars().count() <= 300));
}
