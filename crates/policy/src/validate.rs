//! Contradictions within one file: the same thing allowed and denied, an entry twice, a line that another line makes
//! pointless, settings that exclude each other.

use crate::checks::{self, Answers, Asked};
use crate::config::{Boundary, Entry, EntryValue, Item, ModeWord, Require, Scalar};
use crate::diagnostic::Diagnostic;
use crate::example;
use crate::host_rules::port_of_the_machine;
use crate::read::nearest;
use crate::roles::Role;
use crate::source::{Origin, Places};
use crate::tier::{SECTIONS_WITH_OTHERWISE, Sheet, Tier};
use crate::usage::Usage;
use portcullis_event::{ChangeClass, Hazard, Verdict};
use std::collections::HashMap;

/// Tells every contradiction of one file.
pub(crate) fn sheet(sheet: &Sheet, places: &Places, problems: &mut Vec<Diagnostic>) {
    twice(sheet, problems);
    settings(sheet, problems);
    roles(sheet, problems);
    classes(sheet, problems);
    hazards(sheet, problems);
    let untold = problems.is_empty();
    if untold {
        shadowed(sheet, places, problems);
    }
}

fn origin(sheet: &Sheet, entry: &Entry) -> Origin {
    Origin::new(&sheet.text, entry.span.clone())
}

/// Roles that nobody can have.
fn roles(sheet: &Sheet, problems: &mut Vec<Diagnostic>) {
    for entry in sheet.entries.iter().filter(|entry| entry.key == "approvals.roles") {
        let EntryValue::Item(item) = &entry.value else { continue };
        let name = item.name.trim_start_matches('!');
        if Role::parse(name).is_none() {
            let all = Role::ALL.map(Role::name);
            let near = nearest(name, all).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let problem =
                Diagnostic::error(format!("there is no role `{name}`"), origin(sheet, entry), "nobody has it");
            problems.push(problem.help(format!("{near}the roles are {}", all.join(", "))));
        }
    }
}

