//! `portcullis trust detonate`: lets a skill loose where nothing is real, and says what it does.

mod chamber;
mod face;
mod ground;
mod step;

use super::read;
use super::telling::{Gathered, Telling};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use chamber::{Chamber, Course};
use clap::Args;
use ground::Ground;
use portcullis_trust::{Entry, Scanner, Tree, brought_by, roots_of};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Lets skills and plugins loose where nothing is real, and says what they do there.
#[derive(Debug, Args)]
pub(crate) struct Detonate {
    /// Skills and plugins: folders, or a folder of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Look into what is written in them as well, as `trust scan` does
    #[arg(long)]
    scan: bool,
    /// The longest that all steps of one skill may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..=3600))]
    time: u64,
    #[command(flatten)]
    telling: Telling,
}

impl Detonate {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let scanner = Scanner::new().map_err(|error| Failure::incomplete(error.to_string()))?;
        let cwd = invocation.cwd()?.to_owned();
        let home = invocation.home()?;
        home.ensure()?;
        let mut gathered = Gathered::default();
        for path in &self.paths {
            let path = cwd.join(path);
            let found = read::read(&path)?;
            for root in outermost(&found.tree) {
                let tree = below(&found.tree, &root);
                let from = if path.is_dir() && !root.is_empty() { path.join(&root) } else { path.clone() };
                let course = self.let_loose(invocation, &scanner, (&tree, &from), home.path())?;
                let files: Vec<String> = tree.entries().map(|(path, _)| path.to_owned()).collect();
                gathered.add(&found.root.join(&root), &tree, &files, &course.findings);
                course.skipped.into_iter().for_each(|(path, why)| gathered.skip(&path, why));
            }
            if self.scan {
                super::scan::look_into(&scanner, &path, &mut gathered)?;
            } else {
                found.unread.into_iter().for_each(|(path, why)| gathered.skip(&path, why));
            }
        }
        self.telling.tell(invocation, gathered)
    }

    fn let_loose(
        &self,
        invocation: &Invocation,
        scanner: &Scanner,
        (tree, from): (&Tree, &Path),
        home: &Path,
    ) -> Result<Course, Failure> {
        let name = portcullis_review::printable(from);
        // What can't be recorded is not done. The ledger is let go again: walls are built by somebody who is alone.
        let gate = Gate::open(invocation)?;
        crate::note::record(invocation, &gate, "the detonation", format!("{name} is let loose where nothing is real"))?;
        drop(gate);
        let folder = home.join("detonations");
        let ground = Ground::hold(&folder)
            .map_err(|error| Failure::io("hold a folder for the detonation", Some(&folder), &error))?;
        let mut chamber = Chamber::build(ground, (tree, from), scanner)?;
        let course = chamber.go(Duration::from_secs(self.time))?;
        let sentence = course.sentence(&name);
        let gate = Gate::open(invocation)?;
        crate::note::record(invocation, &gate, "the detonation", sentence.clone())?;
        if !invocation.output.is_json() {
            invocation.output.remark(&sentence);
            course.remarks.iter().for_each(|remark| invocation.output.remark(remark));
        }
        Ok(course)
    }
}

/// The skills and plugins of a tree, none within another; the tree itself if it holds none.
fn outermost(tree: &Tree) -> BTreeSet<String> {
    let roots = roots_of(tree.entries().map(|(path, _)| path));
    let is_within = |root: &String| {
        let above = root.rsplit_once('/').map_or("", |(above, _)| above);
        !root.is_empty() && brought_by(&roots, format!("{above}/x").trim_start_matches('/')).is_some()
    };
    let outermost: BTreeSet<String> = roots.iter().filter(|root| !is_within(root)).cloned().collect();
    if outermost.is_empty() { BTreeSet::from([String::new()]) } else { outermost }
}

/// What lies below a folder of a tree, as a tree.
fn below(tree: &Tree, root: &str) -> Tree {
    let mut inner = Tree::default();
    for (path, entry) in tree.below(root) {
        let entry: Entry = entry.clone();
        inner.insert(path, entry);
    }
    inner
}
