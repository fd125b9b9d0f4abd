//! A verdict as a person reads it.

use crate::page::Tone;
use portcullis_event::Verdict;

/// Its colour and its word.
pub(crate) const fn shown(verdict: Verdict) -> (Tone, &'static str) {
    match verdict {
        Verdict::Allow => (Tone::Good, "allow"),
        Verdict::AllowWithChanges => (Tone::Good, "allow with changes"),
        Verdict::Ask => (Tone::Warning, "ask"),
        Verdict::Deny => (Tone::Bad, "deny"),
    }
}
