//! `portcullis harden`: what policy says is written into agents' own settings, proven there, and taken back.

use crate::harness::Machine;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const OWN: &str =
    "{\n  \"model\": \"opus\",\n  \"permissions\": { \"deny\": [\"Read(./mine)\"], \"allow\": [\"Bash(ls)\"] }\n}\n";

fn machine() -> Machine {
    let machine = Machine::new();
    fs::create_dir(machine.home().join(".claude")).unwrap();
    fs::write(machine.home().join(".claude/settings.json"), OWN).unwrap();
    machine
}

fn settings(machine: &Machine) -> String {
    fs::read_to_string(machine.home().join(".claude/settings.json")).unwrap()
}

#[test]
fn a_dry_run_shows_what_would_change_and_writes_nothing() {
    let machine = machine();
    let shown = machine.run(&["harden", "--dry-run", "--tool", "claude-code"]);
    assert!(
        shown.starts_with("exit: 0") && shown.contains("would change  claude-code  [ROOT]/home/.claude/settings.json")
    );
    assert!(shown.contains("Read(//**/.env)"), "{shown}");
    assert_eq!(settings(&machine), OWN);
    assert!(!machine.state().exists());
}

#[test]
fn without_a_yes_nothing_is_written() {
    let machine = machine();
    let shown = machine.run(&["harden", "--tool", "claude-code"]);
    assert!(shown.starts_with("exit: 2") && shown.contains("nobody is there to be asked"), "{shown}");
    assert_eq!(settings(&machine), OWN);
}

#[test]
fn what_is_written_holds_is_recorded_and_is_taken_back_to_the_byte() {
    let machine = machine();
    machine.write_user_policy("[commands]\ndeny = [\"launch-missiles\"]\n");
    let (status, before) = machine.json(&["harden", "verify", "--tool", "claude-code"]);
    assert_eq!(status, 1, "{before}");
    let (status, done) = machine.json(&["harden", "--yes", "--tool", "claude-code"]);
    assert_eq!(status, 0, "{done}");
    let read: serde_json::Value = serde_json::from_str(&settings(&machine)).unwrap();
    let denied = read["permissions"]["deny"].as_array().unwrap();
    for rule in ["Read(./mine)", "Read(//**/.env)", "Bash(launch-missiles:*)"] {
        assert!(denied.contains(&rule.into()), "{rule}");
    }
    assert_eq!(read["permissions"]["allow"], serde_json::json!(["Bash(ls)"]));
    let (status, report) = machine.json(&["harden", "verify", "--tool", "claude-code"]);
    assert_eq!((status, &report["failed"]), (0, &serde_json::json!(0)), "{report}");
    let (_, log) = machine.json(&["log", "query"]);
    assert!(log.to_string().contains("settings claude-code"), "{log}");
    assert!(machine.run(&["harden", "--yes", "--tool", "claude-code"]).contains("nothing to change"));
    let undone = machine.run(&["harden", "--undo", "--yes"]);
    assert!(undone.starts_with("exit: 0"), "{undone}");
    assert_eq!(settings(&machine), OWN);
}

#[test]
fn what_somebody_changed_since_is_not_taken_back() {
    let machine = machine();
    machine.run(&["harden", "--yes", "--tool", "claude-code"]);
    let changed = settings(&machine).replace("opus", "sonnet");
    fs::write(machine.home().join(".claude/settings.json"), &changed).unwrap();
    let shown = machine.run(&["harden", "--undo", "--yes"]);
    assert!(shown.starts_with("exit: 2") && shown.contains("+  \"model\": \"sonnet\","), "{shown}");
    assert_eq!(settings(&machine), changed);
}

#[test]
fn a_file_that_was_not_there_is_gone_again_with_its_folders() {
    let machine = Machine::new();
    machine.run(&["harden", "--yes", "--tool", "claude-code"]);
    assert!(machine.home().join(".claude/settings.json").exists());
    machine.run(&["harden", "--undo", "--yes"]);
    assert!(!machine.home().join(".claude").exists());
}

#[test]
fn a_link_in_the_place_of_settings_is_not_followed() {
    let machine = machine();
    let other = machine.home().join("other");
    fs::write(&other, OWN).unwrap();
    fs::remove_file(machine.home().join(".claude/settings.json")).unwrap();
    symlink(&other, machine.home().join(".claude/settings.json")).unwrap();
    let shown = machine.run(&["harden", "--yes", "--tool", "claude-code"]);
    assert!(shown.starts_with("exit: 2") && shown.contains("symbolic link"), "{shown}");
    assert_eq!(fs::read_to_string(&other).unwrap(), OWN);
}

