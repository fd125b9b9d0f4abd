//! `portcullis trust scan`: what is wrong with what an agent is given.

use super::read;
use super::telling::{Gathered, Telling};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::opinion;
use crate::policy_files::PolicyFiles;
use clap::Args;
use portcullis_trust::Scanner;
use std::path::{Path, PathBuf};

/// Says what is wrong with skills, plugins, servers, instructions and settings of agents.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Files and folders; the working folder if none is named
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    telling: Telling,
}

impl Scan {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let scanner = Scanner::new().map_err(|error| Failure::incomplete(error.to_string()))?;
        let policy = PolicyFiles::find(invocation)?.load()?;
        let scanner = match opinion::of_policy(&policy, invocation)? {
            Some(opinion) => scanner.with_opinion(opinion),
            None => scanner,
        };
        let cwd = invocation.cwd()?.to_owned();
        let roots = if self.paths.is_empty() { vec![cwd.clone()] } else { self.paths };
        let mut gathered = Gathered::default();
        for root in roots {
            look_into(&scanner, &cwd.join(root), &mut gathered)?;
        }
        self.telling.tell(invocation, gathered)
    }
}

/// Looks into a folder or a file.
pub(super) fn look_into(scanner: &Scanner, root: &Path, gathered: &mut Gathered) -> Result<(), Failure> {
    let found = read::read(root)?;
    let report = scanner.scan(&found.tree);
    gathered.add(&found.root, &found.tree, &report.files, &report.findings);
    report.skipped.into_iter().for_each(|(path, why)| gathered.skip(&found.root.join(path), why));
    found.unread.into_iter().for_each(|(path, why)| gathered.skip(&path, why));
    Ok(())
}
