//! Agents whose hooks are files of their own: programs, or a plugin.

use super::{Scope, command, worth_a_hook};
use crate::Agent;

/// Path, text, and whether it is a program; `None` for an agent that is registered in its settings.
pub(super) fn of(agent: Agent, scope: Scope, program: &str) -> Option<Vec<(String, String, bool)>> {
    match agent {
        Agent::Cline => Some(cline(scope, program)),
        Agent::OpenCode => Some(opencode(scope, program)),
        Agent::ClaudeCode
        | Agent::Codex
        | Agent::Cursor
        | Agent::CopilotCli
        | Agent::VsCode
        | Agent::Gemini
        | Agent::Windsurf
        | Agent::Kiro
        | Agent::Goose
        | Agent::Droid
        | Agent::Devin
        | Agent::Antigravity => None,
    }
}

/// Cline starts the program that is called like the event.
fn cline(scope: Scope, program: &str) -> Vec<(String, String, bool)> {
    let folder = match scope {
        Scope::User => "Documents/Cline/Hooks",
        Scope::Project => ".clinerules/hooks",
        Scope::Machine => return Vec::new(),
    };
    let script = |event| {
        let text = format!(
            "#!/bin/sh\n# Written by `portcullis init --agent cline`.\nexec {}\n",
            command(program, Agent::Cline, event)
        );
        (format!("{folder}/{event}"), text, true)
    };
    worth_a_hook(Agent::Cline).map(script).collect()
}

/// opencode loads every file in a folder as a plugin. Ours asks before each tool, and throws unless it is told to go on.
fn opencode(scope: Scope, program: &str) -> Vec<(String, String, bool)> {
    let folder = match scope {
        Scope::User => ".config/opencode/plugin",
        Scope::Project => ".opencode/plugin",
        Scope::Machine => return Vec::new(),
    };
    let text = PLUGIN.replace("PROGRAM", &serde_json::Value::from(program).to_string());
    vec![(format!("{folder}/portcullis.js"), text, false)]
}

const PLUGIN: &str = r#"// Written by `portcullis init --agent opencode`. A tool is used only if the hook ends with status 0.
import { spawnSync } from "node:child_process"

const program = PROGRAM

function ask(event, sent) {
  const asked = spawnSync(program, ["hook", "opencode", event], { input: JSON.stringify(sent), encoding: "utf8", timeout: 10000 })
  if (asked.status !== 0) {
    throw new Error(asked.stderr || `Portcullis did not answer (${asked.error ?? asked.signal ?? asked.status}), so this is denied`)
  }
}

export const Portcullis = async ({ directory }) => ({
  "tool.execute.before": async (input, output) => {
    ask("tool.execute.before", { ...input, directory, args: output.args })
  },
  "tool.execute.after": async (input, output) => {
    ask("tool.execute.after", { ...input, directory, args: input.args ?? {}, output: output.output })
  },
})
"#;
