//! What is asked of the road, and what it is told.

use crate::egress::Denial;
use portcullis_event::Socket;

/// Asks, decides, records. The command line implements it with policy and ledger.
pub trait Road: Send + Sync {
    /// Whether this may happen. It is asked before anything is passed on.
    fn ask(&self, asked: &Socket) -> Answer;

    /// Whether a key may be seen at all, by its fingerprint and by what it is called. Nothing is recorded.
    fn shows_key(&self, fingerprint: &str, name: &str) -> bool;

    /// The names under which the owner of a host key is known.
    fn servers(&self, host_key: &[u8]) -> Vec<String>;

    /// Something happened that is no question.
    fn told(&self, notice: &Notice);
}

/// The answer to what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It may happen.
    Allow,
    /// It may not.
    Deny(Denial),
}

/// What the road is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// What was denied was asked again, and denied without a new question.
    Again {
        /// What.
        asked: Box<Socket>,
        /// Why not.
        denial: Denial,
        /// How often.
        times: u64,
    },
    /// Somebody inside said something that can't be understood, or only in more than one way.
    Malformed {
        /// To whom.
        service: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The program outside can't be asked, or answers what can't be understood.
    Unanswered {
        /// Who.
        service: &'static str,
        /// What is wrong.
        why: String,
    },
    /// More came at once than is taken.
    Crowded {
        /// To whom.
        service: &'static str,
    },
}
