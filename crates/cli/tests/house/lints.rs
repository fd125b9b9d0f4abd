//! `unsafe` is where we say it is, and every crate is under the same lints.

use crate::project::{files, read, root};
use std::path::PathBuf;

/// The only crate that may hold `unsafe`.
const MAY_BE_UNSAFE: &str = "crates/sandbox/";

fn manifests() -> Vec<PathBuf> {
    let crates = std::fs::read_dir(root().join("crates")).unwrap();
    crates.map(|entry| entry.unwrap().path().join("Cargo.toml")).collect()
}

/// The lints that a manifest sets, one per line.
fn lints(manifest: &str) -> Vec<String> {
    let tables = manifest.lines().skip_while(|line| !line.contains("lints."));
    let lines = tables.filter(|line| line.contains('=') && !line.contains("path") && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_crate_is_under_the_lints_of_the_workspace() {
    let workspace = read(&root().join("Cargo.toml"));
    let (_, lint_tables) = workspace.split_once("[workspace.lints.rust]").unwrap();
    let (lint_tables, _) = lint_tables.split_once("\n# One profile").unwrap();
    for manifest in manifests() {
        let text = read(&manifest);
        if !manifest.starts_with(root().join(MAY_BE_UNSAFE)) {
            assert!(text.contains("\n[lints]\nworkspace = true\n"), "{}", manifest.display());
            continue;
        }
        // The one that may hold what is forbidden elsewhere can't inherit; it says the same and more.
        let own = lints(&text);
        for line in lints(&format!("lints.\n{lint_tables}")) {
            assert!(line.starts_with("unsafe_code") || own.contains(&line), "the sandbox lacks {line}");
        }
        assert!(own.contains(&"undocumented_unsafe_blocks = \"warn\"".to_owned()));
    }
}

#[test]
fn unsafe_code_is_forbidden_for_all() {
    assert!(read(&root().join("Cargo.toml")).contains("\nunsafe_code = \"forbid\"\n"));
}

#[test]
fn no_source_outside_of_the_sandbox_says_unsafe() {
    // Spelled in two parts, so that this file does not find itself.
    let words =
        [concat!("uns", "afe {"), concat!("uns", "afe fn"), concat!("uns", "afe impl"), concat!("allow(uns", "afe")];
    for file in files(&root().join("crates"), ".rs") {
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        let text = read(&file);
        let found = words.iter().find(|word| text.contains(*word));
        assert!(found.is_none() || name.starts_with(MAY_BE_UNSAFE), "{name} holds {found:?}");
    }
}

#[test]
fn no_test_is_skipped() {
    let skipped = concat!("#[ig", "nore");
    for file in files(&root().join("crates"), ".rs") {
        // But one that another test starts, in surroundings that only that one makes.
        let text = read(&file);
        let line = text.lines().find(|line| line.contains(skipped) && !line.contains("started by the test"));
        assert_eq!(line, None, "{} skips a test", file.display());
    }
}
