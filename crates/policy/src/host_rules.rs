//! What lists of hosts say about a destination, for a gate that must know whether somebody meant this very one.

use crate::pattern::host::Destination;
use crate::policy::ValidPolicy;
use portcullis_event::{Host, Verdict};

impl ValidPolicy {
    /// Whether a line of the highest storey names this host, its address or a range that holds it, and lets it be
    /// reached. A line that means every host names none, and one of a lower storey, such as a repository's, opens
    /// nothing.
    pub fn names_host(&self, host: &Host, port: Option<u16>) -> bool {
        let to = Destination { host, port, lookup: false };
        let named = |hit: crate::rules::Said<'_>| {
            hit.verdict == Verdict::Allow && hit.rule.is_some_and(|rule| !matches!(&*rule.text, "*" | "*:*" | "any"))
        };
        self.tiers.first().is_some_and(|tier| tier.network.hits(to).any(named))
    }
}
