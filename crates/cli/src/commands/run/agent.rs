//! Which agent a command is, by the name of its program.

use portcullis_event::AgentName;
use std::ffi::OsString;
use std::path::Path;

/// Programs and the agents that they are.
const PROGRAMS: &[(&str, &str)] = &[
    ("claude", "claude-code"),
    ("codex", "codex"),
    ("gemini", "gemini-cli"),
    ("cursor-agent", "cursor-cli"),
    ("copilot", "copilot-cli"),
    ("aider", "aider"),
    ("opencode", "opencode"),
    ("goose", "goose"),
    ("q", "amazon-q"),
    ("cn", "continue"),
];

/// What every other program is, in the policy's list of agents.
const ANY: &str = "command";

/// The agent that a command starts.
pub(super) fn of(command: &[OsString]) -> AgentName {
    let program = command.first().and_then(|program| Path::new(program).file_name()).and_then(|name| name.to_str());
    let name = PROGRAMS.iter().find(|(known, _)| Some(*known) == program).map_or(ANY, |(_, agent)| agent);
    named(name)
}

#[expect(clippy::expect_used, reason = "every name is a literal of this file, and a test reads each")]
fn named(name: &str) -> AgentName {
    AgentName::parse(name).expect("a literal is a valid name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_has_an_agent() {
        for (program, agent) in PROGRAMS {
            assert_eq!(of(&[OsString::from(format!("/usr/bin/{program}"))]).as_str(), *agent);
        }
        assert_eq!(of(&["bash".into()]).as_str(), ANY);
    }
}
