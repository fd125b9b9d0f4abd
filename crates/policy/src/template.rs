//! The text of a first `portcullis.toml`, fitting the repository that it is for. Every line that says something has a
//! comment that says why.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What is known about a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// Its languages, such as `rust`.
    pub languages: Vec<String>,
    /// Its package managers, such as `cargo`, `npm`, `pip`.
    pub package_managers: Vec<String>,
    /// The hosts of its remotes.
    pub remote_hosts: Vec<String>,
    /// Its default branch.
    pub default_branch: Option<String>,
    /// Folders that hold things for production, such as `deploy`.
    pub sensitive_folders: Vec<String>,
}

/// The hosts that a package manager needs beyond those that the preset knows.
fn hosts_of(package_manager: &str) -> &'static [&'static str] {
    match package_manager {
        "gradle" => &["services.gradle.org", "plugins.gradle.org"],
        "deno" => &["deno.land", "jsr.io"],
        "conda" => &["conda.anaconda.org", "repo.anaconda.com"],
        "cocoapods" => &["cdn.cocoapods.org"],
        "hex" | "mix" => &["hex.pm", "repo.hex.pm"],
        "pub" => &["pub.dev"],
        "cabal" | "stack" => &["hackage.haskell.org"],
        _ => &[],
    }
}

/// Hosts that the preset allows already.
fn is_known(host: &str) -> bool {
    crate::config::Preset::Standard.text().contains(&format!("\"{host}\""))
}

fn is_host(text: &str) -> bool {
    portcullis_event::Host::parse(text).is_ok_and(|host| !host.is_loopback() && host.as_str() == text)
}

/// Names that stand in a list as they are.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
        && !text.starts_with(['/', '.', '-'])
}

fn list(entries: &BTreeSet<&str>) -> String {
    entries.iter().map(|entry| format!("\"{entry}\"")).collect::<Vec<_>>().join(", ")
}

/// The text of a policy for a repository. It is valid and gives no warning, whatever the facts are.
pub fn template(facts: &RepositoryFacts) -> String {
    let mut out = HEAD.to_owned();
    if !facts.languages.is_empty() {
        let known: BTreeSet<&str> = facts.languages.iter().map(String::as_str).filter(|it| is_plain(it)).collect();
        let _ = writeln!(out, "# Found here: {}.", known.into_iter().collect::<Vec<_>>().join(", "));
    }
    out.push_str(MODE);
    files(facts, &mut out);
    network(facts, &mut out);
    git(facts, &mut out);
    out.push_str(TAIL);
    out
}

fn files(facts: &RepositoryFacts, out: &mut String) {
    let folders: BTreeSet<String> = facts
        .sensitive_folders
        .iter()
        .map(|it| it.trim_matches('/'))
        .filter(|it| is_plain(it) && !it.split('/').any(|name| name.is_empty() || name == ".."))
        .map(|it| format!("./{it}"))
        .collect();
    out.push_str(FILES);
    if !folders.is_empty() {
        let folders = folders.iter().map(String::as_str).collect();
        let _ = writeln!(out, "# These look like production: a person is asked first.\nask = [{}]", list(&folders));
    }
}

fn network(facts: &RepositoryFacts, out: &mut String) {
    out.push_str(NETWORK);
    let remotes = facts.remote_hosts.iter().map(String::as_str);
    let managers = facts.package_managers.iter().flat_map(|it| hosts_of(it)).copied();
    let hosts: BTreeSet<&str> = remotes.chain(managers).filter(|host| is_host(host) && !is_known(host)).collect();
    if !hosts.is_empty() {
        let _ = writeln!(out, "# Used here:\n#   [network]\n#   allow = [{}]", list(&hosts));
    }
}

fn git(facts: &RepositoryFacts, out: &mut String) {
    out.push_str(GIT);
    let known = ["main", "master", "trunk", "develop", "release", "production"];
    match facts.default_branch.as_deref().filter(|it| is_plain(it) && !known.contains(it)) {
        Some(branch) => {
            let _ = writeln!(out, "protected = [\"{branch}\"]");
        }
        None => out.push_str("# protected = [\"staging\"]\n"),
    }
}

const HEAD: &str = "\
# What an AI coding agent may do in this repository.
#
# This file can tighten what the organisation's and the user's policies say, and never loosen it.
#   portcullis policy check      is this file right?
#   portcullis policy show       what is in force, and which line says so?
#   portcullis policy explain    why is something denied?
";

const MODE: &str = "
# Carried out even if the policy above only observes. (To observe first, set `mode = \"observe\"` in your own policy.)
mode = \"enforce\"

# A stricter base for this repository: strict, air-gapped (only your own hosts) or local-only (nothing leaves).
# preset = \"strict\"
";

const FILES: &str = "
[files]
# Secrets (.env, keys, ~/.ssh, …) are masked by the preset. What else is nobody's business:
# deny = [\"./customers\"]
";

const NETWORK: &str = "
[network]
# Hosts that no list names are asked about. This file can't add any; your own policy can:
# ~/.config/portcullis/portcullis.toml. A list `allow` in here means: these, and no others.
# deny = [\"*.example.com\"]
";

const GIT: &str = "
[git]
# An agent pushes to branches of its own; for these a person is asked. main, master and release/* are on the
# preset's list already.
";

const TAIL: &str = "
[commands]
# Words, not text: `rm -rf` also means `/bin/rm -f -r`. Deny beats ask, and ask beats allow.
# ask = [\"make deploy\"]
# deny = [\"kubectl\"]

[packages]
# A person is asked before a new dependency comes in; versions with known vulnerabilities are denied.
# deny = [\"npm:left-pad\"]

[mcp]
# Servers that are on no list are asked about.
# deny = [\"*\"]

[spend]
# Limits for one session and one day.
# session = { dollars = 10.0 }
# day = { dollars = 50.0 }
";
