//! Rules as Rust source: constants that cost nothing when the program starts.

use crate::{Automaton, Rule};
use std::fmt::Write as _;

/// The source of `static RULES`, and the bytes of all automata, which that source expects as `AUTOMATA`.
pub fn embed(rules: &[Rule]) -> (String, Vec<u8>) {
    let mut source = format!("pub(crate) static RULES: [Rule; {}] = [\n", rules.len());
    let mut bytes = Vec::new();
    for rule in rules {
        write_rule(rule, &mut source, &mut bytes);
    }
    source.push_str("];\n");
    (source, bytes)
}

fn write_rule(rule: &Rule, source: &mut String, bytes: &mut Vec<u8>) {
    let before = automaton(rule.before.as_ref(), bytes);
    let pattern = place(&rule.pattern, bytes);
    let after = automaton(rule.after.as_ref(), bytes);
    let anchors: Vec<String> = rule
        .anchors
        .iter()
        .map(|it| format!("Anchor {{ gram: {}, least: {}, most: {} }}", it.gram, it.least, it.most))
        .collect();
    let pair = rule.pair.as_ref().map(|(id, within)| format!("({}, {within})", text(id)));
    // Writing to a string can't fail.
    let _written = writeln!(
        source,
        "Rule {{ id: {}, vendor: {}, name: {}, severity: Severity::{:?}, confidence: Confidence::{:?}, \
         anchors: Cow::Borrowed(&[{}]), near: {}, with: {}, before: {before}, pattern: {pattern}, after: {after}, \
         longest: {}, entropy: {:?}, boundary: Boundary::{:?}, multiline: {}, dummy: {}, proof: {}, pair: {}, \
         why: {}, fix: {}, verify: {} }},",
        text(&rule.id),
        text(&rule.vendor),
        text(&rule.name),
        rule.severity,
        rule.confidence,
        anchors.join(", "),
        words(&rule.near),
        words(&rule.with),
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

fn words(words: &[std::borrow::Cow<'static, str>]) -> String {
    let all: Vec<String> = words.iter().map(|word| text(word)).collect();
    format!("Cow::Borrowed(&[{}])", all.join(", "))
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

fn automaton(automaton: Option<&Automaton>, bytes: &mut Vec<u8>) -> String {
    option(automaton.map(|it| place(it, bytes)))
}

fn place(automaton: &Automaton, bytes: &mut Vec<u8>) -> String {
    let from = bytes.len();
    bytes.extend(automaton.to_bytes());
    format!("Automaton::embedded(AUTOMATA, {from}, {})", bytes.len())
}
