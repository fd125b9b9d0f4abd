//! What the command sees of this machine: the tree, as policy opens it.
//!
//! - The system's programs and libraries, to be read.
//! - The workspace, in a layer that takes every change.
//! - A home folder of its own, empty but for what policy shows; where policy lets files be written in the real one, a
//!   layer takes the changes.
//! - Everything else does not exist.

use super::etc::Etc;
use super::limits::Guard;
use super::masks::Masks;
use super::sockets::Opened;
use super::walls::Wanted;
use super::{face, masks};
use crate::agents::Known;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::mounted;
use portcullis_changes::{LayerName, SessionFolder};
use portcullis_event::AbsPath;
use portcullis_policy::{FileList, ValidPolicy};
use portcullis_sandbox::{Identity, Mount, Network, Source, Spec};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Folders of the system that programs need, if policy lets them be read. `/etc` is put together with files of ours.
pub(super) const SYSTEM: &[&str] =
    &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store"];

/// What programs read to learn how many processors there are.
const PROCESSORS: &[&str] = &["/sys/devices/system/cpu", "/sys/devices/system/node"];

/// How deep folders of the home are looked into for secrets.
const DEEPEST_AT_HOME: usize = 8;

/// What is looked for first by whoever wants a key. That it is not to be had is said whether there is one or not: the
/// answer tells nobody which keys you have.
const LOOKED_FOR: [&str; 3] = [".ssh/id_rsa", ".ssh/id_ed25519", ".aws/credentials"];

const MIB: u64 = 1 << 20;

/// What is known before a run.
pub(super) struct World<'a> {
    pub(super) invocation: &'a Invocation,
    pub(super) policy: &'a ValidPolicy,
    pub(super) workspace: &'a Path,
    pub(super) who: Identity,
    pub(super) session: &'a SessionFolder,
    pub(super) guard: &'a Guard,
    /// The agent that is run, if it is one that is known.
    pub(super) agent: Option<&'static Known>,
    /// Whether nobody sits before it.
    pub(super) behind: bool,
    /// Where our own state is, which is never shown.
    pub(super) state: &'a Path,
    /// Sockets that are asked by way of a broker.
    pub(super) sockets: &'a [Opened],
}

/// What was found while looking around.
#[derive(Debug)]
pub(super) struct Seen {
    /// What is masked in the workspace.
    pub(super) workspace: Masks,
    /// Folders of the home that are shown, and what is masked in each.
    pub(super) home: BTreeMap<PathBuf, Masks>,
    /// Where something is mounted.
    pub(super) mounted: Vec<PathBuf>,
    /// What lies over git's folder, where that is a layer by itself.
    pub(super) over_git: Option<PathBuf>,
}

