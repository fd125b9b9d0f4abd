//! Abstract evaluation: a shell text is gone through as a shell would, with values that may be known in part, and what
//! it would do is written down instead of done.

mod assign;
mod brace;
mod deeds;
mod expand;
mod flow;
mod machine;
mod parameter;
mod place;
mod redirect;
mod scope;
mod start;
mod value;

pub(crate) use deeds::{candidates, split_port};
pub(crate) use machine::{DEEPEST, Machine};
pub(crate) use place::Place;
pub(crate) use start::{Call, base_name, quoted};
pub(crate) use value::{Taint, Value, markers};
