//! What the policy answers, seen from outside.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod decide;
mod errors;
mod loosening;
mod machine;
mod outside;
mod properties;
mod roles;
mod sockets;
mod support;
