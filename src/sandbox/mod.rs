//! Stateful stand-ins for the vendors, written from their references; shares no code with `upstream`.
