//! `portcullis changes`: what a session changed, looked at, applied, thrown away.

mod apply;
mod difference;
mod discard;
mod list;
mod row;
mod show;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::{Args, Subcommand};
use portcullis_changes::Selector;

/// What a session changed.
#[derive(Debug, Args)]
pub(crate) struct Changes {
    #[command(subcommand)]
    action: Option<Action>,
}

/// What to do with the changes.
#[derive(Debug, Subcommand)]
enum Action {
    /// What the session changed: what applies by itself, what waits, and why. The default
    Show(show::Show),
    /// The sessions
    List(list::List),
    /// What differs, line by line, with hidden characters made visible
    Diff(difference::Difference),
    /// Carry changes over into the workspace: code, text and commits, or what is named
    Apply(apply::Apply),
    /// Throw away what the session wrote
    Discard(discard::Discard),
}

/// Which session is meant.
#[derive(Debug, Clone, Default, Args)]
struct Which {
    /// The session, by its id or how that begins; the latest if nothing is said
    #[arg(long, value_name = "ID")]
    session: Option<String>,
}

impl Changes {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self.action.unwrap_or(Action::Show(show::Show::default())) {
            Action::Show(show) => show.run(invocation),
            Action::List(list::List {}) => list::List::run(invocation),
            Action::Diff(difference) => difference.run(invocation),
            Action::Apply(apply) => apply.run(invocation),
            Action::Discard(discard) => discard.run(invocation),
        }
    }
}

/// Reads what was typed to name changes.
fn selectors(given: &[String]) -> Result<Vec<Selector>, Failure> {
    given.iter().map(|text| Selector::parse(text).ok_or_else(|| no_selector(text))).collect()
}

fn no_selector(text: &str) -> Failure {
    Failure::usage(format!("{text:?} names no change"))
        .because("paths are given from the root of the workspace down")
        .fix("name a path, a folder, a pattern such as 'src/**/*.rs', or a class such as dependency")
        .fix("`portcullis changes` shows them all")
}
