//! Who we are, and as whom Postgres runs: it refuses to run as root.

use super::error::{During, EmbeddedError};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The account Postgres runs as.
#[derive(Debug, Clone)]
pub(super) enum Account {
    /// Ours.
    Own,
    /// Another one, because we are root.
    Other { uid: u32, gid: u32, name: String },
}

impl Account {
    /// Ours, or `postgres` or `nobody` if we are root.
    pub(super) fn choose() -> Result<Self, EmbeddedError> {
        if !is_root() {
            return Ok(Self::Own);
        }
        let accounts = Entry::all();
        let find = |name: &&str| accounts.iter().find(|entry| entry.name == *name);
        let entry = ["postgres", "nobody"].iter().find_map(find).ok_or(EmbeddedError::NoAccount)?;
        Ok(Self::Other { uid: entry.uid, gid: entry.gid, name: entry.name.clone() })
    }

    /// An error unless the account can walk to a folder.
    pub(super) fn check_reach(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self {
            Self::Other { uid, name, .. } if !is_reachable(path, *uid) => {
                Err(EmbeddedError::Unreachable { path: path.to_owned(), account: name.clone() })
            }
            _ => Ok(()),
        }
    }

    /// A command that runs as the account.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env_remove("PGDATA");
        if let Self::Other { uid, gid, .. } = self {
            // The standard library clears the supplementary groups as well.
            command.uid(*uid).gid(*gid);
        }
        command
    }

    /// Makes a folder that only the account can use.
    pub(super) fn private_folder(&self, path: &Path) -> Result<(), EmbeddedError> {
        fs::create_dir_all(path).during("create", path)?;
        fs::set_permissions(path, Permissions::from_mode(0o700)).during("protect", path)?;
        self.own(path)
    }

    /// Writes a file that belongs to the account.
    pub(super) fn write(&self, path: &Path, text: &str) -> Result<(), EmbeddedError> {
        fs::write(path, text).during("write", path)?;
        self.own(path)
    }

    fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid, .. } => chown(path, Some(*uid), Some(*gid)).during("hand over", path),
        }
    }
}

/// Whether this process runs as root.
pub fn is_root() -> bool {
    effective_uid() == Some(0)
}

/// The name of the account this process runs as, which is how the server recognizes us.
pub(super) fn own_name() -> String {
    let uid = effective_uid().unwrap_or(u32::MAX);
    let entry = Entry::all().into_iter().find(|entry| entry.uid == uid);
    entry.map_or_else(|| uid.to_string(), |entry| entry.name)
}

/// Asked of the file system, because asking the operating system takes unsafe code.
fn effective_uid() -> Option<u32> {
    fs::metadata("/proc/self").map(|metadata| metadata.uid()).ok()
}

/// Whether an account may walk through every folder of a path. Groups are left out, so it errs on the safe side.
fn is_reachable(path: &Path, uid: u32) -> bool {
    path.ancestors().all(|folder| {
        fs::metadata(folder).is_ok_and(|metadata| {
            let is_open = metadata.mode() & 0o001 != 0;
            let is_own = metadata.uid() == uid && metadata.mode() & 0o100 != 0;
            is_open || is_own
        })
    })
}

/// A line of `/etc/passwd`.
struct Entry {
    name: String,
    uid: u32,
    gid: u32,
}

impl Entry {
    fn all() -> Vec<Self> {
        fs::read_to_string("/etc/passwd").unwrap_or_default().lines().filter_map(Self::parse).collect()
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let _password = fields.next()?;
        Some(Self { name, uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    }
}
