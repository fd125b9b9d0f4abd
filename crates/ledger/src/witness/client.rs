//! Shows the log's newest checkpoint to a witness and keeps its signature.

use super::http::{self, HttpError};
use super::{AddCheckpoint, Kept, WitnessedNote};
use crate::error::LedgerError;
use crate::note::{Note, NoteError, Verifier};
use crate::prove;
use crate::read::Reader;

/// Why a log is not witnessed further.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The witness can't be asked.
    #[error("the witness at {url} can't be reached: {source}")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// Why not.
        source: HttpError,
    },
    /// The witness has seen more of this log than there is: it is an older copy.
    #[error("the witness has seen {seen} records of this log, but only {found} are here: the log was set back")]
    WentBack {
        /// Records that the witness saw.
        seen: u64,
        /// Records that are here.
        found: u64,
    },
    /// The witness says that this log is not the one that it saw.
    #[error("the witness has seen another history of this log: {0}")]
    Forked(String),
    /// The witness does not sign for another reason.
    #[error("the witness refuses ({status}): {text}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        text: String,
    },
    /// The witness's signature is not valid.
    #[error("the witness's answer is not valid: {0}")]
    BadAnswer(NoteError),
    /// The log itself can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Submits the log's newest checkpoint to the witness at `url`, whose key is `witness`.
pub fn submit(reader: &Reader, url: &str, witness: &Verifier) -> Result<WitnessedNote, SubmitError> {
    let kept = Kept::of(reader.disk().clone(), reader.root());
    let known = kept.by(witness)?.map_or(0, |note| note.checkpoint.size);
    let found = reader.extent()?.size;
    let mut answer = ask(reader, url, known.min(found))?;
    if let Answer::At(seen) = answer {
        // The witness knows better than our notes how far it has come.
        if seen > found {
            return Err(SubmitError::WentBack { seen, found });
        }
        answer = ask(reader, url, seen)?;
    }
    match answer {
        Answer::Signed(mut note, lines) => {
            note.add_signatures(&lines).map_err(SubmitError::BadAnswer)?;
            note.verify(witness).map_err(SubmitError::BadAnswer)?;
            Ok(kept.keep(witness, &note)?)
        }
        Answer::At(seen) => {
            Err(SubmitError::Refused { status: 409, text: format!("it is at {seen} records and still does not agree") })
        }
    }
}

/// What a witness answered.
enum Answer {
    /// It signed this note with these lines.
    Signed(Note, String),
    /// It is at another size.
    At(u64),
}

fn ask(reader: &Reader, url: &str, old: u64) -> Result<Answer, SubmitError> {
    let (proof, checkpoint) = prove::consistency(reader, old)?;
    let note = Note::parse(&checkpoint).map_err(SubmitError::BadAnswer)?;
    let body = AddCheckpoint { old, proof, note: note.clone() }.to_string();
    let target = format!("{}/add-checkpoint", url.trim_end_matches('/'));
    let response = http::post(&target, body.as_bytes())
        .map_err(|source| SubmitError::Unreachable { url: url.to_owned(), source })?;
    match response.status {
        200 => Ok(Answer::Signed(note, response.body)),
        409 => match response.body.trim().parse() {
            Ok(size) => Ok(Answer::At(size)),
            Err(_) => Err(SubmitError::Refused { status: 409, text: response.body }),
        },
        422 => Err(SubmitError::Forked(response.body.trim().to_owned())),
        status => Err(SubmitError::Refused { status, text: response.body.trim().to_owned() }),
    }
}
