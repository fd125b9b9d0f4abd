//! Private text of a record, opened for the person whose ledger it is. That it was read is itself recorded, before
//! anything is opened: what can't be recorded is not read.

use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::note;
use crate::page::{Page, Tone};
use portcullis_event::{Content, Record, Sealed, hex};
use portcullis_ledger::{ContentKeeper, Reader};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// One piece of private text, by what is left of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub(crate) enum Piece {
    /// It can be read.
    Readable { text: String },
    /// Its key was destroyed.
    Erased,
    /// It was never kept.
    LeftOut { length: u64 },
    /// It should be there and can't be read.
    Unreadable { why: String },
}

/// The pieces of a record, by name.
pub(crate) type Pieces = BTreeMap<String, Piece>;

/// Opens what private text of record `index` there still is.
pub(crate) fn read(invocation: &Invocation, reader: &Reader, index: u64, record: &Record) -> Result<Pieces, Failure> {
    let content = &record.event.content;
    let sealed = content.values().any(|piece| matches!(piece, Content::Sealed(_)));
    let opener = if sealed { Some(Opener::recorded(invocation, reader, index)?) } else { None };
    let mut pieces = Pieces::new();
    for (name, content) in content {
        pieces.insert(name.clone(), piece(content, opener.as_ref())?);
    }
    Ok(pieces)
}

fn piece(content: &Content, opener: Option<&Opener>) -> Result<Piece, Failure> {
    match (content, opener) {
        (Content::Clear(text), _) => Ok(Piece::Readable { text: text.clone() }),
        (Content::Omitted { length, .. }, _) => Ok(Piece::LeftOut { length: *length }),
        (Content::Sealed(sealed), Some(opener)) => opener.open(sealed),
        (Content::Sealed(_), None) => Ok(Piece::Unreadable { why: "it was not asked for".to_owned() }),
    }
}

/// The ledger's keys and the ciphertexts of one record. It exists only after its use was recorded.
struct Opener {
    gate: Gate,
    blobs: Vec<Vec<u8>>,
}

impl Opener {
    fn recorded(invocation: &Invocation, reader: &Reader, index: u64) -> Result<Self, Failure> {
        let gate = Gate::open(invocation)?;
        let text = format!("read private content of record {index}");
        note::record(invocation, &gate, "reading private text", text)?;
        Ok(Self { gate, blobs: reader.blobs(index)? })
    }

    fn open(&self, sealed: &Sealed) -> Result<Piece, Failure> {
        let keeper: &ContentKeeper = self.gate.log().content()?;
        let Some(blob) = self.blobs.iter().find(|blob| hex::encode(&Sha256::digest(blob)) == sealed.sha256) else {
            return Ok(Piece::Unreadable { why: "its ciphertext is not in the ledger".to_owned() });
        };
        Ok(match keeper.open_sealed(sealed, blob) {
            Ok(Some(text)) => Piece::Readable { text: text.to_string() },
            Ok(None) => Piece::Erased,
            Err(error) => Piece::Unreadable { why: error.to_string() },
        })
    }
}

/// Shows the pieces. Each line of private text stands behind a bar, so that none can pass for a line of ours.
pub(crate) fn write(pieces: &Pieces, page: &mut Page) {
    for (name, piece) in pieces {
        page.end();
        page.put(Tone::Strong, name);
        match piece {
            Piece::Readable { text } => {
                page.end();
                for line in text.split('\n') {
                    page.put(Tone::Faint, "  | ").put(Tone::Plain, line).end();
                }
            }
            Piece::Erased => drop(page.put(Tone::Plain, ": erased").end()),
            Piece::LeftOut { length } => drop(page.put(Tone::Plain, format!(": {length} bytes, left out")).end()),
            Piece::Unreadable { why } => drop(page.put(Tone::Bad, format!(": can't be read: {why}")).end()),
        }
    }
    if pieces.is_empty() {
        page.end().line("it has no private text");
    }
}
