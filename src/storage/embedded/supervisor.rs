//! The shell that starts Postgres and stops it when its owner is gone.

use super::Mode;
use super::account::Account;
use super::binaries::Binaries;
use super::error::{During, EmbeddedError};
use super::place::Place;
use std::fs::{self, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};

/// Runs the server and asks it for a fast shutdown as soon as our standard input ends: the owner closed the pipe or
/// died, in whatever way. With a file as first argument it then waits until no process holds that file's lock: tests
/// share a server, and it ends with the last of them.
const SCRIPT: &str = r#"
users=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
stop_unshared() {
  cat <&3 >/dev/null
  kill -INT $server
}
stop_when_unused() {
  cat <&3 >/dev/null
  sleep 1
  flock -x "$users" -c "kill -INT $server; while kill -0 $server; do sleep 0.02; done"
}
if [ -n "$users" ]; then stop_when_unused 2>/dev/null & else stop_unshared 2>/dev/null & fi
watcher=$!
exec 3<&-
trap '' INT TERM HUP
wait $server
status=$?
kill $watcher 2>/dev/null
exit $status
"#;

/// The log is put aside at the next start once it is larger than this.
const LARGE_LOG: u64 = 16 * 1024 * 1024;

/// A running supervisor. The server stops when the pipe is closed, which dropping this does too.
#[derive(Debug)]
pub(super) struct Supervisor {
    pub(super) child: Child,
    pub(super) pipe: Option<ChildStdin>,
}

impl Supervisor {
    /// Starts the server, which takes a moment to answer.
    pub(super) fn start(
        place: &Place,
        binaries: &Binaries,
        account: &Account,
        mode: Mode,
    ) -> Result<Self, EmbeddedError> {
        let shell = Path::new("/bin/sh");
        let log_path = place.log();
        put_large_log_aside(&log_path);
        let log = OpenOptions::new().create(true).append(true).open(&log_path).during("open", &log_path)?;
        let mut command = account.command(shell);
        command.args(["-c", SCRIPT, "postgres-supervisor"]);
        match mode {
            Mode::Durable => command.arg(""),
            Mode::Shared => command.arg(place.users()),
        };
        command.arg(binaries.program("postgres")).arg("-D").arg(place.data(binaries.major));
        command.arg("-k").arg(place.socket());
        for setting in server_settings(mode) {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::piped()).stdout(log.try_clone().during("open", &log_path)?).stderr(log);
        // A group of its own: Ctrl-C reaches only the service, which closes its pool before the server stops.
        let mut child = command.process_group(0).spawn().during("run", shell)?;
        let pipe = child.stdin.take();
        Ok(Self { child, pipe })
    }
}

fn server_settings(mode: Mode) -> &'static [&'static str] {
    match mode {
        Mode::Durable => &["listen_addresses=", "timezone=UTC", "jit=off"],
        Mode::Shared => &[
            "listen_addresses=",
            "timezone=UTC",
            "max_connections=400",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ],
    }
}

fn put_large_log_aside(log: &Path) {
    if fs::metadata(log).is_ok_and(|metadata| metadata.len() > LARGE_LOG) {
        fs::rename(log, log.with_extension("log.1")).ok();
    }
}
