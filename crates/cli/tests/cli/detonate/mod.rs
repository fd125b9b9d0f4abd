//! `portcullis trust detonate`: what skills do that are let loose where nothing is real.

mod chamber;
mod measured;

use crate::harness::Machine;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// A skill, as data.
#[derive(Debug, Deserialize)]
struct Skill {
    id: String,
    #[serde(default)]
    finds: BTreeSet<String>,
    files: BTreeMap<String, String>,
}

/// The skills of a corpus.
fn corpus(text: &str) -> Vec<Skill> {
    #[derive(Deserialize)]
    struct Corpus {
        skill: Vec<Skill>,
    }
    toml::from_str::<Corpus>(text).unwrap().skill
}

fn harmful() -> Vec<Skill> {
    corpus(include_str!("harmful.toml"))
}

fn honest() -> Vec<Skill> {
    corpus(include_str!("honest.toml"))
}

impl Skill {
    fn write(&self, machine: &Machine) {
        for (path, text) in &self.files {
            let text = text.trim_start();
            let file = machine.write(&format!("{}/{path}", self.id), text);
            if text.starts_with("#!") {
                fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
    }
}

/// Lets something loose; the status, and the whole report.
fn let_loose(machine: &Machine, path: &str) -> (Option<i32>, Value) {
    let output = machine.output(&["trust", "detonate", path, "--format", "json"]);
    let report = serde_json::from_slice(&output.stdout);
    (output.status.code(), report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
}

/// The rules of a report.
fn rules(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}