/// Classes of changes that there are none of: a line about them would hold nothing back.
fn classes(sheet: &Sheet, problems: &mut Vec<Diagnostic>) {
    for entry in sheet.entries.iter().filter(|entry| entry.key.starts_with("changes.")) {
        let EntryValue::Item(item) = &entry.value else { continue };
        let name = item.name.trim_start_matches('!');
        if name.contains('*') || ChangeClass::parse(name).is_some() {
            continue;
        }
        let all: Vec<&str> = ChangeClass::ALL.iter().map(|class| class.as_str()).collect();
        let near =
            nearest(name, all.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let title = format!("there is no class of changes `{name}`");
        let problem = Diagnostic::error(title, origin(sheet, entry), "no change is of it");
        problems.push(problem.help(format!("{near}the classes are {}", all.join(", "))));
    }
}

/// Dangers that there are none of: a line about them would stop nothing.
fn hazards(sheet: &Sheet, problems: &mut Vec<Diagnostic>) {
    for entry in sheet.entries.iter().filter(|entry| entry.key.starts_with("effects.")) {
        let EntryValue::Item(item) = &entry.value else { continue };
        let name = item.name.trim_start_matches('!');
        if name.contains('*') || Hazard::parse(name).is_some() {
            continue;
        }
        let all: Vec<&str> = Hazard::ALL.iter().map(|hazard| hazard.as_str()).collect();
        let near =
            nearest(name, all.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let title = format!("there is no effect `{name}`");
        let problem = Diagnostic::error(title, origin(sheet, entry), "no command has it");
        problems.push(problem.help(format!("{near}the effects are {}", all.join(", "))));
    }
}

/// What an entry means, whatever its reason: two that mean the same are one too many.
fn meaning(item: &Item) -> (&str, Option<&str>, Option<&str>) {
    (&item.name, item.version.as_deref(), item.source.as_deref())
}

/// The same entry on one list twice, or on two lists of a section that say different things.
fn twice(sheet: &Sheet, problems: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<_, &Entry> = HashMap::new();
    for entry in &sheet.entries {
        let EntryValue::Item(item) = &entry.value else { continue };
        let (section, list) = entry.key.rsplit_once('.').unwrap_or(("", &entry.key));
        // These lists say something else about a thing than the others of their section.
        let aside =
            matches!(list, "self-hosted" | "endpoints" | "registries" | "protected" | "protect" | "inspect" | "roles");
        let group = if aside { entry.key.as_str() } else { section };
        let Some(first) = seen.insert((group, meaning(item)), entry) else { continue };
        if first.key == entry.key {
            problems.push(
                Diagnostic::warning(
                    format!("`{}` is on `{}` twice", item.name, entry.key),
                    origin(sheet, entry),
                    "again",
                )
                .related(origin(sheet, first), "here first")
                .help("remove one of them"),
            );
        } else if !is_pair_of_files(&first.key, &entry.key) {
            let title = format!("`{}` is on `{}` and on `{}`", item.name, first.key, entry.key);
            problems.push(
                Diagnostic::error(title, origin(sheet, entry), format!("here it is on `{}`", entry.key))
                    .related(origin(sheet, first), format!("here it is on `{}`", first.key))
                    .help("keep the one that is meant"),
            );
        }
    }
}

/// A file may be read and written; that is no contradiction.
fn is_pair_of_files(one: &str, other: &str) -> bool {
    matches!((one, other), ("files.read", "files.write") | ("files.write", "files.read"))
}

fn find<'a>(sheet: &'a Sheet, key: &str) -> Option<(&'a Scalar, Origin)> {
    sheet.entries.iter().filter(|entry| entry.key == key).find_map(|entry| match &entry.value {
        EntryValue::Scalar(Ok(scalar)) => Some((scalar, origin(sheet, entry))),
        EntryValue::Scalar(Err(_))
        | EntryValue::List
        | EntryValue::Item(_)
        | EntryValue::Ceiling(..)
        | EntryValue::Row(_) => None,
    })
}

fn list<'a>(sheet: &'a Sheet, key: &'a str) -> Option<&'a Entry> {
    entries(sheet, key).next()
}

fn entries<'a>(sheet: &'a Sheet, key: &'a str) -> impl Iterator<Item = &'a Entry> {
    sheet.entries.iter().filter(move |entry| entry.key == key && matches!(entry.value, EntryValue::Item(_)))
}

/// A program on this machine that a run asks is on this machine, however narrow the boundary.
fn opens_a_port_of_the_machine(entry: &Entry) -> bool {
    matches!(&entry.value, EntryValue::Item(item) if port_of_the_machine(&item.name).is_some())
}

/// Settings that exclude each other.
fn settings(sheet: &Sheet, problems: &mut Vec<Diagnostic>) {
    if let (Some((Scalar::Mode(ModeWord::Observe), mode)), Some((Scalar::Require(Require::Full), require))) =
        (find(sheet, "mode"), find(sheet, "sandbox.require"))
    {
        problems.push(
            Diagnostic::error(
                "nothing is required while it is only observed",
                require,
                "this needs `mode = \"enforce\"`",
            )
            .related(mode, "nothing is carried out in this mode")
            .help("enforce it, or leave `sandbox.require` out until the pilot is over"),
        );
    }
    boundary(sheet, problems);
    for section in SECTIONS_WITH_OTHERWISE {
        otherwise(sheet, section, problems);
    }
}

fn boundary(sheet: &Sheet, problems: &mut Vec<Diagnostic>) {
    let Some((Scalar::Boundary(boundary), at)) = find(sheet, "network.boundary") else { return };
    let (pointless, why) = match boundary {
        Boundary::Open => ("network.allow", "every host that is not denied is allowed with `open`"),
        Boundary::AirGapped => ("network.allow", "with `air-gapped` only hosts in `self-hosted` may be reached"),
        Boundary::LocalOnly => ("network.allow", "with `local-only` no other host may be reached"),
        Boundary::Ask | Boundary::AllowList => return,
    };
    let has_effect = |entry: &Entry| *boundary == Boundary::LocalOnly && opens_a_port_of_the_machine(entry);
    let Some(entry) = entries(sheet, pointless).find(|entry| !has_effect(entry)) else { return };
    let help = match boundary {
        Boundary::AirGapped => "move the hosts that you run yourself to `self-hosted`",
        Boundary::Open | Boundary::LocalOnly | Boundary::Ask | Boundary::AllowList => {
            "choose the boundary `allow-list`, or remove the list"
        }
    };
    problems.push(
        Diagnostic::error(
            format!("`{pointless}` has no effect with this boundary"),
            origin(sheet, entry),
            "this allows nothing more",
        )
        .related(at, why)
        .help(help),
    );
}

fn otherwise(sheet: &Sheet, section: &str, problems: &mut Vec<Diagnostic>) {
    let Some((Scalar::Answer(crate::config::Answer::Allow), at)) = find(sheet, &format!("{section}.otherwise")) else {
        return;
    };
    if let Some(entry) = list(sheet, &format!("{section}.allow")) {
        problems.push(
            Diagnostic::error(
                format!("`{section}.allow` has no effect"),
                origin(sheet, entry),
                "this is allowed anyway",
            )
            .related(at, "whatever is on no list is allowed")
            .help("write `otherwise = \"deny\"` if only the list is meant, or remove the list"),
        );
    }
}

/// Entries that allow what the same file stops entirely.
fn shadowed(sheet: &Sheet, places: &Places, problems: &mut Vec<Diagnostic>) {
    let stopping = sheet.entries.iter().filter(|entry| stops(&entry.key)).cloned().collect();
    let stopping = Sheet { text: sheet.text.clone(), entries: stopping };
    let tier = Tier::compile(Some(stopping), None, places, &mut Vec::new());
    let tiers = [tier];
    let places_of: HashMap<_, _> = tiers
        .iter()
        .flat_map(|tier| &tier.own)
        .flat_map(|sheet| sheet.entries.iter().map(|entry| origin(sheet, entry)))
        .map(|at| ((at.line, at.column), at))
        .collect();
    for entry in sheet.entries.iter().filter(|entry| !stops(&entry.key)) {
        let EntryValue::Item(item) = &entry.value else { continue };
        let Some(event) = example::of_item(&entry.key, item, places) else { continue };
        let mut answers = Answers::new(true);
        checks::ask(&tiers, Asked { inspected: &event.inspected, usage: &Usage::default() }, &mut answers);
        let considered = answers.considered.unwrap_or_default();
        let found = considered.iter().find(|it| it.check.as_str() == event.check && it.verdict == Verdict::Deny);
        if let Some(deny) = found {
            let at = places_of.get(&(deny.source.line, deny.source.column)).cloned();
            let mut problem = Diagnostic::warning(
                format!("`{}` is allowed in vain", item.name),
                origin(sheet, entry),
                format!("`{}` allows it", entry.key),
            );
            if let Some(at) = at {
                problem = problem.related(at, "this denies it, and a denial is stronger");
            }
            problems.push(problem.help("remove one of the two"));
        }
    }
}

fn stops(key: &str) -> bool {
    matches!(key.rsplit('.').next(), Some("deny" | "protect"))
}
