//! The files a server starts from.

use super::Mode;
use super::account::{Account, own_name};
use super::binaries::Binaries;
use super::error::{During, EmbeddedError};
use super::place::Place;
use std::fs;
use std::path::Path;

/// Makes the data, if there is none, and says who may connect.
pub(super) fn prepare(place: &Place, binaries: &Binaries, account: &Account, mode: Mode) -> Result<(), EmbeddedError> {
    let data = place.data(binaries.major);
    account.private_folder(&place.socket())?;
    if !data.join("PG_VERSION").exists() {
        create(&data, binaries, account, mode)?;
    }
    // Written at every start: the same data may be used by root today and by an account of its own tomorrow.
    account.write(&data.join("pg_hba.conf"), "local all all peer map=app\n")?;
    account.write(&data.join("pg_ident.conf"), &format!("app \"{}\" app\n", own_name()))
}

/// Made in a sibling and renamed, so that an interrupted run leaves nothing that looks complete.
fn create(data: &Path, binaries: &Binaries, account: &Account, mode: Mode) -> Result<(), EmbeddedError> {
    let draft = data.with_extension("new");
    fs::remove_dir_all(&draft).ok();
    account.private_folder(&draft)?;
    let mut initdb = account.command(&binaries.program("initdb"));
    initdb.args(["-U", "app", "-E", "UTF8", "--locale=C.UTF-8", "--auth=peer", "-D"]).arg(&draft);
    if mode == Mode::Shared {
        initdb.arg("--no-sync");
    }
    let failed = |output: String| EmbeddedError::Program { program: "initdb", output };
    let output = initdb.output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    fs::rename(&draft, data).during("create", data)
}
