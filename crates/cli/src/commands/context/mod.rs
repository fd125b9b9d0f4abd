//! `portcullis context`: what an agent that starts here would see, and what was sent to models: to whom, which files, and what becomes of
//! it there.

mod before;
mod exchanges;
mod received;
mod sent;
mod shown;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Args;
use portcullis_event::SessionId;

/// Shows what an agent that starts here would see, or what was sent to models, by session or by file.
#[derive(Debug, Args)]
pub(crate) struct Context {
    /// What this session has sent, and to whom
    #[arg(long, value_name = "ID", conflicts_with_all = ["last", "file"])]
    session: Option<SessionId>,
    /// What the session has sent that was the last to ask a model
    #[arg(long, conflicts_with = "file")]
    last: bool,
    /// Who received this file, or a file below this folder
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
}

impl Context {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match (&self.file, self.session, self.last) {
            (Some(file), _, _) => received::show(invocation, file),
            (None, Some(session), _) => sent::show(invocation, &session),
            (None, None, true) => sent::show(invocation, &exchanges::last_session(invocation)?),
            (None, None, false) => before::show(invocation),
        }
    }
}
