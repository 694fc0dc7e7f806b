//! What can keep the service's own Postgres from starting, each with what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Why the service's own Postgres does not start or stop.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// A file or folder could not be used.
    #[error("the service's own Postgres could not {action} {}", .path.display())]
    File {
        /// What was tried, such as "create".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// We are root, and Postgres, which never runs as root, cannot get at the folder.
    #[error(
        "the account `{account}`, as which Postgres has to run because this process is root, cannot reach {}: set \
         database.data_dir to a folder outside of private ones such as /root, or give database.url",
        .path.display()
    )]
    Unreachable {
        /// The data directory.
        path: PathBuf,
        /// The account Postgres runs as.
        account: String,
    },
    /// We are root, and there is no other account for Postgres to run as.
    #[error(
        "Postgres does not run as root and there is no account `postgres` or `nobody` to run it as: create one, run \
         the service as another account, or give database.url"
    )]
    NoAccount,
    /// A socket's path has room for some 100 bytes only.
    #[error("{} is too long a path for a socket: set database.data_dir to a shorter one", .0.display())]
    PathTooLong(PathBuf),
    /// There is no server here, and none could be fetched.
    #[error(
        "there is no Postgres on this machine and none could be fetched: install the package `postgresql`, set \
         PG_BIN_DIR to the folder of its programs, or give database.url"
    )]
    NoBinaries(#[source] FetchError),
    /// A program of Postgres failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which one.
        program: &'static str,
        /// What it said.
        output: String,
    },
    /// Somebody else holds the data directory, but no server answers there.
    #[error(
        "another process holds {} but no server answers there: wait for it to start or stop, or end it",
        .0.display()
    )]
    HeldWithoutServer(PathBuf),
    /// A server that was left over ignores the request to stop.
    #[error("process {0}, a Postgres left over from an earlier run, does not stop: end it")]
    LeftoverStays(u32),
    /// The server ended instead of starting.
    #[error("Postgres ended while starting ({status}): {} says why", .log.display())]
    EndedAtStart {
        /// How it ended.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
    },
    /// The server takes too long.
    #[error("Postgres does not answer: {} says why", .log.display())]
    NoAnswer {
        /// Its log.
        log: PathBuf,
    },
    /// The server takes too long to stop.
    #[error("Postgres does not stop; it was asked to and may still do")]
    StillRunning,
}

/// Why no server could be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody prebuilds a server for this machine.
    #[error("there is no prebuilt server for {os} on {architecture}")]
    NoPackage {
        /// The operating system.
        os: &'static str,
        /// The processor.
        architecture: &'static str,
    },
    /// A program that is needed to fetch it is not there or failed.
    #[error("`{program}` failed: {output}")]
    Program {
        /// Which one.
        program: &'static str,
        /// What it said.
        output: String,
    },
    /// Not what this program was made for.
    #[error("the archive of {0} is not the one this program was made for")]
    WrongChecksum(&'static str),
    /// Not what this program was made for, inside.
    #[error("the archive of {0} is not built as expected")]
    WrongShape(&'static str),
    /// A file or folder could not be used.
    #[error("could not use {}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Says what was tried with which file when it went wrong.
pub(super) trait During<T> {
    fn during(self, action: &'static str, path: &Path) -> Result<T, EmbeddedError>;
}

impl<T> During<T> for io::Result<T> {
    fn during(self, action: &'static str, path: &Path) -> Result<T, EmbeddedError> {
        self.map_err(|source| EmbeddedError::File { action, path: path.to_owned(), source })
    }
}
