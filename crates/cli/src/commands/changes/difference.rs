//! `portcullis changes diff`: what differs, line by line.

use super::{Which, selectors};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::hunks;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::sessions;
use clap::Args;
use portcullis_changes::{Change, ChangeSet, Contents, FileType, Hunk, Limits, TreePath, diff};
use serde::{Serialize, Serializer};

/// Larger files are not compared line by line.
const LARGEST: u64 = 4 << 20;

/// Shows what differs, line by line.
#[derive(Debug, Args)]
pub(crate) struct Difference {
    #[command(flatten)]
    which: Which,
    /// What to show: paths from the root of the workspace, folders, patterns or classes; everything if nothing is said
    #[arg(value_name = "PATH|CLASS")]
    chosen: Vec<String>,
}

/// What differs.
#[derive(Debug, Serialize)]
struct Differences {
    changes: Vec<One>,
}

/// What differs in one file.
#[derive(Debug, Serialize)]
struct One {
    layer: &'static str,
    path: TreePath,
    change: &'static str,
    /// What differs beside lines, in words.
    notes: Vec<String>,
    added: usize,
    removed: usize,
    #[serde(serialize_with = "as_data")]
    hunks: Vec<Hunk>,
    is_cut: bool,
}

impl Difference {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let selectors = selectors(&self.chosen)?;
        let session = sessions::open(invocation, self.which.session.as_deref())?;
        let sets = session.changes(Limits::default())?;
        let mut changes = Vec::new();
        for set in &sets {
            let meant =
                |change: &&Change| selectors.is_empty() || selectors.iter().any(|it| it.matches(set.layer, change));
            for change in set.changes.iter().filter(meant) {
                changes.extend(one(set, change)?);
            }
        }
        invocation.output.show(&Differences { changes })?;
        Ok(Exit::Success)
    }
}

/// What differs in a change; `None` for a folder that is only there for what is in it.
fn one(set: &ChangeSet, change: &Change) -> Result<Option<One>, Failure> {
    let notes = notes(change);
    let is_folder = change.node().is_some_and(|node| node.file_type == FileType::Folder);
    if is_folder && notes.is_empty() {
        return Ok(None);
    }
    let mut one = One {
        layer: set.layer.as_str(),
        path: change.path.clone(),
        change: change.kind.as_str(),
        notes,
        added: 0,
        removed: 0,
        hunks: Vec::new(),
        is_cut: false,
    };
    if change.obstacle.is_some() || change.contents == Some(Contents::Binary) {
        return Ok(Some(one));
    }
    let (before, after) = (set.contents_before(change, LARGEST)?, set.contents_after(change, LARGEST)?);
    let is_file = |node: &portcullis_changes::Node| node.file_type == FileType::File;
    let too_large = |node: Option<&portcullis_changes::Node>| node.is_some_and(|it| is_file(it) && it.size > LARGEST);
    if too_large(change.before.as_ref()) || too_large(change.after.as_ref()) {
        one.notes.push("too large to be compared line by line".to_owned());
        return Ok(Some(one));
    }
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    if before.contains(&0) {
        one.notes.push("what was there is not text".to_owned());
        return Ok(Some(one));
    }
    let found = diff(&before, &after);
    (one.added, one.removed, one.is_cut, one.hunks) = (found.added, found.removed, found.is_cut, found.hunks);
    Ok(Some(one))
}

/// What differs beside lines.
fn notes(change: &Change) -> Vec<String> {
    let mut notes = Vec::new();
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    if let Some((before, after)) = before.zip(after) {
        if before.file_type != after.file_type {
            notes.push(format!("was a {}, is a {}", before.file_type.as_str(), after.file_type.as_str()));
        }
        if before.mode != after.mode && after.file_type != FileType::Link {
            notes.push(format!("mode {:04o}, was {:04o}", after.mode, before.mode));
        }
    }
    if before.is_none() && change.gains_execution() {
        notes.push("may be executed".to_owned());
    }
    if let Some(target) = after.and_then(|node| node.target.as_deref()) {
        notes.push(format!("is a link to {}", String::from_utf8_lossy(target)));
    }
    if let Some(from) = &change.renamed_from {
        notes.push(format!("has the contents that {from} had"));
    }
    if change.contents == Some(Contents::Binary) {
        let size = |node: Option<&portcullis_changes::Node>| node.map_or(0, |node| node.size);
        notes.push(format!("is not text: {} bytes, was {}", size(after), size(before)));
    }
    notes.extend(change.obstacle.map(|obstacle| obstacle.reason().to_owned()));
    notes
}

impl View for Differences {
    fn write(&self, page: &mut Page) {
        if self.changes.is_empty() {
            page.line("no differences");
        }
        for one in &self.changes {
            let layer = if one.layer == "workspace" { String::new() } else { format!("{}:", one.layer) };
            page.put(Tone::Strong, format!("{} {layer}{}", one.change, one.path)).end();
            for note in &one.notes {
                page.put(Tone::Warning, format!("  {note}")).end();
            }
            for (tone, line) in one.hunks.iter().flat_map(hunks::lines) {
                page.put(tone, line).end();
            }
            if one.is_cut {
                page.put(Tone::Warning, "  … more differs than is shown").end();
            }
        }
    }
}

fn as_data<S: Serializer>(found: &[Hunk], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Written<'a> {
        before: (usize, usize),
        after: (usize, usize),
        lines: Vec<(char, &'a str)>,
    }
    let written = found.iter().map(|hunk| Written {
        before: hunk.before,
        after: hunk.after,
        lines: hunk.lines.iter().map(|(mark, line)| (hunks::sign(*mark).0, line.as_str())).collect(),
    });
    serializer.collect_seq(written)
}
