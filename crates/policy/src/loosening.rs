//! What a lower layer asks for in vain.
//!
//! Storeys make sure that a lower file has no say beyond what a higher one gives; this module makes sure that whoever
//! wrote the line hears of it. A single value is compared with the higher ones. An entry of a list that allows becomes
//! an example of what it would allow, and the higher storeys are asked about it.

use crate::checks::{self, Answers, Asked};
use crate::config::{Entry, EntryValue};
use crate::diagnostic::Diagnostic;
use crate::example;
use crate::gateway_rules::{self, Stricter};
use crate::injection;
use crate::pattern::name::NameSet;
use crate::roles::Role;
use crate::rules::Lists;
use crate::source::{Origin, Places};
use crate::taint_rules;
use crate::tier::Tier;
use crate::usage::Usage;
use portcullis_event::{ChangeClass, Hazard, Reason, Verdict};

/// Every line of a lower storey that asks for more than the storeys above give.
pub(crate) fn find(tiers: &[Tier], places: &Places) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for (above, tier) in tiers.iter().enumerate().skip(1) {
        let higher = tiers.get(..above).unwrap_or_default();
        let Some(sheet) = &tier.own else { continue };
        for entry in &sheet.entries {
            let origin = Origin::new(&sheet.text, entry.span.clone());
            out.extend(entry_loosens(entry, origin, higher, places));
        }
    }
    out.sort_by(|one, other| one.place().cmp(&other.place()));
    out
}

fn entry_loosens(entry: &Entry, origin: Origin, higher: &[Tier], places: &Places) -> Option<Diagnostic> {
    match &entry.value {
        EntryValue::List | EntryValue::Scalar(Err(_)) | EntryValue::Row(Err(_)) => None,
        EntryValue::Row(Ok(row)) => Some(match gateway_rules::stricter(row, higher)? {
            Stricter::Above(stricter) => report(&entry.key, origin, &stricter),
            Stricter::HighestAlone(what) => highest_alone(&entry.key, origin, what),
        }),
        EntryValue::Scalar(Ok(scalar)) => {
            if let Some(what) = injection::highest_alone(&entry.key) {
                return Some(highest_alone(&entry.key, origin, what));
            }
            let (_, stricter) = higher
                .iter()
                .filter_map(|tier| tier.scalar(&entry.key))
                .find(|(theirs, _)| scalar.is_looser_than(theirs))?;
            Some(report(&entry.key, origin, stricter))
        }
        EntryValue::Ceiling(pattern, class) => {
            let event = example::of_ceiling(&entry.key, pattern, *class)?;
            refused(entry, origin, higher, &event)
        }
        EntryValue::Item(item) => {
            if entry.key == "approvals.roles" {
                let list = higher.iter().filter_map(|tier| tier.approval_roles.as_ref());
                let stricter = list.into_iter().find(|list| !example::list_names(list, &item.name))?;
                return Some(report(&entry.key, origin, &stricter.origin));
            }
            if let Some(list) = entry.key.strip_prefix("changes.") {
                let stricter = word(
                    (list, &item.name),
                    |name| ChangeClass::parse(name).is_some(),
                    higher.iter().map(|tier| &tier.changes),
                )?;
                return Some(report(&entry.key, origin, stricter));
            }
            if let Some(("sockets.ssh-agent", section, list)) = split(&entry.key) {
                let stricter = purpose_or_key(section, list, &item.name, higher)?;
                return Some(report_reason(&entry.key, origin, &stricter));
            }
            if let Some(list) = entry.key.strip_prefix("taint.") {
                let stricter = taint_rules::stricter(list, &item.name, higher, places)?;
                return Some(report(&entry.key, origin, stricter));
            }
            if let Some(list) = entry.key.strip_prefix("effects.") {
                let stricter = word(
                    (list, &item.name),
                    |name| Hazard::parse(name).is_some(),
                    higher.iter().map(|tier| &tier.effects),
                )?;
                return Some(report(&entry.key, origin, stricter));
            }
            let event = example::of_item(&entry.key, item, places)?;
            refused(entry, origin, higher, &event)
        }
    }
}

