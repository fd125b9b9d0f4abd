//! `portcullis changes`

use crate::harness::Machine;
use portcullis_changes::{LayerName, NewLayer, NewSession, SessionStore, State};
use portcullis_event::{SessionId, Timestamp};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

/// 2100-01-01, so that nothing in the workspace was touched since.
const LATER: i64 = 4_102_444_800_000_000;

/// A session of an agent that has ended, and the folder of what it wrote.
pub(crate) fn session(machine: &Machine, id: &str) -> PathBuf {
    let store = SessionStore::at(machine.state().join("sessions"));
    let new = NewSession {
        command: vec!["agent".to_owned(), "fix the bug".to_owned()],
        started: Timestamp::from_micros(LATER),
        state: State::Ended,
        layers: vec![NewLayer { name: LayerName::Workspace, lower: machine.project(), protected: Vec::new() }],
    };
    drop(store.create(SessionId::parse(id).unwrap(), new).unwrap());
    machine.state().join("sessions").join(id).join("layers/0/upper")
}

/// A machine on which an agent changed a bit of everything.
pub(crate) fn machine() -> (Machine, PathBuf) {
    let machine = Machine::new();
    machine.write("src/main.rs", "fn main() {\n    old();\n}\n");
    machine.write("src/gone.rs", "// gone\n");
    machine.write("package.json", "{}\n");
    let upper = session(&machine, "abc123");
    let write = |file: &str, text: &str| {
        fs::create_dir_all(upper.join(file).parent().unwrap()).unwrap();
        fs::write(upper.join(file), text).unwrap();
    };
    write("src/main.rs", "fn main() {\n    new();\n}\n");
    write("docs/guide.md", "# Guide\n");
    write("package.json", "{\"scripts\":{}}\n");
    write(".git/hooks/pre-commit", "#!/bin/sh\n");
    write("run.sh", "echo\n");
    fs::set_permissions(upper.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("/etc/passwd", upper.join("notes.md")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        upper.join("src/gone.rs"),
        rustix::fs::FileType::CharacterDevice,
        rustix::fs::Mode::empty(),
        0,
    )
    .unwrap();
    (machine, upper)
}

/// Everything that is on the record.
pub(crate) fn recorded(machine: &Machine) -> String {
    (0..8).map(|index| machine.run(&["log", "show", &index.to_string()])).collect()
}

#[test]
fn what_applies_by_itself_is_told_from_what_waits() {
    let (machine, _) = machine();
    insta::assert_snapshot!(machine.run(&["changes"]), @r"
    exit: 1
    --- stdout
    abc123  agent fix the bug
      ended from 2100-01-01T00:00:00Z, in [ROOT]/project
    applies by itself (3)
      added      docs/guide.md  documentation
      deleted    src/gone.rs    code
      modified   src/main.rs    code
    waits for you (4)
      added      .git/hooks/pre-commit  is run by git or a tool of git
      added      notes.md               is a link that leads out of the folder → /etc/passwd
      modified   package.json           says what is installed, and from where; is run by a build or a test tool without being named
      added      run.sh                 may be executed, and could not before
    apply what applies by itself: portcullis changes apply
    look at the rest: portcullis changes diff; then name it: portcullis changes apply PATH…
    ");
    let (exit, document) = machine.json(&["changes", "show", "--session", "abc"]);
    assert_eq!(exit, 1);
    let of = |path: &str| {
        let all = document["changes"].as_array().unwrap();
        all.iter().find(|change| change["path"] == path).unwrap().clone()
    };
    assert_eq!((&of("run.sh")["verdict"], &of("run.sh")["mode_after"]), (&"waits".into(), &"0755".into()));
    assert_eq!(of("package.json")["classes"], serde_json::json!(["dependency", "build-script"]));
    assert_eq!(of("src/gone.rs")["verdict"], "applies");
}

#[test]
fn applied_is_what_was_named_and_it_is_on_the_record_before() {
    let (machine, _) = machine();
    let has = |path: &str| fs::read_to_string(machine.project().join(path)).ok();
    insta::assert_snapshot!(machine.run(&["changes", "apply"]), @r"
    exit: 1
    --- stdout
    applied: 4 names
    4 wait for you; `portcullis changes` shows them
    take it back: portcullis revert abc123
    ");
    assert!(has("src/main.rs").unwrap().contains("new()"));
    assert_eq!((has("src/gone.rs"), has("docs/guide.md").as_deref()), (None, Some("# Guide\n")));
    assert_eq!((has("package.json").as_deref(), has(".git/hooks/pre-commit")), (Some("{}\n"), None));

    insta::assert_snapshot!(machine.run(&["changes", "apply", "package.json", "executable-bit"]), @r"
    exit: 1
    --- stdout
    applied: 2 names
    2 wait for you; `portcullis changes` shows them
    take it back: portcullis revert abc123
    ");
    assert_eq!(has("package.json").as_deref(), Some("{\"scripts\":{}}\n"));
    assert_eq!(fs::metadata(machine.project().join("run.sh")).unwrap().permissions().mode() & 0o777, 0o755);

    insta::assert_snapshot!(machine.run(&["changes", "apply", "--all"]), @r"
    exit: 0
    --- stdout
    applied: 4 names
    take it back: portcullis revert abc123
    ");
    let log = recorded(&machine);
    assert_eq!(log.matches("changes of session abc123 are applied: ").count(), 3, "{log}");
    assert!(log.contains("3 written, 1 removed, plan sha256:"), "{log}");
}

#[test]
fn what_somebody_else_changed_is_not_overwritten() {
    let (machine, _) = machine();
    // The first look notes what is there.
    machine.run(&["changes"]);
    machine.write("src/main.rs", "mine\n");
    insta::assert_snapshot!(machine.run(&["changes", "apply"]), @r"
    exit: 3
    --- stdout
    applied: 3 names
    refused  src/main.rs  was changed by somebody else since the session started; --force overwrites that
    5 wait for you; `portcullis changes` shows them
    take it back: portcullis revert abc123
    ");
    assert_eq!(fs::read_to_string(machine.project().join("src/main.rs")).unwrap(), "mine\n");
    let (exit, document) = machine.json(&["changes", "apply", "src/main.rs", "--force"]);
    assert_eq!((exit, &document["applied"]), (1, &1.into()));
    machine.run(&["revert"]);
    assert_eq!(fs::read_to_string(machine.project().join("src/main.rs")).unwrap(), "mine\n");
}

#[test]
fn a_difference_shows_what_is_hidden() {
    let (machine, upper) = machine();
    fs::write(upper.join("src/main.rs"), "fn main() {\n    new();\u{202e} // \u{1b}[2J\n}\n").unwrap();
    insta::assert_snapshot!(machine.run(&["changes", "diff", "src/main.rs", "run.sh", "notes.md"]), @r"
    exit: 0
    --- stdout
    added notes.md
      is a link to /etc/passwd
    added run.sh
      may be executed
    @@ -0,0 +1,1 @@
    +echo
    modified src/main.rs
    @@ -1,3 +1,3 @@
     fn main() {
    -    old();
    +    new();\u{202e} // \u{1b}[2J
     }
    ");
}

#[test]
fn what_names_nothing_and_what_leaves_the_workspace_is_refused() {
    let (machine, _) = machine();
    for name in ["missing.rs", "../outside", "/etc/passwd", "Hook"] {
        let (exit, document) = machine.json(&["changes", "apply", name]);
        assert_eq!(exit, 2, "{name}");
        assert_eq!(document["error"]["what"], format!("{name:?} names no change"));
    }
    assert!(!machine.project().join("docs").exists());
}

#[test]
fn sessions_are_listed_and_one_that_is_not_there_is_said() {
    let machine = Machine::new();
    insta::assert_snapshot!(machine.run(&["changes", "list"]), @r"
    exit: 0
    --- stdout
    no sessions yet
    ");
    insta::assert_snapshot!(machine.run(&["changes"]), @r"
    exit: 2
    --- stderr
    error: there is no session yet
      fix start one: portcullis run -- COMMAND
    ");
    session(&machine, "abc");
    session(&machine, "abd");
    insta::assert_snapshot!(machine.run(&["changes", "show", "--session", "ab"]), @r#"
    exit: 2
    --- stderr
    error: "ab" could be any of abc, abd
      fix `portcullis changes list` shows the sessions
    "#);
    let (_, document) = machine.json(&["changes", "list"]);
    assert_eq!(document["sessions"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_thrown_away_is_gone() {
    let (machine, upper) = machine();
    insta::assert_snapshot!(machine.run(&["changes", "discard"]), @r"
    exit: 0
    --- stdout
    thrown away: what session abc123 wrote
    ");
    assert!(!upper.exists());
    insta::assert_snapshot!(machine.run(&["changes"]), @r"
    exit: 0
    --- stdout
    abc123  agent fix the bug
      discarded from 2100-01-01T00:00:00Z, in [ROOT]/project
    no changes
    ");
}

#[test]
fn what_can_not_be_recorded_is_not_done() {
    let (machine, _) = machine();
    fs::create_dir_all(machine.state()).unwrap();
    fs::set_permissions(machine.state(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(machine.state().join("ledger"), "not a folder").unwrap();
    let (exit, _) = machine.json(&["changes", "apply"]);
    assert_eq!(exit, 3);
    assert!(!machine.project().join("docs").exists());
    let left: Vec<_> = fs::read_dir(machine.project()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".portcullis-")), "{left:?}");
}