impl World<'_> {
    /// Looks for what has to be masked.
    pub(super) fn look(&self) -> Result<Seen, Failure> {
        let workspace = self.masks(self.workspace, "workspace", usize::MAX)?;
        let mut home = BTreeMap::new();
        for (index, folder) in self.shown_at_home().into_iter().enumerate() {
            let masks = self.masks_at_home(&folder, &format!("home-{index}"), DEEPEST_AT_HOME)?;
            home.insert(folder, masks);
        }
        Ok(Seen { workspace, home, mounted: mounted::everywhere()?, over_git: None })
    }

    /// The home folder, which has the same name inside.
    pub(super) fn home(&self) -> &Path {
        self.invocation.environment.home.as_deref().unwrap_or(Path::new("/tmp"))
    }

    /// Folders and files below the home that policy opens by name, real and there, none within another.
    fn shown_at_home(&self) -> Vec<PathBuf> {
        let home = self.home();
        let opened = self.policy.file_rules().into_iter().filter(|rule| {
            matches!(rule.list, FileList::Read | FileList::Write)
                && !rule.takes_away
                && !rule.pattern.contains(['*', '?', '['])
        });
        let mut shown: Vec<PathBuf> = opened
            .map(|rule| PathBuf::from(rule.pattern))
            .filter(|path| path.starts_with(home) && path != home && !self.workspace.starts_with(path))
            .filter(|path| self.against(path).is_none() && !path.starts_with(self.state))
            .filter(|path| fs::canonicalize(path).is_ok_and(|real| real == *path))
            .collect();
        shown.sort();
        shown.dedup_by(|inner, outer| inner.starts_with(outer));
        shown
    }

    /// Everything about the run.
    pub(super) fn spec(&self, wanted: &Wanted<'_>) -> Result<Spec, Failure> {
        Ok(Spec {
            command: wanted.command.to_vec(),
            environment: self.environment(wanted.variables.clone()),
            folder: self.invocation.cwd()?.to_owned(),
            identity: self.who,
            mounts: self.mounts(wanted)?,
            writable: self.writable(),
            hostname: face::HOSTNAME.to_owned(),
            network: Network::Doors,
            limits: self.guard.counted(),
            terminal: super::relay::terminal(),
            handed_out: if self.behind { super::background::streams() } else { self.guard.streams() },
        })
    }

    fn writable(&self) -> Vec<PathBuf> {
        let fixed = ["/tmp", "/var/tmp", "/run", "/dev", "/proc"].map(PathBuf::from);
        let layers = self.session.session().layers.iter().map(|layer| layer.lower.clone());
        fixed.into_iter().chain([self.home().to_owned()]).chain(layers).collect()
    }

    fn mounts(&self, wanted: &Wanted<'_>) -> Result<Vec<Mount>, Failure> {
        let (seen, kept) = (wanted.seen, wanted.kept);
        let mut mounts = system();
        let memory = |at: &str, mib: u64, mode| Mount::Memory { at: at.into(), bytes: mib * MIB, mode };
        let face = self.own(self.face()?);
        mounts.extend(Etc { real: Path::new("/etc"), ours: Some(face), mounted: &seen.mounted }.mounts());
        mounts.push(Mount::Processes { at: "/proc".into() });
        mounts.push(Mount::Devices { at: "/dev".into(), shared_memory: 512 * MIB });
        mounts.extend([memory("/tmp", 4096, 0o1777), memory("/run", 16, 0o755)]);
        mounts.push(memory("/var/tmp", 1024, 0o1777));
        self.mount_home(seen, &mut mounts)?;
        mounts.extend(kept.iter().flat_map(|kept| kept.mounts.iter().cloned()));
        match wanted.live {
            Some(live) => mounts.extend(live.mounts(self)),
            None => self.mount_workspace(seen, &mut mounts),
        }
        mounts.extend(self.git_mounts(seen));
        mounts.extend(wanted.live.iter().flat_map(|_| super::live::masks(self, seen)));
        mounts.extend(self.own_program(seen));
        mounts.extend(self.trusted_mounts()?);
        mounts.extend(self.socket_mounts());
        Ok(mounts)
    }

    /// This program, where its own path is not shown already: agents start it as their hook.
    fn own_program(&self, seen: &Seen) -> Option<Mount> {
        let at = std::env::current_exe().ok()?;
        let shown = SYSTEM.iter().map(Path::new).chain(seen.home.keys().map(PathBuf::as_path)).chain([self.workspace]);
        let is_shown = shown.into_iter().any(|folder| at.starts_with(folder));
        (!is_shown && at.is_file()).then(|| Mount::Show { from: self.own(at.clone()), at, writable: false })
    }

    fn mount_home(&self, seen: &Seen, mounts: &mut Vec<Mount>) -> Result<(), Failure> {
        let home = self.home().to_owned();
        mounts.push(Mount::Memory { at: home.clone(), bytes: 1024 * MIB, mode: 0o755 });
        mounts.extend(self.way_home());
        for (folder, masks) in &seen.home {
            let holds_mounts = mounted::within(folder, &seen.mounted).is_some();
            mounts.extend(self.at_home(folder, masks, holds_mounts)?);
        }
        mounts.extend(self.denied_at_home());
        Ok(())
    }

    /// The link by which the home folder is found under the name that `PATH` and the like may call it by.
    fn way_home(&self) -> Option<Mount> {
        let written = self.invocation.environment.home_as_written.as_deref()?;
        let is_link = |path: &&Path| path.symlink_metadata().is_ok_and(|it| it.is_symlink());
        let link = written.ancestors().filter(is_link).last()?;
        let to = fs::canonicalize(link).ok()?;
        let is_plain = written.components().all(|it| matches!(it, Component::RootDir | Component::Normal(_)));
        // A second link would lie behind the first.
        let leads_home = written
            .strip_prefix(link)
            .is_ok_and(|rest| to.components().chain(rest.components()).eq(self.home().components()));
        (is_plain && leads_home && !link.starts_with(self.workspace)).then(|| Mount::Link { at: link.to_owned(), to })
    }

    fn at_home(&self, folder: &Path, masks: &Masks, holds_mounts: bool) -> Result<Vec<Mount>, Failure> {
        let at = folder.to_owned();
        if self.state.starts_with(folder) || holds_mounts {
            // Layers must not lie within one another, and ours lie below our state. Nor is there one over a folder in which
            // something is mounted, since what lies below that would come to light.
            let show = Mount::Show { from: self.own(at.clone()), at, writable: false };
            let hidden = masks.paths.iter().map(|(path, _)| Mount::Hidden { at: folder.join(path) });
            return Ok(std::iter::once(show).chain(hidden).collect());
        }
        let can_change = AbsPath::from_os(folder).is_ok_and(|path| self.policy.against_file(&path, true).is_none());
        let folders: Vec<Source> = masks.folder.iter().chain([&at]).map(|path| self.own(path.clone())).collect();
        if can_change && folder.is_dir() {
            // By what it lies over: another run of the session may be shown other folders.
            let changes = self.own(self.layer(&format!("home-{}", crate::repository::name_for(folder)), folder)?);
            return Ok(vec![Mount::Layered { lower: folders, changes, at }]);
        }
        Ok(vec![match folders.len() {
            1 => Mount::Show { from: self.own(at.clone()), at, writable: false },
            _ => Mount::Merged { folders, at },
        }])
    }

    /// Something that belongs to the user of the run, or to root in whose place it runs.
    pub(super) fn own(&self, path: PathBuf) -> Source {
        Source { path, translated: self.who.instead_of.is_some() }
    }

    /// Files and folders of the home that everybody has and that policy denies: in the place of each stands one that
    /// says so, because "no such file" would send an agent looking for it elsewhere.
    fn denied_at_home(&self) -> Vec<Mount> {
        let Ok(entries) = fs::read_dir(self.home()) else { return Vec::new() };
        let mut mounts = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            let Some(reason) = self.against_by_name(&path) else { continue };
            let names = match entry.file_type() {
                Ok(kind) if kind.is_dir() => fs::read_dir(&path).map(|it| it.flatten().map(|it| it.path()).collect()),
                Ok(_) | Err(_) => Ok(vec![path.clone()]),
            };
            let files: Vec<PathBuf> = names.unwrap_or_default();
            let plain = files.into_iter().filter(|file| file.is_file()).take(32);
            mounts.extend(plain.map(|at| Mount::Text { text: masks::instead(&at, &reason).into_bytes(), at }));
        }
        for at in LOOKED_FOR.iter().map(|name| self.home().join(name)).filter(|at| at.symlink_metadata().is_err()) {
            let Some(reason) = self.against_by_name(&at) else { continue };
            mounts.push(Mount::Text { text: masks::instead(&at, &reason).into_bytes(), at });
        }
        mounts
    }

    fn mount_workspace(&self, seen: &Seen, mounts: &mut Vec<Mount>) {
        let folders = seen.workspace.folder.iter().cloned().chain([self.workspace.to_owned()]);
        let lower = folders.map(|path| self.own(path)).collect();
        let changes = self.session.session().layers.first().map(|layer| self.session.upper(layer));
        let Some(changes) = changes.as_deref().and_then(Path::parent) else { return };
        mounts.push(Mount::Layered { lower, changes: self.own(changes.to_owned()), at: self.workspace.to_owned() });
        mounts.extend(self.denied_since(seen));
    }

    /// The git folder of a linked working tree, which lies elsewhere; or of any, where the tree itself is in no layer.
    fn git_mounts(&self, seen: &Seen) -> impl Iterator<Item = Mount> {
        let layers = self.session.session().layers.iter().filter(|layer| layer.name == LayerName::Git);
        layers.filter_map(move |layer| {
            let upper = self.session.upper(layer);
            let changes = upper.parent().map(|it| self.own(it.to_owned()))?;
            let at = layer.lower.clone();
            let lower = seen.over_git.iter().chain([&at]).map(|folder| self.own(folder.clone())).collect();
            Some(Mount::Layered { lower, changes, at })
        })
    }

    /// What an earlier run of the session copied into its layer while policy showed it, and must not be seen any more.
    fn denied_since(&self, seen: &Seen) -> Vec<Mount> {
        let Some(layer) = self.session.session().layers.first() else { return Vec::new() };
        let upper = self.session.upper(layer);
        let was_shown = |path: &Path| !layer.protected.iter().any(|it| path.starts_with(it.as_path()));
        let paths = seen.workspace.paths.iter().map(|(path, _)| path);
        let in_the_layer = paths.filter(|path| was_shown(path) && upper.join(path).symlink_metadata().is_ok());
        in_the_layer.map(|path| Mount::Hidden { at: self.workspace.join(path) }).collect()
    }

    /// A layer for changes that are never applied.
    fn layer(&self, name: &str, like: &Path) -> Result<PathBuf, Failure> {
        let folder = self.session.path().join("kept").join(name);
        let (upper, work) = (folder.join("upper"), folder.join("work"));
        let failed = |error: std::io::Error| Failure::io("make a layer for changes", Some(&folder), &error);
        for part in [&upper, &work] {
            fs::create_dir_all(part).map_err(failed)?;
        }
        fs::set_permissions(&upper, fs::metadata(like).map_err(failed)?.permissions()).map_err(failed)?;
        self.hand_over([&folder, &upper, &work])?;
        Ok(folder)
    }

    /// The session's own layers look like what lies below them, and belong to the user of the run.
    pub(super) fn hand_over_layers(&self) -> Result<(), Failure> {
        for layer in &self.session.session().layers {
            let (upper, work) = (self.session.upper(layer), self.session.work(layer));
            let like = fs::metadata(&layer.lower).map(|it| it.permissions());
            like.and_then(|permissions| fs::set_permissions(&upper, permissions))
                .map_err(|error| Failure::io("prepare a layer", Some(&upper), &error))?;
            // The folder around them has to be opened as that user, to be mounted.
            let around = work.parent().map_or_else(|| work.clone(), Path::to_owned);
            self.hand_over([&around, &upper, &work])?;
        }
        Ok(())
    }

    /// Gives folders to the user of the run, if root made them.
    pub(super) fn hand_over<const N: usize>(&self, folders: [&PathBuf; N]) -> Result<(), Failure> {
        let Some((uid, gid)) = self.who.instead_of.filter(|owner| *owner != (0, 0)) else { return Ok(()) };
        for folder in folders {
            std::os::unix::fs::chown(folder, Some(uid), Some(gid))
                .map_err(|error| Failure::io("hand a layer to the user of the run", Some(folder), &error))?;
        }
        Ok(())
    }
}

/// Something of the system's.
pub(super) fn as_it_is(path: impl Into<PathBuf>) -> Source {
    Source { path: path.into(), translated: false }
}

/// The system's own folders. Links among them, such as `/bin`, stay links.
pub(crate) fn system() -> Vec<Mount> {
    let mut mounts = Vec::new();
    for folder in SYSTEM.iter().chain(PROCESSORS) {
        let at = PathBuf::from(folder);
        let Ok(kind) = fs::symlink_metadata(&at).map(|it| it.file_type()) else { continue };
        if kind.is_symlink() {
            let Ok(to) = fs::read_link(&at) else { continue };
            mounts.push(Mount::Link { at, to });
        } else {
            mounts.push(Mount::Show { from: as_it_is(*folder), at, writable: false });
        }
    }
    mounts
}
