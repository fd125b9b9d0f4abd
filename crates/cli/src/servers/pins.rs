//! What was approved of each server: how it is started, and the definition of all that it offers. One file for a server in a
//! repository, in the user's own state.
//!
//! Whatever runs confined can't reach the files, but it can say whatever it likes through the door of its run, also that it is a
//! server. So what is learned there counts there alone, and what was approved outside counts in both.

use super::launch::Launch;
use crate::failure::Failure;
use crate::home::Home;
use crate::whole::{self, Rights};
use portcullis_event::hex::Hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

const FOLDER: &str = "servers";

/// More servers than anybody has.
const MOST: usize = 4096;

/// What is known of a server in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pins {
    /// What it is called.
    pub(crate) name: String,
    /// The repository, or the folder.
    pub(crate) workspace: PathBuf,
    /// Whether it was learned within a run.
    #[serde(default)]
    pub(crate) within_a_run: bool,
    /// How it is started.
    pub(crate) launch: Vec<String>,
    /// Whether a person said yes to it.
    pub(crate) approved: bool,
    /// What it offers, by its kind and name.
    pub(crate) offers: BTreeMap<String, Pinned>,
}

/// A definition that is approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pinned {
    pub(crate) hash: String,
    /// The definition itself, so that a change can be shown.
    pub(crate) definition: String,
    pub(crate) by: By,
}

/// Who approved a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum By {
    /// A person.
    Person,
    /// Policy lets what is new be used; from then on it stays what it was.
    FirstUse,
}

/// Where all of it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    home: Home,
    within_a_run: bool,
}

impl Store {
    pub(crate) fn at(home: Home) -> Self {
        Self { home, within_a_run: false }
    }

    /// The same for what is within a run.
    pub(crate) fn within_a_run(self) -> Self {
        Self { within_a_run: true, ..self }
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join(FOLDER)
    }

    fn file(&self, name: &str, workspace: &Path, within_a_run: bool) -> PathBuf {
        let mut hash = Sha256::new_with_prefix(b"portcullis server file v1\0");
        for part in [&[u8::from(within_a_run)], name.as_bytes(), workspace.as_os_str().as_encoded_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        self.folder().join(format!("{}.json", Hex(hash.finalize().get(..16).unwrap_or_default())))
    }

    /// What is known of a server here. One that is started in the same way elsewhere is the same server.
    pub(crate) fn find(&self, name: &str, workspace: &Path, launch: &Launch) -> Result<Option<Pins>, Failure> {
        let outside = self.found_outside(name, workspace, launch)?;
        if !self.within_a_run {
            return Ok(outside);
        }
        let within = read(&self.file(name, workspace, true))?;
        Ok(match (within, outside) {
            (Some(mut within), Some(outside)) => {
                within.offers.extend(outside.offers);
                (within.approved, within.launch) = (outside.approved, outside.launch);
                Some(within)
            }
            (Some(within), None) => Some(within),
            (None, outside) => outside.map(|outside| Pins { within_a_run: true, ..outside }),
        })
    }

    fn found_outside(&self, name: &str, workspace: &Path, launch: &Launch) -> Result<Option<Pins>, Failure> {
        if let Some(pins) = read(&self.file(name, workspace, false))? {
            return Ok(Some(pins));
        }
        let alike = |pins: &Pins| !pins.within_a_run && pins.name == name && pins.launch == launch.words();
        let elsewhere = self.all()?.into_iter().find(alike);
        Ok(elsewhere.map(|pins| Pins { workspace: workspace.to_owned(), approved: false, ..pins }))
    }

    /// What is known of a server of which nothing is known.
    pub(crate) fn nothing(&self, name: &str, workspace: &Path, launch: &Launch) -> Pins {
        Pins {
            name: name.to_owned(),
            workspace: workspace.to_owned(),
            within_a_run: self.within_a_run,
            launch: launch.words().to_vec(),
            approved: false,
            offers: BTreeMap::new(),
        }
    }

    /// Everything that is known, by name.
    pub(crate) fn all(&self) -> Result<Vec<Pins>, Failure> {
        let folder = self.folder();
        let failed = |error| Failure::io("list what is known of servers", Some(&folder), &error);
        let Some(entries) = whole::if_there(fs::read_dir(&folder)).map_err(failed)? else { return Ok(Vec::new()) };
        let files = entries.take(MOST).filter_map(Result::ok).map(|entry| entry.path());
        let files = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
        let mut all: Vec<Pins> = files.filter_map(|path| read(&path).transpose()).collect::<Result<_, _>>()?;
        all.sort_by(|one, other| (&one.name, &one.workspace).cmp(&(&other.name, &other.workspace)));
        Ok(all)
    }

    /// Keeps what is known. What another gate of the same server has kept meanwhile stays, unless a person approved this.
    pub(crate) fn keep(&self, pins: &mut Pins) -> Result<(), Failure> {
        self.home.ensure()?;
        let folder = self.folder();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|error| Failure::io("make the folder for servers", Some(&folder), &error))?;
        let path = self.file(&pins.name, &pins.workspace, pins.within_a_run);
        if let Some(known) = read(&path)?.filter(|known| known.launch == pins.launch) {
            pins.approved |= known.approved;
            for (key, pinned) in known.offers {
                match pins.offers.get(&key).map(|it| it.by) {
                    Some(By::Person) => {}
                    Some(By::FirstUse) | None => drop(pins.offers.insert(key, pinned)),
                }
            }
        }
        let text = serde_json::to_vec_pretty(pins).map_err(|error| Failure::incomplete(error.to_string()))?;
        whole::replace(&path, &text, Rights::Private)
            .map_err(|error| Failure::io("keep what is known of a server", Some(&path), &error))
    }

