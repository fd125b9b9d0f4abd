//! What lists of hosts say about a destination, for a gate that must know whether somebody meant this very one.

use crate::config::{Boundary, EntryValue};
use crate::lists::Section;
use crate::pattern::Breadth;
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
        self.tiers.first().is_some_and(|tier| {
            let is_own = || {
                matches!(tier.boundary(), Some((Boundary::AirGapped, _)))
                    && tier.self_hosted.as_ref().and_then(|list| list.find(to, Breadth::Narrow)).is_some()
            };
            tier.network.hits(to).any(named) || is_own()
        })
    }

    /// Whether any line of any storey speaks of this host, whatever it says.
    pub fn lists_host(&self, host: &Host, port: Option<u16>) -> bool {
        let to = Destination { host, port, lookup: false };
        self.tiers.iter().any(|tier| tier.network.hits(to).next().is_some())
    }

    /// The hosts on the list of the highest storey that no storey keeps back, as they are written there. A line that means every
    /// host is not one.
    pub fn hosts_in_reach(&self) -> Vec<String> {
        let names_all = |host: &String| matches!(&**host, "*" | "*:*" | "any");
        self.passed(Section::Network).into_iter().filter(|host| !names_all(host)).collect()
    }

    /// Ports of the machine that a sandbox may reach under [`Host::OF_THE_MACHINE`], in order.
    pub fn ports_of_the_machine(&self) -> Vec<u16> {
        let Ok(host) = Host::parse(Host::OF_THE_MACHINE) else { return Vec::new() };
        let sheets = self.tiers.iter().take(1).flat_map(|tier| [&tier.own, &tier.preset]).flatten();
        let mut ports: Vec<u16> = sheets
            .flat_map(|sheet| &sheet.entries)
            .filter(|entry| matches!(&*entry.key, "network.allow" | "network.self-hosted"))
            .filter_map(|entry| {
                let EntryValue::Item(item) = &entry.value else { return None };
                port_of_the_machine(&item.name)
            })
            .filter(|port| self.names_host(&host, Some(*port)))
            .collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }
}

/// The port that an entry opens, if it is one of the machine's.
pub(crate) fn port_of_the_machine(entry: &str) -> Option<u16> {
    let (host, port) = entry.rsplit_once(':')?;
    Host::parse(host).ok().filter(Host::is_of_the_machine)?;
    port.parse().ok()
}
