//! What is scanned if it is not files and folders.

use crate::failure::Failure;
use clap::Args;
use clap::builder::PossibleValuesParser;
use portcullis_review::{
    Commits, Environment, History, Message, Push, Range, Source, Staged, Stdin, Transcripts, agents,
};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// More than git ever hands to the hook.
const MOST_UPDATES: u64 = 64 << 20;

/// Stands for every agent that is known.
const ALL_AGENTS: &str = "all";

/// Stands for this process.
const OWN: &str = "own";

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
    /// Scan what coding agents keep of your sessions, or what one of them keeps
    #[arg(long, value_name = "AGENT", num_args = 0..=1, require_equals = true, default_missing_value = ALL_AGENTS,
        value_parser = PossibleValuesParser::new(std::iter::once(ALL_AGENTS).chain(agents())))]
    transcripts: Option<String>,
    /// Scan what you typed into shells and programs
    #[arg(long)]
    shell_history: bool,
    /// Scan the environment of this process, or of another one of yours
    #[arg(long, value_name = "PID", num_args = 0..=1, require_equals = true, default_missing_value = OWN,
        value_parser = process)]
    environment: Option<Environment>,
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
        if let Some(agent) = &self.transcripts {
            let agent = (agent != ALL_AGENTS).then(|| agent.clone());
            return Ok(Some(Source::Transcripts(Transcripts { agent })));
        }
        if self.shell_history {
            return Ok(Some(Source::ShellHistory));
        }
        if let Some(environment) = self.environment {
            return Ok(Some(Source::Environment(environment)));
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

/// Whose environment is meant.
fn process(text: &str) -> Result<Environment, std::num::ParseIntError> {
    if text == OWN { Ok(Environment::Own) } else { text.parse().map(Environment::Of) }
}

/// What git hands to the hook `pre-push`.
fn updates() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(MOST_UPDATES).read_to_end(&mut bytes);
    read.map_err(|error| Failure::io("read what is about to be pushed", None, &error))?;
    Ok(bytes)
}
