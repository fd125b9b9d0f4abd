//! Credentials that no vendor's form betrays: passwords, assignments, userinfo in URLs, headers, credential files.

/// Lower-case literals of which one stands near each credential that can be found.
pub const TRIGGERS: &[&str] = &[];
