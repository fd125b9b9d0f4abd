//! What a session has read, and what it may therefore no longer do unasked.
//!
//! Whatever a model has read can have written what it asks for next. So each result of a tool gets labels by where it comes from:
//! [`Label::Untrusted`] if people outside could write it, [`Label::Sensitive`] if it must not get to them. A session has every label
//! of everything that it read, and none ever falls off by itself. A call is judged by what it would do ([`Deed`]): of untrusted text,
//! private text, and a way out or a lasting change a session has two without a person, never all three.
//!
//! Labels know nothing of what a model makes of what it read. Where it repeats private text, encoded or in pieces, that is found by
//! [`Traces`]; what it says in other words is not, and that is why the labels are the session's and not the text's.
//!
//! Pure: results and calls come in, reasons to ask a person come out. What policy has to say is asked of [`Rules`].

mod deed;
mod files;
mod flow;
mod forms;
mod held;
mod label;
mod origin;
mod programs;
mod reading;
mod rules;
mod session;
mod tools;
mod traces;

pub use deed::{Deed, Destination};
pub use held::{Held, HeldBy};
pub use label::{Label, Labels};
pub use origin::{Origin, Source};
pub use rules::{Places, Rules};
pub use session::{Came, Given, Risen, Session};
pub use traces::Traces;
