//! What witnesses remember of this user's log: how far somebody else has seen it, and when.

use crate::home::Home;
use crate::time;
use portcullis_ledger::Reader;
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::witness::{Kept, KnownWitnesses, WitnessedNote};
use std::sync::Arc;

/// What is said where nobody remembers anything.
pub(crate) const NOBODY: &str = "not witnessed: an older copy in its place would not be noticed";
/// The command that mends it.
pub(crate) const REMEDY: &str = "portcullis log witness add --git REPOSITORY, or --url, or --folder";

/// What could be learnt from witnesses, and from which of them nothing could be learnt.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    pub(crate) notes: Vec<WitnessedNote>,
    /// Why a witness on the list says nothing. Whoever shows the notes shows these, too.
    pub(crate) unread: Vec<String>,
}

/// The list of this user's witnesses.
pub(crate) fn known(home: &Home) -> KnownWitnesses {
    KnownWitnesses::of(Arc::new(RealDisk), home.path())
}

/// What each witness saw, as far as that is known without a network.
pub(crate) fn remembered(home: &Home, reader: &Reader) -> Remembered {
    match known(home).remembered(reader) {
        Ok(notes) => Remembered { notes, unread: Vec::new() },
        // One witness that can't be read must not hide what others signed.
        Err(error) => kept(home).and_unread(format!(
            "not every witness could be read, so only signatures kept beside the ledger are known: {error}"
        )),
    }
}

/// Only what lies beside the ledger.
pub(crate) fn kept(home: &Home) -> Remembered {
    match Kept::of(Arc::new(RealDisk), home.path()).all() {
        Ok(notes) => Remembered { notes, unread: Vec::new() },
        Err(error) => Remembered::default().and_unread(error.to_string()),
    }
}

impl Remembered {
    /// Adds why a witness says nothing.
    pub(crate) fn and_unread(mut self, why: String) -> Self {
        self.unread.push(why);
        self
    }

    /// Adds what the witnesses on the network say when they are asked now.
    pub(crate) fn and_asked(mut self, home: &Home, reader: &Reader) -> Self {
        match known(home).ask(reader) {
            Ok(notes) => self.notes.extend(notes),
            Err(error) => self.unread.push(format!("not every witness could be asked: {error}")),
        }
        self
    }

    /// Whoever saw the most, the latest of them first.
    pub(crate) fn furthest(&self) -> Option<&WitnessedNote> {
        self.notes.iter().max_by_key(|note| (note.checkpoint.size, note.time))
    }
}

/// How far a log of `records` was witnessed, in one line.
pub(crate) fn sentence(note: &WitnessedNote, records: u64) -> String {
    let (seen, age, by) = (note.checkpoint.size, time::age(note.time), &note.by);
    if seen > records {
        return format!("{by} has seen {seen} records, {age} ago, but only {records} are here: the log was set back");
    }
    format!("witnessed through {seen} of {records} records, {age} ago, by {by}")
}
