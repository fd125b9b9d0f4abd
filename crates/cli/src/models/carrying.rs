//! Which files a prompt carries, as far as that can be told for sure.
//!
//! A file is listed if a tool that reads files was called with its path and the result is in the prompt, or if it is one of instructions
//! and its whole text stands in the prompt beside its name. What a conversation only claims (a text that says that it is a file, a
//! result without its call, a call that failed) is not. A conversation comes again with every turn, so a file is listed once for each
//! receiver: what is new in this prompt.

use crate::instructions::{is_instructions, loaded};
use portcullis_effects::{Agent, Base, ToolCall, shown_by_tool};
use portcullis_event::{AbsPath, CarriedFile, Rest};
use portcullis_gateway::model::Carried;
use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// So many files are listed in one record, and so many bytes of their paths. The rest stands in the next one.
const MOST: usize = 128;
const MOST_BYTES: usize = 32 << 10;

/// So much is remembered; then it begins anew, and a file may be listed once more.
const MOST_REMEMBERED: usize = 1 << 16;

/// So many files of instructions are compared with one text.
const MOST_COMPARED: usize = 64;

/// The sizes of files of instructions that are compared: a short text stands in a prompt by chance.
const COMPARED: std::ops::RangeInclusive<u64> = 40..=1 << 18;

/// What was told of a text or of a file, and to whom.
type Key = [u8; 32];

/// What a session's prompts have carried so far.
#[derive(Debug)]
pub(crate) struct Carrying {
    remembered: Mutex<HashSet<Key>>,
    /// Where the session works, if that is known: an agent that speaks to a gateway may be anywhere.
    folder: Option<AbsPath>,
    root: Option<AbsPath>,
    home: AbsPath,
    /// Instructions that agents load by themselves there.
    instructions: OnceLock<Vec<PathBuf>>,
}

/// To whom a prompt goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receiver<'a> {
    pub(super) session: Option<&'a str>,
    pub(super) provider: &'a str,
    pub(super) host: &'a str,
}

/// What is new in a prompt.
#[derive(Debug, Default)]
pub(super) struct New {
    pub(super) files: Vec<CarriedFile>,
    /// How many more there are than one record has room for.
    pub(super) later: u64,
    keys: Vec<Key>,
}

