//! What other scanners would read by themselves in a folder. Files that they only read when they are told to are left to
//! whoever tells.

use super::{Format, ImportError, Imported, git_secrets_settings};
use crate::git::Repository;
use crate::settings::Surroundings;
use std::path::Path;

/// Files by the names under which the other scanners look for them.
const FILES: [(&str, Format); 4] = [
    (".gitleaks.toml", Format::GitleaksConfig),
    (".gitleaksignore", Format::GitleaksIgnore),
    (".secretsignore", Format::Ripsecrets),
    (".gitallowed", Format::GitSecrets),
];

/// Largest file that is read.
const LARGEST: u64 = 16 << 20;

/// A file that was found, and what it says.
#[derive(Debug)]
pub struct FoundFile {
    /// How it is called in front of a person.
    pub name: String,
    /// What it says.
    pub imported: Result<Imported, ImportError>,
}

/// What the other scanners would read in the folder `root`.
pub fn discover(root: &Path, surroundings: &Surroundings) -> Vec<FoundFile> {
    let mut found = Vec::new();
    for (name, format) in FILES {
        let imported = match read(&root.join(name)) {
            Ok(None) => continue,
            Ok(Some(text)) => format.read(&text),
            Err(what) => Err(ImportError::Format { format: "file that can be read", what }),
        };
        found.push(FoundFile { name: name.to_owned(), imported });
    }
    let settings = git_settings(root, surroundings);
    found.extend(settings.into_iter().filter(|file| !is_silent(file)));
    found
}

/// The settings of git-secrets: those of the repository, and those of the user.
fn git_settings(root: &Path, surroundings: &Surroundings) -> Vec<FoundFile> {
    let Surroundings { home, config, .. } = surroundings;
    let config = config.clone().or_else(|| Some(home.as_ref()?.join(".config")));
    let repository = Repository::discover(root).ok();
    let files = [
        ("git's settings of the repository", repository.map(|repository| repository.common_dir.join("config"))),
        ("~/.gitconfig", home.as_ref().map(|home| home.join(".gitconfig"))),
        ("~/.config/git/config", config.map(|config| config.join("git/config"))),
    ];
    let read = files.into_iter().filter_map(|(name, path)| Some((name, read(&path?).ok()??)));
    let read =
        read.map(|(name, text)| FoundFile { name: name.to_owned(), imported: git_secrets_settings(text.as_bytes()) });
    read.collect()
}

/// Most settings of git say nothing about secrets.
fn is_silent(file: &FoundFile) -> bool {
    file.imported.as_ref().is_ok_and(|imported| {
        imported.rules.is_empty() && imported.allows.is_empty() && imported.left_behind.is_empty()
    })
}

/// The text of a file, if it is there. A pipe of that name would be waited for, and a device has no end.
fn read(path: &Path) -> Result<Option<String>, String> {
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(None) };
    let found = if found.is_symlink() { std::fs::metadata(path).map_err(|error| error.to_string())? } else { found };
    if !found.is_file() {
        return Err("it is no file".to_owned());
    }
    if found.len() > LARGEST {
        return Err("it is far too large".to_owned());
    }
    std::fs::read_to_string(path).map(Some).map_err(|error| error.to_string())
}
