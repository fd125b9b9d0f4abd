//! Rules as Rust source: constants that cost nothing when the program starts.

use crate::{Matcher, Rule, Step, Table, Word};
use std::fmt::Write as _;

/// What the program is given of its rules.
#[derive(Debug)]
pub struct Embedded {
    /// The source of `static RULES`. It expects the automata's bytes as `AUTOMATA`.
    pub source: String,
    /// The bytes of all automata.
    pub automata: Vec<u8>,
    /// The three parts of the table: marks, slots, entries.
    pub table: [Vec<u8>; 3],
}

/// Rules as source, and the table that finds them and the words beside them.
pub fn embed(rules: &[Rule], table: &Table) -> Embedded {
    let mut source = format!("pub(crate) static RULES: [Rule; {}] = [\n", rules.len());
    let mut automata = Vec::new();
    for rule in rules {
        write_rule(rule, &mut source, &mut automata);
    }
    source.push_str("];\n");
    Embedded { source, automata, table: table.to_bytes() }
}

fn write_rule(rule: &Rule, source: &mut String, automata: &mut Vec<u8>) {
    let before = option(rule.before.as_ref().map(|it| matcher(it, automata)));
    let pattern = matcher(&rule.pattern, automata);
    let after = option(rule.after.as_ref().map(|it| matcher(it, automata)));
    let pair = rule.pair.as_ref().map(|(id, within)| format!("({}, {within})", text(id)));
    // Writing to a string can't fail.
    let _written = writeln!(
        source,
        "Rule {{ id: {}, vendor: {}, name: {}, severity: Severity::{:?}, confidence: Confidence::{:?}, \
         anchors: Cow::Borrowed(&[]), near: {}, with: {}, before: {before}, pattern: {pattern}, after: {after}, \
         longest: {}, entropy: {:?}, boundary: Boundary::{:?}, multiline: {}, dummy: {}, proof: {}, pair: {}, \
         why: {}, fix: {}, verify: {} }},",
        text(&rule.id),
        text(&rule.vendor),
        text(&rule.name),
        rule.severity,
        rule.confidence,
        list(rule.near.iter().map(word)),
        list(rule.with.iter().map(|it| text(it))),
        rule.longest,
        rule.entropy,
        rule.boundary,
        rule.multiline,
        rule.dummy,
        option(rule.proof.as_deref().map(text)),
        option(pair),
        option(rule.why.as_deref().map(text)),
        option(rule.fix.as_deref().map(text)),
        option(rule.verify.as_deref().map(text)),
    );
}

fn text(text: &str) -> String {
    format!("Cow::Borrowed({text:?})")
}

fn list(items: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = items.collect();
    format!("Cow::Borrowed(&[{}])", all.join(", "))
}

/// The table holds the anchors of words and rules; nobody asks the constants for them.
fn word(word: &Word) -> String {
    format!("Word {{ text: {}, anchors: Cow::Borrowed(&[]) }}", text(&word.text))
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

fn matcher(matcher: &Matcher, automata: &mut Vec<u8>) -> String {
    match matcher {
        Matcher::Steps(steps) => format!("Matcher::Steps({})", list(steps.iter().map(step))),
        Matcher::Automaton(automaton) => {
            let from = automata.len();
            automata.extend(automaton.to_bytes());
            format!("Matcher::Automaton(Automaton::embedded(AUTOMATA, {from}, {}))", automata.len())
        }
    }
}

fn step(step: &Step) -> String {
    match step {
        Step::Literal(bytes) => format!("Step::Literal(Cow::Borrowed(&{bytes:?}))"),
        Step::Any(all) => format!("Step::Any({})", list(all.iter().map(|it| format!("Cow::Borrowed(&{it:?})")))),
        Step::Run { set, least, most } => format!("Step::Run {{ set: {set:?}, least: {least}, most: {most} }}"),
    }
}
