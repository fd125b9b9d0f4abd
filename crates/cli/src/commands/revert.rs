//! `portcullis revert`: takes back what was applied of a session.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::sessions;
use clap::Args;
use portcullis_changes::{Live, LockedSession, OnEdit};
use portcullis_event::{Session, SessionOp};
use serde::Serialize;

/// Takes back what was applied of a session.
#[derive(Debug, Args)]
pub(crate) struct Revert {
    /// The session, by its id or how that begins; the latest if nothing is said
    #[arg(value_name = "SESSION")]
    session: Option<String>,
    /// Leave alone what was edited since, and take back the rest
    #[arg(long, conflicts_with = "force")]
    skip_edited: bool,
    /// Overwrite what was edited since. It is kept in the session's folder
    #[arg(long)]
    force: bool,
}

/// What was taken back.
#[derive(Debug, Default, Serialize)]
struct Done {
    session: String,
    reverted: usize,
    edited: Vec<String>,
    left_behind: Vec<String>,
    /// How many changes the session made in the files themselves, which nothing can take back.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<usize>,
}

impl Revert {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut session = sessions::open(invocation, self.session.as_deref())?;
        let live = session.session().live.and_then(Live::changed);
        let mut reverted = Done { session: session.session().id.to_string(), live, ..Done::default() };
        for operation in session.in_effect()? {
            let done = self.take_back(invocation, &mut session, operation, &mut reverted)?;
            // What came before stands on what was not taken back.
            if !done {
                break;
            }
        }
        let is_whole = reverted.edited.is_empty() && reverted.live.is_none();
        let exit = if is_whole { Exit::Success } else { Exit::Incomplete };
        invocation.output.show(&reverted)?;
        Ok(exit)
    }

    /// Takes back one operation; `false` if not all of it was.
    fn take_back(
        &self,
        invocation: &Invocation,
        session: &mut LockedSession,
        operation: u64,
        reverted: &mut Done,
    ) -> Result<bool, Failure> {
        let (prepared, edited) = session.prepare_revert(operation, self.on_edit(), &mut || true)?;
        reverted.edited.extend(edited.iter().map(|conflict| conflict.path.to_string()));
        let Some(prepared) = prepared else { return Ok(false) };
        let reason = format!(
            "what was applied of session {} is taken back: {}",
            reverted.session,
            sessions::in_words(&prepared)?
        );
        let event = Session { reason: Some(reason), ..Session::new(SessionOp::Revert) };
        if let Err(failure) = sessions::record(invocation, "taking back the changes", event) {
            prepared.abandon()?;
            return Err(failure);
        }
        let outcome = session.carry_out(prepared, &mut || true)?;
        reverted.reverted += outcome.done;
        reverted.edited.extend(outcome.conflicts.iter().map(|conflict| conflict.path.to_string()));
        reverted.left_behind.extend(outcome.left_behind.iter().map(|path| path.to_string_lossy().into_owned()));
        Ok(reverted.edited.is_empty())
    }

    const fn on_edit(&self) -> OnEdit {
        if self.force {
            OnEdit::Overwrite
        } else if self.skip_edited {
            OnEdit::Skip
        } else {
            OnEdit::Refuse
        }
    }
}

impl View for Done {
    fn write(&self, page: &mut Page) {
        match self.reverted {
            0 => page.line("nothing was taken back"),
            count => page.put(Tone::Good, format!("taken back: {count} names")).end(),
        };
        if let Some(count) = self.live {
            page.put(Tone::Bad, "live    ")
                .put(Tone::Plain, format!("{count} names that it changed in the files themselves stay as they are"))
                .put(Tone::Faint, "  a live run keeps no originals; git has those that were committed")
                .end();
        }
        for path in &self.edited {
            page.put(Tone::Bad, "edited  ")
                .put(Tone::Plain, path)
                .put(Tone::Faint, "  was changed since it was applied")
                .end();
        }
        for folder in &self.left_behind {
            page.put(Tone::Bad, "left    ")
                .put(Tone::Plain, folder)
                .put(Tone::Faint, "  holds what somebody put there")
                .end();
        }
        if !self.edited.is_empty() {
            page.put(Tone::Faint, "leave it and take back the rest: --skip-edited; overwrite it: --force").end();
        }
    }
}
