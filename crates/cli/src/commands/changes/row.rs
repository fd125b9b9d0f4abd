//! One change as it is shown, and which of them are.

use crate::page::{Page, Tone, widest};
use crate::terms::{Standing, Terms};
use portcullis_changes::{Change, ChangeKind, ChangeSet, Class, FileType, LayerName, TreePath};
use serde::Serialize;
use std::collections::BTreeSet;

/// More rows of a kind than this are counted, not shown, on a page.
const MOST: usize = 60;

/// A change.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    layer: &'static str,
    path: TreePath,
    change: &'static str,
    #[serde(rename = "type")]
    file_type: &'static str,
    classes: Vec<&'static str>,
    verdict: &'static str,
    /// Why it does not apply by itself.
    because: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renamed_from: Option<TreePath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_before: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leads_to: Option<String>,
    /// Whether a page can do without it: a folder says nothing that what is in it does not.
    #[serde(skip)]
    is_plain_folder: bool,
    /// Whether git keeps it for itself. Nobody reads that by name, so a page tells of all of it in one line.
    #[serde(skip)]
    is_git: bool,
}

impl Row {
    pub(super) fn new(layer: LayerName, change: &Change, standing: &Standing) -> Self {
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        let mode = |mode: u32| format!("{mode:04o}");
        let is_folder = change.node().is_some_and(|node| node.file_type == FileType::Folder);
        let is_whole = matches!(change.kind, ChangeKind::Added | ChangeKind::Deleted);
        Self {
            layer: layer.as_str(),
            path: change.path.clone(),
            change: change.kind.as_str(),
            file_type: change.node().map_or("unknown", |node| node.file_type.as_str()),
            classes: change.classes.iter().map(|class| class.as_str()).collect(),
            verdict: standing.word(),
            because: standing.because(),
            renamed_from: change.renamed_from.clone(),
            mode_before: before.map(|node| mode(node.mode)),
            mode_after: after.map(|node| mode(node.mode)),
            size_before: before.map(|node| node.size),
            size_after: after.map(|node| node.size),
            leads_to: after.and_then(|node| node.target.as_deref()).map(|it| String::from_utf8_lossy(it).into_owned()),
            is_git: change.classes.contains(&Class::GitState),
            is_plain_folder: is_folder && is_whole && change.obstacle.is_none(),
        }
    }

    pub(super) fn is(&self, verdict: &str) -> bool {
        self.verdict == verdict
    }

    /// Whether somebody has to say something about it. A folder comes and goes with what is in it.
    pub(super) fn waits(&self) -> bool {
        !self.is("applies") && !self.is_plain_folder
    }

    /// The name, where so many rows are told of as one if git keeps them for itself.
    fn name_among(&self, git: usize) -> String {
        if self.is_git { format!("git-state ({git} names)") } else { self.name() }
    }

    fn name(&self) -> String {
        let layer =
            if self.layer == LayerName::Workspace.as_str() { String::new() } else { format!("{}:", self.layer) };
        match &self.renamed_from {
            Some(from) => format!("{layer}{} (was {from})", self.path),
            None => format!("{layer}{}", self.path),
        }
    }

    /// The classes that matter for what becomes of it.
    fn kinds(&self) -> String {
        let plain = [Class::Folder.as_str()];
        self.classes.iter().filter(|class| !plain.contains(class)).copied().collect::<Vec<_>>().join(", ")
    }
}

/// Every change of the layers, in their order.
pub(super) fn rows(sets: &[ChangeSet], terms: &Terms<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (set, standings) in sets.iter().zip(terms.standings(sets)) {
        rows.extend(set.changes.iter().map(|change| Row::new(set.layer, change, &standings.of(change))));
    }
    rows
}

/// Writes the rows of one verdict below a heading.
pub(super) fn write(page: &mut Page, heading: &str, tone: Tone, verdict: &str, all: &[Row]) {
    let holding = holding(all);
    // A folder is worth a line only where nothing in it is.
    let is_shown =
        |row: &&Row| row.is(verdict) && !(row.is_plain_folder && holding.contains(&(row.layer, row.path.clone())));
    let mut git = 0;
    let mut shown: Vec<&Row> = Vec::new();
    for row in all.iter().filter(is_shown) {
        git += usize::from(row.is_git);
        if !row.is_git || git == 1 {
            shown.push(row);
        }
    }
    if shown.is_empty() {
        return;
    }
    page.put(tone, format!("{heading} ({})", shown.len())).end();
    let names: Vec<String> = shown.iter().take(MOST).map(|row| row.name_among(git)).collect();
    let width = widest(names.iter().map(String::as_str)).min(60);
    for (row, name) in shown.iter().zip(&names) {
        page.put(Tone::Plain, "  ").column(Tone::Faint, row.change, 11).column(Tone::Plain, name, width);
        page.put(Tone::Plain, "  ");
        if row.because.is_empty() {
            page.put(Tone::Faint, row.kinds());
        } else {
            page.put(tone, row.because.join("; "));
        }
        if let Some(target) = &row.leads_to {
            page.put(Tone::Faint, format!(" → {target}"));
        }
        page.end();
    }
    if shown.len() > MOST {
        page.line(format!("  … and {} more; --json lists them all", shown.len() - MOST));
    }
}

/// The folders that something else is told of in.
fn holding(all: &[Row]) -> BTreeSet<(&'static str, TreePath)> {
    all.iter().filter_map(|row| Some((row.layer, row.path.parent()?))).collect()
}
