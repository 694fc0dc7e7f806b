//! Roles of the database: whoever owns the tables need not be a superuser, nor who runs the service the owner.

use crate::embedded_postgres::Folder;
use crate::processes::process::Process;
use base64::{Engine, engine::general_purpose::STANDARD};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::process::Output;
use worryfree_plugin::storage::embedded::{Embedded, Mode};
use worryfree_plugin::storage::{connect, missing_migrations};

/// Does what whoever administers the server does.
async fn administer(options: &PgConnectOptions, statements: &str) {
    let mut connection = options.connect().await.unwrap();
    for statement in statements.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// A server where every role may sign in.
async fn server(folder: &Folder) -> Embedded {
    let server = Embedded::start(folder.path(), Mode::Shared).await.unwrap();
    let mut connection = server.options().connect().await.unwrap();
    let file: String = sqlx::query_scalar("show hba_file").fetch_one(&mut connection).await.unwrap();
    connection.execute(AssertSqlSafe(format!("copy (select 'local all all trust') to '{file}'"))).await.unwrap();
    connection.execute("select pg_reload_conf()").await.unwrap();
    connection.close().await.unwrap();
    server
}

fn plugin(url: &PgConnectOptions, owner: Option<&PgConnectOptions>, arguments: &[&str]) -> Output {
    let address = |options: &PgConnectOptions| options.to_url_lossy().to_string();
    let mut environment = vec![
        ("PLUGIN__DATABASE__URL".to_owned(), address(url)),
        ("PLUGIN__SECRETS__KEY".to_owned(), STANDARD.encode([7_u8; 32])),
    ];
    environment.extend(owner.map(|owner| ("PLUGIN__DATABASE__OWNER_URL".to_owned(), address(owner))));
    Process::command(arguments, &environment).output().unwrap()
}

/// The statements that a refused login is told to have run.
fn refusal(login: &PgConnectOptions) -> String {
    let output = plugin(login, None, &["migrate"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("may not"), "{said}");
    said.split_once("run: ").unwrap().1.lines().next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_without_superuser_rights_migrates_and_another_login_runs_the_service() {
    let folder = Folder::new("owners");
    let server = server(&folder).await;
    let options = server.options();
    administer(
        &options,
        "create role creator login createrole; create database joint owner creator;
         create role owner login createrole; create role runner login; create database apart owner owner;
         create role stranger login; create database nothing owner stranger",
    )
    .await;
    let login = |user: &str, database: &str| options.clone().username(user).database(database);

    // Nobody has made the service's role yet, and this owner may not: the message says what is to be done.
    let stranger = login("stranger", "nothing");
    assert_eq!(refusal(&stranger), "create role worryfree_app nologin; grant worryfree_app to \"stranger\"");

    // One login for both.
    let creator = login("creator", "joint");
    let output = plugin(&creator, None, &["partner", "list", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // With the role there, an owner needs no right to make roles, not even for the first migration.
    assert_eq!(refusal(&stranger), "grant worryfree_app to \"stranger\"");
    administer(&options, &refusal(&stranger)).await;
    let output = plugin(&stranger, None, &["partner", "list", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // Two logins; the role is there by now, and whoever administers the server says who may work as it.
    let (owner, runner) = (login("owner", "apart"), login("runner", "apart"));
    let output = plugin(&runner, Some(&owner), &["partner", "list", "--json"]);
    assert!(!output.status.success(), "the runner is not yet a member of the role");
    assert!(String::from_utf8_lossy(&output.stderr).contains("grant worryfree_app to \"runner\""));
    // Rights to make roles are for the first time only.
    administer(&options, "grant worryfree_app to runner; alter role owner nocreaterole").await;
    for arguments in [&["migrate"][..], &["partner", "list", "--json"], &["secrets", "rotate"]] {
        let output = plugin(&runner, Some(&owner), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    for (as_owner, as_service) in [(&creator, &creator), (&owner, &runner), (&stranger, &stranger)] {
        let mut connection = as_owner.connect().await.unwrap();
        let problems =
            sqlx::query(include_str!("../../../checks/tenancy.sql")).fetch_all(&mut connection).await.unwrap();
        let problems: Vec<String> =
            problems.iter().map(|row| format!("{}: {}", row.get::<String, _>(0), row.get::<String, _>(1))).collect();
        assert_eq!(problems, [""; 0]);
        let is_super: bool = sqlx::query_scalar("select rolsuper from pg_roles where rolname = session_user")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert!(!is_super);
        let pool = connect(as_service.clone(), 2).await.unwrap();
        assert_eq!(missing_migrations(&pool).await.unwrap(), 0);
        assert_eq!(
            sqlx::query_scalar::<_, String>("select current_user::text").fetch_one(&pool).await.unwrap(),
            "worryfree_app"
        );
        assert!(pool.execute("create table mine (id int)").await.is_err());
        assert!(pool.execute("drop table partner").await.is_err());
        assert!(pool.execute("alter table partner disable row level security").await.is_err());
        pool.close().await;
    }
    // The runner's login has no rights but the role's.
    let mut connection = runner.connect().await.unwrap();
    assert!(connection.execute("create table mine (id int)").await.is_err());
    connection.close().await.unwrap();
    server.stop().await.unwrap();
}
