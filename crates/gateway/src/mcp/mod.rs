//! The gate between an agent and an MCP server: every message of both is read before the other side has it.
//!
//! What a server offers (tools, prompts, instructions) is shown to a model, so it has to be what was approved; what it answers is
//! looked into; what it is asked to do is ruled about. Messages pass byte for byte, but for what has to be changed. The gate
//! decides nothing that policy decides; whom it asks is handed in as a [`Road`].

mod lines;
mod message;
mod offers;
mod pieces;
mod relay;
mod remote;
mod road;
mod session;

pub use lines::{LONGEST, Line, Lines};
pub use pieces::Piece;
pub use relay::{Between, Ended, relay};
pub use remote::{Remote, open};
pub use road::{Call, Fate, Offer, OfferKind, Road, Standing};
pub use session::{Out, Session, client_of, declined};
