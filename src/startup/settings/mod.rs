//! Settings: the embedded defaults (`config/default.toml`), then a file, then the environment.

mod read;
mod sections;
#[cfg(test)]
mod tests;

pub(in crate::startup) use read::decode_key;
pub use sections::*;

use super::document::{Document, Origin, Problems};
use crate::storage::embedded::account::is_root;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The text of the embedded defaults, which also explains every setting.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// How long after it was signed the Licensing Management Platform accepts a request.
const LMP_ACCEPTS_OLD_REQUESTS: Duration = Duration::from_mins(15);

/// Everything wrong with the settings; each problem names its setting and what was expected.
pub type SettingsErrors = Problems;

/// What settings depend on besides the files.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The environment variables.
    pub environment: BTreeMap<String, String>,
    /// Whether the process runs as root.
    pub is_root: bool,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_this_process() -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let environment = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        Self { environment, is_root: is_root() }
    }
}

impl Settings {
    /// The settings of this process.
    pub fn load(config_file: Option<&Path>) -> Result<Self, SettingsErrors> {
        Self::read(config_file, &Surroundings::of_this_process())
    }

    /// The settings that a file and given surroundings make.
    pub fn read(config_file: Option<&Path>, surroundings: &Surroundings) -> Result<Self, SettingsErrors> {
        let mut document = layers(config_file, &surroundings.environment);
        let settings = read::settings(&mut document, surroundings);
        document.finish().map(|()| settings)
    }

    /// What is allowed but worth a second thought.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.lmp.settle < LMP_ACCEPTS_OLD_REQUESTS {
            warnings.push("lmp.settle_seconds is less than 900: an account could be created twice".into());
        }
        if self.upstream.allow_http {
            warnings.push("upstream.allow_http is true: credentials may travel in clear text".into());
        }
        if self.upstream.allow_private_addresses {
            warnings.push(
                "upstream.allow_private_addresses is true: partners can have any machine of your network called; \
                 upstream.allowed_networks lists only those that are meant"
                    .into(),
            );
        }
        warnings
    }
}

fn layers(config_file: Option<&Path>, environment: &BTreeMap<String, String>) -> Document {
    let mut document = Document::default();
    document.lay_text(DEFAULTS, &Origin::Default);
    if let Some(path) = config_file {
        document.lay_file(path);
    }
    let database_url = environment.get_key_value("DATABASE_URL");
    document.lay_environment(database_url.map(|(name, value)| ("database.url".into(), name.as_str(), value.as_str())));
    document.lay_environment(environment.iter().filter_map(|(name, value)| {
        let setting = name.strip_prefix("PLUGIN__")?.to_lowercase().replace("__", ".");
        Some((setting, name.as_str(), value.as_str()))
    }));
    document
}
