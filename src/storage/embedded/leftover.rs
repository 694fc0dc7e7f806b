//! A server that an earlier run left behind.
//!
//! We hold the lock of the data directory, so a server working in it lost its owner: it is still shutting down, or its
//! supervisor died too. It is asked to stop and waited for.
//!
//! A lock file that names a process which is gone is left to Postgres, which also looks for shared memory still in use.
//! What Postgres cannot tell is that the process id belongs to somebody else by now, or to a zombie that nobody reaps
//! (process 1 of a container often does not); only then the lock files are removed here.

use super::error::{During, EmbeddedError};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a server gets to stop.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a lock file of nobody must stay so before it is believed to be stale.
const DOUBT: Duration = Duration::from_secs(2);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// What a process id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Process {
    Gone,
    Zombie,
    Server,
    Foreign,
}

/// Returns once no server works in `data` any more and its lock files are no obstacle.
pub(super) async fn end(data: &Path, socket: &Path) -> Result<(), EmbeddedError> {
    if !Path::new("/proc/self/stat").exists() {
        return Ok(());
    }
    let begin = Instant::now();
    let mut asked = false;
    while let Some(pid) = recorded_pid(data) {
        match process(pid, data) {
            Process::Server if !asked => {
                tracing::warn!(pid, "a Postgres server was left over, stopping it");
                interrupt(pid)?;
                asked = true;
            }
            Process::Server => {}
            _ if is_worked_in(data) => {}
            Process::Gone => break,
            Process::Zombie | Process::Foreign if begin.elapsed() > DOUBT => {
                remove_lock_files(data, socket);
                break;
            }
            Process::Zombie | Process::Foreign => {}
        }
        if begin.elapsed() > PATIENCE {
            return Err(EmbeddedError::LeftoverStays(pid));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

fn pid_file(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}

fn recorded_pid(data: &Path) -> Option<u32> {
    fs::read_to_string(pid_file(data)).ok()?.lines().next()?.trim().parse().ok()
}

fn process(pid: u32, data: &Path) -> Process {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return Process::Gone };
    // The state follows the program's name, which is in parentheses and may hold some itself.
    if stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')) {
        return Process::Zombie;
    }
    if is_server(pid, data) { Process::Server } else { Process::Foreign }
}

/// Told by the command line: root in a container may not look at the working directory of another account.
fn is_server(pid: u32, data: &Path) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut words = line.split(|byte| *byte == 0);
    let is_postgres = words.next().is_some_and(|program| program.ends_with(b"postgres"));
    is_postgres && words.any(|word| word == data.as_os_str().as_encoded_bytes())
}

/// Whether any process works in the folder, as those do that a killed server leaves for a moment.
fn is_worked_in(data: &Path) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.into_iter().any(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|folder| folder == data))
}

/// Through the shell, because sending a signal takes unsafe code.
fn interrupt(pid: u32) -> Result<(), EmbeddedError> {
    let shell = Path::new("/bin/sh");
    let status = Command::new(shell).args(["-c", &format!("kill -INT {pid}")]).status().during("run", shell)?;
    if !status.success() {
        tracing::debug!(pid, "the server was gone before it was asked to stop");
    }
    Ok(())
}

fn remove_lock_files(data: &Path, socket: &Path) {
    tracing::warn!("the lock files of Postgres name a process of somebody else, removing them");
    for path in [pid_file(data), socket.join(".s.PGSQL.5432.lock")] {
        fs::remove_file(path).ok();
    }
}
