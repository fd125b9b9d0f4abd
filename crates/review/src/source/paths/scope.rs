//! The working tree that a folder belongs to: it says what git tracks, and which ignore rules apply.

use super::ignore::{LARGEST, Rules};
use crate::git::Repository;
use crate::git::config::Config;
use crate::git::staging::Staging;
use crate::settings::Surroundings;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A working tree, seen from the root of a walk.
#[derive(Debug)]
pub(crate) struct Scope {
    /// What stands before a path of the walk to make it one of the working tree, when that starts above the root.
    prefix: Vec<u8>,
    /// How many bytes of a path of the walk lead to the working tree, when that starts below the root.
    skip: usize,
    repository: Option<Repository>,
    tracked: OnceLock<Option<Staging>>,
}

impl Scope {
    /// No working tree.
    pub(crate) fn none() -> Self {
        Self { prefix: Vec::new(), skip: 0, repository: None, tracked: OnceLock::new() }
    }

    /// The working tree that the folder `path` belongs to, with the rules that apply to it from above. `walked` is how the
    /// walk names the folder.
    pub(crate) fn of(path: &Path, walked: &[u8], surroundings: &Surroundings) -> Option<(Self, Option<Arc<Rules>>)> {
        let repository = Repository::discover(path).ok()?;
        let top = std::fs::canonicalize(repository.work_tree.as_ref()?).ok()?;
        let path = std::fs::canonicalize(path).ok()?;
        let below = path.strip_prefix(&top).ok()?.to_owned();
        let mut rules = None;
        let mut add = |folder: &[u8], file: &Path| {
            if let Some(text) = read(file) {
                rules = Some(Arc::new(Rules::new(folder.to_vec(), &text, rules.take())));
            }
        };
        if let Some(file) = excludes(&repository.config, surroundings) {
            add(b"", &file);
        }
        add(b"", &repository.common_dir.join("info/exclude"));
        let mut prefix = Vec::new();
        for name in below.components() {
            add(&prefix, &top.join(std::ffi::OsStr::from_bytes(&prefix)).join(".gitignore"));
            prefix.extend(name.as_os_str().as_bytes());
            prefix.push(b'/');
        }
        let skip = if walked.is_empty() { 0 } else { walked.len() + 1 };
        Some((Self { prefix, skip, repository: Some(repository), tracked: OnceLock::new() }, rules))
    }

    /// Whether there is a working tree.
    pub(crate) fn is_work_tree(&self) -> bool {
        self.repository.is_some()
    }

    /// The path in the working tree of what the walk names `walked`.
    pub(crate) fn path(&self, walked: &[u8]) -> Vec<u8> {
        [self.prefix.as_slice(), walked.get(self.skip..).unwrap_or_default()].concat()
    }

    /// Whether git tracks what lies at a path of the working tree, or below. If that can't be known, it does.
    pub(crate) fn tracks(&self, path: &[u8]) -> bool {
        let Some(repository) = &self.repository else { return false };
        let staging = self.tracked.get_or_init(|| Staging::read(repository).ok());
        staging.as_ref().is_none_or(|staging| staging.tracks(path))
    }
}

/// The file of ignore rules that applies to all repositories of the user.
fn excludes(config: &Config, surroundings: &Surroundings) -> Option<PathBuf> {
    let Surroundings { home, config: config_home, .. } = surroundings;
    let git = config_home.clone().or_else(|| Some(home.as_ref()?.join(".config"))).map(|folder| folder.join("git"));
    let of_user = [home.as_ref().map(|home| home.join(".gitconfig")), git.as_ref().map(|git| git.join("config"))];
    let mut settings = of_user.into_iter().flatten().filter_map(|file| read(&file)).map(|text| Config::parse(&text));
    let named = |config: &Config| config.get("core.excludesfile").map(str::to_owned);
    let Some(file) = named(config).or_else(|| settings.find_map(|config| named(&config))) else {
        return git.map(|git| git.join("ignore"));
    };
    match file.strip_prefix("~/") {
        Some(rest) => home.as_ref().map(|home| home.join(rest)),
        None => Some(PathBuf::from(file)),
    }
}

/// A small file, if it can be read.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    let file = File::open(path).ok().filter(|_| is_file)?;
    let size = file.take(LARGEST as u64 + 1).read_to_end(&mut text).ok()?;
    (size <= LARGEST).then_some(text)
}
