//! Programs that bring text from elsewhere, or carry it there, and of which no host is known: what they do is in their words and
//! not in an address.

use crate::label::Labels;

/// What a program is to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    /// What is to be known of what it prints.
    pub(crate) reads: Labels,
    /// What it carries outside, if it does.
    pub(crate) sends: Option<Sends>,
    /// What it changes for good, if it does.
    pub(crate) changes: Option<&'static str>,
    /// Its first words, as they are quoted.
    pub(crate) words: String,
}

/// How something is carried outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sends {
    /// To the place that the repository belongs to.
    Forge,
    /// To whoever its words name.
    Elsewhere,
    /// To a registry of packages, as the name that is asked for.
    Registry,
    /// To the clipboard, which every other program reads.
    Clipboard,
}

/// Words of `gh` and the like that change something there.
const FORGE_WRITES: [&str; 24] = [
    "create", "comment", "edit", "close", "reopen", "merge", "review", "upload", "delete", "fork", "rename",
    "transfer", "lock", "unlock", "pin", "note", "set", "add", "run", "rerun", "enable", "disable", "sync", "archive",
];

/// Options of `gh api` with which it sends.
const API_SENDS: [&str; 10] =
    ["-X", "--method", "-f", "-F", "--field", "--raw-field", "--input", "--form", "-H", "--header"];

/// Databases, and what else keeps rows of people.
const DATABASES: [&str; 12] = [
    "psql",
    "mysql",
    "mariadb",
    "mongosh",
    "mongo",
    "redis-cli",
    "clickhouse-client",
    "sqlcmd",
    "cqlsh",
    "bq",
    "snowsql",
    "influx",
];

/// What keeps secrets, and prints them.
const VAULTS: [&str; 11] = [
    "op",
    "bw",
    "pass",
    "gopass",
    "vault",
    "security",
    "secret-tool",
    "lpass",
    "keepassxc-cli",
    "doppler",
    "infisical",
];

/// Clouds and clusters: private to whoever runs them, and reached over the network.
const CLOUDS: [&str; 16] = [
    "aws",
    "gcloud",
    "gsutil",
    "az",
    "kubectl",
    "doctl",
    "heroku",
    "fly",
    "flyctl",
    "stripe",
    "ibmcloud",
    "oci",
    "linode-cli",
    "helm",
    "supabase",
    "firebase",
];

/// Programs that publish what they are pointed at.
const PUBLISHERS: [&str; 14] = [
    "vercel", "netlify", "surge", "wrangler", "now", "mail", "mailx", "sendmail", "mutt", "msmtp", "swaks", "transfer",
    "croc", "rclone",
];

/// Programs that open an address.
const BROWSERS: [&str; 14] = [
    "xdg-open",
    "open",
    "sensible-browser",
    "firefox",
    "chromium",
    "google-chrome",
    "lynx",
    "w3m",
    "links",
    "elinks",
    "browsh",
    "gio",
    "start",
    "wslview",
];

/// Programs that make this machine reachable.
const TUNNELS: [&str; 7] = ["ngrok", "cloudflared", "lt", "localtunnel", "bore", "tailscale", "zrok"];

/// Programs that print what others wrote into a log.
const LOGS: [&str; 3] = ["journalctl", "dmesg", "stern"];

/// What the words of a command say; `None` if they say nothing.
pub(crate) fn of(argv: &[String]) -> Option<Program> {
    let (first, rest) = argv.split_first()?;
    let name = first.rsplit('/').next().unwrap_or(first);
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let mut words: Vec<&str> = vec![name];
    words.extend(rest.iter().copied().filter(|word| is_plain(word)).take(2));
    let found = Found { name, rest: &rest, words: words.join(" ") };
    found.program()
}

/// Whether a word says what is done, and not on what.
fn is_plain(word: &str) -> bool {
    word.len() < 24
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

struct Found<'a> {
    name: &'a str,
    rest: &'a [&'a str],
    words: String,
}

