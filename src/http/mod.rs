//! What both front ends share: layers, limits, the one situation → status map.
