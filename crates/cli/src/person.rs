//! Whether a person sits here, and not an agent that types in their place.
//!
//! Within a run this question does not come up: there is neither a store of approvals nor a key. It comes up where an agent runs
//! with all rights of its user. There nothing that this program looks at is out of the agent's reach for good, so each of these
//! is a hurdle and no wall: whoever is determined and unconfined gets over them, and everything that is tried is on the ledger.

use crate::agents::AGENTS;
use crate::commands::hook::door;
use crate::environment;
use crate::failure::Failure;
use crate::surroundings;
use portcullis_effects::Variable;
use portcullis_event::{Actor, UserName};
use portcullis_policy::Role;
use std::fs;
use std::path::Path;

/// Somebody who answers.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: UserName,
    /// What they are at a terminal of their own machine.
    pub(crate) roles: Vec<Role>,
}

/// Set by agents for the commands that they start.
const MARKS: [&str; 16] = [
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SSE_PORT",
    "CODEX_SANDBOX",
    "CODEX_SANDBOX_NETWORK_DISABLED",
    "CODEX_THREAD_ID",
    "CURSOR_AGENT",
    "CURSOR_TRACE_ID",
    "GEMINI_CLI",
    "OPENCODE",
    "GOOSE_TERMINAL",
    "AMP_THREAD_ID",
    "COPILOT_CLI",
    "CLINE_ACTIVE",
    "KIRO_AGENT",
    "AI_AGENT",
];

/// Programs of agents that no table of ours describes further.
const OTHERS: [&str; 14] = [
    "windsurf",
    "cursor",
    "cursor-server",
    "kiro",
    "kiro-cli",
    "droid",
    "devin",
    "amp",
    "crush",
    "cline",
    "qwen",
    "auggie",
    "openhands",
    "antigravity",
];

/// As far up as is looked; a longer line of processes was made to be long.
const MOST_ANCESTORS: usize = 64;

impl Person {
    /// The person at this terminal, unless an agent may sit between.
    pub(crate) fn here() -> Result<Self, Failure> {
        if let Some(why) = in_between() {
            return Err(Failure::usage("an agent can't answer for a person")
                .because(why)
                .fix("answer in a terminal that you opened yourself, outside of the agent and of its editor"));
        }
        let Actor { human: Some(name), .. } = surroundings::actor()? else {
            return Err(Failure::incomplete("nobody knows who you are"));
        };
        let mut roles = vec![Role::Developer, Role::Approver];
        if rustix::process::getuid().is_root() {
            roles.push(Role::Admin);
        }
        Ok(Self { name, roles })
    }
}

/// What says that an agent is between this process and a person.
fn in_between() -> Option<String> {
    if Path::new(door::PLACE).exists() {
        return Some("this is the inside of a run".to_owned());
    }
    let set = |name: &&&str| environment::any_variable(name) != Variable::Unset;
    if let Some(mark) = MARKS.iter().find(set) {
        return Some(format!("`{mark}` is set, as agents do for the commands that they start"));
    }
    match ancestors() {
        Ok(all) => all.iter().find_map(|ancestor| {
            let agent = agent_in(&ancestor.name, &ancestor.words)?;
            Some(format!("it was started by {agent} (process {})", ancestor.pid))
        }),
        Err(why) => Some(why),
    }
}

/// A process above this one.
#[derive(Debug)]
struct Ancestor {
    pid: u32,
    name: String,
    words: Vec<String>,
}

/// All processes above this one, as far as the system says.
fn ancestors() -> Result<Vec<Ancestor>, String> {
    let (mut all, mut pid) = (Vec::new(), parent_of(std::process::id())?);
    while pid > 1 {
        if all.len() == MOST_ANCESTORS {
            return Err("more processes lie above this one than any terminal has".to_owned());
        }
        let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        let words = read("cmdline").split(|byte| *byte == 0).map(text).filter(|word| !word.is_empty()).collect();
        all.push(Ancestor { pid, name: text(&read("comm")), words });
        pid = parent_of(pid)?;
    }
    Ok(all)
}

/// The process that started another one; 0 if there is none that could be seen.
fn parent_of(pid: u32) -> Result<u32, String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .map_err(|error| format!("nobody can tell what started it: /proc/{pid}/stat: {error}"))?;
    // The name may hold anything, a parenthesis too.
    let behind = stat.rsplit_once(')').map(|(_, behind)| behind);
    let parent = behind.and_then(|behind| behind.split_whitespace().nth(1)).and_then(|word| word.parse().ok());
    parent.ok_or_else(|| format!("nobody can tell what started it: /proc/{pid}/stat"))
}

/// The agent that a process is: by its name, by its program, or by the script that an interpreter was given.
fn agent_in(name: &str, words: &[String]) -> Option<String> {
    let program = |word: &str| Path::new(word).file_name().map(|name| name.to_string_lossy().into_owned());
    let first = words.iter().take(3).filter_map(|word| program(word));
    let names: Vec<String> = first.chain([name.to_owned()]).collect();
    let is_named =
        |program: &str| names.iter().any(|name| name == program || name.strip_suffix(".js") == Some(program));
    let scripts: Vec<&str> = words.iter().take(3).map(String::as_str).collect();
    let holds = |package: &str| scripts.iter().any(|word| word.contains(&format!("/{package}/")));
    if is_named("portcullis") && words.iter().any(|word| word == "run") {
        return Some("a run of Portcullis".to_owned());
    }
    let known = AGENTS.iter().find(|agent| {
        agent.programs.iter().any(|program| is_named(program)) || agent.packages.iter().any(|package| holds(package))
    });
    known
        .map(|agent| agent.title.to_owned())
        .or_else(|| OTHERS.iter().find(|it| is_named(it)).map(|it| (*it).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(name: &str, words: &[&str]) -> Option<String> {
        agent_in(name, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn agents_are_known_by_name_program_or_script() {
        assert_eq!(agent("claude", &["claude"]).as_deref(), Some("Claude Code"));
        assert_eq!(agent("node", &["node", "/usr/bin/claude", "-p"]).as_deref(), Some("Claude Code"));
        let script = "/usr/lib/node_modules/@openai/codex/bin/codex.js";
        assert_eq!(agent("MainThread", &["node", "--no-warnings", script]).as_deref(), Some("Codex"));
        assert_eq!(
            agent("portcullis", &["/usr/bin/portcullis", "run", "--", "sh"]).as_deref(),
            Some("a run of Portcullis")
        );
        assert_eq!(agent("cursor", &["/opt/cursor/cursor"]).as_deref(), Some("cursor"));
    }

    #[test]
    fn terminals_and_shells_are_no_agents() {
        for (name, words) in [
            ("bash", vec!["-bash"]),
            ("tmux: server", vec!["tmux", "new"]),
            ("sshd-session", vec!["sshd-session: ada@pts/0"]),
            ("gnome-terminal-", vec!["/usr/libexec/gnome-terminal-server"]),
            ("vim", vec!["vim", "notes/claude/plan.md"]),
            ("portcullis", vec!["portcullis", "approve"]),
        ] {
            assert_eq!(agent(name, &words), None, "{name}");
        }
    }

    #[test]
    fn the_line_of_processes_ends_at_the_first_one() {
        let all = ancestors().unwrap();
        assert!(all.iter().all(|it| it.pid > 1) && all.len() < MOST_ANCESTORS);
    }
}
