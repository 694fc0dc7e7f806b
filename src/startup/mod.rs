//! Settings, commands, and putting the rooms together.
