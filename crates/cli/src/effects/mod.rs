//! What a command or a tool call would do on this machine, and what policy says of it. The command `effects` asks here, and
//! whoever else has a command in hand before it runs.

mod described;
mod judgement;
mod machine;

pub(crate) use described::described;
pub(crate) use judgement::{Judgement, ask, judge};
pub(crate) use machine::MachineWorld;
