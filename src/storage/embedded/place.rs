//! Where things are below the data directory.

use super::account::Account;
use super::error::{During, EmbeddedError};
use sqlx::postgres::PgConnectOptions;
use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A socket's path has room for 107 bytes, of which its name takes 15.
const LONGEST_SOCKET_FOLDER: usize = 90;

/// The data directory.
#[derive(Debug, Clone)]
pub(super) struct Place(PathBuf);

impl Place {
    /// Makes the folder if it is not there, and checks that the server's account can use it.
    pub(super) fn prepare(base: &Path, account: &Account) -> Result<Self, EmbeddedError> {
        let missing = missing_folders(base)?;
        let existing = missing.last().and_then(|folder| folder.parent()).unwrap_or(base);
        account.check_reach(&fs::canonicalize(existing).during("find", existing)?)?;
        missing.iter().rev().try_for_each(|folder| make_folder(folder))?;
        let place = Self(fs::canonicalize(base).during("find", base)?);
        if place.socket().as_os_str().len() > LONGEST_SOCKET_FOLDER {
            return Err(EmbeddedError::PathTooLong(place.socket()));
        }
        Ok(place)
    }

    /// How to connect to the server. There is no port and no password: the server knows the account of whoever
    /// connects, and lets in ours only.
    pub(super) fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(self.socket()).username("app").database("postgres")
    }

    /// The folder itself.
    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// The server's data; it carries the major version, since one cannot start on the data of another.
    pub(super) fn data(&self, major: u32) -> PathBuf {
        self.0.join(format!("data-{major}"))
    }

    /// The folder of the socket; short, because sockets have short paths.
    pub(super) fn socket(&self) -> PathBuf {
        self.0.join("s")
    }

    /// The server's log.
    pub(super) fn log(&self) -> PathBuf {
        self.0.join("postgres.log")
    }

    /// Fetched programs.
    pub(super) fn cache(&self) -> PathBuf {
        self.0.join("bin")
    }

    /// Locked by every process that shares the server.
    pub(super) fn users(&self) -> PathBuf {
        self.0.join("users")
    }

    /// The file whose lock says who owns the server.
    pub(super) fn open_lock(&self) -> Result<File, EmbeddedError> {
        open(&self.0.join("lock"))
    }

    /// The file of [`Place::users`]; the supervisor, under another account, locks it too.
    pub(super) fn open_users(&self) -> Result<File, EmbeddedError> {
        let path = self.users();
        let file = open(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(0o666)).during("open up", &path)?;
        Ok(file)
    }
}

/// The folders of a path that are still to be made, innermost first.
fn missing_folders(base: &Path) -> Result<Vec<PathBuf>, EmbeddedError> {
    let base = std::path::absolute(base).during("find", base)?;
    Ok(base.ancestors().take_while(|folder| !folder.exists()).map(Path::to_owned).collect())
}

/// A new folder is open to all, whatever the umask: what is private below it protects itself.
fn make_folder(folder: &Path) -> Result<(), EmbeddedError> {
    match fs::create_dir(folder) {
        Ok(()) => fs::set_permissions(folder, Permissions::from_mode(0o755)).during("open up", folder),
        // Another process was faster.
        Err(_) if folder.is_dir() => Ok(()),
        failed => failed.during("create", folder),
    }
}

fn open(path: &Path) -> Result<File, EmbeddedError> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path).during("open", path)
}
