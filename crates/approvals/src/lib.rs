//! What waits for a person's yes.
//!
//! Where policy says `ask` and the agent can't be trusted to ask, a [`Request`] is filed: exactly what would happen, who wants
//! it, and why policy stopped it. A person answers it elsewhere, and the agent repeats its call. A yes holds for that very call
//! ([`ActionHash`]), for a while ([`Window`]), and for once.
//!
//! [`State`] is pure: each transition takes a state by value and gives the next one, so what is over can't be opened again.
//! [`Store`] keeps it in one file that many processes share. Each row is sealed with a key: what somebody wrote without it
//! counts for nothing. Whether somebody may answer is not decided here; that is for policy.

mod action;
mod allowance;
mod clock;
mod error;
mod id;
mod notice;
mod request;
mod seal;
mod state;
mod store;
mod ticket;

pub use action::{ActionHash, ActionHasher};
pub use allowance::{Allowance, MOST_USES};
pub use clock::{Moment, Window};
pub use error::ApprovalsError;
pub use id::TicketId;
pub use request::{Capability, Request, Shown};
pub use state::{Closed, End, Granted, NotCounted, State, Vote, Waiting};
pub use store::{Filed, Store};
pub use ticket::{Answered, Ticket};
