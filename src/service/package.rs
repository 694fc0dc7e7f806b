//! The package that puts our entries into VSA 9's navigation tree: a zip file by the name of `.vsaz` (`kaseya-vsa9.md` 7).
//!
//! Its files are in `templates/vsaz`, apart from the code, because parts of the schema are known only to Kaseya's partners.

use super::ServiceError;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// VSA refuses a package whose name was changed, so it is always this.
pub const FILE_NAME: &str = "WorryFreeServices.vsaz";
/// What the entry is called.
const NAME: &str = "Worry-Free Services";

const MODULE: &str = include_str!("../../templates/vsaz/module.xml");
const ICON: &str = include_str!("../../templates/vsaz/icon.svg");

/// The package of a partner, for the service at `public_url`.
pub fn build(public_url: &str, partner_key: &str) -> Result<Vec<u8>, ServiceError> {
    let address = format!("{}/p/{partner_key}", public_url.trim_end_matches('/'));
    let module = [("{name}", NAME), ("{version}", env!("CARGO_PKG_VERSION")), ("{address}", &address)]
        .iter()
        .fold(MODULE.to_owned(), |text, (place, value)| text.replace(place, &escaped(value)));
    zipped(&[("module.xml", &module), ("icon.svg", ICON)])
        .map_err(|error| ServiceError::Internal(format!("the package could not be made: {error}")))
}

fn zipped(files: &[(&str, &str)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

fn escaped(text: &str) -> String {
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;")]
        .iter()
        .fold(text.to_owned(), |text, (character, entity)| text.replace(*character, entity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn a_package_names_our_own_addresses() {
        let bytes = build("https://plugin.example/", "k2").unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut module = String::new();
        zip.by_name("module.xml").unwrap().read_to_string(&mut module).unwrap();
        for part in ["https://plugin.example/p/k2/start\"", "name=\"Worry-Free Services\"", "icon=\"icon.svg\""] {
            assert!(module.contains(part), "{part} in {module}");
        }
        for place in ["{name}", "{version}", "{address}"] {
            assert!(!module.contains(place), "{place}");
        }
        assert!(zip.by_name("icon.svg").unwrap().size() > 100);
    }
}
