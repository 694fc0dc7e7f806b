//! `SECURITY.md` names a test for each promise; each of them exists.

use std::path::{Path, PathBuf};

#[test]
fn every_test_that_the_security_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let named: Vec<&str> = document.split('`').filter(|text| is_name_of_a_test(text)).collect();
    assert!(named.len() > 30, "{} tests are named", named.len());
    let mut sources = String::new();
    for folder in ["src", "tests"] {
        read(&root.join(folder), &mut sources);
    }
    let lost: Vec<_> = named.iter().filter(|name| !exists(&sources, name)).collect();
    assert!(lost.is_empty(), "SECURITY.md names tests that do not exist: {lost:?}");
}

/// Names of tests are sentences; settings, files and commands are not.
fn is_name_of_a_test(text: &str) -> bool {
    text.matches('_').count() > 2
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn exists(sources: &str, name: &str) -> bool {
    let function = format!("fn {name}(");
    let mut found = sources.match_indices(&function).map(|(at, _)| &sources[..at]);
    // Its attributes stand right above it.
    found.any(|before| before.rsplit("\n\n").next().is_some_and(|above| above.contains("test")))
}

fn read(folder: &Path, sources: &mut String) {
    let entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in entries {
        if path.is_dir() && !path.ends_with("node_modules") {
            read(&path, sources);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            sources.push_str(&std::fs::read_to_string(&path).unwrap());
            sources.push_str("\n\n");
        }
    }
}
