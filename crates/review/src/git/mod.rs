//! Reads git repositories without git: objects, packs, references, the staging area. It never writes, and it runs nothing
//! that a repository asks for.

pub(crate) mod changes;
pub(crate) mod config;
pub(crate) mod graph;
mod id;
mod inflate;
pub(crate) mod loose;
pub(crate) mod object;
pub(crate) mod objects;
pub(crate) mod pack;
pub(crate) mod refs;
mod repository;
pub(crate) mod revision;
pub(crate) mod staging;

pub use id::{HashKind, NoObjectId, ObjectId};
pub use object::Kind;
pub(crate) use repository::{Repository, read};