fn highest_alone(key: &str, origin: Origin, what: &str) -> Diagnostic {
    let title = format!("this line has no effect: {what} is for the highest policy to say");
    Diagnostic::warning(title, origin, format!("`{key}` can't be set here"))
        .help("remove it, or ask whoever keeps the higher policy")
}

/// A key in three: its table, the section of it, and the list.
fn split(key: &str) -> Option<(&str, &str, &str)> {
    let (section, list) = key.rsplit_once('.')?;
    let (table, section) = section.rsplit_once('.')?;
    Some((table, section, list))
}

/// Why the storeys above refuse a key, or a purpose of signatures, that an entry would let through. An event has both, so an
/// example of one alone says nothing about the other.
fn purpose_or_key(section: &str, list: &str, name: &str, higher: &[Tier]) -> Option<Reason> {
    let name = match (list, name.strip_prefix('!')) {
        ("allow", None) => name,
        ("ask" | "deny", Some(name)) => name,
        _ => return None,
    };
    let mut answers = Answers::new(false);
    for (storey, tier) in higher.iter().enumerate() {
        answers.highest = storey == 0;
        answers.begin("sockets");
        checks::sockets::one(&tier.sockets, section, &example::filled(name), &mut answers);
    }
    answers.reasons.into_iter().find(|reason| reason.verdict > Verdict::Allow)
}

/// The line above that keeps back a class of changes, or stops a danger, that an entry would let through.
fn word<'a>(
    (list, name): (&str, &str),
    is_one: impl Fn(&str) -> bool,
    higher: impl Iterator<Item = &'a Lists<NameSet>>,
) -> Option<&'a Origin> {
    let (wanted, name) = wanted(list, name)?;
    is_one(name).then_some(())?;
    let answers = higher.filter_map(|lists| lists.of_word(name));
    answers.filter(|(verdict, _)| *verdict > wanted).find_map(|(_, origin)| origin)
}

/// What an entry of such a list wants: the answer, and the name that it is about.
fn wanted<'a>(list: &str, name: &'a str) -> Option<(Verdict, &'a str)> {
    match (list, name.strip_prefix('!')) {
        ("allow", None) => Some((Verdict::Allow, name)),
        ("deny", Some(name)) => Some((Verdict::Ask, name)),
        ("ask", Some(name)) => Some((Verdict::Allow, name)),
        _ => None,
    }
}

/// Asks the storeys above about an example of what an entry would allow.
fn refused(entry: &Entry, origin: Origin, higher: &[Tier], event: &example::Example) -> Option<Diagnostic> {
    let mut answers = Answers::new(false);
    checks::ask(higher, Asked { inspected: &event.inspected, usage: &Usage::default() }, &mut answers);
    let stricter = answers.reasons.iter().find(|it| it.check.as_str() == event.check && it.verdict > Verdict::Allow)?;
    Some(report_reason(&entry.key, origin, stricter))
}

fn report(key: &str, origin: Origin, stricter: &Origin) -> Diagnostic {
    let title = format!("this line has no effect: the policy at {stricter} is stricter");
    let label = format!("`{key}` can only be tightened here");
    Diagnostic::warning(title, origin, label)
        .related(stricter.clone(), "this one holds")
        .help("remove the line, or ask whoever keeps the higher policy")
}

fn report_reason(key: &str, origin: Origin, stricter: &Reason) -> Diagnostic {
    let place = stricter.source.as_ref().map_or("above".to_owned(), |line| format!("at {}:{}", line.file, line.line));
    let title = format!("this line has no effect: the policy {place} is stricter");
    let label = format!("`{key}` can only be tightened here");
    Diagnostic::warning(title, origin, label)
        .help(format!("above, {}; remove the line, or ask whoever keeps the higher policy", stricter.message))
}

/// The approval roles that are on every storey's list.
pub(crate) fn common_roles(tiers: &[Tier]) -> Vec<String> {
    let lists: Vec<_> = tiers.iter().filter_map(|tier| tier.approval_roles.as_ref()).collect();
    let names = Role::ALL.into_iter().map(Role::name);
    // INVARIANT: the highest storey stands on a preset, and every preset has this list.
    let on_all = |name: &&str| !lists.is_empty() && lists.iter().all(|list| example::list_names(list, name));
    names.filter(on_all).map(str::to_owned).collect()
}
