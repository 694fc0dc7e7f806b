//! Imports and their rows.
