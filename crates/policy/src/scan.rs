//! `[scan]`: what scans of files do. A scan is a person's, so this is no check of events.

use crate::config::{Permission, Scalar};
use crate::policy::ValidPolicy;
use portcullis_event::SourceLine;

/// Secrets must not be sent to their issuers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyDenied {
    /// The line that says so; nothing if no line speaks of it.
    pub by: Option<SourceLine>,
}

impl ValidPolicy {
    /// Whether a scan may ask issuers about the secrets that it found. One storey that denies it is enough.
    pub fn may_verify(&self) -> Result<(), VerifyDenied> {
        let mut said = self.tiers.iter().filter_map(|tier| tier.scalar("scan.verify")).peekable();
        if said.peek().is_none() {
            return Err(VerifyDenied { by: None });
        }
        let denial = said.find(|(scalar, _)| **scalar != Scalar::Permission(Permission::Allow));
        denial.map_or(Ok(()), |(_, origin)| Err(VerifyDenied { by: Some(origin.line()) }))
    }
}
