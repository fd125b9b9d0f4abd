//! This machine, as effects ask about it. Files are read with limits; nothing is run.

use crate::environment;
use portcullis_effects::{Variable, World};
use portcullis_event::AbsPath;
use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// A script that is longer than this is not looked into.
const LONGEST: u64 = 128 * 1024;

/// This machine.
#[derive(Debug)]
pub(crate) struct MachineWorld {
    cwd: AbsPath,
    home: AbsPath,
    repository: Option<AbsPath>,
    aliases: OnceCell<HashMap<String, String>>,
    /// The scripts that were looked into, by what was in them.
    looked_into: RefCell<BTreeMap<String, [u8; 32]>>,
}

impl MachineWorld {
    /// The machine, seen from a folder.
    pub(crate) fn new(cwd: AbsPath, home: AbsPath, repository: Option<AbsPath>) -> Self {
        Self { cwd, home, repository, aliases: OnceCell::new(), looked_into: RefCell::default() }
    }

    /// The scripts that were looked into so far, each with the SHA-256 of what was in it.
    pub(crate) fn looked_into(&self) -> BTreeMap<String, [u8; 32]> {
        self.looked_into.borrow().clone()
    }

    fn read(path: &str) -> Option<String> {
        // A pipe would keep us waiting for ever.
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).ok()?;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(Path::new(path)).ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.len() > LONGEST {
            return None;
        }
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).ok()?;
        Some(text)
    }

    fn aliases(&self) -> &HashMap<String, String> {
        self.aliases.get_or_init(|| {
            let own = self.repository.as_ref().map(|root| format!("{root}/.git/config"));
            let files =
                [Some(format!("{}/.config/git/config", self.home)), Some(format!("{}/.gitconfig", self.home)), own];
            let mut out = HashMap::new();
            for text in files.into_iter().flatten().filter_map(|file| Self::read(&file)) {
                out.extend(aliases_in(&text));
            }
            out
        })
    }
}

/// The section `[alias]` of git's settings.
fn aliases_in(text: &str) -> Vec<(String, String)> {
    let mut here = false;
    let mut out = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            here = line.to_ascii_lowercase().starts_with("[alias]");
        } else if let (true, Some((name, value))) = (here, line.split_once('=')) {
            let value = value.trim();
            let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            let value = quoted.unwrap_or(value).replace("\\\"", "\"");
            out.push((name.trim().to_owned(), value));
        }
    }
    out
}

impl World for MachineWorld {
    fn cwd(&self) -> AbsPath {
        self.cwd.clone()
    }

    fn home(&self) -> AbsPath {
        self.home.clone()
    }

    fn repository(&self) -> Option<AbsPath> {
        self.repository.clone()
    }

    fn variable(&self, name: &str) -> Variable {
        environment::any_variable(name)
    }

    fn git_alias(&self, name: &str) -> Option<String> {
        self.aliases().get(name).cloned()
    }

    fn text(&self, path: &AbsPath) -> Option<String> {
        let text = Self::read(path.as_str())?;
        self.looked_into.borrow_mut().insert(path.to_string(), Sha256::digest(&text).into());
        Some(text)
    }

    fn branch(&self) -> Option<String> {
        let head = Self::read(&format!("{}/.git/HEAD", self.repository.as_ref()?))?;
        head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_read_from_their_section_only() {
        let text = "[user]\n name = x\n[alias]\n\tst = status\n\tpwn = \"!sh -c \\\"id\\\"\"\n[core]\n pager = y\n";
        let expected = [("st".to_owned(), "status".to_owned()), ("pwn".to_owned(), "!sh -c \"id\"".to_owned())];
        assert_eq!(aliases_in(text), expected);
    }
}
