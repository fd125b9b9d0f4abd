//! Which files a run does not show: names that policy denies, and our own state. They are looked for, and nothing is done about them here.

use super::clean_code::CleanCode;
use portcullis_event::{AbsPath, ParseError, Reason, Verdict};
use portcullis_policy::ValidPolicy;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold so many files that looking at each name would be felt, and none that a person wrote.
const SKIPPED: &[&str] = &["objects"];

/// How deep folders are looked into.
const DEEPEST: usize = 64;

/// Stores of public packages in a home folder, with so many files that looking at each name would be felt.
const STORES: &[&str] = &[
    ".cargo/registry",
    ".cargo/git",
    ".rustup/toolchains",
    ".npm/_cacache",
    "go/pkg/mod",
    ".cache/go-build",
    ".cache/pip",
    ".cache/uv",
    ".cache/yarn",
    ".cache/pnpm",
    ".local/share/pnpm/store",
    ".local/share/uv",
    ".nvm/versions",
    ".npm-global/lib",
    ".volta/tools",
    ".bun/install",
    ".asdf/installs",
    ".pyenv/versions",
    ".pyenv/plugins",
    ".rbenv/versions",
    ".sdkman/candidates",
];

/// What has to be known to say what is not shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hidden<'a> {
    pub(crate) policy: &'a ValidPolicy,
    pub(crate) workspace: &'a Path,
    pub(crate) home: &'a Path,
    /// Where our own state is, which is never shown.
    pub(crate) state: &'a Path,
}

impl Hidden<'_> {
    /// What is not shown below a folder, by names below it, and why.
    pub(crate) fn below(&self, real: &Path, deepest: usize) -> Vec<(PathBuf, Reason)> {
        let mut found = Vec::new();
        let code = CleanCode::new(self.policy, real);
        let mut left = vec![(PathBuf::new(), 0)];
        while let Some((folder, depth)) = left.pop() {
            let here = Here::new(self, real.join(&folder));
            // A folder that can't be read by us can't be read inside either.
            let Ok(entries) = fs::read_dir(&here.folder) else { continue };
            for entry in entries.flatten() {
                let (name, Ok(kind)) = (entry.file_name(), entry.file_type()) else { continue };
                let against = here.against(&name);
                let path = || folder.join(&name);
                if let Some(reason) = against.filter(|_| !(kind.is_file() && code.is(&path()))) {
                    found.push((path(), reason));
                } else if kind.is_dir() && depth < deepest.min(DEEPEST) && !self.is_skipped(&folder, &entry.path()) {
                    left.push((path(), depth + 1));
                }
            }
        }
        found
    }

    /// Why a path may not be seen, if it may not. A person can't be asked before the start, so that is a no as well.
    pub(crate) fn against(&self, path: &Path) -> Option<Reason> {
        self.against_named(AbsPath::from_os(path))
    }

    fn against_named(&self, path: Result<AbsPath, ParseError>) -> Option<Reason> {
        // What has no name that policy could speak about is shown by nobody's word.
        let Ok(path) = path else { return Some(nameless()) };
        self.policy.against_file(&path, false)
    }

    /// Git's own stores of objects have no names that rules speak about; those of packages hold what everybody has, if
    /// they are where package managers put them, and not where a repository can.
    fn is_skipped(&self, folder: &Path, whole: &Path) -> bool {
        let name = whole.file_name();
        let below_home = whole.strip_prefix(self.home).ok().filter(|_| !whole.starts_with(self.workspace));
        (folder.ends_with(".git") && SKIPPED.iter().any(|skipped| name == Some(OsStr::new(skipped))))
            || below_home.is_some_and(|below| STORES.iter().any(|store| below == Path::new(store)))
    }
}

/// A folder whose entries are looked at, one by one.
struct Here<'a> {
    hidden: &'a Hidden<'a>,
    folder: PathBuf,
    /// As policy spells it.
    spelled: Result<AbsPath, ParseError>,
    /// What our state is called, if it lies right in here.
    state: Option<&'a OsStr>,
}

impl<'a> Here<'a> {
    fn new(hidden: &'a Hidden<'a>, folder: PathBuf) -> Self {
        let state = hidden.state.file_name().filter(|_| hidden.state.parent() == Some(&folder));
        Self { hidden, spelled: AbsPath::from_os(&folder), state, folder }
    }

    fn against(&self, name: &OsStr) -> Option<Reason> {
        if self.state == Some(name) {
            return Some(state_of_ours());
        }
        self.hidden.against_named(self.spelled.as_ref().map_err(Clone::clone).and_then(|here| here.child(name)))
    }
}

fn nameless() -> Reason {
    never("its name can't be read by any rule")
}

fn state_of_ours() -> Reason {
    never("it holds the ledger and its keys")
}

/// What no policy opens.
fn never(why: &str) -> Reason {
    Reason {
        check: files_check(),
        verdict: Verdict::Deny,
        message: why.to_owned(),
        source: None,
        fix: None,
        rest: portcullis_event::Rest::new(),
    }
}

#[expect(clippy::expect_used, reason = "the id is a literal")]
fn files_check() -> portcullis_event::CheckId {
    portcullis_event::CheckId::parse("files").expect("a literal is a valid id")
}
