//! A real agent and a real server, with the gate between them.

use crate::agents::{BELOW_HOME, home};
use crate::harness::Machine;
use crate::model::{CALL_A_TOOL, Model, SENTENCE, THEN, USE_A_TOOL};
use serde_json::json;
use std::fs;
use std::process::Stdio;

/// Built here, so that it stands nowhere as it is.
fn password() -> String {
    ["Blue", "Tiger", "-", "4471", "-", "Quartz"].concat()
}

#[test]
fn claude_code_uses_a_server_of_files_as_far_as_policy_lets_it() {
    let machine = Machine::new();
    machine.write_user_policy("[mcp]\nallow = [\"files\"]\n[tools]\ndeny = [\"files/write_file\"]\n");
    let notes = machine.write("notes.txt", format!("DB_PASSWORD={}\nthe rest\n", password()));
    let made = machine.project().join("made.txt");
    let read = format!("{CALL_A_TOOL}mcp__files__read_text_file {}", json!({"path": notes}));
    let write = format!("{CALL_A_TOOL}mcp__files__write_file {}", json!({"path": made, "content": "x"}));
    let list = format!("{CALL_A_TOOL}mcp__files__list_directory {}", json!({"path": machine.project()}));
    let model = Model::start(&[read, write, list].join(THEN));
    let modules = home().join(BELOW_HOME);
    let server = modules.join("@modelcontextprotocol/server-filesystem/dist/index.js");
    let gate = machine.command(&[]).get_program().to_owned();
    let words = json!(["mcp", "run", "files", "--", "node", server, machine.project()]);
    let set = json!({"PORTCULLIS_HOME": machine.state(), "HOME": machine.home()});
    let servers = json!({"mcpServers": {"files": {"command": gate.to_str().unwrap(), "args": words, "env": set}}});
    let config = machine.home().join("servers.json");
    fs::write(&config, servers.to_string()).unwrap();
    let mut claude = std::process::Command::new(modules.join(".bin/claude"));
    claude.env_clear().env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", modules.join(".bin").display()));
    claude.env("HOME", machine.home()).env("CLAUDE_CONFIG_DIR", machine.home().join(".claude"));
    claude.env("ANTHROPIC_BASE_URL", format!("http://127.0.0.1:{}", model.port()));
    claude.env("ANTHROPIC_API_KEY", "key-of-a-test").env("CLAUDE_CODE_DISABLE_TERMINAL_TITLE", "1");
    claude.args(["--strict-mcp-config", "--mcp-config"]).arg(&config);
    claude.args(["--allowedTools", "mcp__files__read_text_file,mcp__files__write_file,mcp__files__list_directory"]);
    claude.args(["-p", &format!("please {USE_A_TOOL}")]).current_dir(machine.project()).stdin(Stdio::null());
    let output = claude.output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains(SENTENCE), "{said}{told}");
    let bodies: String = model.heard().iter().map(|request| request.body.to_string()).collect();
    assert!(
        bodies.contains("the rest") && !bodies.contains(&password()),
        "the file was read, the password was not: {bodies}"
    );
    assert!(bodies.contains("Portcullis") && !made.exists(), "{bodies}");
    assert!(bodies.contains("[FILE] notes.txt"), "{bodies}");
    let (_, log) = machine.json(&["log", "query", "--kind", "tool"]);
    let calls = log["rows"].as_array().unwrap().iter().filter(|row| row["op"] == "call").count();
    assert_eq!(calls, 2, "{log}");
    assert!(log.to_string().contains("claude-code"), "{log}");
}
