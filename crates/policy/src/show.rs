//! The policy in force as one text: every line with the place that it comes from.
//!
//! Where several storeys have a list that allows, an entry that another storey refuses stands there as a comment.

use crate::checks::{self, Answers, Asked};
use crate::config::{Ceiling, Entry, EntryValue, Item, Means, Row, Scalar};
use crate::example;
use crate::policy::ValidPolicy;
use crate::source::Origin;
use crate::tier::{Sheet, Tier};
use crate::usage::Usage;
use portcullis_event::Verdict;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a key holds, over all storeys.
#[derive(Default)]
struct Shown<'a> {
    scalar: Option<(&'a Scalar, Origin)>,
    items: Vec<(&'a Item, Origin, bool)>,
    ceilings: Vec<(&'a str, Ceiling, Origin)>,
    /// Tables of a list, and whether they hold.
    rows: Vec<(&'a Row, Origin, bool)>,
    is_list: bool,
}

impl ValidPolicy {
    /// The policy in force as TOML, each line with its origin.
    pub fn show(&self) -> String {
        let mut out = format!("# The policy in force, {}\n", self.hash());
        let mut section = "";
        let shown = self.shown();
        // Sorted by section, so that each stands there once; keys without a section come first.
        let mut keys: Vec<_> =
            shown.iter().map(|(key, shown)| (key.rsplit_once('.').unwrap_or(("", key)), shown)).collect();
        keys.sort_by_key(|(key, _)| *key);
        for ((here, name), shown) in keys {
            if here != section {
                section = here;
                let _ = writeln!(out, "\n[{section}]");
            }
            shown.write(name, &mut out);
        }
        out
    }

    fn shown(&self) -> BTreeMap<&str, Shown<'_>> {
        let mut out: BTreeMap<&str, Shown<'_>> = BTreeMap::new();
        for (storey, tier) in self.tiers.iter().enumerate() {
            for sheet in [&tier.own, &tier.preset].into_iter().flatten() {
                for entry in &sheet.entries {
                    self.add(out.entry(&entry.key).or_default(), entry, sheet, storey);
                }
            }
        }
        out
    }

    fn add<'a>(&'a self, shown: &mut Shown<'a>, entry: &'a Entry, sheet: &Sheet, storey: usize) {
        let origin = Origin::new(&sheet.text, entry.span.clone());
        match &entry.value {
            EntryValue::List => shown.is_list = true,
            EntryValue::Item(item) => {
                if !shown.items.iter().any(|(known, ..)| *known == item) {
                    let holds = self.holds(entry, item, storey);
                    shown.items.push((item, origin, holds));
                }
            }
            EntryValue::Ceiling(pattern, class) => {
                let known = shown.ceilings.iter_mut().find(|(known, ..)| known == pattern);
                match known {
                    Some(known) if known.1 < *class => *known = (pattern, *class, origin),
                    Some(_) => {}
                    None => shown.ceilings.push((pattern, *class, origin)),
                }
            }
            EntryValue::Row(Err(_)) => {}
            EntryValue::Row(Ok(row)) => {
                let holds = storey == 0 || matches!(row.means, Means::Limit(_) | Means::Marker(_));
                shown.rows.push((row, origin, holds));
            }
            EntryValue::Scalar(_) => {
                let here = self.tiers.get(storey).and_then(|tier| tier.scalar(&entry.key));
                let stricter =
                    |(mine, _): &(&Scalar, Origin)| here.is_some_and(|(theirs, _)| mine.is_looser_than(theirs));
                if shown.scalar.is_none() || shown.scalar.as_ref().is_some_and(stricter) {
                    shown.scalar = here.map(|(scalar, origin)| (scalar, origin.clone()));
                }
            }
        }
    }

    /// Whether all other storeys let pass what an entry allows.
    fn holds(&self, entry: &Entry, item: &Item, storey: usize) -> bool {
        let Some(event) = example::of_item(&entry.key, item, &self.places) else { return true };
        let asked = Asked { inspected: &event.inspected, usage: &Usage::default() };
        let refuses = |tier: &Tier| {
            let mut answers = Answers::new(false);
            checks::ask(std::slice::from_ref(tier), asked, &mut answers);
            answers.reasons.iter().any(|it| it.check.as_str() == event.check && it.verdict > Verdict::Allow)
        };
        self.tiers.iter().enumerate().filter(|(other, _)| *other != storey).all(|(_, tier)| !refuses(tier))
    }
}

impl Shown<'_> {
    fn write(&self, name: &str, out: &mut String) {
        if let Some((_, origin)) = &self.scalar {
            let written = origin.text.written.get(origin.span.clone()).unwrap_or_default();
            // Lists of tools and skills say the same in words of their own.
            let written = if written == "true" || written == "false" { foreign(name, written) } else { written };
            let _ = writeln!(out, "{name} = {written} # from {origin}");
        }
        if self.is_list {
            let _ = writeln!(out, "{name} = [");
            for (item, origin, holds) in &self.items {
                let (mark, remark) =
                    if *holds { ("", "") } else { ("# ", ", without effect: another layer is stricter") };
                let _ = writeln!(out, "  {mark}{}, # from {origin}{remark}", toml_of(item));
            }
            out.push_str("]\n");
        }
        if !self.rows.is_empty() {
            let _ = writeln!(out, "{name} = [");
            for (row, origin, holds) in &self.rows {
                let (mark, remark) =
                    if *holds { ("", "") } else { ("# ", ", without effect: another layer is stricter") };
                let _ = writeln!(out, "  {mark}{}, # from {origin}{remark}", row.inline);
            }
            out.push_str("]\n");
        }
        for (pattern, class, origin) in &self.ceilings {
            let class = match class {
                Ceiling::Public => "public",
                Ceiling::Internal => "internal",
                Ceiling::Confidential => "confidential",
                Ceiling::Restricted => "restricted",
            };
            let _ = writeln!(out, "{name}.{} = \"{class}\" # from {origin}", quoted(pattern));
        }
    }
}

fn foreign(name: &str, written: &str) -> &'static str {
    match (name, written) {
        ("require", "true") => "\"any\"",
        ("require", _) => "\"nothing\"",
        _ => "\"deny\"",
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn toml_of(item: &Item) -> String {
    let fields = [
        ("name", Some(&item.name)),
        ("source", item.source.as_ref()),
        ("version", item.version.as_ref()),
        ("reason", item.reason.as_ref()),
    ];
    let given: Vec<String> =
        fields.into_iter().filter_map(|(key, value)| value.map(|value| format!("{key} = {}", quoted(value)))).collect();
    if given.len() == 1 { quoted(&item.name) } else { format!("{{ {} }}", given.join(", ")) }
}
