//! One demonstration in one folder.

use anyhow::{Context, bail};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Holds a folder until it is dropped; the system lets go of it however the process ends.
#[derive(Debug)]
pub struct Alone {
    _lock: File,
}

impl Alone {
    /// Takes the folder, unless another demonstration has it. The lock is beside the folder, so that it outlives a reset.
    pub fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        }
        let path = folder.with_extension("lock");
        let lock = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "another demonstration is running in {}; nothing was changed. End it first, or name another folder in PLUGIN__DATABASE__DATA_DIR",
                folder.display()
            ),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_free_again_afterwards() {
        let root = std::env::temp_dir().join(format!("plugin-alone-{}", uuid::Uuid::now_v7()));
        let folder = root.join("demo");
        let first = Alone::in_folder(&folder).unwrap();
        let second = Alone::in_folder(&folder).unwrap_err().to_string();
        assert!(
            second.contains("another demonstration is running") && second.contains("nothing was changed"),
            "{second}"
        );
        assert!(Alone::in_folder(&root.join("other")).is_ok());
        drop(first);
        Alone::in_folder(&folder).unwrap();
        std::fs::remove_dir_all(&root).unwrap();
    }
}
