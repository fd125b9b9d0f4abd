//! Which calls are like this one, for a person who does not want to be asked about each.
//!
//! The words that a program is started with up to the first option, three at most, in the same folder; or the same tool of the
//! same server; or the same tool on the same file. In each case for the same agent in the same session, asked about by the very
//! same lines of the policy, so that a call which another line stops is asked about all the same. Nothing is like a call that is
//! dangerous, that sets variables, uses credentials, runs scripts, or of which not everything is known.

use super::judge::ToolJudge;
use crate::approvals::parts;
use portcullis_agents::hook::ToolUse;
use portcullis_approvals::{ActionHasher, Capability};
use portcullis_effects::{Effects, Known, What};
use portcullis_event::{Event, Reason};

/// Words of a program that say what it does.
const WORDS: usize = 3;

/// These run whatever they are given, so their words say nothing.
const INTERPRETERS: [&str; 28] = [
    "sh", "bash", "zsh", "dash", "fish", "ksh", "pwsh", "python", "python3", "node", "deno", "bun", "ruby", "perl",
    "php", "lua", "awk", "sed", "env", "xargs", "find", "ssh", "sudo", "doas", "nohup", "timeout", "docker", "podman",
];

/// What calls have in common.
enum Common<'a> {
    /// A program and its first words.
    Program(Vec<&'a str>),
    /// A tool of a server.
    Tool(&'a str, &'a str),
    /// A tool and the one file that it is used on.
    File(&'a str, &'a str),
}

/// What could be granted with a call; `None` if nothing is like it.
pub(super) fn of(event: &Event, tool: &ToolUse, judge: &ToolJudge<'_>, stopping: &[Reason]) -> Option<Capability> {
    let lines = parts::lines(stopping).filter(|_| judge.looked_into().is_empty())?;
    let common = common(judge.effects(), tool)?;
    let mut hasher = ActionHasher::new("capability");
    parts::who(&mut hasher, &event.actor);
    hasher.maybe("environment", event.place.environment.as_ref());
    hasher.maybe("walls", event.place.sandbox.as_ref().map(|walls| walls.kind.as_str()));
    hasher.part("cwd", judge.cwd().as_str()).list("lines", &lines);
    let what = match &common {
        Common::Program(words) => {
            hasher.list("program", words);
            format!("`{}` with whatever follows, in {}", words.join(" "), judge.cwd())
        }
        Common::Tool(server, name) => {
            hasher.list("tool", &[server, name]);
            format!("the tool {name} of {server} with any input")
        }
        Common::File(name, path) => {
            hasher.list("file", &[name, path]);
            format!("{name} on {path} with any content")
        }
    };
    let agent = event.actor.acting_agent()?.name.as_str();
    Some(Capability { scope: hasher.finish(), label: format!("{what}, by {agent} in this session") })
}

fn common<'a>(effects: &'a Effects, tool: &'a ToolUse) -> Option<Common<'a>> {
    let mut found = None;
    let mut files = Vec::new();
    for effect in &effects.list {
        let new = match &effect.what {
            What::Danger { .. }
            | What::Credential { .. }
            | What::Environment { .. }
            | What::Delete { recursive: true, .. }
            | What::Tool { server: None, .. } => return None,
            What::Read { file }
            | What::List { file }
            | What::Write { file }
            | What::Mode { file }
            | What::Delete { file, recursive: false } => {
                files.push(file);
                continue;
            }
            What::Network { .. } | What::Git { .. } | What::Package { .. } => continue,
            What::Execute { argv } => Common::Program(words(argv)?),
            What::Tool { server: Some(server), name, .. } => Common::Tool(server, name),
        };
        // Two programs, or a program and a tool, are more than one thing.
        if found.replace(new).is_some() {
            return None;
        }
    }
    match (found, files.as_slice()) {
        (Some(found), _) => Some(found),
        (None, [file]) if file.known == Known::Exactly => Some(Common::File(&tool.name, file.path.as_str())),
        (None, _) => None,
    }
}

/// The words of a program up to the first option.
fn words(argv: &[String]) -> Option<Vec<&str>> {
    let is_plain = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_alphanumeric())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '@'))
    };
    let words: Vec<&str> = argv.iter().map(String::as_str).take_while(is_plain).take(WORDS).collect();
    let program = words.first()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    let is_known = words.len() > 1 && !INTERPRETERS.contains(&name) && !program.contains('/');
    is_known.then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_words(argv: &[&str]) -> Option<Vec<String>> {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        words(&argv).map(|words| words.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn a_program_is_known_by_its_words_up_to_the_first_option() {
        let some = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(of_words(&["git", "push", "origin", "main"]), some(&["git", "push", "origin"]));
        assert_eq!(of_words(&["cargo", "publish", "-p", "x"]), some(&["cargo", "publish"]));
        assert_eq!(of_words(&["npm", "run", "build"]), some(&["npm", "run", "build"]));
    }

    #[test]
    fn nothing_is_like_a_program_whose_words_say_nothing() {
        for argv in [
            &["make"][..],
            &["git", "--exec-path=x", "push"],
            &["sh", "ship.sh"],
            &["python3", "a.py"],
            &["./deploy", "now"],
            &["/tmp/git", "push"],
            &["ssh", "host"],
            &["git", "$(x)"],
            &[],
        ] {
            assert_eq!(of_words(argv), None, "{argv:?}");
        }
    }
}
