//! Whether what an agent is given can be trusted: skills, plugins, MCP servers, instructions, settings, model files.
//!
//! [`Scanner`] says what is wrong with a tree of files: text that steers the agent against its user, commands that do what a
//! skill has no business with, what hides, what runs without a question, what is another thing tomorrow.
//!
//! No I/O: a [`Tree`] comes in, findings go out. What it can't see is what code does that nobody can read from its text.

mod check;
pub mod detonation;
mod found;
mod ground;
mod kind;
pub mod lock;
mod markdown;
mod model;
mod node;
mod prose;
mod read;
mod rule;
mod scan;
mod schema;
mod server;
mod tree;
mod wording;

pub use found::Found;
pub use kind::Kind;
pub use prose::BookError;
pub use rule::{Rule, rule};
pub use scan::{Report, Scanner, brought_by, roots_of};
pub use schema::schema_hash;
pub use tree::{Entry, File, LONGEST, Tree};
pub use wording::{Unit, oddest, units};
