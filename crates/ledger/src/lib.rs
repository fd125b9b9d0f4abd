//! An append-only Merkle log that many processes share.

pub mod export;
pub mod index;
