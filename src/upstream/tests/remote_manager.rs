use super::server::{Server, ok, status};
use super::*;
use crate::domain::ids::AccountId;
use crate::domain::outcome::WriteOutcome;
use crate::upstream::remote_manager::{CustomerBatch, Initialized, Os};

fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

fn batch() -> CustomerBatch {
    CustomerBatch::new(account("A-1"), vec![account("B-2")]).unwrap()
}

#[tokio::test]
async fn every_update_on_the_wire_names_its_customers() {
    let server = Server::start(|_| ok("")).await;
    let remote_manager = remote_manager(&format!("{}/SMPI/v2.8", server.url));
    let source = account("Model");
    let updates = [
        remote_manager.replicate_policies(&batch(), 1, Os::Win, &source, 3).await.outcome,
        remote_manager.replicate_global_settings(&batch(), &source).await.outcome,
        remote_manager.set_notification_recipients(&batch(), &["a@example.test".to_owned()]).await.outcome,
    ];
    assert_eq!(updates, [WriteOutcome::Done(()), WriteOutcome::Done(()), WriteOutcome::Done(())]);
    let seen = server.seen();
    assert!(seen.iter().all(|seen| seen.method == "PUT" && seen.option("cids") == "a-1,b-2"));
    assert_eq!(seen[0].target, "/SMPI/v2.8/service/wfbss/api/policies?cids=a-1,b-2&gids=1&os=win&sync=true");
    assert_eq!(seen[0].body, r#"{"replicate_from":{"cid":"model","gid":3}}"#);
    assert_eq!(seen[1].target, "/SMPI/v2.8/service/wfbss/api/global_settings?cids=a-1,b-2&sync=true");
    assert_eq!(seen[1].body, r#"{"replicate_from":{"cid":"model"}}"#);
    assert_eq!(seen[2].target, "/SMPI/v2.8/service/wfbss/api/notif_settings?cids=a-1,b-2&sync=true");
    assert_eq!(seen[2].body, r#"{"notif_setting":{"recipients":["a@example.test"]}}"#);
}

#[tokio::test]
async fn nobody_to_notify_is_never_sent() {
    let server = Server::start(|_| ok("")).await;
    let outcome = remote_manager(&server.url).set_notification_recipients(&batch(), &[]).await.outcome;
    assert!(matches!(outcome, WriteOutcome::Refused(_)));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_missing_product_is_not_a_refusal() {
    for (reply, expected) in [
        (ok(""), Some(Initialized::Done)),
        (
            status(400, r#"{"code":"400 Bad Request","message":"Cannot find product for cids: A-1"}"#),
            Some(Initialized::NotReady),
        ),
        (status(400, r#"{"code":"400 Bad Request","message":"Invalid cids"}"#), None),
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        let outcome = remote_manager(&server.url).initialize(&batch()).await.outcome;
        let initialized = match outcome {
            WriteOutcome::Done(initialized) => Some(initialized),
            WriteOutcome::Refused(_) => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(initialized, expected);
        let seen = server.seen().remove(0);
        assert_eq!((seen.method.as_str(), seen.body.as_str()), ("POST", ""));
        assert_eq!(seen.target, "/SMPI/v2.8/service/wfbss/api/initialize?cids=a-1,b-2");
    }
}

#[tokio::test]
async fn a_task_that_failed_is_a_refusal() {
    for (code, task, expected) in [
        (200, "FAILURE", "refused"),
        (202, "SUCCESS", "done"),
        (200, "STARTED", "in doubt"),
        (202, "PENDING", "in doubt"),
    ] {
        let server =
            Server::start(move |_| status(code, format!(r#"{{"task":{{"id":"1","status":"{task}"}}}}"#))).await;
        let outcome = remote_manager(&server.url).replicate_global_settings(&batch(), &account("model")).await.outcome;
        let outcome = match outcome {
            WriteOutcome::Done(()) => "done",
            WriteOutcome::Refused(_) => "refused",
            WriteOutcome::InDoubt(_) => "in doubt",
            WriteOutcome::NotSent(_) => "not sent",
        };
        assert_eq!(outcome, expected, "{code} {task}");
    }
}

#[tokio::test]
async fn only_a_list_of_customers_shows_that_it_is_remote_manager() {
    for (body, good) in
        [(r#"{"customers":[]}"#, true), (r#"{"code":"401 Unauthorized","message":"no"}"#, false), (r#"{"a":1}"#, false)]
    {
        let server = Server::start(move |_| ok(body)).await;
        assert_eq!(remote_manager(&server.url).probe().await.is_ok(), good, "{body}");
    }
}

#[tokio::test]
async fn groups_are_read_for_those_who_have_a_product() {
    let server = Server::start(|seen| {
        if seen.option("cids").contains("b-2") {
            return status(400, r#"{"code":"400 Bad Request","message":"Cannot find product for cids: B-2"}"#);
        }
        ok(r#"{"paging":{"total":1,"limit":100,"page":1},"customers":[
            {"id":"A-1","eid":"x","groups":[{"id":1,"name":"Device (Default)","type":1},{"id":"2","name":"Server (Default)","type":"2"}]},
            {"id":"FOREIGN","groups":[]}]}"#)
    })
    .await;
    let groups = remote_manager(&server.url).groups(&batch()).await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].account_id, account("a-1"));
    let kinds: Vec<_> = groups[0].groups.iter().map(|group| (group.id, group.kind)).collect();
    assert_eq!(kinds, [(1, Some(1)), (2, Some(2))]);
    let nobody = remote_manager(&server.url).groups(&CustomerBatch::one(account("b-2"))).await;
    assert_eq!(nobody, Ok(Vec::new()));
}
