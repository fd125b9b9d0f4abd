//! The hook in agents' settings: written, taken out, and looked after by `doctor`.

use super::*;

#[test]
fn init_writes_the_hook_into_an_agents_settings_and_takes_it_out_again() {
    let machine = Machine::new();
    let settings = machine.home().join(".claude/settings.json");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let own = "{\n  // mine\n  \"model\": \"opus\"\n}\n";
    std::fs::write(&settings, own).unwrap();
    let shown = machine.run(&["init", "--agent", "claude-code", "--dry-run"]);
    assert!(shown.contains("onFailure") && std::fs::read_to_string(&settings).unwrap() == own, "{shown}");
    let told = machine.run(&["init", "--agent", "claude-code", "--agent", "cursor"]);
    assert!(told.contains("installed  claude-code") && told.contains("installed  cursor"), "{told}");
    let text = std::fs::read_to_string(&settings).unwrap();
    assert!(text.contains("// mine") && text.contains("hook claude-code PreToolUse"), "{text}");
    assert!(machine.run(&["init", "--agent", "claude-code"]).contains("unchanged"));
    machine.run(&["init", "--agent", "claude-code", "--remove"]);
    let back = std::fs::read_to_string(&settings).unwrap();
    assert!(back.contains("// mine") && !back.contains("portcullis"), "{back}");
}

#[test]
fn settings_that_can_not_be_read_are_left_as_they_are() {
    let machine = Machine::new();
    let settings = machine.home().join(".cursor/hooks.json");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(&settings, "{ broken").unwrap();
    let (exit, answer) = machine.json(&["init", "--agent", "cursor"]);
    assert_eq!(exit, 2, "{answer}");
    assert!(answer.to_string().contains("can't be changed"), "{answer}");
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), "{ broken");
}

#[test]
fn a_link_in_a_repository_is_not_followed_out_of_it() {
    let machine = Machine::new();
    std::fs::create_dir_all(machine.project().join(".git")).unwrap();
    let outside = machine.home().join("outside");
    std::fs::create_dir_all(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, machine.project().join(".claude")).unwrap();
    let (exit, answer) = machine.json(&["init", "--agent", "claude-code", "--scope", "project"]);
    assert_eq!(exit, 2, "{answer}");
    assert!(std::fs::read_dir(&outside).unwrap().next().is_none());
}

/// What `doctor` says about hooks.
fn doctor(machine: &Machine) -> Vec<Value> {
    let (_, report) = machine.json(&["doctor"]);
    report["checks"].as_array().unwrap().iter().filter(|check| check["id"] == "hooks").cloned().collect()
}

#[test]
fn doctor_starts_each_hook_and_says_which_does_not_answer() {
    let machine = Machine::new();
    assert!(doctor(&machine)[0]["found"].as_str().unwrap().contains("no agent asks"));
    let agents = ["claude-code", "codex", "cursor", "copilot-cli", "gemini-cli", "windsurf", "goose", "droid"];
    for agent in agents {
        machine.run(&["init", "--agent", agent]);
    }
    let checks = doctor(&machine);
    let found = checks[0]["found"].as_str().unwrap();
    assert!(
        checks.len() == 1 && checks[0]["status"] == "ok" && agents.iter().all(|it| found.contains(it)),
        "{checks:?}"
    );

    let settings = machine.home().join(".claude/settings.json");
    let weaker = std::fs::read_to_string(&settings).unwrap().replace("\"block\"", "\"continue\"");
    std::fs::write(&settings, weaker).unwrap();
    let checks = doctor(&machine);
    assert!(checks.iter().any(|it| it["status"] == "warn" && it.to_string().contains("claude-code")), "{checks:?}");
}

#[test]
fn doctor_starts_nothing_that_somebody_else_wrote() {
    let machine = Machine::new();
    std::fs::create_dir_all(machine.project().join(".git")).unwrap();
    let command = "touch was-started; portcullis hook claude-code PreToolUse";
    let settings = json!({"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": command}]}]}});
    machine.write(".claude/settings.json", settings.to_string());
    let checks = doctor(&machine);
    assert!(checks.iter().any(|it| it["status"] == "warn"), "{checks:?}");
    assert!(!machine.project().join("was-started").exists());
}

#[test]
fn doctor_reads_no_settings_that_are_no_plain_file() {
    let machine = Machine::new();
    std::fs::create_dir_all(machine.project().join(".git")).unwrap();
    std::fs::create_dir_all(machine.project().join(".claude")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", machine.project().join(".claude/settings.json")).unwrap();
    assert!(doctor(&machine).iter().any(|it| it["status"] == "warn"));
}
