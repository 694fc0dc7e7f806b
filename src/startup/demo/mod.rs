//! The demonstration: stand-ins for the vendors, an activated partner, and a page that looks like VSA.

mod alone;
mod console;
mod partner;
pub mod trouble;
mod world;

pub use alone::Alone;
pub use console::{Console, Entry};
pub use partner::{entry, people, sign_in, vsa10};
pub use world::KeptWorld;
