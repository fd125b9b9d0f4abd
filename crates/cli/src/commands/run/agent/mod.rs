//! Which agent a command is, by the name of its program, and what follows from that: what it needs to find its way, and
//! where what it keeps is kept.
//!
//! An agent that is not known, or is started by another program, runs just as well: as a command, with nothing of the
//! user's own and nothing that lasts.

mod copy;
mod kept;
mod merge;
mod secrets;

pub(super) use kept::Kept;

use crate::agents::{AGENTS, Known};
use portcullis_event::AgentName;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What every other program is, in the policy's list of agents.
const ANY: &str = "command";

/// What a command is called in the policy's list of agents.
pub(super) fn of(command: &[OsString]) -> AgentName {
    named(known(command).map_or(ANY, |known| known.name))
}

/// The agent that a command starts, if it is one that is known.
pub(super) fn known(command: &[OsString]) -> Option<&'static Known> {
    let program = command.first().and_then(|program| Path::new(program).file_name()).and_then(|name| name.to_str())?;
    AGENTS.iter().find(|known| known.programs.contains(&program))
}

impl Known {
    /// What it is called in the policy.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Where its maker's model is asked.
    pub(super) fn host(&self) -> Option<&'static str> {
        self.host
    }

    /// Whether its model is asked somewhere else than at its maker's.
    pub(super) fn asks_elsewhere(&self, asked: &[(OsString, OsString)]) -> bool {
        let is_set = |name: &&&str| env::var_os(name).is_some() || asked.iter().any(|(asked, _)| asked == **name);
        self.handed_on.iter().filter(|name| name.ends_with("_BASE_URL")).any(|name| is_set(&name))
    }

    /// Keys of it that are set outside and are not among what was asked for.
    pub(super) fn keys_left_outside(&self, asked: &[(OsString, OsString)]) -> Vec<&'static str> {
        let is_asked = |key: &str| asked.iter().any(|(name, _)| name == key);
        self.keys.iter().copied().filter(|key| env::var_os(key).is_some() && !is_asked(key)).collect()
    }

    /// What is set for it.
    pub(super) fn variables(&self, home: &Path) -> Vec<(OsString, OsString)> {
        // An address with a login in it is a key as well.
        let is_plain = |value: &OsString| value.to_str().is_some_and(|value| !value.contains('@'));
        let handed = self.handed_on.iter().filter_map(|name| Some((name.into(), env::var_os(name).filter(is_plain)?)));
        let set = self.set.iter().map(|(name, value)| {
            let value =
                value.strip_prefix("~/").map_or_else(|| value.into(), |below| home.join(below).into_os_string());
            (name.into(), value)
        });
        handed.chain(set).collect()
    }

    /// Its settings for the whole machine, as files below `/etc`, where the machine has none of its own.
    pub(super) fn settings(&self) -> impl Iterator<Item = (PathBuf, &'static str)> {
        let missing = |file: &Path| Path::new("/etc").join(file).symlink_metadata().is_err();
        self.settings.iter().map(|(file, text)| (PathBuf::from(file), *text)).filter(move |(file, _)| missing(file))
    }
}

/// Which of the variables that were handed in hold a key, as far as their names say.
pub(super) fn keys_among(asked: &[(OsString, OsString)]) -> Vec<String> {
    let names = asked.iter().map(|(name, _)| name.to_string_lossy().into_owned());
    names.filter(|name| is_key(name)).collect()
}

fn is_key(name: &str) -> bool {
    const WORDS: [&str; 6] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"];
    let name = name.to_ascii_uppercase();
    WORDS.iter().any(|word| name.contains(word)) || AGENTS.iter().any(|known| known.keys.contains(&name.as_str()))
}

#[expect(clippy::expect_used, reason = "every name is a literal of this folder, and a test reads each")]
fn named(name: &str) -> AgentName {
    AgentName::parse(name).expect("a literal is a valid name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_has_an_agent() {
        for known in AGENTS {
            for program in known.programs {
                assert_eq!(of(&[OsString::from(format!("/usr/bin/{program}"))]).as_str(), known.name);
            }
        }
        assert_eq!(of(&["bash".into()]).as_str(), ANY);
    }

    #[test]
    fn a_variable_is_a_key_by_its_name() {
        for name in ["ANTHROPIC_API_KEY", "GITHUB_TOKEN", "db_password", "AWS_SECRET_ACCESS_KEY"] {
            assert!(is_key(name), "{name}");
        }
        assert!(!is_key("EDITOR") && !is_key("ANTHROPIC_BASE_URL"));
        for known in AGENTS {
            assert!(known.keys.iter().all(|key| is_key(key)), "{}", known.name);
            assert!(!known.handed_on.iter().any(|name| is_key(name)), "{}", known.name);
        }
    }

    #[test]
    fn no_agent_takes_a_login_along_and_no_two_folders_are_one() {
        for known in AGENTS {
            for (index, folder) in known.folders.iter().enumerate() {
                for login in
                    [".credentials.json", "auth.json", "oauth_creds.json", "history.jsonl", "projects", "sessions"]
                {
                    assert!(!folder.taken.contains(&login), "{} {login}", known.name);
                }
                let others = known.folders.iter().skip(index + 1);
                assert!(others.clone().all(|other| !Path::new(other.inside).starts_with(folder.inside)));
                assert!(folder.taken.iter().all(|name| !name.contains('/') && *name != ".."));
            }
        }
    }
}
