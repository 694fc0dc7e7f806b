//! The service's own Postgres, under the ways its owner and its machine can fail.
//!
//! An owner that can be killed has to be a process of its own: the test binary runs itself again, with the one test
//! [`owner`], which does nothing unless a variable names the folder.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use worryfree_plugin::storage::embedded::account::is_root;
use worryfree_plugin::storage::embedded::{Embedded, EmbeddedError, Mode};

/// Names the folder of the server that [`owner`] owns.
const OWNER_FOLDER: &str = "TEST_EMBEDDED_OWNER_FOLDER";
/// What [`owner`] prints once its server answers.
const READY: &str = "the owner is ready";

#[tokio::test]
async fn data_survive_a_stop_and_a_start() {
    let folder = Folder::new("restart");
    let server = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    assert!(!server.attached());
    make_table(&server.options()).await;
    server.stop().await.unwrap();
    assert!(folder.recorded_pid().is_none(), "the server is down");
    let server = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    assert!(has_table(&server.options()).await);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_start_attaches() {
    let folder = Folder::new("attach");
    let owner = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    let second = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    assert!(second.attached());
    make_table(&second.options()).await;
    second.stop().await.unwrap();
    assert!(has_table(&owner.options()).await, "the owner's server goes on");
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn the_server_ends_with_an_owner_that_is_killed() {
    let folder = Folder::new("killed");
    let owner = Owner::start(&folder);
    let pid = folder.recorded_pid().unwrap();
    owner.kill();
    wait_until("the server is gone", || !is_alive(pid)).await;
}

#[tokio::test]
async fn a_start_right_after_a_kill_finds_the_data() {
    let folder = Folder::new("at-once");
    let owner = Owner::start(&folder);
    let attached = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    make_table(&attached.options()).await;
    owner.kill();
    let server = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    assert!(!server.attached());
    assert!(has_table(&server.options()).await);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_without_owner_and_supervisor_is_replaced() {
    let folder = Folder::new("orphan");
    let owner = Owner::start(&folder);
    let server = folder.recorded_pid().unwrap();
    kill(parent(server));
    owner.kill();
    assert!(is_alive(server), "nobody is left to stop it");
    let again = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    assert!(!again.attached());
    assert_ne!(folder.recorded_pid(), Some(server));
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_stale_pid_file_is_no_obstacle() {
    let folder = Folder::new("stale");
    let owner = Owner::start(&folder);
    kill_everything(owner, &folder);
    assert!(folder.recorded_pid().is_some(), "the killed server left its lock file");
    let server = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_pid_that_belongs_to_somebody_else_by_now_is_no_obstacle() {
    let folder = Folder::new("recycled");
    let owner = Owner::start(&folder);
    let pid = folder.recorded_pid().unwrap();
    kill_everything(owner, &folder);
    // A process of the server's own account: Postgres believes such a one to be a server.
    let mut stranger = folder.stranger();
    folder.replace_recorded_pid(pid, stranger.id());
    let server = Embedded::start(folder.path(), Mode::Durable).await.unwrap();
    assert!(matches!(stranger.try_wait(), Ok(None)), "the stranger was left alone");
    server.stop().await.unwrap();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[tokio::test]
async fn a_folder_out_of_reach_is_named() {
    if !is_root() {
        // Only root starts the server under another account.
        return;
    }
    let folder = Folder::new("private");
    fs::create_dir_all(folder.path()).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let error = Embedded::start(&folder.path().join("data"), Mode::Durable).await.expect_err("out of reach");
    assert!(matches!(error, EmbeddedError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("database.data_dir"), "{error}");
    assert!(!folder.path().join("data").exists(), "nothing is left behind");
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_named() {
    let folder = Folder::new("long");
    let error = Embedded::start(&folder.path().join("x".repeat(90)), Mode::Durable).await.expect_err("too long");
    assert!(matches!(error, EmbeddedError::PathTooLong(_)), "{error:?}");
}

/// Not a test of its own: the owner that others kill.
#[tokio::test]
async fn owner() {
    let Some(folder) = std::env::var_os(OWNER_FOLDER) else { return };
    let server = Embedded::start(Path::new(&folder), Mode::Durable).await.unwrap();
    assert!(!server.attached());
    println!("{READY}");
    std::future::pending::<()>().await;
}

/// A process that owns a server.
struct Owner(Child);

impl Owner {
    fn start(folder: &Folder) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "embedded_postgres::owner", "--nocapture"]).env(OWNER_FOLDER, folder.path());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains(READY)), "the owner starts");
        Self(child)
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The owner, its supervisor and the server, so that nobody tidies up.
fn kill_everything(owner: Owner, folder: &Folder) {
    let server = folder.recorded_pid().unwrap();
    let supervisor = parent(server);
    kill(supervisor);
    kill(server);
    owner.kill();
}

/// A server's folder, below one that every account can reach.
pub struct Folder(PathBuf);

impl Folder {
    /// A new one; the name tells the tests of a process apart.
    pub fn new(name: &str) -> Self {
        let path = PathBuf::from(format!("/var/tmp/worryfree-embedded-{}-{name}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn data(&self) -> Option<PathBuf> {
        let entries = fs::read_dir(&self.0).ok()?.flatten().map(|entry| entry.path());
        entries
            .into_iter()
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("data-")))
    }

    fn pid_file(&self) -> Option<PathBuf> {
        Some(self.data()?.join("postmaster.pid"))
    }

    /// The process id that the server wrote down.
    pub fn recorded_pid(&self) -> Option<u32> {
        fs::read_to_string(self.pid_file()?).ok()?.lines().next()?.trim().parse().ok()
    }

    fn replace_recorded_pid(&self, old: u32, new: u32) {
        for path in [self.pid_file().unwrap(), self.0.join("s/.s.PGSQL.5432.lock")] {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replacen(&old.to_string(), &new.to_string(), 1)).unwrap();
        }
    }

    /// A process of the account that the data belongs to.
    fn stranger(&self) -> Child {
        use std::os::unix::fs::MetadataExt;
        use std::os::unix::process::CommandExt;
        let mut command = Command::new("sleep");
        command.arg("60").current_dir("/");
        if is_root() {
            command.uid(fs::metadata(self.data().unwrap()).unwrap().uid());
        }
        command.spawn().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

async fn make_table(options: &PgConnectOptions) {
    let mut connection = options.connect().await.unwrap();
    connection.execute("create table kept (id int)").await.unwrap();
    connection.close().await.unwrap();
}

async fn has_table(options: &PgConnectOptions) -> bool {
    let mut connection = options.connect().await.unwrap();
    let found = connection.execute("select * from kept").await.is_ok();
    connection.close().await.unwrap();
    found
}

/// SIGKILL.
pub fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
}

/// Alive and no zombie.
fn is_alive(pid: u32) -> bool {
    state_and_parent(pid).is_some_and(|(state, _)| state != "Z")
}

fn parent(pid: u32) -> u32 {
    state_and_parent(pid).expect("the process is there").1
}

fn state_and_parent(pid: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

async fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
