//! The service's own Postgres: a private server on a Unix socket in the data directory.
//!
//! The lock of a file says who owns the data directory. The owner starts a shell with a pipe as its standard input; the
//! shell starts `postgres` and asks it for a fast shutdown when the pipe ends, so the server ends with its owner even on
//! `kill -9`. Whoever finds the directory owned attaches to the server there, and loses it when the owner ends: real
//! replicas need `database.url`.

pub mod account;
mod binaries;
mod cluster;
mod error;
mod fetch;
mod leftover;
mod place;
mod supervisor;

pub use error::{EmbeddedError, FetchError};

use account::Account;
use binaries::Binaries;
use place::Place;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};
use supervisor::Supervisor;

/// How long a server gets to start, the recovery after a crash included.
const START_PATIENCE: Duration = Duration::from_mins(2);
/// How long a server gets to stop.
const STOP_PATIENCE: Duration = Duration::from_mins(1);
/// The pause between two looks while waiting.
const PAUSE: Duration = Duration::from_millis(20);

/// What a server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The service: one owner, and data that survives anything.
    Durable,
    /// Tests: shared by all test processes, nothing is synced to disk, ends with the last of them.
    Shared,
}

/// A server that is running for us. Dropping it lets the server stop; [`Embedded::stop`] also waits for it.
#[derive(Debug)]
pub struct Embedded {
    place: Place,
    owned: Option<Owned>,
    /// Keeps a shared server alive.
    _user: Option<File>,
}

#[derive(Debug)]
struct Owned {
    supervisor: Supervisor,
    mode: Mode,
    _lock: File,
}

impl Embedded {
    /// Starts a server in `base`, or attaches to the one of another process.
    pub async fn start(base: &Path, mode: Mode) -> Result<Self, EmbeddedError> {
        let account = Account::choose()?;
        let place = Place::prepare(base, &account)?;
        let user = match mode {
            Mode::Durable => None,
            Mode::Shared => Some(share(&place).await?),
        };
        let owned = match own(&place, mode).await? {
            None => None,
            Some(lock) => Some(Owned { supervisor: run(&place, account, mode).await?, mode, _lock: lock }),
        };
        Ok(Self { place, owned, _user: user })
    }

    /// How to connect.
    pub fn options(&self) -> PgConnectOptions {
        self.place.options()
    }

    /// Whether the server is another process's.
    pub fn attached(&self) -> bool {
        self.owned.is_none()
    }

    /// Returns if the server ends by itself, and never for a server of another process.
    pub async fn ended(&mut self) -> ExitStatus {
        loop {
            let child = self.owned.as_mut().map(|owned| owned.supervisor.child.try_wait());
            if let Some(Ok(Some(status))) = child {
                return status;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Stops the server, if it is ours, and waits until it is down. Close every pool first.
    pub async fn stop(mut self) -> Result<(), EmbeddedError> {
        let Some(mut owned) = self.owned.take() else { return Ok(()) };
        drop(owned.supervisor.pipe.take());
        // A shared server goes on as long as anybody uses it.
        let begin = Instant::now();
        while owned.mode == Mode::Durable && matches!(owned.supervisor.child.try_wait(), Ok(None)) {
            if begin.elapsed() > STOP_PATIENCE {
                return Err(EmbeddedError::StillRunning);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// Joins the users of a shared server; waits where it is just stopping.
async fn share(place: &Place) -> Result<File, EmbeddedError> {
    let users = place.open_users()?;
    let path = place.users();
    blocking(move || {
        users.lock_shared().map_err(|source| EmbeddedError::File { action: "lock", path, source })?;
        Ok(users)
    })
    .await
}

/// The lock, once we own the data directory; nothing, once the server of another process answers.
async fn own(place: &Place, mode: Mode) -> Result<Option<File>, EmbeddedError> {
    let lock = place.open_lock()?;
    let begin = Instant::now();
    loop {
        let is_free = is_free(&lock, place)?;
        // A shared server outlives its owner, so it may answer although nobody owns it.
        if (!is_free || mode == Mode::Shared) && answers(place).await {
            return Ok(None);
        }
        if is_free {
            return Ok(Some(lock));
        }
        if begin.elapsed() > START_PATIENCE {
            return Err(EmbeddedError::HeldWithoutServer(place.folder().to_owned()));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_free(lock: &File, place: &Place) -> Result<bool, EmbeddedError> {
    match lock.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(source)) => {
            Err(EmbeddedError::File { action: "lock", path: place.folder().to_owned(), source })
        }
    }
}

async fn run(place: &Place, account: Account, mode: Mode) -> Result<Supervisor, EmbeddedError> {
    let (binaries, account) = prepare(place.clone(), account, mode).await?;
    leftover::end(&place.data(binaries.major), &place.socket()).await?;
    let supervisor = Supervisor::start(place, &binaries, &account, mode)?;
    wait_for_answer(place, supervisor).await
}

/// Fetching and `initdb` take seconds, in which the runtime has other things to do.
async fn prepare(place: Place, account: Account, mode: Mode) -> Result<(Binaries, Account), EmbeddedError> {
    blocking(move || {
        let binaries = Binaries::find_or_fetch(&place.cache())?;
        cluster::prepare(&place, &binaries, &account, mode)?;
        Ok((binaries, account))
    })
    .await
}

async fn wait_for_answer(place: &Place, mut supervisor: Supervisor) -> Result<Supervisor, EmbeddedError> {
    let begin = Instant::now();
    while !answers(place).await {
        if let Ok(Some(status)) = supervisor.child.try_wait() {
            return Err(EmbeddedError::EndedAtStart { status, log: place.log() });
        }
        if begin.elapsed() > START_PATIENCE {
            return Err(EmbeddedError::NoAnswer { log: place.log() });
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(supervisor)
}

async fn answers(place: &Place) -> bool {
    match PgConnection::connect_with(&place.options()).await {
        Ok(connection) => {
            connection.close().await.ok();
            true
        }
        Err(_) => false,
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EmbeddedError> + Send + 'static,
) -> Result<T, EmbeddedError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
