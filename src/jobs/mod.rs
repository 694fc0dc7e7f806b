//! Durable work: integrate, refresh inventory, read contacts.
