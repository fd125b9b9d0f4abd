//! Abstract evaluation: a shell text is gone through as a shell would, with values that may be known in part, and what
//! it would do is written down instead of done.

mod arithmetic;
mod assign;
mod brace;
mod calls;
mod changed;
mod declare;
mod deeds;
mod descriptors;
mod differing;
mod expand;
mod flow;
mod loops;
mod machine;
mod meanings;
mod parameter;
mod place;
mod rebound;
mod redirect;
mod scope;
mod start;
mod texts;
mod value;

pub(crate) use deeds::{candidates, split_port};
pub(crate) use machine::{DEEPEST, Machine};
pub(crate) use place::{Follows, Place};
pub(crate) use start::{Call, base_name, quoted};
pub(crate) use value::{Taint, Value, markers};
