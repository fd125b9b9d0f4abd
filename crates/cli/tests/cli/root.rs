//! Root starts a run in a project that belongs to somebody else. Where the tests are not run by root there is nobody else to
//! be, and each of these has nothing to show.

use crate::harness::Machine;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::process::Command;

/// Who the project belongs to.
const SOMEBODY: u32 = 54_321;

fn machine() -> Option<Machine> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let machine = Machine::new();
    machine.write("file.txt", "text\n");
    for path in [machine.project(), machine.project().join("file.txt")] {
        chown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    }
    Some(machine)
}

fn says(machine: &Machine, arguments: &[&str]) -> String {
    let mut command: Command = machine.command(&["run"]);
    let output = command.env("PATH", "/usr/bin:/bin").args(arguments).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {said}{told}");
    said.into_owned()
}

#[test]
fn it_runs_as_the_owner_of_the_project_and_what_it_changes_is_the_owners() {
    let Some(machine) = machine() else { return };
    let script =
        "id -u; id -g; echo more >> file.txt; mkdir new; echo made > new/note.txt; ls -n file.txt | cut -d' ' -f3";
    assert_eq!(says(&machine, &["--hold", "--", "sh", "-c", script]), "54321\n54321\n54321\n");
    assert_eq!(fs::read_to_string(machine.project().join("file.txt")).unwrap(), "text\n");
    let applied = machine.command(&["changes", "apply"]).output().unwrap();
    assert!(applied.status.success(), "{}", machine.show(&applied));
    for name in ["file.txt", "new", "new/note.txt"] {
        let metadata = fs::metadata(machine.project().join(name)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (SOMEBODY, SOMEBODY), "{name}");
    }
    assert_eq!(fs::read_to_string(machine.project().join("file.txt")).unwrap(), "text\nmore\n");
}

#[test]
fn roots_own_files_stay_roots() {
    let Some(machine) = machine() else { return };
    let outside = machine.home().parent().unwrap().join("outside");
    fs::write(&outside, "planted").unwrap();
    fs::write(machine.project().join("of-root.txt"), "planted").unwrap();
    fs::set_permissions(machine.project().join("of-root.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    let script = format!("cat {} of-root.txt 2>/dev/null; true", outside.display());
    assert_eq!(says(&machine, &["--hold", "--", "sh", "-c", &script]), "");
}

#[test]
fn what_an_agent_keeps_lasts() {
    let Some(machine) = machine() else { return };
    fs::create_dir_all(machine.home().join(".claude/skills/one")).unwrap();
    fs::write(machine.home().join(".claude/skills/one/SKILL.md"), "own\n").unwrap();
    fs::create_dir_all(machine.home().join(".local/bin")).unwrap();
    let agent = machine.home().join(".local/bin/claude");
    fs::write(&agent, "#!/bin/sh\neval \"$1\"\n").unwrap();
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o755)).unwrap();
    let agent = agent.to_string_lossy().into_owned();
    let change = "id -u; cat ~/.claude/skills/one/SKILL.md; echo changed > ~/.claude/skills/one/SKILL.md";
    assert_eq!(says(&machine, &["--", &agent, change]), "54321\nown\n");
    assert_eq!(says(&machine, &["--", &agent, "cat ~/.claude/skills/one/SKILL.md"]), "changed\n");
    assert_eq!(fs::read_to_string(machine.home().join(".claude/skills/one/SKILL.md")).unwrap(), "own\n");
}
