//! Settings with a hook put in and taken out again.

use portcullis_agents::Agent;
use portcullis_agents::registration::{Registration, Scope};
use serde_json::Value;

const PROGRAM: &str = "/usr/local/bin/portcullis";

fn claude() -> Registration {
    Registration::of(Agent::ClaudeCode, Scope::User, PROGRAM).remove(0)
}

const OWN: &str = r#"{
  // What I like.
  "model": "opus", /* the big one */
  "permissions": {"deny": ["Read(./.env)"]},
  "hooks": {
    "PreToolUse": [
      // Mine.
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "~/check.sh"}]},
    ],
  },
}
"#;

#[test]
fn what_is_there_stays_with_its_comments() {
    let text = claude().added_to(Some(OWN)).unwrap().unwrap();
    for kept in ["// What I like.", "/* the big one */", "// Mine.", "~/check.sh", "Read(./.env)"] {
        assert!(text.contains(kept), "{kept} is gone: {text}");
    }
    assert!(text.contains("/usr/local/bin/portcullis hook claude-code PreToolUse"), "{text}");
    assert!(text.contains(r#""onFailure": "block""#), "{text}");
    assert_eq!(claude().added_to(Some(&text)).unwrap(), None, "the second time changes nothing");
}

#[test]
fn what_was_put_in_is_taken_out_again() {
    let text = claude().added_to(Some(OWN)).unwrap().unwrap();
    let back = claude().taken_from(&text).unwrap().unwrap();
    assert!(!back.contains("portcullis") && back.contains("~/check.sh") && back.contains("// Mine."), "{back}");
    assert_eq!(claude().taken_from(OWN).unwrap(), None);
    let fresh = claude().added_to(None).unwrap().unwrap();
    let empty: Value = serde_json::from_str(&claude().taken_from(&fresh).unwrap().unwrap()).unwrap();
    assert_eq!(empty, serde_json::json!({}));
}

#[test]
fn another_path_of_ours_is_replaced_and_not_added() {
    let old = Registration::of(Agent::ClaudeCode, Scope::User, "/home/ada/old place/portcullis").remove(0);
    let text = old.added_to(None).unwrap().unwrap();
    assert!(text.contains("'/home/ada/old place/portcullis' hook"), "{text}");
    let new = claude().added_to(Some(&text)).unwrap().unwrap();
    assert!(!new.contains("old place"), "{new}");
    assert_eq!(new.matches("hook claude-code PreToolUse").count(), 1, "{new}");
}

#[test]
fn what_is_no_settings_is_left_alone() {
    for bad in ["{", "[]", "7", "{\"hooks\": []}", "{\"hooks\": {\"PreToolUse\": {}}}", "not json"] {
        assert!(claude().added_to(Some(bad)).is_err(), "{bad}");
    }
    assert!(claude().added_to(Some(&"[".repeat(100_000))).is_err());
}

#[test]
fn settings_in_which_the_hook_would_not_count_are_told() {
    for bad in [
        r#"{"hooks": {}, "hooks": {"PreToolUse": []}}"#,
        r#"{"hooks": {}, "h\u006foks": {}}"#,
        r#"{"hooks": {"PreToolUse": [], "PreToolUse": []}}"#,
        r#"{"disableAllHooks": true}"#,
    ] {
        assert!(claude().added_to(Some(bad)).is_err(), "{bad}");
    }
    assert!(claude().added_to(Some(r#"{"disableAllHooks": false}"#)).is_ok());
}

#[test]
fn each_agent_is_registered_for_what_it_can_be_stopped_in() {
    for agent in Agent::ALL {
        for scope in [Scope::User, Scope::Project, Scope::Machine] {
            for file in Registration::of(agent, scope, PROGRAM) {
                let text = file.added_to(None).unwrap().unwrap();
                assert!(text.contains(PROGRAM), "{}: {text}", agent.name());
                for (event, command) in file.commands() {
                    assert!(text.contains(event) && text.contains(command), "{}: {text}", agent.name());
                }
                assert_eq!(file.added_to(Some(&text)).unwrap(), None, "{}", agent.name());
                assert!(file.taken_from(&text).unwrap().is_some(), "{}", agent.name());
            }
        }
    }
}

#[test]
fn every_switch_that_fails_closed_is_set() {
    let text = |agent| Registration::of(agent, Scope::User, PROGRAM).remove(0).added_to(None).unwrap().unwrap();
    assert!(text(Agent::ClaudeCode).contains(r#""onFailure": "block""#));
    assert!(text(Agent::Cursor).contains(r#""failClosed": true"#));
    assert!(text(Agent::Goose).contains(r#""on_failure": "block""#));
    assert!(text(Agent::OpenCode).contains("throw new Error"));
    // Codex throws away settings with a member that it does not know.
    assert!(!text(Agent::Codex).contains("onFailure"));
}
