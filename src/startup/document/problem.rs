//! What can be wrong with a document.

use super::Origin;
use std::fmt;
use std::path::PathBuf;

/// One thing wrong with a document: where, and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A required setting that nobody gave.
    #[error("{setting} is missing: expected {expected}")]
    Missing {
        /// The setting's name.
        setting: String,
        /// What it should be.
        expected: String,
    },
    /// A value that cannot be used.
    #[error("{setting} ({origin}) is wrong: expected {expected}")]
    Wrong {
        /// The setting's name.
        setting: String,
        /// Who said the value.
        origin: Origin,
        /// What it should be.
        expected: String,
    },
    /// A setting that does not exist, most likely a misspelling.
    #[error("{setting} ({origin}) is not a setting")]
    Unknown {
        /// The name as it was given.
        setting: String,
        /// Who gave it.
        origin: Origin,
    },
    /// A file that cannot be read: the document itself, or the one a `_file` setting names.
    #[error("{}{} cannot be read: {source}", .setting.as_deref().map(|name| format!("{name}: the file ")).unwrap_or_default(), .path.display())]
    Unreadable {
        /// The `_file` setting, if one named the file.
        setting: Option<String>,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Text that is not TOML.
    #[error("line {line} ({origin}) is not valid TOML: {message}")]
    Syntax {
        /// Where the text came from.
        origin: Origin,
        /// The line, counted from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
}

impl Problem {
    /// The setting's name, where the problem belongs to one.
    pub fn setting(&self) -> Option<&str> {
        match self {
            Self::Missing { setting, .. } | Self::Wrong { setting, .. } | Self::Unknown { setting, .. } => {
                Some(setting)
            }
            Self::Unreadable { setting, .. } => setting.as_deref(),
            Self::Syntax { .. } => None,
        }
    }

    /// Whether a whole file could not be used, so that settings seem to be missing which are in it.
    pub(super) fn hides_settings(&self) -> bool {
        matches!(self, Self::Syntax { .. } | Self::Unreadable { setting: None, .. })
    }
}

/// Everything wrong with a document, at least one problem.
#[derive(Debug)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Ok` if there is no problem.
    pub fn none(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// The problems, one after another.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [problem] => write!(f, "{problem}"),
            problems => {
                write!(f, "{} problems", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
            }
        }
    }
}

impl std::error::Error for Problems {}
