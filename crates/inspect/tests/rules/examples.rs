//! Each rule finds what its file says it finds, and does not find what its file says it does not.

use portcullis_inspect::engine::{Context, Engine};
use portcullis_inspect::secret;
use portcullis_patterns::{RuleFile, RuleText, compile, example};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each template is written out so many times, with other characters each time.
const ROUNDS: u64 = 3;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/secret");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn expand(rule: &RuleText, template: &str, round: u64) -> String {
    let proof = rule.proof.as_deref().and_then(secret::proof::proof);
    let complete = |before: &str| proof.and_then(|it| it.complete).and_then(|complete| complete(before));
    example::expand(template, round, &complete).unwrap_or_else(|error| panic!("{}: {error}", rule.id))
}

/// What is wrong with the examples of one file, looked at with its own rules alone.
fn faults(path: &Path) -> Vec<String> {
    let file = RuleFile::parse(&fs::read_to_string(path).unwrap()).unwrap();
    let mut faults = Vec::new();
    for rule in &file.rules {
        if rule.matching.is_empty() || rule.no_match.len() < 2 {
            faults.push(format!("{}: a rule has one match and two near misses at least", rule.id));
        }
        if let Some(unknown) = rule.proof.as_deref().filter(|name| secret::proof::proof(name).is_none()) {
            faults.push(format!("{}: there is no proof {unknown}", rule.id));
        }
        let alone = Engine::only(vec![compile(&file.vendor, rule).unwrap()]);
        let found =
            |text: &str| alone.find(text.as_bytes(), Context::default()).iter().any(|hit| hit.rule.as_str() == rule.id);
        for round in 0..ROUNDS {
            for template in rule.matching.iter().filter(|it| !found(&expand(rule, it, round))) {
                faults.push(format!("{}: not found, round {round}: {template}", rule.id));
            }
            for template in rule.no_match.iter().filter(|it| found(&expand(rule, it, round))) {
                faults.push(format!("{}: found, round {round}: {template}", rule.id));
            }
        }
    }
    faults
}

#[test]
fn each_rule_finds_its_matches_and_not_its_near_misses() {
    let faults: Vec<String> = files().iter().flat_map(|path| faults(path)).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn each_match_is_found_among_all_rules_too() {
    let engine = Engine::standard();
    let mut missed = Vec::new();
    for path in files() {
        let file = RuleFile::parse(&fs::read_to_string(&path).unwrap()).unwrap();
        for rule in &file.rules {
            for template in &rule.matching {
                let text = expand(rule, template, 0);
                if engine.find(text.as_bytes(), Context::default()).is_empty() {
                    missed.push(format!("{}: {template}", rule.id));
                }
            }
        }
    }
    assert!(missed.is_empty(), "nothing is found by any rule:\n{}", missed.join("\n"));
}

#[test]
fn the_program_holds_the_rules_of_all_files_and_can_read_each() {
    let written: BTreeSet<String> = files()
        .iter()
        .flat_map(|path| RuleFile::parse(&fs::read_to_string(path).unwrap()).unwrap().rules)
        .map(|rule| rule.id)
        .collect();
    let held: BTreeSet<String> = secret::rules().map(|rule| rule.id.to_string()).collect();
    assert_eq!(written, held);
    for rule in secret::rules() {
        let parts = [rule.before.as_ref(), Some(&rule.pattern), rule.after.as_ref()];
        assert!(parts.into_iter().flatten().all(portcullis_patterns::Matcher::is_sound), "{}", rule.id);
    }
}

#[test]
fn no_file_holds_a_token_literally() {
    let engine = Engine::standard();
    for path in files() {
        let hits = engine.find(&fs::read(&path).unwrap(), Context::default());
        let vendors = hits.iter().filter(|hit| secret::rule(hit.rule.as_str()).is_some());
        let rules: Vec<&str> = vendors.map(|hit| hit.rule.as_str()).collect();
        assert!(rules.is_empty(), "{}: {rules:?}", path.display());
    }
}