#[test]
fn settings_that_can_not_be_read_are_neither_changed_nor_believed() {
    for broken in
        ["{ \"a\": ", "\u{0}\u{1}", "[]", &"[".repeat(100_000), "{\"permissions\": 1}", "{\"a\": 1, \"a\": 2}"]
    {
        let machine = machine();
        fs::write(machine.home().join(".claude/settings.json"), broken).unwrap();
        let shown = machine.run(&["harden", "--yes", "--tool", "claude-code"]);
        assert!(shown.starts_with("exit: 2"), "{shown}");
        assert_eq!(settings(&machine), broken);
        let verified = machine.run(&["harden", "verify", "--tool", "claude-code"]);
        assert!(verified.starts_with("exit: 1"), "{verified}");
    }
}

#[test]
fn settings_that_do_nothing_are_told() {
    let machine = machine();
    fs::write(
        machine.home().join(".claude/settings.json"),
        r#"{"sandbox_mode": "strict", "env": {"ANTHROPIC_NETWORK_BOUNDARY": "local"}}"#,
    )
    .unwrap();
    machine.run(&["harden", "--yes", "--tool", "claude-code"]);
    let (status, report) = machine.json(&["harden", "verify", "--tool", "claude-code"]);
    assert_eq!((status, &report["failed"]), (1, &serde_json::json!(0)), "{report}");
    let keys: Vec<&str> = report["ignored"].as_array().unwrap().iter().map(|it| it["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["env.ANTHROPIC_NETWORK_BOUNDARY", "sandbox_mode"]);
}

#[test]
fn a_file_that_is_believed_before_ours_is_named() {
    let machine = machine();
    fs::create_dir(machine.project().join(".git")).unwrap();
    machine.write(".claude/settings.local.json", r#"{"sandbox": {"enabled": false}}"#);
    machine.run(&["harden", "--yes", "--tool", "claude-code"]);
    let (status, report) = machine.json(&["harden", "verify", "--tool", "claude-code"]);
    assert_eq!((status, &report["failed"]), (1, &serde_json::json!(1)), "{report}");
    let failed = report["settings"].as_array().unwrap().iter().find(|it| it["holds"] == false).unwrap();
    assert!(failed["why"].as_str().unwrap().contains(".claude/settings.local.json says something else"), "{failed}");
}

#[test]
fn what_a_repository_asks_for_is_no_matter_of_other_repositories() {
    let machine = machine();
    fs::create_dir(machine.project().join(".git")).unwrap();
    machine.write("portcullis.toml", "[commands]\ndeny = [\"only-here\"]\n");
    machine.run(&["harden", "--yes", "--scope", "user,project", "--tool", "claude-code"]);
    assert!(!settings(&machine).contains("only-here"));
    let inside = fs::read_to_string(machine.project().join(".claude/settings.json")).unwrap();
    assert!(inside.contains("only-here"));
    assert!(machine.run(&["harden", "--undo", "--yes"]).starts_with("exit: 0"));
    assert!(!machine.project().join(".claude").exists() && settings(&machine) == OWN);
}

/// Every file below a folder with its text, and every folder.
fn tree(below: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(below).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(tree(&path));
            all.insert(path, None);
        } else {
            let text = fs::read(&path).unwrap();
            all.insert(path, Some(text));
        }
    }
    all
}

#[test]
fn every_tool_is_hardened_proven_and_taken_back_to_the_byte() {
    let machine = machine();
    fs::create_dir(machine.project().join(".git")).unwrap();
    for (file, text) in [
        ("AGENTS.md", "# Ours\r\n\nBe kind.\n"),
        (".cursorignore", "*.log"),
        (".vscode/settings.json", "{\n  // mine\n  \"editor.tabSize\": 2,\n}\n"),
    ] {
        machine.write(file, text);
    }
    fs::create_dir_all(machine.home().join(".codex")).unwrap();
    fs::write(machine.home().join(".codex/config.toml"), "# mine\nmodel = \"x\" # kept\n").unwrap();
    fs::write(machine.home().join(".aider.conf.yml"), "# mine\nmodel: x\n").unwrap();
    let before = (tree(&machine.home()), tree(&machine.project()));
    let names = ["claude-code", "codex", "gemini-cli", "copilot-cli", "vscode", "cursor", "windsurf"];
    let tools = [&names[..], &["aider", "cline", "kiro", "goose", "opencode", "code-assist"]].concat().join(",");
    let arguments = |first: &[&'static str]| -> Vec<String> {
        let all = ["--scope", "user,project", "--tool", &tools];
        ["harden"].iter().chain(first).chain(&all).map(|it| (*it).to_owned()).collect()
    };
    let run = |first: &[&'static str]| {
        let arguments = arguments(first);
        machine.json(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let (status, report) = run(&["verify"]);
    assert_eq!(status, 1, "{report}");
    let (status, done) = run(&["--yes"]);
    assert_eq!(status, 0, "{done}");
    let (status, report) = run(&["verify"]);
    assert_eq!(status, 0, "{report}");
    assert!(report["held"].as_u64().unwrap() >= 90, "{}", report["held"]);
    for (file, kept) in
        [("AGENTS.md", "# Ours\r\n\nBe kind.\n"), (".cursorignore", "*.log\n"), (".vscode/settings.json", "// mine")]
    {
        assert!(fs::read_to_string(machine.project().join(file)).unwrap().contains(kept), "{file}");
    }
    assert!(machine.run(&["doctor"]).contains("files of agents are as they were hardened"));
    fs::write(machine.home().join(".codex/config.toml"), "approval_policy = \"never\"\n").unwrap();
    assert!(machine.run(&["doctor"]).contains("was changed since it was hardened"));
    fs::write(machine.home().join(".codex/config.toml"), after(&machine, "home/.codex/config.toml")).unwrap();
    let undone = machine.run(&["harden", "--undo", "--yes"]);
    assert!(undone.starts_with("exit: 0"), "{undone}");
    assert_eq!((tree(&machine.home()), tree(&machine.project())), before);
}

/// What was written into a file, by the record of it.
fn after(machine: &Machine, file: &str) -> String {
    let records = fs::read_dir(machine.state().join("hardened")).unwrap().flatten();
    let read = |path: PathBuf| -> serde_json::Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let mut all = records.map(|entry| read(entry.path()));
    let record = all.find(|it| it["path"].as_str().unwrap().ends_with(file)).unwrap();
    record["steps"][0]["after"].as_str().unwrap().to_owned()
}

#[test]
fn what_only_a_person_can_see_is_written_down_with_who_and_when() {
    let machine = Machine::new();
    let (_, report) = machine.json(&["harden", "attest"]);
    assert!(report["attestations"].as_array().unwrap().iter().all(|it| it["holds"] == false));
    let (status, report) =
        machine.json(&["harden", "attest", "cursor.privacy-mode", "--note", "seen in the dashboard"]);
    assert_eq!((status, &report["attestations"][0]["holds"]), (0, &serde_json::json!(true)), "{report}");
    assert!(report["attestations"][0]["by"].is_string() && report["attestations"][0]["at"].is_string());
    let (_, log) = machine.json(&["log", "query"]);
    assert!(log.to_string().contains("cursor.privacy-mode"), "{log}");
    let look = machine.state().join("attested.json");
    let text = fs::read_to_string(&look).unwrap();
    let at = text.split("\"at\": ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    fs::write(&look, text.replace(&at, "1000")).unwrap();
    let (_, report) = machine.json(&["harden", "verify", "--tool", "cursor"]);
    let mode = report["attestations"].as_array().unwrap().iter().find(|it| it["id"] == "cursor.privacy-mode").unwrap();
    assert_eq!(mode["holds"], false, "one that is too old");
}

#[test]
fn how_code_is_written_is_told_to_every_agent_and_kept_in_step() {
    let machine = machine();
    fs::write(machine.home().join(".claude/CLAUDE.md"), "# Mine\n").unwrap();
    let told = || fs::read_to_string(machine.home().join(".claude/CLAUDE.md")).unwrap();
    machine.write_user_policy("[code]\nstandards = [\"Every handler has a test.\"]\n");
    machine.run(&["harden", "--yes", "--tool", "claude-code"]);
    assert!(told().starts_with("# Mine\n") && told().contains("- Every handler has a test.\n"), "{}", told());
    machine.write_user_policy("[code]\nstandards = [\"Every handler has two tests.\"]\n");
    let (status, report) = machine.json(&["harden", "verify", "--tool", "claude-code"]);
    assert_eq!((status, &report["failed"]), (1, &serde_json::json!(1)), "{report}");
    machine.run(&["harden", "--yes", "--tool", "claude-code"]);
    assert!(told().contains("two tests") && !told().contains("has a test"), "{}", told());
    machine.run(&["harden", "--undo", "--yes"]);
    assert_eq!(told(), "# Mine\n");
}
