//! A git repository as a witness: checkpoints as commits on a reference of their own.
//!
//! Once the reference is pushed, whoever has the repository can tell an older copy of the log from the log. Git is run
//! as a program; nothing else of Portcullis needs it.

use super::WitnessedNote;
use crate::note::{Checkpoint, Note, Verifier};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why the repository can't serve as a witness.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Git could not be run, or failed.
    #[error("git {command} failed in {}: {what}", repository.display())]
    Git {
        /// The repository.
        repository: PathBuf,
        /// The git command.
        command: String,
        /// What git said.
        what: String,
    },
    /// A checkpoint in the repository is newer than the log.
    #[error("the repository has a checkpoint of {seen} records, but only {found} are here: the log was set back")]
    WentBack {
        /// Records that were committed.
        seen: u64,
        /// Records that are here.
        found: u64,
    },
}

/// The reference that checkpoints of the log named `origin` are committed to.
pub fn reference(origin: &str) -> String {
    let safe: String = origin
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_') { c } else { '-' })
        .collect();
    format!("refs/portcullis/{}", safe.trim_matches('/').replace("//", "/-/"))
}

/// Commits a signed checkpoint to the log's reference in `repository`, unless it is there already.
pub fn commit(repository: &Path, checkpoint: &Checkpoint, note: &str) -> Result<String, GitError> {
    let reference = reference(&checkpoint.origin);
    let tip = run(repository, &["rev-parse", "--quiet", "--verify", &reference], None).ok();
    if let Some(newest) = checkpoints(repository, &checkpoint.origin)?.into_iter().max_by_key(|seen| seen.size) {
        if newest.size > checkpoint.size {
            return Err(GitError::WentBack { seen: newest.size, found: checkpoint.size });
        }
        if newest == *checkpoint {
            return Ok(reference);
        }
    }
    let blob = run(repository, &["hash-object", "-w", "--stdin"], Some(note))?;
    let tree = run(repository, &["mktree"], Some(&format!("100644 blob {blob}\tcheckpoint\n")))?;
    let message = format!("Checkpoint of {} records", checkpoint.size);
    let mut arguments = vec!["commit-tree", &tree, "-m", &message];
    if let Some(tip) = &tip {
        arguments.extend(["-p", tip]);
    }
    let commit = run(repository, &arguments, None)?;
    let old = tip.unwrap_or_else(|| "0".repeat(commit.len()));
    run(repository, &["update-ref", &reference, &commit, &old], None)?;
    Ok(reference)
}

/// Every checkpoint of the log named `origin` that was ever committed. What can't be read is left out: the repository
/// is where others write, too.
pub fn checkpoints(repository: &Path, origin: &str) -> Result<Vec<Checkpoint>, GitError> {
    let parsed = |(_, note): &(u64, Note)| Checkpoint::parse(note.text()).ok();
    // Names that differ only in what a reference can't hold share one.
    Ok(notes(repository, origin)?.iter().filter_map(parsed).filter(|checkpoint| checkpoint.origin == origin).collect())
}

/// The checkpoints that carry a valid signature of `key`, with the time of their commit.
pub fn witnessed(repository: &Path, key: &Verifier) -> Result<Vec<WitnessedNote>, GitError> {
    let by = format!("git reference {}", reference(key.name()));
    let signed = |(time, note): (u64, Note)| {
        let checkpoint = Checkpoint::open(&note.to_string(), key).ok()?;
        Some(WitnessedNote { by: by.clone(), checkpoint, time })
    };
    Ok(notes(repository, key.name())?.into_iter().filter_map(signed).collect())
}

fn notes(repository: &Path, origin: &str) -> Result<Vec<(u64, Note)>, GitError> {
    let reference = reference(origin);
    if run(repository, &["rev-parse", "--quiet", "--verify", &reference], None).is_err() {
        // Not there yet; but that must be because of the reference, not because of the repository.
        run(repository, &["rev-parse", "--git-dir"], None)?;
        return Ok(Vec::new());
    }
    // Git's plumbing: what the repository's own configuration says about showing things has no bearing on it.
    let commits = run(repository, &["rev-list", "--timestamp", &reference], None)?;
    let read = |line: &str| {
        let (time, commit) = line.split_once(' ')?;
        let text = raw(repository, &["cat-file", "blob", &format!("{commit}:checkpoint")], None).ok()?;
        Some((time.parse().ok()?, Note::parse(&text).ok()?))
    };
    Ok(commits.lines().filter_map(read).collect())
}

fn run(repository: &Path, arguments: &[&str], input: Option<&str>) -> Result<String, GitError> {
    raw(repository, arguments, input).map(|output| output.trim_end().to_owned())
}

/// What git leaves in the environment of its hooks. It would lead to another repository than the one that is meant.
const INHERITED: [&str; 10] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
];

/// Runs git with the user's hooks and settings for signing and paging out of the way.
fn raw(repository: &Path, arguments: &[&str], input: Option<&str>) -> Result<String, GitError> {
    let failed = |what: String| GitError::Git {
        repository: repository.to_owned(),
        command: arguments.first().copied().unwrap_or_default().to_owned(),
        what,
    };
    let mut command = Command::new("git");
    for name in INHERITED {
        command.env_remove(name);
    }
    let mut child = command
        .arg("-C")
        .arg(repository)
        .args(["-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false"])
        .args(arguments)
        .envs([("GIT_AUTHOR_NAME", "portcullis"), ("GIT_AUTHOR_EMAIL", "portcullis@localhost")])
        .envs([("GIT_COMMITTER_NAME", "portcullis"), ("GIT_COMMITTER_EMAIL", "portcullis@localhost")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
        pipe.write_all(input.as_bytes()).map_err(|error| failed(error.to_string()))?;
    }
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
