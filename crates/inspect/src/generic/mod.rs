//! Credentials that no vendor's form betrays: passwords, assignments, userinfo in URLs, headers, credential files.

mod triggers;

pub use triggers::TRIGGERS;
