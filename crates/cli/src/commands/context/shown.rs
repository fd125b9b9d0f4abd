//! What the answers of `context` have in common: the terms of a provider, and how numbers are written.

use crate::page::{Page, Tone};
use crate::records::Missing;
use portcullis_event::Host;
use portcullis_policy::{ModelTerms, SaidBy, Trains, ValidPolicy};
use serde::Serialize;

/// What becomes of a prompt at a provider.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Terms(ModelTerms);

impl Terms {
    /// One for each offer that a prompt can have come under; none if nobody knows.
    pub(super) fn of(policy: &ValidPolicy, provider: &str, host: Option<&Host>) -> Vec<Self> {
        policy.model_terms(provider, host).into_iter().map(Self).collect()
    }
}

/// Shows the terms. Where there are several, the wire does not tell which hold.
pub(super) fn write_terms(terms: &[Terms], page: &mut Page) {
    if terms.is_empty() {
        page.put(Tone::Faint, "  keeps   ").put(Tone::Warning, "unknown").end();
        page.put(Tone::Faint, "  trains  ").put(Tone::Warning, "unknown").end();
        return;
    }
    for Terms(terms) in terms {
        if let Some(offer) = &terms.offer {
            page.put(Tone::Faint, "  if      ").put(Tone::Plain, offer).end();
        }
        page.put(Tone::Faint, "  keeps   ").put(Tone::Plain, &terms.keeps).end();
        let (tone, word) = match terms.trains {
            Trains::No => (Tone::Good, "no"),
            Trains::Yes => (Tone::Bad, "yes"),
            Trains::Depends => (Tone::Warning, "depends"),
            Trains::Unknown => (Tone::Warning, "unknown"),
        };
        page.put(Tone::Faint, "  trains  ").put(tone, word);
        page.put(Tone::Plain, terms.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default()).end();
        let source = match terms.by {
            SaidBy::Provider => terms.source.as_ref().map(|source| match &terms.as_of {
                Some(month) => format!("{source}, as of {month}"),
                None => format!("{source}, a copy without a date"),
            }),
            SaidBy::Policy => {
                Some(terms.source.as_ref().map_or("your policy".to_owned(), |source| format!("your policy: {source}")))
            }
            SaidBy::ThisMachine => None,
        };
        if let Some(source) = source {
            page.put(Tone::Faint, format!("  says    {source}")).end();
        }
    }
}

/// Shows what is gone of the ledger.
pub(super) fn write_missing(missing: Missing, page: &mut Page) {
    for (count, why) in [(missing.dropped, "were dropped by retention"), (missing.unreadable, "can't be read")] {
        if count > 0 {
            let words =
                format!("{} of the ledger {why}: what was in there is not in this answer", plural(count, "record"));
            page.put(Tone::Warning, words).end();
        }
    }
}

/// So many of something.
pub(super) fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A sum of money behind something else.
pub(super) fn money(microdollars: u64) -> String {
    format!("  {}.{:04} USD", microdollars / 1_000_000, microdollars % 1_000_000 / 100)
}
