//! The demonstration: stand-ins for the vendors, an activated partner, and a page that looks like VSA.

mod console;
mod partner;
mod world;

pub use console::{Console, Entry};
pub use partner::entry;
pub use world::KeptWorld;
