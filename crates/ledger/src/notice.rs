//! The log's notices about itself, and the signature of those that verification acts on.
//!
//! That a frame holds a notice is not part of the tree, and anyone who may append can write a record that looks like
//! one. A change of keys or the dropping of records is therefore believed only with the log's own signature inside.

use crate::error::LedgerError;
use crate::frame::FrameKind;
use crate::note::{Note, Signer, Verifier};
use crate::writer::Entry;
use portcullis_event::{
    Actor, Body, CheckId, Coverage, Decision, Event, EventId, LedgerNotice, LedgerOp, Mode, Reason, Record, Rest,
    SCHEMA_VERSION, Timestamp, Verdict,
};

/// Signs what a notice says.
pub(crate) fn sign(notice: &mut LedgerNotice, signer: &Signer) {
    notice.signature = Some(signer.sign(&statement(notice), 0));
}

/// Whether the notice carries a signature of one of these keys.
pub(crate) fn is_signed(notice: &LedgerNotice, keys: &[Verifier]) -> bool {
    let Some(signature) = &notice.signature else { return false };
    let text = statement(notice);
    let note = Note::parse(&format!("{text}\n{signature}"));
    note.is_ok_and(|note| note.text() == text && keys.iter().any(|key| note.verify(key).is_ok()))
}

/// What is signed. It begins with words that can't be the name of a log, so that it never passes for a checkpoint.
fn statement(notice: &LedgerNotice) -> String {
    let op = match notice.op {
        LedgerOp::Created => "created",
        LedgerOp::KeyRotated => "key rotated",
        LedgerOp::SegmentSealed => "segment sealed",
        LedgerOp::ContentErased => "content erased",
        LedgerOp::RecordsPruned => "records pruned",
        LedgerOp::Imported => "imported",
    };
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    format!(
        "portcullis ledger notice\n{op}\n{:?}\n{:?}\n{}\n{}\n",
        notice.origin.as_deref().unwrap_or_default(),
        notice.key.as_deref().unwrap_or_default(),
        number(notice.first),
        number(notice.count)
    )
}

/// A notice, ready to be written.
pub(crate) fn entry(now: Timestamp, notice: LedgerNotice) -> Result<Entry, LedgerError> {
    Ok(Entry::new(FrameKind::Control, record(now, notice).encode()?))
}

/// The record of a notice. The log itself is the actor and the judge: nothing is asked for, something is reported.
fn record(now: Timestamp, notice: LedgerNotice) -> Record {
    let event = Event::new(EventId::fresh(), now, Actor::service("ledger"), Body::from(notice));
    let reasons = CheckId::parse("ledger").map(|check| Reason {
        check,
        verdict: Verdict::Allow,
        message: "the ledger reports on itself".to_owned(),
        source: None,
        fix: None,
        rest: Rest::new(),
    });
    let decision = Decision::strictest(Mode::Enforce, "none", reasons.into_iter().collect(), Vec::new());
    Record {
        v: SCHEMA_VERSION,
        event,
        findings: Vec::new(),
        coverage: Coverage::default(),
        decision,
        rest: Rest::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Algorithm;

    #[test]
    fn a_notice_is_believed_only_as_signed() {
        let signer = |fill| Signer::from_seed("example.org/log", Algorithm::Ed25519, &[fill; 32].into()).unwrap();
        let key = signer(1).verifier();
        let mut notice = LedgerNotice { first: Some(3), count: Some(4), ..LedgerNotice::new(LedgerOp::RecordsPruned) };
        assert!(!is_signed(&notice, std::slice::from_ref(&key)));
        sign(&mut notice, &signer(1));
        assert!(is_signed(&notice, std::slice::from_ref(&key)));
        assert!(!is_signed(&notice, &[signer(2).verifier()]));
        let holds = |change: fn(&mut LedgerNotice)| {
            let mut changed = notice.clone();
            change(&mut changed);
            is_signed(&changed, std::slice::from_ref(&key))
        };
        assert!(holds(|_| {}));
        assert!(!holds(|notice| notice.op = LedgerOp::KeyRotated));
        assert!(!holds(|notice| notice.first = None));
        assert!(!holds(|notice| notice.count = Some(5)));
        assert!(!holds(|notice| notice.origin = Some("x".to_owned())));
        assert!(!holds(|notice| notice.key = Some("x\n3\n4".to_owned())));
    }
}
