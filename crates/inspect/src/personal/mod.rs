//! Data about people.