impl Found<'_> {
    fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name)
    }

    fn says(&self, words: &[&str]) -> bool {
        self.rest.iter().any(|word| words.contains(word))
    }

    fn first_is(&self, words: &[&str]) -> bool {
        self.rest.iter().find(|word| !word.starts_with('-')).is_some_and(|word| words.contains(word))
    }

    fn with(self, reads: Labels, sends: Option<Sends>, changes: Option<&'static str>) -> Program {
        Program { reads, sends, changes, words: self.words }
    }

    fn program(self) -> Option<Program> {
        match self.name {
            "gh" | "glab" | "tea" | "hub" => self.forge(),
            "git" => self.git(),
            "npm" | "pnpm" | "yarn" | "bun" | "cargo" | "pip" | "pip3" | "uv" | "gem" | "go" | "composer" => {
                self.registry()
            }
            "pbpaste" | "wl-paste" | "Get-Clipboard" => Some(self.with(Labels::BOTH, None, None)),
            "pbcopy" | "wl-copy" | "clip" | "clip.exe" | "Set-Clipboard" => {
                Some(self.with(Labels::NONE, Some(Sends::Clipboard), None))
            }
            "xclip" | "xsel" => {
                let prints = self.rest.iter().any(|word| word.starts_with("-o") || *word == "--output");
                let sends = (!prints).then_some(Sends::Clipboard);
                Some(self.with(if prints { Labels::BOTH } else { Labels::NONE }, sends, None))
            }
            "env" | "printenv" | "set" | "export" | "declare" => self.environment(),
            "docker" | "podman" if self.first_is(&["push", "login"]) => {
                Some(self.with(Labels::NONE, Some(Sends::Elsewhere), None))
            }
            "docker" | "podman" if self.first_is(&["logs"]) => Some(self.with(Labels::UNTRUSTED, None, None)),
            "kubectl" if self.first_is(&["logs", "get", "describe"]) => Some(self.with(Labels::BOTH, None, None)),
            "whois" => Some(self.with(Labels::UNTRUSTED, Some(Sends::Elsewhere), None)),
            "chsh" | "launchctl" | "update-alternatives" => {
                Some(self.with(Labels::NONE, None, Some("settings of the system")))
            }
            _ => self.by_kind(),
        }
    }

    fn by_kind(self) -> Option<Program> {
        if self.is(&DATABASES) || self.is(&VAULTS) {
            Some(self.with(Labels::SENSITIVE, None, None))
        } else if self.is(&CLOUDS) {
            Some(self.with(Labels::SENSITIVE, Some(Sends::Elsewhere), None))
        } else if self.is(&PUBLISHERS) {
            Some(self.with(Labels::NONE, Some(Sends::Elsewhere), None))
        } else if self.is(&TUNNELS) {
            Some(self.with(Labels::NONE, Some(Sends::Elsewhere), Some("who reaches this machine")))
        } else if self.is(&LOGS) {
            Some(self.with(Labels::UNTRUSTED, None, None))
        } else if self.is(&BROWSERS) && self.rest.iter().any(|word| word.contains("://")) {
            Some(self.with(Labels::UNTRUSTED, Some(Sends::Elsewhere), None))
        } else {
            None
        }
    }

    /// `gh`, `glab`: what they print was written by whoever opens an issue; what they send goes to the place that the repository
    /// belongs to, unless they are told another one.
    fn forge(self) -> Option<Program> {
        if self.first_is(&["auth", "config", "completion", "help", "version", "alias", "extension"])
            || self.rest.is_empty()
        {
            return None;
        }
        let api = self.first_is(&["api"]);
        let verb = self.rest.iter().filter(|word| is_plain(word)).nth(1);
        let writes =
            if api { self.says_any_option(&API_SENDS) } else { verb.is_some_and(|it| FORGE_WRITES.contains(it)) };
        let elsewhere = api
            || self.first_is(&["gist", "repo", "ssh-key", "gpg-key", "secret", "variable", "snippet"])
            || self.says_any_option(&["-R", "--repo", "--hostname"]);
        let sends = writes.then_some(if elsewhere { Sends::Elsewhere } else { Sends::Forge });
        let reads = if writes && !api { Labels::NONE } else { Labels::UNTRUSTED };
        let changes = self.first_is(&["ssh-key", "gpg-key", "secret", "variable"]).then_some("what a forge lets in");
        Some(self.with(reads, sends, changes.filter(|_| writes)))
    }

    fn says_any_option(&self, options: &[&str]) -> bool {
        let is = |word: &str, option: &str| {
            word.strip_prefix(option)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('=') || !option.starts_with("--"))
        };
        self.rest.iter().any(|word| options.iter().any(|option| is(word, option)))
    }

    fn git(self) -> Option<Program> {
        if self.first_is(&["remote"]) && self.says(&["add", "set-url", "rename"]) {
            return Some(self.with(Labels::NONE, None, Some("where the repository is pushed to")));
        }
        let sets = |word: &&str| word.starts_with("remote.") || word.starts_with("url.") || word.starts_with("branch.");
        if self.first_is(&["config"])
            && self.rest.iter().any(sets)
            && !self.says(&["--get", "--list", "-l", "get", "list"])
        {
            return Some(self.with(Labels::NONE, None, Some("where the repository is pushed to")));
        }
        if self.first_is(&["send-email", "request-pull"]) {
            return Some(self.with(Labels::NONE, Some(Sends::Elsewhere), None));
        }
        None
    }

    /// Looking a package up says its name to the registry, and brings what its author wrote.
    fn registry(self) -> Option<Program> {
        let looks = ["view", "info", "search", "show", "index", "download", "outdated", "audit"];
        let is_query = self.first_is(&looks) && self.rest.iter().filter(|word| !word.starts_with('-')).count() > 1;
        is_query.then_some(())?;
        Some(self.with(Labels::UNTRUSTED, Some(Sends::Registry), None))
    }

    /// The variables of the environment, all of them or those whose name says what they are.
    fn environment(self) -> Option<Program> {
        let names: Vec<&&str> = self.rest.iter().filter(|word| !word.starts_with('-')).collect();
        let is_secret = |name: &&&str| {
            let upper = name.to_ascii_uppercase();
            ["TOKEN", "SECRET", "PASS", "KEY", "CRED", "AUTH"].iter().any(|part| upper.contains(part))
        };
        let tells = match self.name {
            "env" => names.is_empty(),
            "set" | "export" | "declare" => self.rest.is_empty() || self.rest == ["-p"],
            _ => names.is_empty() || names.iter().any(is_secret),
        };
        tells.then_some(())?;
        Some(self.with(Labels::SENSITIVE, None, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(text: &str) -> Option<Program> {
        of(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    fn said(text: &str) -> (Labels, Option<Sends>, bool) {
        program(text).map_or((Labels::NONE, None, false), |it| (it.reads, it.sends, it.changes.is_some()))
    }

    #[test]
    fn words_of_a_forge_say_whether_something_is_read_or_written() {
        assert_eq!(said("gh issue view 12"), (Labels::UNTRUSTED, None, false));
        assert_eq!(said("gh pr create --title x"), (Labels::NONE, Some(Sends::Forge), false));
        assert_eq!(said("gh issue comment 3 --body x -R other/repo"), (Labels::NONE, Some(Sends::Elsewhere), false));
        assert_eq!(said("gh api repos/a/b/issues"), (Labels::UNTRUSTED, None, false));
        assert_eq!(said("gh api repos/a/b/issues -fbody=x"), (Labels::UNTRUSTED, Some(Sends::Elsewhere), false));
        assert_eq!(said("gh gist create a.txt"), (Labels::NONE, Some(Sends::Elsewhere), false));
        assert_eq!(said("gh secret set A"), (Labels::NONE, Some(Sends::Elsewhere), true));
        assert_eq!(said("gh auth status"), (Labels::NONE, None, false));
        assert_eq!(said("gh run view 7"), (Labels::UNTRUSTED, None, false));
        assert_eq!(said("gh -R other/repo issue comment 3"), (Labels::NONE, Some(Sends::Elsewhere), false));
    }

    #[test]
    fn everyday_commands_say_nothing() {
        for text in [
            "cargo test",
            "cargo build --release",
            "npm ci",
            "npm install left-pad",
            "npm run build",
            "git status",
            "git log -5",
            "git config user.name x",
            "git remote -v",
            "git commit -m x",
            "make",
            "pytest -q",
            "go test ./...",
            "ls",
            "env A=b make",
            "printenv PATH",
            "docker build .",
            "open src/main.rs",
            "set -e",
            "export A=b",
            "go build",
        ] {
            assert_eq!(program(text), None, "{text}");
        }
    }

    #[test]
    fn places_where_text_comes_from_and_goes_to_are_known() {
        assert_eq!(said("/usr/bin/xclip -o"), (Labels::BOTH, None, false));
        assert_eq!(said("xclip -selection c"), (Labels::NONE, Some(Sends::Clipboard), false));
        assert_eq!(said("env"), (Labels::SENSITIVE, None, false));
        assert_eq!(said("printenv API_TOKEN"), (Labels::SENSITIVE, None, false));
        assert_eq!(said("xdg-open https://a.example/x"), (Labels::UNTRUSTED, Some(Sends::Elsewhere), false));
        assert_eq!(said("npm view abc"), (Labels::UNTRUSTED, Some(Sends::Registry), false));
        assert_eq!(said("git remote add x https://github.com/e/r"), (Labels::NONE, None, true));
        assert_eq!(said("git config remote.origin.url x"), (Labels::NONE, None, true));
        assert_eq!(said("cloudflared tunnel"), (Labels::NONE, Some(Sends::Elsewhere), true));
    }
}
