//! REST: `/api/v1`, RFC 9457 problems.
