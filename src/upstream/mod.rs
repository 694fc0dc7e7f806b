//! The typed clients: VSA, LMPI and SMPI, and a partner's `OpenID` Connect provider. One way out, one signature.
//!
//! Vendor types stay private to their client; domain values come out. Reading is lenient, sending is strict.
//! Every request passes [`transport::Transport`], which limits time, size, addresses and requests in flight.
//! A write is sent exactly once and sorted by one function (`transport::sorting`).

mod json;
mod lenient;
pub mod lmp;
pub mod openid;
mod paging;
mod progress;
pub mod remote_manager;
mod signed;
pub mod transport;
pub mod vsa;

pub use paging::Listed;
pub use progress::Progress;
pub use signed::Stamp;

#[cfg(test)]
mod tests;
