//! What both front ends share: layers (request id, headers, limits), the one situation → status map.

pub mod status;
