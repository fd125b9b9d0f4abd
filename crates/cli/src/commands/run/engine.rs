//! An OCI runtime that builds the walls, where a person asks for one.

use crate::exit::Exit;
use crate::failure::Failure;
use clap::ValueEnum;
use portcullis_changes::SessionFolder;
use portcullis_sandbox::{Engine, Error};
use std::path::{Path, PathBuf};

/// Where runtimes are looked for. `PATH` is not asked: what is run here builds the walls.
const PLACES: [&str; 6] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin"];

/// The runtimes that are known to carry a run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    /// crun
    Crun,
    /// runc
    Runc,
}

impl Choice {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crun => "crun",
            Self::Runc => "runc",
        }
    }

    /// Its program, if it is installed.
    pub(crate) fn program(self) -> Option<PathBuf> {
        PLACES.iter().map(|folder| Path::new(folder).join(self.name())).find(|path| path.is_file())
    }

    /// The runtime, and where this run of it is written down.
    pub(super) fn engine(self, session: &SessionFolder) -> Result<Engine, Failure> {
        if rustix::process::geteuid().is_root() {
            return Err(Failure::usage(format!("{} is driven by an ordinary user", self.name()))
                .because("a mistake of a runtime that root has started is one of root's")
                .fix("start it as the owner of the files, or leave out `--engine`: a run of root's needs none"));
        }
        let program = self.program().ok_or_else(|| {
            Failure::usage(format!("{} is not installed", self.name()))
                .fix("install it, or leave out `--engine`: a run needs none")
        })?;
        let own_program = std::env::current_exe().and_then(std::fs::canonicalize);
        let own_program = own_program.map_err(|error| Failure::io("find this program", None, &error))?;
        let session_id = session.session().id.clone();
        let bundle: PathBuf = session.path().join("bundle");
        // One of an earlier run of this session.
        std::fs::remove_dir_all(&bundle).ok();
        Ok(Engine { program, bundle, name: format!("portcullis-{session_id}"), own_program })
    }
}

/// Walls that an engine did not build.
pub(super) fn refused(engine: &Engine, error: &Error) -> Failure {
    let failure = super::walls::walls(error);
    Failure { exit: if failure.exit == Exit::OfChild(127) { failure.exit } else { Exit::Incomplete }, ..failure }
        .fix(format!("leave out `--engine`: a run needs no {}", engine.program.display()))
}