    /// Forgets a server; whether there was anything to forget.
    pub(crate) fn forget(&self, name: &str, workspace: &Path) -> Result<bool, Failure> {
        let mut is_gone = false;
        for within_a_run in [false, true] {
            let path = self.file(name, workspace, within_a_run);
            let gone = whole::if_there(fs::remove_file(&path));
            is_gone |= gone.map_err(|error| Failure::io("forget a server", Some(&path), &error))?.is_some();
        }
        Ok(is_gone)
    }
}

fn read(path: &Path) -> Result<Option<Pins>, Failure> {
    let failed = |error| Failure::io("read what is known of a server", Some(path), &error);
    let Some(bytes) = whole::if_there(fs::read(path)).map_err(failed)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Failure::incomplete(format!("what is known of a server can't be read: {error}"))
            .at(path.to_string_lossy())
            .because("what can't be read approves nothing")
            .fix("remove the file to approve the server anew")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(folder: &Path) -> Store {
        Store::at(Home::known(folder.join("state")))
    }

    fn pinned(hash: &str, by: By) -> Pinned {
        Pinned { hash: hash.to_owned(), definition: "{}".to_owned(), by }
    }

    fn pins(workspace: &str, offers: &[(&str, &str, By)]) -> Pins {
        let launch = Launch::of(&["server".to_owned()]).words().to_vec();
        let offers = offers.iter().map(|(key, hash, by)| ((*key).to_owned(), pinned(hash, *by))).collect();
        Pins { name: "s".to_owned(), workspace: workspace.into(), within_a_run: false, launch, approved: true, offers }
    }

    #[test]
    fn what_is_kept_is_found_here_and_known_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let (store, launch) = (store(folder.path()), Launch::of(&["server".to_owned()]));
        assert_eq!(store.find("s", Path::new("/one"), &launch).unwrap(), None);
        let mut one = pins("/one", &[("tool:a", "1", By::FirstUse)]);
        store.keep(&mut one).unwrap();
        assert_eq!(store.find("s", Path::new("/one"), &launch).unwrap(), Some(one.clone()));
        let there = store.find("s", Path::new("/two"), &launch).unwrap().unwrap();
        assert_eq!(
            (there.offers, there.approved),
            (one.offers, false),
            "its tools are known, and nobody said yes there"
        );
        let other = Launch::of(&["other".to_owned()]);
        assert_eq!(store.find("s", Path::new("/two"), &other).unwrap(), None, "what is started otherwise is another");
        assert!(store.forget("s", Path::new("/one")).unwrap() && !store.forget("s", Path::new("/one")).unwrap());
    }

    #[test]
    fn what_is_learned_within_a_run_counts_there_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (outside, launch) = (store(folder.path()), Launch::of(&["server".to_owned()]));
        let within = outside.clone().within_a_run();
        let mut planted = pins("/one", &[("tool:a", "planted", By::FirstUse), ("tool:b", "planted", By::Person)]);
        (planted.within_a_run, planted.launch) = (true, vec!["word:other".to_owned()]);
        within.keep(&mut planted).unwrap();
        for workspace in ["/one", "/two"] {
            assert_eq!(outside.find("s", Path::new(workspace), &launch).unwrap(), None, "{workspace}");
        }
        assert_eq!(within.find("s", Path::new("/one"), &launch).unwrap(), Some(planted));
        outside.keep(&mut pins("/one", &[("tool:a", "1", By::FirstUse)])).unwrap();
        let both = within.find("s", Path::new("/one"), &launch).unwrap().unwrap();
        assert_eq!((both.offers["tool:a"].hash.as_str(), both.launch.as_slice()), ("1", launch.words()));
        assert!(both.within_a_run && both.offers.contains_key("tool:b"));
    }

    #[test]
    fn of_two_gates_the_first_one_and_a_person_are_right() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        store.keep(&mut pins("/one", &[("tool:a", "1", By::FirstUse), ("tool:b", "1", By::FirstUse)])).unwrap();
        let mut later = pins("/one", &[("tool:a", "2", By::FirstUse), ("tool:b", "2", By::Person)]);
        store.keep(&mut later).unwrap();
        assert_eq!((later.offers["tool:a"].hash.as_str(), later.offers["tool:b"].hash.as_str()), ("1", "2"));
    }

    #[test]
    fn what_is_damaged_approves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        store.keep(&mut pins("/one", &[])).unwrap();
        fs::write(store.file("s", Path::new("/one"), false), "{\"name\":\"s\"}").unwrap();
        let launch = Launch::of(&["server".to_owned()]);
        assert!(
            store.find("s", Path::new("/one"), &launch).is_err()
                && store.find("s", Path::new("/two"), &launch).is_err()
        );
    }
}
