//! Replaces the key that signs checkpoints.
//!
//! The record that names the new key is covered by a checkpoint of the old one; the next checkpoint is signed by the
//! new one. Whoever trusted the old key can follow. If the process dies in between, the next writer finishes.

use crate::error::LedgerError;
use crate::keys;
use crate::note::Verifier;
use crate::notice;
use crate::writer::{Checkpointing, Writer};
use portcullis_event::{LedgerNotice, LedgerOp, Timestamp};

pub(crate) fn rotate(writer: &mut Writer, now: Timestamp) -> Result<Verifier, LedgerError> {
    writer.finish_rotation()?;
    let origin = writer.signer.verifier().name().to_owned();
    let new = keys::draft(writer.disk.as_ref(), &writer.root, &origin)?;
    let verifier = new.verifier();
    let mut notice = LedgerNotice::new(LedgerOp::KeyRotated);
    notice.origin = Some(origin);
    notice.key = Some(verifier.to_string());
    notice::sign(&mut notice, &writer.signer);
    let entry = notice::entry(now, notice)?;
    // Signed by the old key, up to and including the record that names the new one.
    writer.commit_locked(&[entry], Checkpointing::Now)?;
    writer.sign_with(new)?;
    keys::confirm(writer.disk.as_ref(), &writer.root)?;
    Ok(verifier)
}
