//! Which crate may use which: `docs/architecture.md` says it in a table, and this holds the workspace to it.

use crate::project::{read, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What a crate may use.
#[derive(Debug, PartialEq, Eq)]
enum MayUse {
    All,
    These(BTreeSet<String>),
}

/// The table below the heading "The rooms": crate → what it may use.
fn table() -> BTreeMap<String, MayUse> {
    let text = read(&root().join("docs/architecture.md"));
    let section = text.split("\n## ").find(|section| section.starts_with("The rooms")).unwrap();
    let existing = section.split("\n### ").next().unwrap();
    let rows: BTreeMap<String, MayUse> = existing
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let uses = match cells[2] {
                "all" => MayUse::All,
                "–" => MayUse::These(BTreeSet::new()),
                names => MayUse::These(names.split(", ").map(str::to_owned).collect()),
            };
            (cells[0].trim_matches('`').to_owned(), uses)
        })
        .collect();
    assert!(rows.len() > 3, "the table could not be read: {rows:?}");
    rows
}

fn short(package: &str) -> Option<&str> {
    if package == "portcullis" { Some("cli") } else { package.strip_prefix("portcullis-") }
}

/// Crate → (crate that it uses, whether only its tests do).
fn workspace() -> BTreeMap<String, BTreeSet<(String, bool)>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let uses = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter_map(|it| Some((short(it["name"].as_str()?)?.to_owned(), it["kind"] == "dev"))).collect()
    };
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|package| (short(package["name"].as_str().unwrap()).unwrap().to_owned(), uses(package))).collect()
}

#[test]
fn every_crate_uses_only_what_the_table_allows() {
    let table = table();
    for (name, uses) in workspace() {
        let allowed = table.get(&name).unwrap_or_else(|| panic!("{name} is not in the table of docs/architecture.md"));
        for (used, only_in_tests) in uses {
            let fits = match allowed {
                MayUse::All => used != "testkit" || only_in_tests,
                MayUse::These(names) => names.contains(&used) || (only_in_tests && used == "testkit"),
            };
            assert!(fits, "{name} may not use {used}, says docs/architecture.md");
        }
    }
}

#[test]
fn every_crate_of_the_table_exists() {
    let existing: BTreeSet<String> = workspace().into_keys().collect();
    assert_eq!(table().into_keys().collect::<BTreeSet<_>>(), existing);
}
