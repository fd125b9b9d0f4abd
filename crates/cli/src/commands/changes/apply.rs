//! `portcullis changes apply`: carries changes over into the workspace.

use super::row::Row;
use super::{Which, no_selector, selectors};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::sessions;
use crate::terms::{Standing, Standings, Terms};
use clap::Args;
use portcullis_changes::{Change, ChangeSet, Conflict, LayerName, Limits, LockedSession, Picked, Selector, pick};
use serde::Serialize;

/// Carries changes over into the workspace.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    which: Which,
    /// What to apply although it waits: paths from the root of the workspace, folders, patterns or classes
    #[arg(value_name = "PATH|CLASS")]
    chosen: Vec<String>,
    /// Apply everything that can be applied
    #[arg(long, conflicts_with = "chosen")]
    all: bool,
    /// Leave alone what somebody else changed meanwhile, and apply the rest
    #[arg(long)]
    skip_conflicts: bool,
    /// Overwrite what somebody else changed while the session ran. It is kept, and comes back with a revert
    #[arg(long)]
    force: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Done {
    session: String,
    applied: usize,
    /// What was asked for and is not applied, and why.
    refused: Vec<Refused>,
    taken_back: bool,
    left_behind: Vec<String>,
    waiting: usize,
}

/// A change that was asked for and is not applied.
#[derive(Debug, Serialize)]
struct Refused {
    path: String,
    why: String,
}

impl Apply {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let selectors = selectors(&self.chosen)?;
        let gate = Gate::open(invocation)?;
        let mut session = sessions::open(invocation, self.which.session.as_deref())?;
        let sets = session.changes(Limits::default())?;
        let terms = Terms::of(gate.policy()).leaving(crate::live::left(&session, &sets));
        self.check_that_each_names_something(&selectors, &sets)?;
        let (mut refused, mut picked) = (Vec::new(), Vec::new());
        for (set, standings) in sets.iter().zip(terms.standings(&sets)) {
            refused.extend(self.refused(&selectors, set, &standings));
            let one = pick(&set.changes, |change| self.takes(&selectors, set.layer, change, &standings.of(change)));
            refused.extend(stuck(set, &one));
            picked.push((set, one));
        }
        let record = |note| gate.put_on_record(invocation, "applying the changes", note).map(drop);
        let outcome = sessions::carry_over(&mut session, &picked, self.skip_conflicts, record)?;
        refused.extend(outcome.conflicts.iter().map(edited));
        let waiting = waiting(&session, &terms)?;
        crate::waiting::note(invocation, session.session(), waiting);
        let applied = Done {
            session: session.session().id.to_string(),
            applied: outcome.done,
            taken_back: outcome.taken_back,
            left_behind: outcome.left_behind.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
            refused,
            waiting,
        };
        let exit = match (applied.refused.is_empty(), waiting) {
            (false, _) => Exit::Incomplete,
            (true, 0) => Exit::Success,
            (true, _) => Exit::Findings,
        };
        invocation.output.show(&applied)?;
        Ok(exit)
    }

    fn check_that_each_names_something(&self, selectors: &[Selector], sets: &[ChangeSet]) -> Result<(), Failure> {
        let names = |selector: &Selector| {
            sets.iter().any(|set| set.changes.iter().any(|change| selector.matches(set.layer, change)))
        };
        match selectors.iter().zip(&self.chosen).find(|(selector, _)| !names(selector)) {
            Some((_, text)) => Err(no_selector(text)),
            None => Ok(()),
        }
    }

    fn takes(&self, selectors: &[Selector], layer: LayerName, change: &Change, standing: &Standing) -> bool {
        let may = !matches!(standing, Standing::Never(_)) && (!change.drifted || self.force);
        may && self.asks_for(selectors, layer, change, standing)
    }

    /// Whether it is meant, whatever stands in the way.
    fn asks_for(&self, selectors: &[Selector], layer: LayerName, change: &Change, standing: &Standing) -> bool {
        if self.all {
            return true;
        }
        if selectors.is_empty() {
            return matches!(standing, Standing::Applies | Standing::Drifted);
        }
        selectors.iter().any(|selector| selector.matches(layer, change))
    }

    /// What is asked for and can't be, or must not be without another word.
    fn refused(&self, selectors: &[Selector], set: &ChangeSet, standings: &Standings) -> Vec<Refused> {
        let mut refused = Vec::new();
        for change in &set.changes {
            let standing = standings.of(change);
            let why = match &standing {
                Standing::Never(why) => why.as_str(),
                Standing::Applies | Standing::Waits(_) | Standing::Drifted if change.drifted && !self.force => {
                    "was changed by somebody else since the session started; --force overwrites that"
                }
                Standing::Applies | Standing::Waits(_) | Standing::Drifted => continue,
            };
            if self.asks_for(selectors, set.layer, change, &standing) {
                refused.push(Refused { path: change.path.to_string(), why: why.to_owned() });
            }
        }
        refused
    }
}

fn stuck<'a>(set: &'a ChangeSet, picked: &'a Picked) -> impl Iterator<Item = Refused> + 'a {
    picked.stuck.iter().filter_map(|(index, missing)| {
        let (change, missing) = (set.changes.get(*index)?, set.changes.get(*missing)?);
        Some(Refused { path: change.path.to_string(), why: format!("can't be done without {}", missing.path) })
    })
}

fn edited(conflict: &Conflict) -> Refused {
    Refused { path: conflict.path.to_string(), why: conflict.reason() }
}

/// How many changes are left that nobody said anything about.
fn waiting(session: &LockedSession, terms: &Terms<'_>) -> Result<usize, Failure> {
    let sets = session.changes(Limits::default())?;
    Ok(super::row::rows(&sets, terms).iter().filter(|row| Row::waits(row)).count())
}

impl View for Done {
    fn write(&self, page: &mut Page) {
        let words = if self.applied == 0 {
            "nothing was applied".to_owned()
        } else {
            format!("applied: {} names", self.applied)
        };
        let tone = if self.applied == 0 { Tone::Plain } else { Tone::Good };
        page.put(tone, words).end();
        if self.taken_back {
            page.put(Tone::Bad, "somebody was faster; everything was taken back").end();
        }
        for refused in &self.refused {
            page.put(Tone::Bad, "refused  ")
                .put(Tone::Plain, &refused.path)
                .put(Tone::Faint, format!("  {}", refused.why))
                .end();
        }
        for folder in &self.left_behind {
            page.put(Tone::Bad, "left     ")
                .put(Tone::Plain, folder)
                .put(Tone::Faint, "  holds what somebody put there")
                .end();
        }
        if self.waiting > 0 {
            page.put(Tone::Warning, format!("{} wait for you; `portcullis changes` shows them", self.waiting)).end();
        }
        if self.applied > 0 {
            page.put(Tone::Faint, format!("take it back: portcullis revert {}", self.session)).end();
        }
    }
}
