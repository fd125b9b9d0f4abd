//! `portcullis revert`

use crate::changes::{machine, recorded};
use std::fs;

#[test]
fn everything_that_was_applied_is_taken_back() {
    let (machine, _) = machine();
    machine.run(&["changes", "apply"]);
    machine.run(&["changes", "apply", "--all"]);
    insta::assert_snapshot!(machine.run(&["revert"]), @r"
    exit: 0
    --- stdout
    taken back: 10 names
    ");
    let has = |path: &str| fs::read_to_string(machine.project().join(path)).ok();
    assert!(has("src/main.rs").unwrap().contains("old()"));
    assert_eq!((has("src/gone.rs").as_deref(), has("docs/guide.md")), (Some("// gone\n"), None));
    assert!(!machine.project().join("docs").exists() && !machine.project().join(".git").exists());
    insta::assert_snapshot!(machine.run(&["revert", "abc"]), @r"
    exit: 0
    --- stdout
    nothing was taken back
    ");
    let log = recorded(&machine);
    assert!(log.contains("what was applied of session abc123 is taken back"), "{log}");
}

#[test]
fn what_was_edited_since_is_left_alone_unless_asked() {
    let (machine, _) = machine();
    machine.run(&["changes", "apply"]);
    machine.write("src/main.rs", "mine\n");
    insta::assert_snapshot!(machine.run(&["revert"]), @r"
    exit: 3
    --- stdout
    nothing was taken back
    edited  src/main.rs  was changed since it was applied
    leave it and take back the rest: --skip-edited; overwrite it: --force
    ");
    let has = |path: &str| fs::read_to_string(machine.project().join(path)).ok();
    assert!(has("docs/guide.md").is_some());
    let (exit, document) = machine.json(&["revert", "--skip-edited"]);
    assert_eq!((exit, &document["reverted"]), (3, &3.into()));
    assert_eq!((has("docs/guide.md"), has("src/main.rs").as_deref()), (None, Some("mine\n")));
    assert_eq!(machine.json(&["revert", "--force"]).0, 0);
    assert!(has("src/main.rs").unwrap().contains("old()"));
}
