//! What both front ends share: layers (request id, headers, limits), problems, the one situation → status map, and the
//! servers themselves.

mod bare;
pub mod health;
pub mod layers;
pub mod metrics;
pub mod origin;
pub mod problem;
pub mod rates;
pub mod request_id;
pub mod server;
pub mod slow;
pub mod status;
pub mod stream;
