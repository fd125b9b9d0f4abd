//! The walls of a run: full ones, or where this machine refuses namespaces the degraded ones, unless policy asks for more.

use super::agent::Kept;
use super::engine;
use super::live::Live;
use super::temporary::Temporary;
use super::world::{Seen, World};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mounted;
use portcullis_changes::TreePath;
use portcullis_policy::Require;
use portcullis_sandbox::{
    Besides, Engine, Entry, Error, Prepared, Spec, Stage, Tier, prepare_by, prepare_in_place, prepare_with,
};
use std::ffi::OsString;
use std::path::PathBuf;

/// What is to run, and what was found out about it.
#[derive(Debug, Clone)]
pub(super) struct Wanted<'a> {
    pub(super) seen: &'a Seen,
    /// What is closed, if the command works in the files themselves.
    pub(super) live: Option<&'a Live>,
    pub(super) kept: Option<&'a Kept>,
    pub(super) command: &'a [OsString],
    pub(super) variables: Vec<(OsString, OsString)>,
    /// Who is to build the walls, if that is not us.
    pub(super) engine: Option<&'a Engine>,
    /// What is noticed to be opened.
    pub(super) watched: &'a [PathBuf],
}

/// What came of building walls.
#[derive(Debug)]
pub(super) struct Walls {
    /// The walls; or why there are no full ones where policy asks for those.
    pub(super) raised: Result<Prepared, Error>,
    pub(super) tier: Tier,
    /// What they were built from.
    pub(super) spec: Spec,
    /// A folder outside of the session's that the run can write to.
    pub(super) temporary: Option<Temporary>,
    /// What of the workspace the command does not really see.
    pub(super) protected: Vec<TreePath>,
}

impl Walls {
    /// Builds the best walls that this machine gives.
    pub(super) fn raise(world: &World<'_>, wanted: Wanted<'_>, mut protected: Vec<TreePath>) -> Result<Self, Failure> {
        let spec = world.spec(&wanted)?;
        let cut = cut_through(world, wanted.seen);
        if let Some(engine) = wanted.engine {
            if let Some(cut) = cut {
                return Err(cut);
            }
            let prepared = prepare_by(engine, &spec).map_err(|error| engine::refused(engine, &error))?;
            let tier = Tier::Engine;
            return Ok(Self { raised: Ok(prepared), tier, spec, temporary: None, protected });
        }
        let refused = match (stand(world, &spec, wanted.watched), cut) {
            (Ok(prepared), None) => {
                return Ok(Self { raised: Ok(prepared), tier: Tier::Full, spec, temporary: None, protected });
            }
            (Err(error), _) if error.refuses_namespaces() => error,
            (Ok(_) | Err(_), Some(cut)) => return Err(cut),
            (Err(error), None) => return Err(walls(&error)),
        };
        let tier = Tier::Degraded;
        if world.policy.required_sandbox() == Require::Full {
            return Ok(Self { raised: Err(refused), tier, spec, temporary: None, protected });
        }
        if wanted.live.is_some() {
            return Err(walls(&refused)
                .because("names in your files are closed by mounts, and without namespaces there are none")
                .fix("have the run work on a copy: leave out `--live`, or say `--hold`"));
        }
        if world.session.session().name.is_some() {
            return Err(walls(&refused).because("a session that others join needs namespaces for them to be in"));
        }
        if !world.session.session().earlier.is_empty() {
            return Err(walls(&refused)
                .because("without namespaces a command works on a copy, and a session is gone on with on its layers"));
        }
        // The copy is of everything, and goes into an empty folder.
        world.session.take_back_untouched()?;
        let temporary = Temporary::make(world.session, world.who)?;
        protected.extend(world.copy(&protected, &temporary)?.left_out);
        world.leave_alone_in_copy(wanted.seen, &world.copied(&temporary)?)?;
        let spec = world.spec_in_place(wanted, &temporary)?;
        let prepared = prepare_in_place(&spec).map_err(|error| walls(&error))?;
        Ok(Self { raised: Ok(prepared), tier, spec, temporary: Some(temporary), protected })
    }
}

/// What speaks against a layer over the workspace: the kernel makes none over a folder in which something is mounted, since what
/// lies below that would come to light.
fn cut_through(world: &World<'_>, seen: &Seen) -> Option<Failure> {
    let mut layers = world.session.session().layers.iter();
    let within = layers.find_map(|layer| mounted::within(&layer.lower, &seen.mounted))?;
    Some(
        Failure::usage("another file system is mounted within the workspace")
            .at(within.to_string_lossy())
            .because(
                "a run works in a layer over the workspace, and the kernel makes none over a folder that holds mounts",
            )
            .fix("unmount it, or mount it elsewhere and link to it")
            .fix("or start the run in a folder that holds no mounts"),
    )
}

/// Full ones. Those of a session that has a name can be joined, and those that are observed tell what was opened.
fn stand(world: &World<'_>, spec: &Spec, watched: &[PathBuf]) -> Result<Prepared, Error> {
    let entry = world.session.session().name.as_ref().map(|_| Entry::make(world.session.path())).transpose()?;
    prepare_with(spec, Besides { entry: entry.as_ref(), watched })
}

/// Walls that could not be built.
pub(super) fn walls(error: &portcullis_sandbox::Error) -> Failure {
    let failure = Failure::incomplete(error.to_string());
    match error.stage {
        Stage::Command => Failure { exit: Exit::OfChild(127), ..failure },
        Stage::Namespaces | Stage::User => failure
            .because("without namespaces of its own a command can't be kept from the rest of this machine")
            .fix("`portcullis doctor` says what stands against it here"),
        Stage::Owners => failure
            .because("root's files are shown to a run that is not root by mounts that translate owners, and this file system or kernel has none")
            .fix("start it as the owner of the files: setpriv --reuid=UID --regid=GID --clear-groups portcullis run …")
            .fix("or keep the repository on ext4, xfs, btrfs or tmpfs"),
        Stage::Spec
        | Stage::Tree
        | Stage::Pivot
        | Stage::Network
        | Stage::Terminal
        | Stage::Limits
        | Stage::Privileges
        | Stage::Landlock
        | Stage::Seccomp
        | Stage::Control => failure,
    }
}
