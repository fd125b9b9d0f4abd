//! What an agent keeps from one run to the next: its history, settings and logins that were made inside.
//!
//! Each folder of its state is a layer over a copy of what is taken along of the user's own. The layers lie in our state,
//! by agent and by repository, so a hook or a server that is planted in one can start in later runs of that repository
//! and nowhere else. Nothing of them is ever carried over to the user's own folder.

use super::super::summary::{AgentBegins, Lasts};
use super::super::world::{Seen, World};
use super::copy::{self, Copy};
use super::keys_among;
use super::merge;
use crate::agents::{Beside, Folder, Known, Named};
use crate::failure::Failure;
use portcullis_event::Host;
use portcullis_policy::Boundary;
use portcullis_sandbox::Mount;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What is kept for an agent, held for as long as this is.
#[derive(Debug)]
pub(in super::super) struct Kept {
    /// Its folders and files, inside.
    pub(in super::super) mounts: Vec<Mount>,
    /// Whether it lasts. It does not if that was asked for, or while another run of the same agent in the same
    /// repository holds it.
    lasts: Lasts,
    /// How many files of the user's own were too many to be taken along.
    pub(in super::super) left_out: usize,
    /// Two runs at a time on one layer would destroy it.
    _lock: Option<File>,
}

impl World<'_> {
    /// Prepares what is kept for the agent of this run.
    pub(in super::super) fn kept(&self, known: &Known, seen: &Seen, fresh: bool) -> Result<Kept, Failure> {
        let place = self.state.join("agents").join(known.name).join(crate::repository::name_for(self.workspace));
        let failed = |error: io::Error| Failure::io("prepare what is kept for the agent", Some(&place), &error);
        let lock = if fresh { None } else { self.hold(&place).map_err(failed)? };
        let here = if lock.is_some() { place.clone() } else { self.session.path().join("agent") };
        let lasts = match (&lock, fresh) {
            (Some(_), _) => Lasts::ForTheRepository,
            (None, true) => Lasts::NotAsAsked,
            (None, false) => Lasts::NotBesideAnother,
        };
        let mut kept = Kept { mounts: Vec::new(), lasts, left_out: 0, _lock: lock };
        for folder in known.folders.iter().filter(|folder| self.can_stand(folder, seen)) {
            let copy = here.join("copies").join(name_of(folder));
            kept.left_out += self.take_along(folder, &copy).map_err(failed)?;
            let changes = here.join("layers").join(name_of(folder));
            for part in ["upper", "work"] {
                copy::folder(&changes.join(part)).map_err(failed)?;
            }
            self.give(&copy).map_err(failed)?;
            // Whatever is in these belongs to whom it should.
            self.hand_over([&changes, &changes.join("upper"), &changes.join("work")])?;
            let (lower, at) = (vec![self.own(copy)], self.home().join(folder.inside));
            kept.mounts.push(Mount::Layered { lower, changes: self.own(changes), at });
        }
        kept.mounts.extend(known.files.iter().filter_map(|file| self.single(file)));
        Ok(kept)
    }

    /// What there is to say about the agent before it starts.
    pub(in super::super) fn of_agent(&self, kept: Option<&Kept>, asked: &[(OsString, OsString)]) -> AgentBegins {
        let known = self.agent;
        let unreached = known.and_then(Known::host).filter(|host| {
            Host::parse(host).is_ok_and(|host| !self.reaches_its_models(&host))
                && !known.is_some_and(|known| known.asks_elsewhere(asked))
        });
        AgentBegins {
            kept: known.zip(kept).map(|(known, kept)| (known.name(), kept.lasts)),
            left_out: kept.map_or(0, |kept| kept.left_out),
            unreached,
            ports: self.policy.ports_of_the_machine(),
            engine: None,
            stand_ins: Vec::new(),
            sockets: Vec::new(),
            keys: keys_among(asked),
            keys_outside: known.map(|known| known.keys_left_outside(asked)).unwrap_or_default(),
        }
    }

    /// Whether the agent reaches its own models.
    fn reaches_its_models(&self, host: &Host) -> bool {
        match self.policy.boundary() {
            Boundary::Open => true,
            // Where no line speaks of them, nobody is asked.
            Boundary::Ask if !self.policy.lists_host(host, Some(443)) => true,
            Boundary::Ask | Boundary::AllowList | Boundary::LocalOnly | Boundary::AirGapped => {
                self.policy.names_host(host, Some(443))
            }
        }
    }

    /// Takes hold of the place, or of nothing if another run has it.
    fn hold(&self, place: &Path) -> io::Result<Option<File>> {
        copy::folder(place)?;
        // Whose it is, for a person who looks.
        fs::write(place.join("workspace"), self.workspace.as_os_str().as_bytes())?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(place.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether there can be a folder of this name inside. Below one that policy shows as it is, none can be made.
    fn can_stand(&self, folder: &Folder, seen: &Seen) -> bool {
        let at = self.home().join(folder.inside);
        at.is_dir() || !seen.home.keys().any(|shown| at.starts_with(shown) && at != *shown)
    }

    /// Copies what is taken along of a user's own folder; how many files were too many.
    fn take_along(&self, folder: &Folder, to: &Path) -> io::Result<usize> {
        copy::folder(to)?;
        let named = folder.named.path(folder.outside);
        let from = named.clone().unwrap_or_else(|| self.home().join(folder.outside));
        let denied = |path: &Path| self.may_not_be_taken(path);
        let mut copy = Copy::new(&denied);
        for name in folder.taken {
            copy.take(&from.join(name), &to.join(name))?;
        }
        copy.remove_rest(to)?;
        if let Some(beside) = &folder.beside {
            let from = named.as_deref().unwrap_or(self.home()).join(beside.file);
            if let Some(bytes) = self.of_settings(&from, beside) {
                copy::write(&to.join(beside.file), bytes, 0o600)?;
            }
        }
        let left_out = copy.left_out();
        if let Some(always) = &folder.always {
            merge::into_file(&to.join(always.file), always.settings)?;
        }
        Ok(left_out)
    }

    /// What a line of the policy denies by name, and our own state, stay outside.
    fn may_not_be_taken(&self, path: &Path) -> bool {
        path.starts_with(self.state) || self.state.starts_with(path) || self.against_by_name(path).is_some()
    }

    /// A JSON file of settings without what stays outside. One that can't be read stays outside as a whole.
    fn of_settings(&self, from: &Path, beside: &Beside) -> Option<Vec<u8>> {
        let bytes = self.shown(from)?;
        let mut settings: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&bytes).ok()?;
        settings.retain(|key, _| !beside.without.contains(&key.as_str()));
        serde_json::to_vec_pretty(&settings).ok()
    }

    fn shown(&self, from: &Path) -> Option<Vec<u8>> {
        let real = fs::canonicalize(from).ok()?;
        if self.may_not_be_taken(from) || self.may_not_be_taken(&real) { None } else { copy::shown(&real) }
    }

    /// A file of settings in the home folder.
    fn single(&self, file: &str) -> Option<Mount> {
        let at = self.home().join(file);
        Some(Mount::Text { text: self.shown(&at)?, at })
    }

    /// Gives a copy that root made to the user of the run, with everything in it. Only our own hands were in it so far.
    fn give(&self, made: &Path) -> io::Result<()> {
        let Some((uid, gid)) = self.who.instead_of.filter(|owner| *owner != (0, 0)) else { return Ok(()) };
        std::os::unix::fs::lchown(made, Some(uid), Some(gid))?;
        if fs::symlink_metadata(made)?.is_dir() {
            for entry in fs::read_dir(made)? {
                self.give(&entry?.path())?;
            }
        }
        Ok(())
    }
}

impl Named {
    /// The folder that was named in the place of the usual one.
    fn path(self, usual: &str) -> Option<PathBuf> {
        let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        match self {
            Self::Never => None,
            Self::By(variable) => named(variable),
            Self::Below(variable) => named(variable).map(|above| above.join(usual)),
        }
    }
}

fn name_of(folder: &Folder) -> String {
    folder.inside.trim_start_matches('.').replace('/', "-")
}
