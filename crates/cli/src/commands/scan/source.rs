//! What is scanned if it is not files and folders.

use crate::failure::Failure;
use clap::Args;
use portcullis_review::{Commits, History, Message, Push, Range, Source, Staged, Stdin};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// More than git ever hands to the hook.
const MOST_UPDATES: u64 = 64 << 20;

/// What is scanned if it is not files and folders.
#[derive(Debug, Args)]
#[group(multiple = false, conflicts_with = "paths")]
pub(crate) struct Choice {
    /// Read standard input instead of files
    #[arg(long)]
    stdin: bool,
    /// Scan what the next commit will bring
    #[arg(long)]
    staged: bool,
    /// Scan every version of every file in the git repository, and all messages
    #[arg(long)]
    history: bool,
    /// Scan what these commits bring
    #[arg(long, value_name = "A..B")]
    range: Option<String>,
    /// Scan what has come since this commit
    #[arg(long, value_name = "COMMIT")]
    since: Option<String>,
    /// Scan what the remote does not have yet
    #[arg(long)]
    unpushed: bool,
    /// Scan the message of a commit, for the hook commit-msg
    #[arg(long, value_name = "FILE")]
    message: Option<PathBuf>,
    /// Scan what is about to be pushed, for the hook pre-push, which gets it on standard input
    #[arg(long, value_name = "REMOTE")]
    push: Option<String>,
}

impl Choice {
    /// Whether what is scanned is a change, of which only the new lines matter.
    pub(crate) fn is_change(&self) -> bool {
        self.staged || self.unpushed || self.range.is_some() || self.since.is_some() || self.push.is_some()
    }

    /// What was chosen, if anything was.
    pub(crate) fn of(&self, cwd: &Path, name: Option<String>) -> Result<Option<Source>, Failure> {
        let repository = cwd.to_owned();
        if self.stdin {
            return Ok(Some(Source::Stdin(Stdin { name, bytes: Box::new(std::io::stdin()) })));
        }
        if self.staged {
            return Ok(Some(Source::Staged(Staged { repository })));
        }
        if self.history {
            return Ok(Some(Source::History(History { repository })));
        }
        if let Some(file) = &self.message {
            return Ok(Some(Source::Message(Message { file: file.clone() })));
        }
        if let Some(remote) = &self.push {
            return Ok(Some(Source::Push(Push { repository, remote: remote.clone(), updates: updates()? })));
        }
        let commits = match (&self.range, &self.since, self.unpushed) {
            (Some(range), _, _) => Commits::Between(range.clone()),
            (None, Some(since), _) => Commits::Since(since.clone()),
            (None, None, true) => Commits::NotUpstream,
            (None, None, false) => return Ok(None),
        };
        Ok(Some(Source::Range(Range { repository, commits })))
    }
}

/// What git hands to the hook `pre-push`.
fn updates() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(MOST_UPDATES).read_to_end(&mut bytes);
    read.map_err(|error| Failure::io("read what is about to be pushed", None, &error))?;
    Ok(bytes)
}
