//! Screens: one struct per page, one file per screen.
