//! `portcullis init`

use crate::harness::Machine;
use std::fs;
use std::os::unix::fs::symlink;

fn repository() -> Machine {
    let machine = Machine::new();
    machine.write(".git/HEAD", "ref: refs/heads/main\n");
    machine.write(".git/config", "[remote \"origin\"]\n\turl = git@git.example.org:team/app.git\n");
    machine.write("Cargo.toml", "");
    machine.write(".gitignore", "/target\r\n");
    machine
}

#[test]
fn the_policy_that_is_written_fits_and_is_valid() {
    let machine = repository();
    insta::assert_snapshot!(machine.run(&["init"]), @"
    exit: 0
    --- stdout
    wrote [ROOT]/project/portcullis.toml
      languages   rust
      packages    cargo
      remotes     git.example.org
      branch      main
    added .portcullis/ to [ROOT]/project/.gitignore

    read it, change what does not fit, then: portcullis policy check
    ");
    assert_eq!(fs::read(machine.project().join(".gitignore")).unwrap(), b"/target\r\n.portcullis/\r\n");
    assert_eq!(machine.output(&["policy", "check"]).status.code(), Some(0));
}

#[test]
fn a_dry_run_prints_the_same_policy_and_writes_nothing() {
    let machine = repository();
    let printed = machine.output(&["init", "--dry-run"]).stdout;
    assert!(!machine.project().join("portcullis.toml").exists());
    assert_eq!(fs::read(machine.project().join(".gitignore")).unwrap(), b"/target\r\n");
    assert_eq!(machine.output(&["init"]).status.code(), Some(0));
    assert_eq!(fs::read(machine.project().join("portcullis.toml")).unwrap(), printed);
}

#[test]
fn a_policy_that_is_there_stays_unless_forced() {
    let machine = repository();
    machine.write("portcullis.toml", "# mine\n");
    insta::assert_snapshot!(machine.run(&["init"]), @"
    exit: 2
    --- stderr
    error: there already is a policy
      at  [ROOT]/project/portcullis.toml
      why it may hold decisions that somebody made on purpose
      fix look at what would be written: portcullis init --dry-run
      fix replace it: portcullis init --force
    ");
    assert_eq!(fs::read_to_string(machine.project().join("portcullis.toml")).unwrap(), "# mine\n");
    assert_eq!(machine.output(&["init", "--force"]).status.code(), Some(0));
    assert_ne!(fs::read_to_string(machine.project().join("portcullis.toml")).unwrap(), "# mine\n");
}

#[test]
fn a_link_is_not_followed_even_when_forced() {
    let machine = repository();
    let target = machine.home().join("precious");
    fs::write(&target, "precious").unwrap();
    symlink(&target, machine.project().join("portcullis.toml")).unwrap();
    fs::remove_file(machine.project().join(".gitignore")).unwrap();
    symlink(&target, machine.project().join(".gitignore")).unwrap();
    assert_eq!(machine.output(&["init"]).status.code(), Some(2));
    assert_eq!(machine.output(&["init", "--force"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(target).unwrap(), "precious");
}

#[test]
fn twice_is_once_and_from_below_is_from_the_root() {
    let machine = repository();
    machine.write("src/main.rs", "");
    for _ in 0..2 {
        let mut command = machine.command(&["init", "--force"]);
        assert_eq!(command.current_dir(machine.project().join("src")).output().unwrap().status.code(), Some(0));
    }
    assert_eq!(fs::read(machine.project().join(".gitignore")).unwrap(), b"/target\r\n.portcullis/\r\n");
    assert!(!machine.project().join("src/portcullis.toml").exists());
}

#[test]
fn outside_of_a_repository_no_gitignore_is_made() {
    let machine = Machine::new();
    assert_eq!(machine.output(&["init"]).status.code(), Some(0));
    assert!(machine.project().join("portcullis.toml").exists());
    assert!(!machine.project().join(".gitignore").exists());
}

#[test]
fn names_in_the_repository_cannot_write_policy() {
    let machine = Machine::new();
    machine.write(".git/HEAD", "ref: refs/heads/x\"]\nmode = \"observe\"\n");
    machine.write(".git/config", "[remote \"o\"]\nurl = https://a.b\"]#\n[remote \"p\"]\nurl = https://x.y/z\n");
    assert_eq!(machine.output(&["init"]).status.code(), Some(0));
    let (exit, report) = machine.json(&["policy", "check"]);
    assert_eq!((exit, &report["mode"]), (0, &serde_json::json!("enforce")));
}
