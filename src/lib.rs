//! Worry-Free Services plug-in for Kaseya VSA.
//!
//! Rooms, each importing only from those below it:
//!
//! ```text
//! main → startup → {web, api, jobs} → service → {storage, upstream} → domain
//!                   └── http (what both front ends share)
//! sandbox: stateful stand-ins for the vendors, apart from everything else
//! ```

pub mod api;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod sandbox;
pub mod service;
pub mod startup;
pub mod storage;
pub mod upstream;
pub mod web;
