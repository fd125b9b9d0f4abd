//! Nothing is forgotten: a command has a page in the book and a test of its own, and every page is in the summary.

use crate::project::{files, read, root};
use std::collections::BTreeSet;

/// The names of the commands: one per file or folder in `commands/`.
fn commands() -> BTreeSet<String> {
    std::fs::read_dir(root().join("crates/cli/src/commands"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "mod")
        .collect()
}

#[test]
fn every_command_has_a_page_and_a_test() {
    let tests = read(&root().join("crates/cli/tests/cli/main.rs"));
    for name in commands() {
        let page = root().join(format!("docs/commands/{name}.md"));
        assert!(page.is_file(), "{} is missing", page.display());
        assert!(tests.contains(&format!("mod {name};")), "crates/cli/tests/cli/{name}.rs is missing");
    }
}

#[test]
fn every_command_that_is_shown_is_a_file_of_its_name() {
    let files = commands();
    for command in portcullis_cli::command().get_subcommands() {
        assert!(files.contains(command.get_name()), "crates/cli/src/commands/{}.rs is missing", command.get_name());
    }
}

#[test]
fn every_page_is_in_the_summary_and_every_test_file_is_run() {
    let summary = read(&root().join("docs/SUMMARY.md"));
    let book = root().join("docs");
    for page in files(&book, ".md") {
        let name = page.strip_prefix(&book).unwrap().to_str().unwrap();
        assert!(name == "SUMMARY.md" || summary.contains(&format!("]({name})")), "{name} is not in SUMMARY.md");
    }
    for folder in ["cli", "house"].map(|name| root().join("crates/cli/tests").join(name)) {
        for file in files(&folder, ".rs").into_iter().filter(|file| *file != folder.join("main.rs")) {
            // A folder of tests is named where a file of its name would be.
            let module = if file.ends_with("mod.rs") { file.parent().unwrap() } else { file.as_path() };
            let (above, name) = (module.parent().unwrap(), module.file_stem().unwrap().to_str().unwrap());
            let list = read(&above.join(if above == folder { "main.rs" } else { "mod.rs" }));
            assert!(list.contains(&format!("mod {name};")), "{} is not run", file.display());
        }
    }
}
