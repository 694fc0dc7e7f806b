//! Every operation of the document and every route of the screens.

use crate::api::contract::{self, DOCUMENT};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What parameters of paths stand for, by their names.
pub type Ids<'a> = BTreeMap<&'a str, String>;

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `GET` …
    pub method: String,
    /// With parameters in braces.
    pub path: String,
    /// An example of its JSON body, if it takes one.
    pub body: Option<Value>,
    /// Whether it wants to know who calls.
    pub needs_caller: bool,
}

impl Operation {
    /// Whether it may change something.
    pub fn writes(&self) -> bool {
        self.method != "GET"
    }

    /// The path with these values. A parameter that nobody has a value for fails the test: somebody has to say what belongs there.
    pub fn at(&self, ids: &Ids) -> String {
        filled(&self.path, ids)
    }
}

/// All operations that are served with the screens; numbers for the operator have a port of their own.
pub fn operations() -> Vec<Operation> {
    let served = contract::operations().into_iter().filter(|(_, path)| path != "/metrics");
    let all: Vec<_> = served
        .map(|(method, path)| {
            let operation = &DOCUMENT["paths"][&path][method.to_lowercase()];
            let content = &operation["requestBody"]["content"]["application/json"];
            let needs_caller = operation["security"].as_array().is_none_or(|security| !security.is_empty());
            Operation { method, path, body: content.get("example").cloned(), needs_caller }
        })
        .collect();
    assert!(all.len() > 20, "{} operations", all.len());
    all
}

/// One route of the screens.
#[derive(Debug, Clone)]
pub struct Route {
    /// With parameters in braces.
    pub path: String,
    /// `GET` …
    pub methods: Vec<&'static str>,
}

impl Route {
    /// The path with these values.
    pub fn at(&self, ids: &Ids) -> String {
        filled(&self.path, ids)
    }
}

/// All routes of the screens, as the source has them.
pub fn screens() -> Vec<Route> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let mut routes = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs")) {
        let source = std::fs::read_to_string(file).unwrap();
        for rest in source.split(".route(").skip(1) {
            let Some((_, rest)) = rest.split_once('"').filter(|(before, _)| before.trim().is_empty()) else { continue };
            let (path, handlers) = rest.split_once('"').unwrap();
            let handlers = handlers.split(".route(").next().unwrap().split(';').next().unwrap();
            let methods =
                [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE"), ("patch(", "PATCH")];
            let methods = methods.into_iter().filter(|(call, _)| handlers.contains(call)).map(|(_, method)| method);
            routes.push(Route { path: path.to_owned(), methods: methods.collect() });
        }
    }
    assert!(routes.len() > 25, "{} routes", routes.len());
    assert!(routes.iter().all(|route| !route.methods.is_empty()), "{routes:?}");
    routes
}

fn filled(path: &str, ids: &Ids) -> String {
    let mut filled = path.to_owned();
    for (name, value) in ids {
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    assert!(!filled.contains('{'), "no value for a parameter of {path}");
    filled
}
