//! Mends what a crash left: what was ready is finished, what was not is forgotten.

use super::commit::{Outcome, clear_up, commit_all};
use super::journal::{Intent, Journal, Kind, Plan};
use super::prepare::Layers;
use super::stage::{self, failed};
use crate::{ChangesError, SessionFolder, TreePath};

/// What was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovered {
    /// An operation had not begun to change anything; it was forgotten.
    Forgotten,
    /// An operation was half done; it is finished now.
    Finished(Outcome),
}

/// Mends what is half done, in the order in which it was begun. Gives also the operations that are to be taken back.
pub(crate) fn recover(
    session: &SessionFolder,
    progress: &mut dyn FnMut() -> bool,
) -> Result<(Vec<Recovered>, Vec<u64>), ChangesError> {
    let (mut recovered, mut to_revert) = (Vec::new(), Vec::new());
    let all = Journal::all(session.path())?;
    let mut reverted = Vec::new();
    for (place, journal) in all.iter().enumerate() {
        let is_last = place + 1 == all.len();
        let Some(intent) = journal.intent()? else {
            // Not even a stage was made.
            journal.forget()?;
            continue;
        };
        let Some(plan) = journal.plan()? else {
            forget(session, journal, &intent)?;
            recovered.push(Recovered::Forgotten);
            continue;
        };
        if let Kind::Revert { of } = intent.kind {
            reverted.push(of);
        }
        match journal.result()? {
            Some(result) if result.then_revert => to_revert.push(journal.number),
            Some(_) => {}
            None => {
                let outcome = finish(session, journal, &intent, &plan, progress)?;
                if journal.result()?.is_some_and(|result| result.then_revert) {
                    to_revert.push(journal.number);
                }
                recovered.push(Recovered::Finished(outcome));
                continue;
            }
        }
        // Only the last one can have been stopped while it cleared up.
        if is_last {
            let layers = Layers::open(session, &intent.layers)?;
            clear_up(&intent, &plan, &layers)?;
        }
    }
    to_revert.retain(|number| !reverted.contains(number));
    Ok((recovered, to_revert))
}

fn finish(
    session: &SessionFolder,
    journal: &Journal,
    intent: &Intent,
    plan: &Plan,
    progress: &mut dyn FnMut() -> bool,
) -> Result<Outcome, ChangesError> {
    let layers = Layers::open(session, &intent.layers)?;
    commit_all(journal, intent, plan, &layers, progress)
}

fn forget(session: &SessionFolder, journal: &Journal, intent: &Intent) -> Result<(), ChangesError> {
    let layers = Layers::open(session, &intent.layers)?;
    for (root, path) in layers.iter() {
        stage::clear(root, &intent.stage, |_, _| true).map_err(failed("clear", path, &TreePath::root()))?;
    }
    journal.forget()
}
