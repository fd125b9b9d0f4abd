//! Repositories that git makes.

use crate::sample::Tokens;
use portcullis_inspect::Looked;
use portcullis_review::Look;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use tempfile::TempDir;

/// A folder in which git is run, sealed off from the settings of whoever runs the test.
pub(crate) struct Repository {
    folder: TempDir,
    pub(crate) path: PathBuf,
    clock: Mutex<u64>,
}

impl Repository {
    pub(crate) fn new() -> Self {
        Self::with(&["init", "-q", "-b", "main", "work"])
    }

    /// A repository that a command of git makes in the folder `work`.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("work");
        let made = Self { path: folder.path().to_owned(), folder, clock: Mutex::new(1_700_000_000) };
        made.git(arguments);
        Self { path, ..made }
    }

    /// Another folder beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs git and gives what it prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git_in(&self.path, arguments, *self.clock.lock().unwrap())
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits all that is there, a minute after the last one, and gives the name of the commit.
    pub(crate) fn commit(&self, message: &str) -> String {
        *self.clock.lock().unwrap() += 60;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Makes a history at once, without writing the files: for each commit the files that it changes, and its message.
    pub(crate) fn import(&self, commits: &[(Vec<(&str, String)>, String)]) {
        let mut stream = String::new();
        let data = |text: &str| format!("data {}\n{text}\n", text.len());
        for (files, message) in commits {
            let mut clock = self.clock.lock().unwrap();
            *clock += 60;
            let committer = format!("committer A. Author <a@example.org> {clock} +0000");
            stream.extend(["commit refs/heads/main\n", &committer, "\n", &data(message)]);
            for (name, text) in files {
                stream.extend(["M 644 inline ", name, "\n", &data(text)]);
            }
        }
        let mut git =
            prepared(&self.path, &["fast-import", "--quiet"], 1_700_000_000).stdin(Stdio::piped()).spawn().unwrap();
        git.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
        assert!(git.wait().unwrap().success());
    }
}

pub(crate) fn git_in(path: &Path, arguments: &[&str], time: u64) -> String {
    let output = prepared(path, arguments, time).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn prepared(path: &Path, arguments: &[&str], time: u64) -> Command {
    let mut git = Command::new("git");
    git.current_dir(path)
        .args(["-c", "protocol.file.allow=always", "-c", "gc.auto=0", "-c", "maintenance.auto=false"])
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", path)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "A. Author")))
        .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "a@example.org")))
        .envs(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"].map(|name| (name, format!("{time} +0000"))));
    git
}

/// Every object but trees, as git lists them: the kind and the name.
pub(crate) fn objects(path: &Path) -> BTreeSet<String> {
    let list = git_in(path, &["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"], 0);
    list.lines().filter(|line| !line.starts_with("tree")).map(str::to_owned).collect()
}

/// Looks for tokens, and remembers all that it was given by the name that git would give it.
#[derive(Default)]
pub(crate) struct Recorder {
    seen: Mutex<Vec<Vec<String>>>,
}

impl Recorder {
    /// Which of `expected` were given, and how many texts there were.
    pub(crate) fn seen(&self, expected: &BTreeSet<String>) -> (BTreeSet<String>, usize) {
        let seen = self.seen.lock().unwrap();
        (seen.iter().flatten().filter(|name| expected.contains(*name)).cloned().collect(), seen.len())
    }
}

impl Look for Recorder {
    fn look(&self, text: &[u8], hint: Option<&str>) -> Looked {
        let names = ["blob", "commit", "tag"].iter().flat_map(|kind| {
            let whole = [format!("{kind} {}\0", text.len()).as_bytes(), text].concat();
            let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
            [hex(&Sha1::digest(&whole)), hex(&Sha256::digest(&whole))].map(|name| format!("{kind} {name}"))
        });
        self.seen.lock().unwrap().push(names.collect());
        Tokens.look(text, hint)
    }

    fn version(&self) -> [u8; 32] {
        [2; 32]
    }
}