impl Receiver<'_> {
    fn key(&self, what: &[&[u8]]) -> Key {
        let mut hash = Sha256::new();
        let mine = [self.session.unwrap_or_default().as_bytes(), self.provider.as_bytes(), self.host.as_bytes()];
        for part in mine.iter().chain(what) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

impl Carrying {
    /// Nothing was carried yet. Without a folder only paths that say all of where a file lies are listed.
    pub(super) fn begin(folder: Option<AbsPath>, root: Option<AbsPath>, home: AbsPath) -> Self {
        Self { remembered: Mutex::default(), folder, root, home, instructions: OnceLock::new() }
    }

    /// What is new in a prompt.
    pub(super) fn list(
        &self,
        carried: &[Carried<'_>],
        to: Receiver<'_>,
        agent: &str,
        fingerprint: impl Fn(&str) -> Option<String>,
    ) -> New {
        let mut new = New::default();
        let mut room = MOST_BYTES;
        for text in carried {
            let key = to.key(&[&text.key(), &[u8::from(text.has_failed())]]);
            if self.remembered().contains(&key) {
                continue;
            }
            let later = new.later;
            let files = if text.is_result() { self.read(text, agent) } else { self.instructions_in(text) };
            for (mut file, words) in files {
                file.fingerprint = words.as_deref().and_then(&fingerprint);
                let known = file.fingerprint.clone().unwrap_or_else(|| file.length.to_string());
                let key = to.key(&[file.path.as_str().as_bytes(), known.as_bytes()]);
                if self.remembered().contains(&key) || new.keys.contains(&key) {
                    continue;
                }
                if new.files.len() < MOST && file.path.as_str().len() <= room {
                    room -= file.path.as_str().len();
                    new.files.push(file);
                    new.keys.push(key);
                } else {
                    new.later += 1;
                }
            }
            if new.later == later {
                new.keys.push(key);
            }
        }
        new
    }

    /// Takes in that a prompt left.
    pub(super) fn left(&self, new: New) {
        let mut all = self.remembered();
        if all.len() + new.keys.len() > MOST_REMEMBERED {
            all.clear();
        }
        all.extend(new.keys);
    }

    fn remembered(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files that a call of a tool has read, each with the text that carries it.
    fn read(&self, result: &Carried<'_>, agent: &str) -> Vec<(CarriedFile, Option<String>)> {
        let (Some(tool), Some(input)) = (result.tool(), result.input()) else { return Vec::new() };
        let input = super::reading::as_value(input);
        let call = ToolCall { agent: Some(Agent(agent)), name: tool, input: &input };
        let shown = shown_by_tool(&call, Base { folder: self.folder.as_ref(), home: &self.home });
        // What is a folder here was listed, and not read.
        let files = shown.files.into_iter().filter(|path| !Path::new(path.as_str()).is_dir());
        let files: Vec<AbsPath> = files.collect();
        if files.is_empty() || result.has_failed() {
            return Vec::new();
        }
        let text = result.after();
        if brings_nothing(&text) {
            return Vec::new();
        }
        let among = u64::try_from(shown.named).ok().filter(|named| *named > 1);
        let (length, tool) = (text.len() as u64, Some(tool.to_owned()));
        let carried = |path| CarriedFile { tool: tool.clone(), among, ..whole(path, length) };
        files.into_iter().map(|path| (carried(path), Some(text.clone()))).collect()
    }

    /// The files of instructions whose whole text stands in a text, beside their name.
    fn instructions_in(&self, text: &Carried<'_>) -> Vec<(CarriedFile, Option<String>)> {
        let before = text.before();
        if (before.len() as u64) < *COMPARED.start() {
            return Vec::new();
        }
        let mut candidates = named_in(&before);
        let is_named =
            |path: &&PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(|name| before.contains(name));
        candidates.extend(self.loaded().iter().filter(is_named).cloned());
        candidates.sort();
        candidates.dedup();
        let mut found = Vec::new();
        for path in candidates.into_iter().take(MOST_COMPARED) {
            let Some(words) = words_of(&path).filter(|words| before.contains(words.as_str())) else { continue };
            let Ok(path) = AbsPath::from_os(&path) else { continue };
            let length = words.len() as u64;
            found.push((whole(path, length), Some(words)));
        }
        if found.iter().any(|(_, words)| words.is_some()) {
            let after = text.after();
            for (_, words) in &mut found {
                // Something was replaced in it, so what left is not what lies in the file.
                *words = words.take().filter(|words| after.contains(words.as_str()));
            }
        }
        found
    }

    fn loaded(&self) -> &[PathBuf] {
        self.instructions.get_or_init(|| {
            let Some(folder) = &self.folder else { return Vec::new() };
            let root = self.root.as_ref().map(|root| Path::new(root.as_str()));
            loaded(Path::new(folder.as_str()), root, Some(Path::new(self.home.as_str()))).into_keys().collect()
        })
    }
}

fn whole(path: AbsPath, length: u64) -> CarriedFile {
    CarriedFile { path, length, fingerprint: None, tool: None, among: None, rest: Rest::new() }
}

/// Paths of files of instructions that stand in a text.
fn named_in(text: &str) -> Vec<PathBuf> {
    let ends = |c: char| c.is_whitespace() || "\"'`()<>,;".contains(c);
    let words = text.split(ends).map(|word| word.trim_end_matches([':', '.']));
    let paths = words.filter(|word| word.starts_with('/') && word.len() < 1024).map(Path::new);
    paths.filter(|path| is_instructions(path)).map(Path::to_owned).take(MOST_COMPARED).collect()
}

/// The text of a file, if it is one that is worth a comparison.
fn words_of(path: &Path) -> Option<String> {
    // Whoever names a pipe must not have anybody wait for it.
    let waits_for_nobody = i32::try_from(OFlags::NONBLOCK.bits()).ok()?;
    let file = fs::File::options().read(true).custom_flags(waits_for_nobody).open(path).ok()?;
    file.metadata().ok().filter(|about| about.is_file() && COMPARED.contains(&about.len()))?;
    let mut words = String::new();
    file.take(*COMPARED.end()).read_to_string(&mut words).ok()?;
    let words = words.trim();
    COMPARED.contains(&(words.len() as u64)).then(|| words.to_owned())
}

/// How a result begins that tells why there is none, where the interface has no words for that.
const FAILURES: [&str; 16] = [
    "error",
    "<tool_use_error>",
    "<error>",
    "{\"error\"",
    "access denied",
    "blocked",
    "can't ",
    "cannot ",
    "could not ",
    "denied",
    "failed",
    "file does not exist",
    "file not found",
    "file unchanged",
    "no such file",
    "permission denied",
];

/// How a line ends with which a program says that it could not read a file.
const UNREADABLE: [&str; 3] = ["no such file or directory", "permission denied", "is a directory"];

/// A longer text is a file, whatever it begins with.
const LONGEST_FAILURE: usize = 600;

/// Whether a text is no file, but says why there is none.
fn brings_nothing(text: &str) -> bool {
    let small = text.trim().get(..LONGEST_FAILURE).unwrap_or(text.trim()).to_lowercase();
    if small.is_empty() || has_ended_badly(text) {
        return true;
    }
    let is_short = text.trim().len() <= LONGEST_FAILURE;
    let is_failure = FAILURES.iter().any(|words| small.starts_with(words));
    let is_unreadable = small.lines().any(|line| UNREADABLE.iter().any(|words| line.trim_end().ends_with(words)));
    is_short && (is_failure || is_unreadable || small.contains("masked by portcullis"))
}

/// Whether a command says that it ended with something else than 0.
fn has_ended_badly(text: &str) -> bool {
    let code = |line: &str| {
        let rest = ["Exit code: ", "Process exited with code "].iter().find_map(|words| line.strip_prefix(words))?;
        rest.trim().parse::<i64>().ok()
    };
    if text.lines().take(5).find_map(code).is_some_and(|code| code != 0) {
        return true;
    }
    let told = serde_json::from_str::<serde_json::Value>(text).ok();
    told.and_then(|told| told.pointer("/metadata/exit_code").and_then(serde_json::Value::as_i64))
        .is_some_and(|it| it != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_why_there_is_no_file_is_none() {
        for text in [
            "",
            " \n",
            "Error: ENOENT",
            "<tool_use_error>File has not been read</tool_use_error>",
            "cat: a.rs: No such file or directory",
            "Exit code: 1\nWall time: 0.1 seconds\nOutput:\nfn main() {}",
            "{\"output\":\"x\",\"metadata\":{\"exit_code\":2}}",
            "     1\t# masked by Portcullis: reading /w/.env is denied by `.env`",
            "File unchanged since last read.",
        ] {
            assert!(brings_nothing(text), "{text}");
        }
        let log = format!("error: a\n{}", "the log of a build\n".repeat(60));
        for text in ["fn main() {}", &log, "Exit code: 0\nOutput:\nfn main() {}", "const ERROR: u8 = 1;"] {
            assert!(!brings_nothing(text), "{text}");
        }
    }

    #[test]
    fn files_of_instructions_are_found_by_their_paths() {
        let text =
            "Contents of /w/app/CLAUDE.md (checked in):\n`/w/AGENTS.md`: see /etc/passwd and CLAUDE.md or a/GEMINI.md.";
        assert_eq!(named_in(text), [PathBuf::from("/w/app/CLAUDE.md"), PathBuf::from("/w/AGENTS.md")]);
    }

    #[test]
    fn a_pipe_is_no_file_and_nobody_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, file, short) = ("CLAUDE.md", "AGENTS.md", "GEMINI.md");
        let at = |name: &str| folder.path().join(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, at(pipe), rustix::fs::Mode::RWXU).unwrap();
        fs::write(at(file), format!("\n{}\n", "x".repeat(40))).unwrap();
        fs::write(at(short), "Be brief.").unwrap();
        assert_eq!([pipe, file, short].map(|name| words_of(&at(name))), [None, Some("x".repeat(40)), None]);
    }

    #[test]
    fn another_receiver_is_told_apart() {
        let to = |session, provider, host| Receiver { session, provider, host }.key(&[b"x"]);
        let all = [to(Some("s"), "a", "h"), to(Some("t"), "a", "h"), to(None, "a", "h"), to(Some("s"), "b", "h")];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert_ne!(to(Some("s"), "ab", ""), to(Some("s"), "a", "b"));
    }
}
