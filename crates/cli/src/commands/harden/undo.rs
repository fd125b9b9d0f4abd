//! `portcullis harden --undo`: files become again what they were. What somebody changed since is left alone, and shown.

use super::show::{Line, Plan, State, lines};
use super::{Which, agreed, record};
use crate::agent_hooks;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::harden::kept::{Keeping, Kept};
use crate::invocation::Invocation;
use crate::whole;
use portcullis_harden::Tool;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file that will be what it was.
struct Back {
    kept: Kept,
    now: Option<String>,
    /// `None`: there was none.
    then: Option<String>,
}

pub(super) fn run(which: &Which, yes: bool, invocation: &Invocation) -> Result<Exit, Failure> {
    let keeping = Keeping::of(&invocation.home()?);
    let named: Vec<&str> = which.tool.iter().filter_map(|name| Tool::named(name)).map(Tool::name).collect();
    let meant = |kept: &Kept| named.is_empty() || named.contains(&&*kept.tool);
    let back: Vec<Back> = keeping.all()?.into_iter().filter(meant).map(look).collect::<Result<_, _>>()?;
    let shown: Vec<_> = back
        .iter()
        .map(|it| {
            let path = it.kept.path.to_string_lossy().into_owned();
            (it.kept.tool.clone(), path, it.now.clone().unwrap_or_default(), it.then.clone().unwrap_or_default())
        })
        .collect();
    if !back.is_empty() && !yes && !agreed(&Plan::undone(&shown, State::Shown), invocation)? {
        return Ok(Exit::Findings);
    }
    let gate = Gate::open(invocation)?;
    for it in &back {
        if it.now != it.then {
            let text = it.then.as_deref().unwrap_or_default();
            record(&it.kept.path, &it.kept.tool, text, &gate, invocation)?;
            super::unchanged(&it.kept.path, it.now.as_deref())?;
            restore(it)?;
        }
        keeping.remove(&it.kept.path)?;
    }
    // Folders that were made are empty by now, unless somebody else put something there.
    let mut folders: Vec<&PathBuf> =
        back.iter().filter(|it| it.then.is_none()).flat_map(|it| &it.kept.folders).collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    for folder in folders {
        fs::remove_dir(folder).ok();
    }
    invocation.output.show(&Plan::undone(&shown, State::Undone))?;
    Ok(Exit::Success)
}

/// What a file was before the first of our steps that lead to what it is now.
fn look(kept: Kept) -> Result<Back, Failure> {
    let failed = |error: io::Error| Failure::io("read the settings", Some(&kept.path), &error);
    let now = match whole::if_there(fs::symlink_metadata(&kept.path)).map_err(failed)? {
        Some(metadata) if !metadata.is_file() => return Err(changed(&kept.path, &[])),
        Some(_) => Some(fs::read_to_string(&kept.path).map_err(failed)?),
        None => None,
    };
    let mut then = now.clone();
    // What was kept and then not written any more needs nothing.
    let was_written = kept.steps.last().is_none_or(|step| step.before != now);
    for step in kept.steps.iter().rev().skip(usize::from(!was_written)) {
        if then.as_deref() != Some(&*step.after) {
            return Err(changed(&kept.path, &lines(&step.after, then.as_deref().unwrap_or_default())));
        }
        then.clone_from(&step.before);
    }
    Ok(Back { kept, now, then })
}

fn changed(path: &Path, lines: &[Line]) -> Failure {
    let mut failure = Failure::usage("somebody changed these settings since they were written")
        .at(path.to_string_lossy())
        .because("taking back what was written would take back that as well")
        .fix("make the file what was written, or write it anew and look: portcullis harden --dry-run");
    if !lines.is_empty() {
        let texts: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
        failure.excerpt = Some(format!("  at  {}\n{}", path.display(), texts.join("\n")).into_boxed_str());
    }
    failure
}

fn restore(it: &Back) -> Result<(), Failure> {
    let path = &it.kept.path;
    if let Some(text) = &it.then {
        return agent_hooks::replace(path, text, false)
            .map_err(|error| Failure::io("write the settings", Some(path), &error));
    }
    fs::remove_file(path).map_err(|error| Failure::io("remove the settings", Some(path), &error))
}
