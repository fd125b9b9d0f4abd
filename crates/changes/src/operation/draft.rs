//! What is to be done, before contents were read: the order in which, and what was seen when it was decided.

use super::state::State;
use crate::{Node, TreePath};

/// One thing to do.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// In which layer of the session.
    pub(crate) layer: usize,
    /// Where.
    pub(crate) path: TreePath,
    /// What was there when it was decided.
    pub(crate) seen: Option<Node>,
    /// What is to be there.
    pub(crate) want: Want,
}

/// What is to be there.
#[derive(Debug, Clone)]
pub(crate) enum Want {
    /// A state that is known in full.
    Exactly { state: State, contents: Option<Source> },
    /// What the session wrote there.
    Written,
    /// The same, but a folder that we can write to: what is in it comes later.
    WrittenOpen,
}

/// Where contents come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The upper folder of the layer.
    Upper,
    /// What an earlier operation kept.
    Kept { operation: u64, step: usize },
}
