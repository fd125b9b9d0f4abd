//! What would be run if somebody used what a tree holds: a plan of steps, in the order in which an agent would come to them.
//!
//! Pure: who carries the plan out, where nothing real can be touched, and watches what happens, is somebody else.

mod files;
mod page;
mod words;

pub use words::{hosts, is_makers_host, keys};

use crate::kind::Kind;
use crate::scan::{Scanner, brought_by, roots};
use crate::tree::{Entry, Tree};
use std::ops::Range;

/// More steps than this are left out, and said to be.
const MOST_STEPS: usize = 80;

/// Why something is run. Steps are made in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// An agent runs it when it loads the text.
    Load,
    /// An agent runs it by itself when something happens.
    Hook,
    /// A package manager runs it when the package is installed.
    Package,
    /// A listing says how to install.
    Install,
    /// A listing says how it is used.
    Use,
    /// A sentence tells to run it.
    Sentence,
    /// It is a script that comes with it.
    Script,
    /// It is the server of a configuration.
    Server,
}

impl Cause {
    /// What it is, for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Load => "what runs when it is loaded",
            Self::Hook => "a hook",
            Self::Package => "what runs when its package is installed",
            Self::Install => "a listing that says how to install it",
            Self::Use => "a listing that says how to use it",
            Self::Sentence => "a sentence that says what to run",
            Self::Script => "a script that comes with it",
            Self::Server => "its server",
        }
    }
}

/// Something to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Why.
    pub cause: Cause,
    /// The file that says so, by its name in the tree.
    pub path: String,
    /// Where in it.
    pub span: Range<usize>,
    /// What is run, for `bash`.
    pub shell: String,
    /// Where it is run: a folder of the tree, or nothing for the workspace.
    pub folder: Option<String>,
    /// What it is told on standard input.
    pub input: String,
}

/// What to run, and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// In order.
    pub steps: Vec<Step>,
    /// How many more there would have been.
    pub left_out: usize,
}

impl Scanner {
    /// What would be run of a tree that lies in the folder `at`.
    pub fn plan(&self, tree: &Tree, at: &str) -> Plan {
        let mut steps = Vec::new();
        let roots = roots(tree);
        for (path, entry) in tree.entries() {
            let Entry::File(file) = entry else { continue };
            let Ok(text) = std::str::from_utf8(&file.bytes) else { continue };
            let told = Told { tree, at, path, text };
            let is_brought = roots.is_empty() || brought_by(&roots, path).is_some();
            match Kind::of(path) {
                Some(kind) if kind.is_prose() => page::steps(told, true, self.book(), &mut steps),
                Some(kind) => files::steps(told, kind, &mut steps),
                None if words::is_document(path) && is_brought => page::steps(told, false, self.book(), &mut steps),
                None if is_brought => files::script(told, &mut steps),
                None => {}
            }
        }
        let order = |step: &Step| (step.cause, !step.path.to_ascii_lowercase().ends_with("skill.md"));
        steps.sort_by_key(order);
        let mut seen = std::collections::BTreeSet::new();
        steps.retain(|step| seen.insert((step.shell.clone(), step.folder.clone())));
        let left_out = steps.len().saturating_sub(MOST_STEPS);
        steps.truncate(MOST_STEPS);
        Plan { steps, left_out }
    }
}

/// A text of the tree, and where the tree lies.
#[derive(Debug, Clone, Copy)]
struct Told<'a> {
    tree: &'a Tree,
    at: &'a str,
    path: &'a str,
    text: &'a str,
}

impl Told<'_> {
    fn step(&self, cause: Cause, span: Range<usize>, shell: String) -> Step {
        let (path, input) = (self.path.to_owned(), String::new());
        Step { cause, path, span, shell, folder: None, input }
    }
}

#[cfg(test)]
mod tests;
