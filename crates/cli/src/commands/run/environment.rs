//! The environment inside: what programs need to find their way, and nothing that could be a secret.

use super::models::Trusted;
use super::world::World;
use crate::failure::Failure;
use portcullis_sandbox::Doors;
use std::env;
use std::ffi::{OsStr, OsString};

/// What is handed on if it is set.
const HANDED_ON: &[&str] = &[
    "PATH",
    "LANG",
    "LANGUAGE",
    "LC_ADDRESS",
    "LC_ALL",
    "LC_COLLATE",
    "LC_CTYPE",
    "LC_IDENTIFICATION",
    "LC_MEASUREMENT",
    "LC_MESSAGES",
    "LC_MONETARY",
    "LC_NAME",
    "LC_NUMERIC",
    "LC_PAPER",
    "LC_TELEPHONE",
    "LC_TIME",
    "TERM",
    "COLORTERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TZ",
    "SHELL",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "LESS",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CI",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "GOPATH",
    "GOROOT",
    "GOTOOLCHAIN",
    "JAVA_HOME",
    "NVM_DIR",
    "NVM_BIN",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "RBENV_ROOT",
    "GEM_HOME",
    "BUN_INSTALL",
    "DENO_INSTALL",
    "VOLTA_HOME",
    "SDKMAN_DIR",
    "ASDF_DIR",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
    "DOTNET_ROOT",
];

/// Where a proxy is asked, by programs that ask one.
const PROXY: &[&str] = &["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

impl World<'_> {
    /// Everything that is set inside; what was asked for by name comes last and wins.
    pub(super) fn environment(&self, asked: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
        let mut set: Vec<(OsString, OsString)> = Vec::new();
        set.extend(env::vars_os().filter(|(name, _)| is_handed_on(name)));
        let mut say = |name: &str, value: &OsStr| set.push((name.into(), value.into()));
        say("HOME", self.home().as_os_str());
        let user = self.user_name();
        say("USER", OsStr::new(&user));
        say("LOGNAME", OsStr::new(&user));
        let proxy = OsString::from(format!("http://{}", Doors::PROXY));
        for name in PROXY {
            say(name, &proxy);
        }
        for name in ["no_proxy", "NO_PROXY"] {
            say(name, OsStr::new("localhost,127.0.0.1,::1"));
        }
        // Node asks no proxy unless it is told to.
        say("NODE_USE_ENV_PROXY", OsStr::new("1"));
        say("PORTCULLIS_SESSION", OsStr::new(self.session.session().id.as_str()));
        set.extend(Trusted::inside().variables());
        set.extend(self.socket_variables());
        let of_agent = self.agent.map(|agent| agent.variables(self.home())).unwrap_or_default();
        set.extend(of_agent.into_iter().filter(|(name, _)| asked.iter().all(|(asked, _)| asked != name)));
        set.extend(asked);
        set
    }
}

/// Each by its name: servers of SSH take whatever begins with `LC_`, so people send tokens in such variables.
fn is_handed_on(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| HANDED_ON.contains(&name))
}

/// A variable that was asked for: `NAME=VALUE`, or `NAME` with the value that it has.
pub(super) fn asked(text: &str) -> Result<(OsString, OsString), Failure> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(OsString::from(value))),
        None => (text, env::var_os(text)),
    };
    if name.is_empty() || name.contains('\0') {
        return Err(Failure::usage("`--env` needs the name of a variable"));
    }
    let value = value.ok_or_else(|| Failure::usage(format!("the variable {name} is not set")))?;
    Ok((name.into(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_on_is_a_list_of_names_and_not_of_beginnings() {
        for name in ["LC_ALL", "LC_CTYPE", "PATH", "TZ"] {
            assert!(is_handed_on(OsStr::new(name)), "{name}");
        }
        for name in ["LC_SECRET", "LC_", "LC_ALL_", "lc_all", "PATH_", "SSH_AUTH_SOCK", "GITHUB_TOKEN", ""] {
            assert!(!is_handed_on(OsStr::new(name)), "{name}");
        }
    }
}
