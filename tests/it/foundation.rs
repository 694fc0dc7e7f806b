//! What everything else stands on: test databases, the pool, migrations, and the binary's way of failing.

use crate::support::database::TestDatabase;
use sqlx::Executor;
use std::process::{Command, Output};
use worryfree_plugin::storage::{connect, migrate};

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (first, second) = (TestDatabase::new().await, TestDatabase::new().await);
    first.pool().execute("create table only_here (id int)").await.unwrap();
    assert!(second.pool().execute("select * from only_here").await.is_err());
}

#[tokio::test]
async fn a_test_database_goes_away_with_its_test() {
    let other = TestDatabase::new().await;
    let database = TestDatabase::new().await;
    let name = database.options().get_database().unwrap().to_owned();
    let count = || {
        let count = sqlx::query_scalar::<_, i64>("select count(*) from pg_database where datname = $1");
        count.bind(name.clone()).fetch_one(other.pool())
    };
    assert_eq!(count().await.unwrap(), 1);
    drop(database);
    assert_eq!(count().await.unwrap(), 0);
}

#[tokio::test]
async fn connections_have_limits_and_a_name() {
    let database = TestDatabase::new().await;
    let pool = connect(database.options(), 2).await.unwrap();
    for (setting, expected) in [
        ("statement_timeout", "30s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "15s"),
        ("application_name", "worryfree-plugin"),
    ] {
        let value: String =
            sqlx::query_scalar("select current_setting($1)").bind(setting).fetch_one(&pool).await.unwrap();
        assert_eq!(value, expected, "{setting}");
    }
}

#[tokio::test]
async fn many_processes_may_migrate_at_once() {
    let database = TestDatabase::new().await;
    database.pool().execute("drop schema public cascade; create schema public").await.unwrap();
    let owner = database.options();
    let results = tokio::join!(migrate(&owner), migrate(&owner), migrate(&owner), migrate(&owner));
    assert!(matches!(results, (Ok(()), Ok(()), Ok(()), Ok(()))), "{results:?}");
}

#[test]
fn wrong_settings_end_with_code_2_and_their_names() {
    let output = plugin(&["check-config"], &[("PLUGIN__HTTP__LISTEN", "here"), ("PLUGIN__HTPP__LISTEN", "x")]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.starts_with("error: 2 problems\n"), "{message}");
    assert!(message.contains("http.listen (in the environment variable PLUGIN__HTTP__LISTEN) is wrong"), "{message}");
    assert!(
        message.contains("htpp.listen (in the environment variable PLUGIN__HTPP__LISTEN) is not a setting"),
        "{message}"
    );
}

#[test]
fn problems_can_be_read_by_machines() {
    let output = plugin(&["check-config", "--json"], &[("PLUGIN__LOG__FORMAT", "xml")]);
    assert_eq!(output.status.code(), Some(2));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["problems"][0]["setting"], "log.format");
}

#[test]
fn the_defaults_are_valid_as_they_are() {
    let output = plugin(&["check-config"], &[]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "The settings are valid.\n");
}

fn plugin(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worryfree-plugin"));
    command.args(arguments).env_clear().env("HOME", "/tmp").envs(environment.iter().copied());
    command.output().expect("the binary runs")
}
