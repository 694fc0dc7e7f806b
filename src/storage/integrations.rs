//! Integrations as people and programs see them.
