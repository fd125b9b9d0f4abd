//! What would be written: one entry for each file, with its text before and after. Making a plan changes nothing, and a plan that
//! can't be made as a whole is none.

use super::places::Roots;
use crate::failure::Failure;
use portcullis_harden::{Content, Place, Scope, Setting, Tool, Wanted, changed, settings};
use std::path::{Path, PathBuf};

/// What would be written into one file.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) tool: Tool,
    pub(crate) place: &'static Place,
    pub(crate) path: PathBuf,
    /// What is there; `None` if there is no file.
    pub(crate) before: Option<String>,
    /// What would be.
    pub(crate) after: String,
    /// The settings that change.
    pub(crate) settings: Vec<&'static str>,
}

/// Which settings are meant.
#[derive(Debug, Clone)]
pub(crate) struct Meant {
    pub(crate) scopes: Vec<Scope>,
    pub(crate) tools: Vec<Tool>,
}

impl Meant {
    /// Each setting that is meant, with its scope.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (Scope, &'static Setting)> {
        let of_scope = |scope: Scope| {
            settings().filter(|it| self.tools.contains(&it.book.tool)).map(move |setting| (scope, setting))
        };
        self.scopes.iter().copied().flat_map(of_scope)
    }
}

/// Makes a plan.
pub(crate) fn plan<'a>(
    meant: &Meant,
    wanted: &dyn Fn(Scope) -> &'a Wanted,
    roots: &Roots,
) -> Result<Vec<Edit>, Failure> {
    let mut edits: Vec<Edit> = Vec::new();
    for (scope, setting) in meant.settings() {
        let Some(change) = setting.wanted(wanted(scope), scope) else { continue };
        let Some(place) = setting.book.place(scope) else { continue };
        let Some(path) = roots.path(place) else { continue };
        let known = edits.iter().position(|edit| edit.path == path);
        let at = if let Some(at) = known {
            at
        } else {
            let before = before(place, &path, roots)?;
            let after = before.clone().unwrap_or_default();
            edits.push(Edit { tool: setting.book.tool, place, path, before, after, settings: Vec::new() });
            edits.len() - 1
        };
        let Some(edit) = edits.get_mut(at) else { continue };
        let new = changed(setting, &change, &edit.after)
            .map_err(|error| unchangeable(&error.to_string()).at(edit.path.to_string_lossy()))?;
        if let Some(new) = new {
            edit.after = new;
            edit.settings.push(setting.id);
        }
    }
    edits.retain(|edit| edit.before.as_deref() != Some(&*edit.after) && !edit.settings.is_empty());
    Ok(edits)
}

/// The text that is there.
fn before(place: &'static Place, path: &Path, roots: &Roots) -> Result<Option<String>, Failure> {
    let file = roots.file(place, path);
    match file.content {
        Content::Text(text) => Ok(Some(text)),
        Content::Unreadable(why) => Err(unchangeable(&why).at(file.path)),
        Content::Missing => Ok(None),
    }
}

fn unchangeable(why: &str) -> Failure {
    Failure::usage(format!("the settings can't be changed: {why}"))
        .because("what can't be read as a whole would be lost in part, and the tool may not read it either")
        .fix("mend the file and try again")
        .fix("leave this tool out by naming the others: --tool NAME")
}
