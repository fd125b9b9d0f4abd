//! `portcullis man`

use crate::harness::Machine;
use std::collections::BTreeSet;

#[test]
fn there_is_a_page_for_every_command_that_is_shown() {
    let machine = Machine::new();
    assert_eq!(machine.output(&["man", "pages"]).status.code(), Some(0));
    let pages: BTreeSet<String> = std::fs::read_dir(machine.project().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut command = portcullis_cli::command();
    command.build();
    let expected = std::iter::once("portcullis.1".to_owned()).chain(
        command.get_subcommands().filter(|it| !it.is_hide_set()).map(|it| format!("portcullis-{}.1", it.get_name())),
    );
    for page in expected {
        assert!(pages.contains(&page), "{page} is missing in {pages:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let machine = Machine::new();
    machine.write("file", "");
    insta::assert_snapshot!(machine.run(&["man", "file/pages"]), @"
    exit: 3
    --- stderr
    error: could not create the folder: not a directory
      at  file/pages
    ");
}
