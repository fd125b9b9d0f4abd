//! What stands on the lists of a policy, as it is written: for whoever says the same to a program in another language. It decides
//! nothing; what an entry means is said where it is asked.

use crate::config::{Boundary, EntryValue};
use crate::example;
use crate::pattern::Set;
use crate::policy::ValidPolicy;
use crate::rules::{List, Lists};
use crate::tier::Tier;
use crate::usage::Usage;
use portcullis_event::Verdict;

/// A section that has lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// `[commands]`.
    Commands,
    /// `[network]`.
    Network,
    /// `[models]`.
    Models,
    /// `[mcp]`.
    Servers,
}

impl Section {
    const fn key(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Network => "network",
            Self::Models => "models",
            Self::Servers => "mcp",
        }
    }
}

fn texts<S: Set>(lists: &Lists<S>, verdict: Verdict) -> Vec<String> {
    let list = match verdict {
        Verdict::Deny => &lists.deny,
        Verdict::Ask => &lists.ask,
        Verdict::Allow | Verdict::AllowWithChanges => &lists.allow,
    };
    list.iter().flat_map(List::texts).map(str::to_owned).collect()
}

fn closes<S: Set>(lists: &Lists<S>) -> bool {
    lists.unlisted().is_some_and(|said| said.verdict == Verdict::Deny)
}

impl ValidPolicy {
    /// Every entry of the lists that deny, or that ask, of all storeys, once. What a storey takes off its own list by the same
    /// words is not among them.
    pub fn stopped(&self, section: Section, verdict: Verdict) -> Vec<String> {
        let of = |tier: &Tier| match section {
            Section::Commands => texts(&tier.commands, verdict),
            Section::Network => texts(&tier.network, verdict),
            Section::Models => texts(&tier.models, verdict),
            Section::Servers => texts(&tier.mcp, verdict),
        };
        let mut out = Vec::new();
        for text in self.tiers.iter().flat_map(of) {
            if !out.contains(&text) {
                out.push(text);
            }
        }
        out
    }

    /// The entries on the list that allows of the highest storey which no storey keeps back.
    pub fn passed(&self, section: Section) -> Vec<String> {
        let key = format!("{}.allow", section.key());
        let sheets = self.tiers.iter().take(1).flat_map(|tier| [&tier.own, &tier.preset]).flatten();
        let entries = sheets.flat_map(|sheet| &sheet.entries).filter(|entry| entry.key == key);
        let mut out: Vec<String> = entries
            .filter_map(|entry| {
                let EntryValue::Item(item) = &entry.value else { return None };
                let example = example::of_item(&entry.key, item, &self.places)?;
                let decision = self.decide(&example.inspected, &Usage::default());
                let of_check = decision.reasons.iter().filter(|it| it.check.as_str() == example.check);
                let verdict = of_check.map(|it| it.verdict).max();
                (verdict == Some(Verdict::Allow) && !item.name.starts_with('!')).then(|| item.name.clone())
            })
            .collect();
        out.sort();
        out.dedup();
        out
    }

    /// What agents are told about how code is written, of all storeys, once.
    pub fn standards(&self) -> Vec<String> {
        let sheets = self.tiers.iter().flat_map(|tier| [&tier.own, &tier.preset]).flatten();
        let mut out: Vec<String> = Vec::new();
        for entry in sheets.flat_map(|sheet| &sheet.entries).filter(|entry| entry.key == "code.standards") {
            let EntryValue::Item(item) = &entry.value else { continue };
            if !out.contains(&item.name) {
                out.push(item.name.clone());
            }
        }
        out
    }

    /// Whether a storey denies what no list of this section names.
    pub fn denies_the_rest(&self, section: Section) -> bool {
        match section {
            Section::Commands => self.tiers.iter().any(|tier| closes(&tier.commands)),
            Section::Network => match self.boundary() {
                Boundary::Open | Boundary::Ask => false,
                Boundary::AllowList | Boundary::AirGapped | Boundary::LocalOnly => true,
            },
            Section::Models => self.tiers.iter().any(|tier| closes(&tier.models)),
            Section::Servers => self.tiers.iter().any(|tier| closes(&tier.mcp)),
        }
    }
}
