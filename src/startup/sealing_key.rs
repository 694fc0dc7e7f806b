//! The key that seals credentials, from the settings or from a file that is made once.

use super::settings::{SealingKey, Settings, decode_key};
use crate::storage::vault::Vault;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The file's name in the data directory.
const FILE: &str = "sealing.key";

/// Why there is no sealing key.
#[derive(Debug, thiserror::Error)]
pub enum SealingKeyError {
    /// The file could not be read or made.
    #[error("could not {action} the key file {}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the key file {} does not hold 32 bytes in Base64: put the right one back", .0.display())]
    NotAKey(PathBuf),
}

/// What seals and opens credentials: the key of the settings or of the key file, and the further keys of the settings.
pub fn vault(settings: &mut Settings) -> Result<Vault, SealingKeyError> {
    let further = std::mem::take(&mut settings.secrets.further_keys);
    Ok(further.iter().fold(Vault::new(&sealing_key(settings)?), Vault::opening_with))
}

/// The key of the settings, or that of the data directory's key file, made now if there is none.
fn sealing_key(settings: &mut Settings) -> Result<SealingKey, SealingKeyError> {
    match settings.secrets.key.take() {
        Some(key) => Ok(key),
        None => key_file(&settings.database.data_dir),
    }
}

fn key_file(folder: &Path) -> Result<SealingKey, SealingKeyError> {
    let path = folder.join(FILE);
    let failed = |action| {
        let path = path.clone();
        move |source| SealingKeyError::File { action, path, source }
    };
    if !path.exists() {
        fs::create_dir_all(folder).map_err(failed("create"))?;
        create(folder, &path).map_err(failed("create"))?;
    }
    let text = fs::read_to_string(&path).map_err(failed("read"))?;
    decode_key(&text).ok_or(SealingKeyError::NotAKey(path))
}

/// Written in full beside its place and linked into it: of two processes that start at once the first one's key stays,
/// and no crash leaves half a key.
fn create(folder: &Path, path: &Path) -> io::Result<()> {
    let draft = folder.join(format!("{FILE}.{}", std::process::id()));
    fs::remove_file(&draft).ok();
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&draft)?;
    writeln!(file, "{}", STANDARD.encode(rand::random::<[u8; 32]>()))?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_file_is_made_once_and_only_ours_to_read() {
        let folder = std::env::temp_dir().join(format!("sealing-key-{}", std::process::id()));
        let first = key_file(&folder).unwrap();
        let second = key_file(&folder).unwrap();
        assert_eq!(first.expose_secret(), second.expose_secret());
        let mode = fs::metadata(folder.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(folder.join(FILE), "half a k").unwrap();
        assert!(matches!(key_file(&folder), Err(SealingKeyError::NotAKey(_))), "a broken key is never replaced");
        fs::remove_dir_all(folder).unwrap();
    }
}
