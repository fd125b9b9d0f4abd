//! The examples that stand in the rule files.

use portcullis_inspect::injection::{Context, Tier, rules, signals};
use serde::Deserialize;
use std::path::Path;

#[derive(Debug, Deserialize)]
struct Examples {
    id: String,
    #[serde(rename = "match")]
    matching: Vec<String>,
    #[serde(default)]
    lower: Vec<String>,
    no_match: Vec<String>,
}

fn all() -> Vec<Examples> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/injection");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).collect()
}

/// The tier at which a rule finds something in a text.
fn tier(id: &str, text: &str) -> Option<Tier> {
    signals(text, Context::Unknown).iter().filter(|signal| signal.rule.id == id).map(|signal| signal.tier).max()
}

#[test]
fn every_rule_finds_its_examples_and_leaves_the_others_alone() {
    let mut wrong = Vec::new();
    for examples in all() {
        let id = examples.id.as_str();
        let full = rules().iter().find(|rule| rule.id == id).unwrap().tier;
        let wanted = |texts: &[String], fits: &dyn Fn(Option<Tier>) -> bool, what: &str| {
            let bad = texts.iter().map(|text| (text, tier(id, text))).filter(|(_, tier)| !fits(*tier));
            bad.map(|(text, tier)| format!("{id}: {what}, is {tier:?}: {text:?}")).collect::<Vec<_>>()
        };
        wrong.extend(wanted(&examples.matching, &|tier| tier >= Some(full), "must be found"));
        wrong.extend(wanted(&examples.lower, &|tier| tier.is_some_and(|tier| tier < full), "must be found lower"));
        wrong.extend(wanted(&examples.no_match, &|tier| tier.is_none(), "must not be found"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
