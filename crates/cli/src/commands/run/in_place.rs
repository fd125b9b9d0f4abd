//! A run on a machine that lets nobody have namespaces: nothing can be shown in another place, so the command works on a copy
//! of the workspace, has a home folder that is the session's, and sees what else it may see where it is.

use super::masks::Masks;
use super::models::Trusted;
use super::temporary::{Temporary, copied, give};
use super::walls::Wanted;
use super::world::{Seen, World, system};
use crate::failure::Failure;
use portcullis_changes::{Copied, CopyLimits, Layer, TreePath};
use portcullis_sandbox::{Mount, Network, Source, Spec};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Variables of our own in here, besides those that every run has.
const HOME: &str = "HOME";
const TEMPORARY: &str = "TMPDIR";
/// Names are asked for over TCP: there are no datagrams.
const RESOLVER: (&str, &str) = ("RES_OPTIONS", "use-vc attempts:1");

/// The folders of a run in place.
#[derive(Debug)]
struct Folders<'a> {
    workspace: PathBuf,
    home: &'a Path,
    temporary: &'a Path,
}

impl World<'_> {
    /// Copies the workspace, without what is protected.
    pub(super) fn copy(&self, protected: &[TreePath], temporary: &Temporary) -> Result<Copied, Failure> {
        let layer = Layer { protected: protected.to_vec(), whole: true, ..self.first_layer()?.clone() };
        let owner = self.who.instead_of.map(|_| (self.who.uid, self.who.gid));
        let to = self.copied(temporary)?;
        Ok(portcullis_changes::copy(&layer, &to, CopyLimits::default(), owner)?)
    }

    /// Where the copy lies.
    pub(super) fn copied(&self, temporary: &Temporary) -> Result<PathBuf, Failure> {
        Ok(match &temporary.workspace {
            Some(workspace) => workspace.clone(),
            None => self.session.upper(self.first_layer()?),
        })
    }

    fn first_layer(&self) -> Result<&Layer, Failure> {
        self.session.session().layers.first().ok_or_else(|| Failure::incomplete("the session has no layer"))
    }

    /// Everything about the run.
    pub(super) fn spec_in_place(&self, wanted: Wanted<'_>, temporary: &Temporary) -> Result<Spec, Failure> {
        let Wanted { seen, live: _, kept, command, variables, engine: _, watched: _ } = wanted;
        let folders = self.folders(seen, temporary)?;
        for mount in kept.iter().flat_map(|kept| &kept.mounts) {
            self.settle_in(mount, folders.home)
                .map_err(|error| Failure::io("give the agent its settings", Some(folders.home), &error))?;
        }
        give(folders.home, self.who).map_err(|error| Failure::io("hand over", Some(folders.home), &error))?;
        Ok(Spec {
            command: self.command_in_place(command, &folders),
            environment: self.environment_in_place(variables, &folders),
            folder: self.moved(self.invocation.cwd()?, &folders),
            identity: self.who,
            mounts: self.mounts_in_place(seen, &folders),
            writable: Vec::new(),
            hostname: super::face::HOSTNAME.to_owned(),
            network: Network::Doors,
            limits: self.guard.counted(),
            terminal: super::relay::terminal(),
            handed_out: self.guard.streams(),
        })
    }

    /// What an agent is given of its user's settings: the copy that was made for this run, in the session's home folder.
    fn settle_in(&self, mount: &Mount, home: &Path) -> std::io::Result<()> {
        let (Mount::Layered { at, .. } | Mount::Text { at, .. }) = mount else { return Ok(()) };
        let Ok(name) = at.strip_prefix(self.home()) else { return Ok(()) };
        let place = home.join(name);
        // What is shown of the real home folder leads there, and can't be written.
        let above = place.parent().map(fs::canonicalize);
        if place.symlink_metadata().is_ok() || above.is_some_and(|above| above.is_ok_and(|it| !it.starts_with(home))) {
            return Ok(());
        }
        if let Some(above) = place.parent() {
            fs::create_dir_all(above)?;
        }
        match mount {
            Mount::Text { text, .. } => fs::write(place, text),
            Mount::Layered { lower, .. } => match lower.first() {
                Some(copy) => {
                    fs::create_dir(&place)?;
                    copied(&copy.path, &place, None).map_err(|failure| std::io::Error::other(failure.what))
                }
                None => Ok(()),
            },
            Mount::Folder { .. }
            | Mount::Link { .. }
            | Mount::Memory { .. }
            | Mount::Show { .. }
            | Mount::Merged { .. }
            | Mount::Hidden { .. }
            | Mount::Closed { .. }
            | Mount::Socket { .. }
            | Mount::Processes { .. }
            | Mount::Devices { .. } => Ok(()),
        }
    }

    fn folders<'t>(&self, seen: &Seen, temporary: &'t Temporary) -> Result<Folders<'t>, Failure> {
        let copy = self.copied(temporary)?;
        let workspace = fs::canonicalize(&copy).map_err(|error| Failure::io("find the copy", Some(&copy), &error))?;
        for shown in self.at_home_in_place(seen).map(|(folder, _)| folder) {
            self.lead_to(shown, &temporary.home)
                .map_err(|error| Failure::io("show a part of your home folder", Some(shown), &error))?;
        }
        Ok(Folders { workspace, home: &temporary.home, temporary: &temporary.files })
    }

    /// Makes a part of the real home found from the one of the session.
    fn lead_to(&self, shown: &Path, home: &Path) -> std::io::Result<()> {
        let Ok(name) = shown.strip_prefix(self.home()) else { return Ok(()) };
        let link = home.join(name);
        if let Some(above) = link.parent() {
            fs::create_dir_all(above)?;
        }
        symlink(shown, link)
    }

    fn mounts_in_place(&self, seen: &Seen, folders: &Folders<'_>) -> Vec<Mount> {
        let mut mounts: Vec<Mount> = system().into_iter().filter(|mount| matches!(mount, Mount::Show { .. })).collect();
        mounts.push(show("/etc".into(), false));
        mounts.extend(self.denied_in("/etc"));
        // A git folder elsewhere, as a linked worktree has it, can be looked into.
        let layers = self.session.session().layers.iter().skip(1);
        mounts.extend(layers.filter_map(|layer| fs::canonicalize(&layer.lower).ok()).map(|folder| show(folder, false)));
        for (folder, masks) in self.at_home_in_place(seen) {
            mounts.push(show(folder.clone(), false));
            mounts.extend(masks.paths.iter().map(|(path, _)| Mount::Hidden { at: folder.join(path) }));
        }
        mounts.push(Mount::Processes { at: "/proc".into() });
        mounts.push(Mount::Devices { at: "/dev".into(), shared_memory: 0 });
        let own = [folders.workspace.as_path(), folders.home, folders.temporary];
        mounts.extend(own.into_iter().map(|folder| show(folder.to_owned(), true)));
        mounts.extend(self.socket_mounts_in_place(folders.temporary));
        mounts
    }

    /// What is shown of the home folder: of root's nothing, since nobody else gets there.
    fn at_home_in_place<'s>(&self, seen: &'s Seen) -> impl Iterator<Item = (&'s PathBuf, &'s Masks)> {
        seen.home.iter().filter(|_| self.who.instead_of.is_none())
    }

    /// What policy denies by name directly below a folder.
    fn denied_in(&self, folder: &str) -> Vec<Mount> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let denied = entries.map(|entry| entry.path()).filter(|path| self.against_by_name(path).is_some());
        denied.map(|at| Mount::Hidden { at }).collect()
    }

    fn environment_in_place(
        &self,
        variables: Vec<(OsString, OsString)>,
        folders: &Folders<'_>,
    ) -> Vec<(OsString, OsString)> {
        let mut set = self.environment(Vec::new());
        set.retain(|(name, _)| name != OsStr::new(HOME));
        set.push((HOME.into(), folders.home.as_os_str().to_owned()));
        set.push((TEMPORARY.into(), folders.temporary.as_os_str().to_owned()));
        set.extend(Trusted::within(folders.temporary).variables());
        set.extend(self.socket_variables_in_place(folders.temporary));
        set.push((RESOLVER.0.into(), RESOLVER.1.into()));
        let of_agent = self.agent.map(|agent| agent.variables(folders.home)).unwrap_or_default();
        set.extend(of_agent);
        // What was asked for by name comes last and wins.
        set.extend(variables);
        set
    }

    /// The program may lie in the workspace; then the one in the copy is meant.
    fn command_in_place(&self, command: &[OsString], folders: &Folders<'_>) -> Vec<OsString> {
        let mut command = command.to_vec();
        if let Some(program) = command.first_mut().filter(|program| Path::new(program).is_absolute()) {
            *program = self.moved(Path::new(program.as_os_str()), folders).into_os_string();
        }
        command
    }

    /// Where a path of the workspace is in the copy.
    fn moved(&self, path: &Path, folders: &Folders<'_>) -> PathBuf {
        match path.strip_prefix(self.workspace) {
            Ok(rest) if rest.as_os_str().is_empty() => folders.workspace.clone(),
            Ok(rest) => folders.workspace.join(rest),
            Err(_) => path.to_owned(),
        }
    }
}

fn show(path: PathBuf, writable: bool) -> Mount {
    Mount::Show { from: Source { path: path.clone(), translated: false }, at: path, writable }
}
