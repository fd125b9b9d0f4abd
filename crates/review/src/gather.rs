//! Puts findings together: one for each secret, with all its places.

use crate::git::ObjectId;
use crate::origin::Origin;
use crate::report::{NotLookedInto, Report, Statistics};
use crate::suppress::Suppressed;
use crate::{Fingerprint, Found, Place};
use portcullis_inspect::Hit;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

/// Where something was found in each object of a repository.
pub(crate) type Spans = HashMap<ObjectId, Vec<Range<usize>>>;

/// What one worker found, and in the end what all did.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    found: BTreeMap<(Fingerprint, Option<Suppressed>), Entry>,
    pub(crate) not_looked_into: BTreeSet<NotLookedInto>,
    pub(crate) statistics: Statistics,
}

#[derive(Debug)]
struct Entry {
    /// The hit that is most certain, with its place: which one represents all must not depend on the threads.
    hit: Hit,
    at: Place,
    places: BTreeSet<Place>,
    more: u64,
}

impl Gathered {
    /// Adds one place of a finding. Of `most` places at the most it is the first ones, in order, that are kept.
    pub(crate) fn add(&mut self, key: (Fingerprint, Option<Suppressed>), hit: Hit, place: Place, most: usize) {
        let entry = Entry { hit, at: place.clone(), places: BTreeSet::from([place]), more: 0 };
        self.add_entry(key, entry, most);
    }

    fn add_entry(&mut self, key: (Fingerprint, Option<Suppressed>), new: Entry, most: usize) {
        match self.found.entry(key) {
            std::collections::btree_map::Entry::Vacant(slot) => drop(slot.insert(new)),
            std::collections::btree_map::Entry::Occupied(mut slot) => slot.get_mut().merge(new, most),
        }
    }

    /// Adds what another worker found.
    pub(crate) fn merge(&mut self, other: Self, most: usize) {
        for (key, entry) in other.found {
            self.add_entry(key, entry, most);
        }
        self.not_looked_into.extend(other.not_looked_into);
        self.statistics.add(other.statistics);
    }

    /// The objects that something was found in.
    pub(crate) fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.found.values().flat_map(|entry| &entry.places).map(|place| &place.origin)
    }

    /// Where something was found in each object, in order.
    pub(crate) fn spans(&self) -> Spans {
        let mut spans = Spans::new();
        for entry in self.found.values() {
            for place in &entry.places {
                if let Origin::Object { id, .. } = &place.origin {
                    let start = usize::try_from(place.offset).unwrap_or(usize::MAX);
                    let end = start.saturating_add(entry.hit.value.expose().len());
                    spans.entry(*id).or_default().push(start..end);
                }
            }
        }
        for spans in spans.values_mut() {
            spans.sort_unstable_by_key(|span| (span.start, span.end));
        }
        spans
    }

    /// Replaces every origin, judges every place that is not suppressed anew, and keeps `most` places of each finding.
    pub(crate) fn relabel(
        &mut self,
        most: usize,
        label: impl Fn(&Origin) -> Origin,
        mut judge: impl FnMut(&Hit, Fingerprint, &Place) -> Option<Suppressed>,
    ) {
        for ((fingerprint, suppressed), entry) in std::mem::take(&mut self.found) {
            let mut parts: BTreeMap<Option<Suppressed>, Vec<Place>> = BTreeMap::new();
            for place in entry.places {
                let place = Place { origin: label(&place.origin), ..place };
                let part = suppressed.clone().or_else(|| judge(&entry.hit, fingerprint, &place));
                parts.entry(part).or_default().push(place);
            }
            // Of places that are not listed nobody knows whether they are suppressed: they count with those that are not.
            let mut more = entry.more;
            for (part, mut places) in parts {
                places.sort_unstable();
                more += places.len().saturating_sub(most) as u64;
                places.truncate(most);
                let Some(at) = places.first().cloned() else { continue };
                let (hit, places) = (entry.hit.clone(), places.into_iter().collect());
                let entry = Entry { hit, at, places, more: std::mem::take(&mut more) };
                self.found.insert((fingerprint, part), entry);
            }
        }
        self.not_looked_into = std::mem::take(&mut self.not_looked_into)
            .into_iter()
            .map(|missed| NotLookedInto { origin: label(&missed.origin), ..missed })
            .collect();
    }

    /// The report: the worst first, then by place.
    pub(crate) fn into_report(self) -> Report {
        let found = self.found.into_iter().map(|((fingerprint, suppressed), entry)| Found {
            fingerprint,
            hit: entry.hit,
            places: entry.places.into_iter().collect(),
            more_places: entry.more,
            suppressed,
        });
        let (suppressed, findings) = found.partition(|found| found.suppressed.is_some());
        Report {
            findings: in_order(findings),
            suppressed: in_order(suppressed),
            not_looked_into: self.not_looked_into.into_iter().collect(),
            statistics: self.statistics,
        }
    }
}

impl Entry {
    fn merge(&mut self, new: Self, most: usize) {
        self.more += new.more;
        for place in new.places {
            if self.places.insert(place) && self.places.len() > most {
                self.places.pop_last();
                self.more += 1;
            }
        }
        let rank = |hit: &Hit| (Reverse(hit.confidence), Reverse(hit.severity), hit.message.clone());
        if (rank(&new.hit), &new.at) < (rank(&self.hit), &self.at) {
            (self.hit, self.at) = (new.hit, new.at);
        }
    }
}

fn in_order(mut findings: Vec<Found>) -> Vec<Found> {
    findings.sort_by(|a, b| {
        let rank = |found: &Found| (Reverse(found.hit.severity), Reverse(found.hit.confidence));
        rank(a)
            .cmp(&rank(b))
            .then_with(|| a.places.cmp(&b.places))
            .then_with(|| a.hit.rule.cmp(&b.hit.rule))
            .then_with(|| a.fingerprint.cmp(&b.fingerprint))
            .then_with(|| a.suppressed.cmp(&b.suppressed))
    });
    findings
}
