//! One change of a session: what was there before, and what the session made of it.

use crate::{Class, Node, TreePath};
use std::collections::BTreeSet;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// There was nothing of that name.
    Added,
    /// The contents differ, or where a link leads.
    Modified,
    /// It is gone.
    Deleted,
    /// It is of another type now.
    Replaced,
    /// Only the permissions differ.
    Mode,
    /// Only extended attributes, and perhaps permissions, differ.
    Attributes,
}

impl ChangeKind {
    /// The name as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
            Self::Replaced => "replaced",
            Self::Mode => "mode",
            Self::Attributes => "attributes",
        }
    }
}

/// What some contents are, as far as their beginning tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contents {
    /// Text in UTF-8.
    Text,
    /// Anything else.
    Binary,
}

/// Why a change can't be applied, whatever anybody chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obstacle {
    /// A pipe, a socket or a device.
    SpecialFile,
    /// It carries a mark by which an overlay is steered, and which we did not ask for.
    OverlayMark,
    /// Its contents have further names that are not among the changes.
    LinkedElsewhere,
    /// It lies too deep; what is below was not looked at.
    TooDeep,
    /// It is too large.
    TooLarge,
    /// It can't be read; what is below was not looked at.
    Unreadable,
    /// Another file system is mounted there; what is below was not looked at.
    OtherMount,
    /// The session was shown something else than what is there.
    Protected,
}

impl Obstacle {
    /// The name as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SpecialFile => "special-file",
            Self::OverlayMark => "overlay-mark",
            Self::LinkedElsewhere => "linked-elsewhere",
            Self::TooDeep => "too-deep",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::OtherMount => "other-mount",
            Self::Protected => "protected",
        }
    }

    /// What it means, as the rest of a sentence about the path.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::SpecialFile => "is a pipe, a socket or a device",
            Self::OverlayMark => "carries an attribute that steers overlays",
            Self::LinkedElsewhere => "shares its contents with a file that is not among the changes",
            Self::TooDeep => "lies too deep, and nothing below it was looked at",
            Self::TooLarge => "is too large",
            Self::Unreadable => "can't be read, and nothing below it was looked at",
            Self::OtherMount => "is where another file system is mounted",
            Self::Protected => "was shown to the session in another form",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub path: TreePath,
    /// What was done.
    pub kind: ChangeKind,
    /// What is in the real folder.
    pub before: Option<Node>,
    /// What the session sees.
    pub after: Option<Node>,
    /// What its contents are; `None` for what has none, and for what is deleted.
    pub contents: Option<Contents>,
    /// The deleted file that has the same contents.
    pub renamed_from: Option<TreePath>,
    /// What kinds of things it touches.
    pub classes: BTreeSet<Class>,
    /// Why it can't be applied.
    pub obstacle: Option<Obstacle>,
    /// Whether the real file changed since the session started.
    pub drifted: bool,
}

impl Change {
    pub(crate) fn new(path: TreePath, kind: ChangeKind, before: Option<Node>, after: Option<Node>) -> Self {
        Self {
            path,
            kind,
            before,
            after,
            contents: None,
            renamed_from: None,
            classes: BTreeSet::new(),
            obstacle: None,
            drifted: false,
        }
    }

    /// What it is now, or was before it was deleted.
    pub fn node(&self) -> Option<&Node> {
        self.after.as_ref().or(self.before.as_ref())
    }

    /// Whether it may be executed now and could not before.
    pub fn gains_execution(&self) -> bool {
        let executable = |node: &Option<Node>| node.as_ref().is_some_and(|it| it.mode & 0o111 != 0 && it.is_file());
        executable(&self.after) && !executable(&self.before)
    }
}

impl Node {
    pub(crate) fn is_file(&self) -> bool {
        self.file_type == crate::FileType::File
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.file_type == crate::FileType::Folder
    }
}
