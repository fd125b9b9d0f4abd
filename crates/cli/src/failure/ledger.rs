//! The ledger's errors, with what to do about them.

use super::Failure;
use portcullis_ledger::LedgerError;

const WHY: &str = "what can't be recorded is not done";

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let failure = Self::incomplete(error.to_string());
        match error {
            LedgerError::Io { action, path, source } => Self::io(action, Some(&path), &source)
                .because(WHY)
                .fix("`portcullis doctor` looks at the folder, the disk and its free space"),
            LedgerError::Missing(path) => Self::incomplete("there is no ledger yet")
                .at(path.to_string_lossy())
                .fix("the first record begins one: portcullis log add --text \"…\"")
                .fix("if there was one, name its folder with --home DIR or PORTCULLIS_HOME"),
            LedgerError::Exists(path) => Self::incomplete("there already is a ledger").at(path.to_string_lossy()),
            LedgerError::Damaged { path, what } => Self::incomplete(what)
                .at(path.to_string_lossy())
                .because("a ledger that is damaged proves nothing about what follows")
                .fix("`portcullis log verify` says what is affected")
                .fix("keep a copy of the folder before you change anything in it"),
            LedgerError::WentBack { .. } => failure
                .because("records were removed, or the folder was exchanged for an older copy")
                .fix("`portcullis log verify` says from where on")
                .fix("find out who could write to the folder before you go on"),
            LedgerError::NoSuchRecord { .. } => Self { exit: crate::exit::Exit::Usage, ..failure },
            LedgerError::TooLarge { .. } => failure.because(WHY).fix("record a shorter text"),
            LedgerError::Record(_) => failure.because(WHY),
            LedgerError::Key { ref path, .. } => {
                let place = path.to_string_lossy().into_owned();
                failure.at(place).because("without its key nothing can be signed").fix("restore the key from a backup")
            }
            LedgerError::Batch(_) => {
                failure.because(WHY).fix("`portcullis doctor` looks at the disk and its free space")
            }
        }
    }
}
