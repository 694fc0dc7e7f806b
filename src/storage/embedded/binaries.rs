//! Where the programs of Postgres are.

use super::error::EmbeddedError;
use super::fetch;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with `postgres` and `initdb`, and the version they are of.
#[derive(Debug)]
pub(super) struct Binaries {
    folder: PathBuf,
    /// The major version: data of one cannot be used by another.
    pub(super) major: u32,
}

impl Binaries {
    /// Locally installed ones, or else those fetched into `cache`, now or earlier.
    pub(super) fn find_or_fetch(cache: &Path) -> Result<Self, EmbeddedError> {
        let folder = match installed() {
            Some(folder) => folder,
            None => fetch::server(cache).map_err(EmbeddedError::NoBinaries)?,
        };
        let major = major_version(&folder)?;
        Ok(Self { folder, major })
    }

    /// The path of a program.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn installed() -> Option<PathBuf> {
    // Whoever names a folder means that one, even where it turns out to be of no use.
    if let Some(folder) = std::env::var_os("PG_BIN_DIR").filter(|folder| !folder.is_empty()) {
        return Some(folder.into());
    }
    newest_of_debian().or_else(on_path)
}

/// Debian keeps each major version in a folder of its own, none of them on the path.
fn newest_of_debian() -> Option<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").ok()?;
    let versions = entries.flatten().filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin"))).filter(|(_, folder)| is_complete(folder))
    });
    versions.max().map(|(_, folder)| folder)
}

/// Links are followed, because `postgres` finds its own files beside the real program.
fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let initdb = std::env::split_paths(&path).find_map(|folder| fs::canonicalize(folder.join("initdb")).ok())?;
    initdb.parent().filter(|folder| is_complete(folder)).map(Path::to_owned)
}

fn is_complete(folder: &Path) -> bool {
    folder.join("initdb").exists() && folder.join("postgres").exists()
}

fn major_version(folder: &Path) -> Result<u32, EmbeddedError> {
    let failed = |output: String| EmbeddedError::Program { program: "postgres --version", output };
    let program = folder.join("postgres");
    let output = Command::new(&program)
        .arg("--version")
        .output()
        .map_err(|error| failed(format!("{}: {error}", program.display())))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    parse_major(&text).ok_or_else(|| failed(text))
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; a beta is `19beta1`.
fn parse_major(text: &str) -> Option<u32> {
    let version = text.split_whitespace().nth(2)?;
    version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn major_versions_are_read() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(parse_major("postgres: cannot be run as root\n"), None);
    }
}
