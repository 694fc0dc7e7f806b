//! The rooms keep to themselves: every path between them goes down, as the diagram in `src/lib.rs` says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with those it may use. `http` is what both front ends share, so they may use it but not each other; they see
/// the vendors and the tables only through `service`. The sandbox is apart: only `startup` starts it, and it uses nobody.
const ROOMS: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("upstream", &["domain"]),
    ("storage", &["domain"]),
    ("service", &["storage", "upstream", "domain"]),
    ("http", &["service", "domain"]),
    ("web", &["http", "service", "domain"]),
    ("api", &["http", "service", "domain"]),
    ("jobs", &["service", "storage", "upstream", "domain"]),
    ("startup", &["web", "api", "jobs", "http", "service", "storage", "upstream", "domain", "sandbox"]),
    ("sandbox", &[]),
];

/// What would make a rule depend on more than its arguments.
const IMPURE: [&str; 11] = [
    "async ",
    ".await",
    "Utc::now",
    "Instant::now",
    "SystemTime",
    "rand::",
    "now_v7",
    "sqlx",
    "tokio",
    "axum",
    "reqwest",
];

/// Every source file below `src`, with its path from there.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (name(path), code(&fs::read_to_string(path).unwrap()))).collect()
}

/// The room a file belongs to: its folder, or its own name.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

/// A text without its comments; an address in a string loses its end, which matters to nobody here.
fn code(text: &str) -> String {
    let line = |line: &str| line.split("//").next().unwrap_or_default().to_owned() + "\n";
    text.lines().map(line).collect()
}

/// The names that directly follow `prefix` wherever it stands: one, or all at the top of a group in braces.
fn names_after(text: &str, prefix: &str) -> Vec<String> {
    let is_own = |at: usize| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric() && before != '_' && before != ':')
    };
    let starts = text.match_indices(prefix).filter(|(at, _)| is_own(*at)).map(|(at, _)| at + prefix.len());
    starts.flat_map(|start| first_names(&text[start..])).collect()
}

fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| {
        let text = text.trim_start();
        let end = text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len());
        text[..end].to_owned()
    };
    let Some(group) = path.trim_start().strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut names, mut start) = (0, Vec::new(), 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(name(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(name(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

/// The rooms that a file's code names, its own included.
fn used_rooms(file: &str, text: &str) -> Vec<String> {
    let mut names = names_after(text, "crate::");
    names.extend(names_after(text, "worryfree_plugin::"));
    // `super` often enough leads to the root as well. Names that are no room there are modules of the room.
    let depth = file.split('/').filter(|part| *part != "mod.rs").count();
    for steps in [depth, depth + 1] {
        let names_there = names_after(text, &"super::".repeat(steps));
        names.extend(names_there.into_iter().filter(|name| ROOMS.iter().any(|(room, _)| room == name)));
    }
    names
}

#[test]
fn rooms_use_only_those_below_them() {
    let allowed: BTreeMap<_, _> = ROOMS.into_iter().collect();
    let mut wrong = Vec::new();
    for (file, text) in sources().into_iter().filter(|(file, _)| file != "lib.rs" && file != "main.rs") {
        let own = room(&file);
        let Some(below) = allowed.get(own) else {
            wrong.push(format!("{file} is in no room"));
            continue;
        };
        let others = used_rooms(&file, &text).into_iter().filter(|name| name != own && !below.contains(&name.as_str()));
        wrong.extend(others.map(|name| format!("{file} uses {name}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rooms_are_those_of_the_library() {
    let declared = names_after(&sources().into_iter().find(|(file, _)| file == "lib.rs").unwrap().1, "pub mod ");
    let mut rooms: Vec<_> = ROOMS.iter().map(|(room, _)| *room).collect();
    rooms.sort_unstable();
    assert_eq!(declared, rooms);
    let main = sources().into_iter().find(|(file, _)| file == "main.rs").unwrap().1;
    assert!(used_rooms("main.rs", &main).iter().all(|name| name == "startup"), "the binary only starts");
}

#[test]
fn no_file_is_taken_from_another_room() {
    for (file, text) in sources() {
        for line in text.lines().filter(|line| line.contains("#[path") || line.contains("include!(")) {
            assert!(!line.contains(".."), "{file}: {line}");
        }
    }
}

#[test]
fn the_rules_are_pure() {
    for (file, text) in sources().into_iter().filter(|(file, _)| room(file) == "domain") {
        for word in IMPURE {
            assert!(!text.contains(word), "{file} has {word:?}");
        }
    }
}

#[test]
fn statements_live_in_storage() {
    for (file, text) in sources().into_iter().filter(|(file, _)| room(file) != "storage") {
        for word in ["sqlx::query", "query!(", "query_as!(", "query_scalar!("] {
            assert!(!text.contains(word), "{file} has {word:?}");
        }
    }
}

#[test]
fn front_ends_and_vendors_keep_to_their_packages() {
    let forbidden: [(&str, &[&str]); 5] = [
        ("upstream", &["axum::", "askama", "sqlx"]),
        ("storage", &["axum::", "reqwest", "askama"]),
        ("service", &["axum::", "askama"]),
        ("jobs", &["axum::", "askama"]),
        ("api", &["askama"]),
    ];
    for (file, text) in sources() {
        let words = forbidden.iter().filter(|(name, _)| *name == room(&file)).flat_map(|(_, words)| *words);
        for word in words {
            // The embedded server fetches its binaries itself; it is no vendor.
            let is_fetching = file.starts_with("storage/embedded/") && *word == "reqwest";
            assert!(is_fetching || !text.contains(word), "{file} has {word:?}");
        }
    }
}

#[test]
fn paths_are_read_in_every_form() {
    let text = code(
        "use crate::{api, web::{error, form}};\n// crate::comment\nlet x = crate::jobs::run(mycrate::other, crate::r#in::x);",
    );
    assert_eq!(names_after(&text, "crate::"), ["api", "web", "jobs", "r"]);
    assert_eq!(used_rooms("domain/plan.rs", "use super::super::storage::x;"), ["storage"]);
    assert_eq!(used_rooms("sandbox/mod.rs", "use super::upstream::x;"), ["upstream"]);
    assert_eq!(used_rooms("sandbox/vsa/agents.rs", "use super::super::call::Call;"), [""; 0]);
}
