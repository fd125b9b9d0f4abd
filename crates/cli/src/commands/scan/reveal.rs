//! `scan --reveal`: what was found, in clear, for the person at the terminal. It goes to the terminal itself and never to standard
//! output, so that no pipe and no agent gets it, and it is put on the record first.

use super::rows;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::person::Person;
use crate::printable::printable;
use crate::terminal::Terminal;
use portcullis_event::Note;
use portcullis_review::Report;
use std::path::Path;

/// A person at a terminal, who may be shown what was found.
#[derive(Debug)]
pub(super) struct Reveal(Terminal);

impl Reveal {
    /// Before anything is looked into: whoever can't be shown it is told at once.
    pub(super) fn begin() -> Result<Self, Failure> {
        Person::here()?;
        Ok(Self(Terminal::open()?))
    }

    /// Asks, and shows each value if the answer is yes.
    pub(super) fn show(mut self, report: &Report, cwd: &Path, invocation: &Invocation) -> Result<(), Failure> {
        let count = report.findings.len();
        if count == 0 {
            return Ok(());
        }
        let values = if count == 1 { "the value".to_owned() } else { format!("{count} values") };
        let question = format!("\nShow {values} here, where whoever sees this screen reads along? [y]es, [N]o: ");
        if !matches!(self.0.ask(&question)?.as_str(), "y" | "yes") {
            return Ok(());
        }
        let note = Note::new(format!("a person had {values} shown that a scan found"));
        Gate::open(invocation)?.put_on_record(invocation, "showing what was found", note)?;
        for found in &report.findings {
            let place = found.first().map(|place| rows::location(place, cwd).shown()).unwrap_or_default();
            self.0.write(&format!("{place}: {}\n", found.hit.rule))?;
            for line in found.hit.value.expose().lines() {
                self.0.write(&format!("    {}\n", printable(line)))?;
            }
        }
        Ok(())
    }
}
