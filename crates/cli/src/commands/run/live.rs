//! A run that works in the files themselves: whether there is to be one, and what is closed in it from the start.

use super::Run;
use super::world::{Seen, World};
use crate::failure::Failure;
use crate::live::Guards;
use crate::mounted;
use portcullis_changes::{Guarded, LiveLimits, LockedSession, Survey, TreePath};
use portcullis_policy::{ValidPolicy, Workspace};
use portcullis_sandbox::Mount;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// So many names are closed at most, each by a mount.
const MOST: usize = 20_000;

/// What is closed in a live run.
#[derive(Debug)]
pub(super) struct Live {
    survey: Survey,
    /// What is masked: of that nothing is kept.
    masked: Vec<TreePath>,
    pub(super) closed: usize,
}

impl Run {
    /// Whether this run works in the files themselves: because policy says so, or because it lets whoever starts it say so.
    pub(super) fn is_live(&self, policy: &ValidPolicy) -> Result<bool, Failure> {
        let is_live = match policy.workspace() {
            Workspace::Live => !self.hold && self.again.is_none(),
            Workspace::OnRequest => self.live,
            Workspace::Layered if self.live => {
                let line = policy.workspace_line().map_or_else(String::new, |line| line.to_string());
                return Err(Failure::usage("policy has every run work in a layer")
                    .at(line)
                    .because("what is written to your files directly can't be looked at first, nor taken back")
                    .fix("leave out `--live`; what waits is applied with: portcullis changes apply")
                    .fix("or say `workspace = \"on-request\"` under `[sandbox]` in the policy that says `layered`"));
            }
            Workspace::Layered => false,
        };
        match self.engine {
            Some(engine) if is_live => Err(Failure::usage(format!("{} builds no walls for a live run", engine.name()))
                .because("names in a folder that can be changed are closed by mounts that an engine does not make so")
                .fix("leave out `--engine`, or have the run work in a layer (without `--live`, or with `--hold`)")),
            Some(_) | None => Ok(is_live),
        }
    }
}

/// What speaks against working in this folder directly.
pub(super) fn check(workspace: &Path) -> Result<(), Failure> {
    let git = workspace.join(".git");
    let kind = fs::symlink_metadata(&git).map(|it| it.file_type());
    let leads_within = || {
        let named = fs::read_to_string(&git).unwrap_or_default();
        let named = named.trim().strip_prefix("gitdir:").map(|it| workspace.join(it.trim()));
        named.and_then(|it| fs::canonicalize(it).ok()).is_some_and(|it| it.starts_with(workspace))
    };
    if kind.is_ok_and(|kind| kind.is_symlink() || kind.is_file() && leads_within()) {
        return Err(Failure::usage("git's own folder lies in the workspace under another name")
            .at(git.to_string_lossy())
            .because("in a live run that folder would lie open, with its hooks and settings")
            .fix("leave out `--live`"));
    }
    if let Some(within) = mounted::within(workspace, &mounted::everywhere()?) {
        return Err(Failure::usage("another file system is mounted within the workspace")
            .at(within.to_string_lossy())
            .because("what is changed in there could not be told")
            .fix("leave out `--live`, or start it in a folder that holds no mounts"));
    }
    Ok(())
}

impl Live {
    /// Looks at what is there.
    pub(super) fn look(world: &World<'_>, seen: &Seen) -> Result<Self, Failure> {
        let session = world.session.session();
        let paths = seen.workspace.paths.iter().filter_map(|(path, _)| TreePath::parse(path.as_os_str().as_bytes()));
        let masked: Vec<TreePath> = paths.collect();
        let Some(layer) = session.layers.first() else { return Err(Failure::incomplete("the session has no layer")) };
        let has_layer = session.layers.iter().any(|layer| layer.lower == world.workspace.join(".git"));
        let guards = Guards::new(world.policy, world.workspace, &masked, has_layer);
        let how = |path: &TreePath, node: &_| guards.how(path, node);
        let guarded = Guarded { how: &how, layered: guards.layered() };
        let survey = Survey::of(layer, guarded, None, LiveLimits::default())?;
        let closed = survey.closed().count();
        if closed > MOST {
            return Err(Failure::incomplete(format!("{closed} names would have to be closed, and {MOST} can be"))
                .because("each is closed by a mount of its own")
                .fix("leave out `--live`, or start it in a smaller folder"));
        }
        Ok(Self { survey, masked, closed })
    }

    /// Writes down what was there, so that it can be compared.
    pub(super) fn begin(&self, session: &mut LockedSession) -> Result<(), Failure> {
        Ok(session.begin_live(&self.survey, &self.masked)?)
    }

    /// The workspace as it is, and over it what is closed.
    pub(super) fn mounts(&self, world: &World<'_>) -> Vec<Mount> {
        let workspace = world.workspace.to_owned();
        let show = Mount::Show { from: world.own(workspace.clone()), at: workspace.clone(), writable: true };
        let is_masked = |path: &&TreePath| self.masked.iter().any(|masked| path.is_within(masked));
        let open = self.survey.closed().filter(|path| !is_masked(path) && !self.survey.is_link(path));
        let closed = open.map(|path| Mount::Closed { by: None, at: workspace.join(path.as_path()) });
        std::iter::once(show).chain(closed).collect()
    }
}

/// What is shown in the place of secrets, also of those in git's own folder, which lies in a layer by then.
pub(super) fn masks(world: &World<'_>, seen: &Seen) -> Vec<Mount> {
    let Some(folder) = &seen.workspace.folder else { return Vec::new() };
    let cover =
        |path: &PathBuf| Mount::Closed { by: Some(world.own(folder.join(path))), at: world.workspace.join(path) };
    seen.workspace.paths.iter().map(|(path, _)| cover(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_s_folder_under_another_name_and_a_mount_within_speak_against_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        assert!(check(&root).is_ok());
        fs::create_dir(root.join("real")).unwrap();
        fs::write(root.join(".git"), "gitdir: real\n").unwrap();
        assert!(check(&root).is_err());
        fs::write(root.join(".git"), "gitdir: /nowhere\n").unwrap();
        assert!(check(&root).is_ok());
        fs::remove_file(root.join(".git")).unwrap();
        std::os::unix::fs::symlink("real", root.join(".git")).unwrap();
        assert!(check(&root).is_err());
        assert!(check(Path::new("/")).is_err(), "/proc is mounted there");
    }
}
