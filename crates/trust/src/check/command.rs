//! What a command would do, and whether that is anything a skill, a hook or a server has any business with.

use crate::found::Findings;
use crate::ground::Ground;
use crate::rule::{self, Rule};
use portcullis_effects::{Direction, Effects, Shell, TAKEN_OFF, What, of_argv, of_command};
use portcullis_event::Hazard;
use std::ops::Range;

/// Who runs a command, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// By itself: when a text is loaded, a folder is opened, a session starts, a tool is used.
    ByItself,
    /// When the agent or the user follows the text.
    Told,
    /// As part of a script.
    Script,
}

/// Hosts whose installers are run from the network by habit: the makers of languages and tools. What they serve can change
/// as well, but nobody is helped by hearing it of every skill.
const KNOWN_INSTALLERS: [&str; 59] = [
    "get.acme.sh",
    "cli-assets.heroku.com",
    "get.scoop.sh",
    "community.chocolatey.org",
    "get.opentofu.org",
    "get.pulumi.com",
    "repo.anaconda.com",
    "micro.mamba.pm",
    "setup.atuin.sh",
    "install.duckdb.org",
    "get.jetify.com",
    "get.nexte.st",
    "dl.dagger.io",
    "cli.doppler.com",
    "packages.microsoft.com",
    "aka.ms",
    "packages.gitlab.com",
    "fluxcd.io",
    "run.linkerd.io",
    "neon.tech",
    "neon.com",
    "render.com",
    "d2lang.com",
    "starship.rs",
    "get.k3s.io",
    "tailscale.com",
    "zed.dev",
    "sdk.cloud.google.com",
    "get-ghcup.haskell.org",
    "astral.sh",
    "sh.rustup.rs",
    "get.docker.com",
    "bun.sh",
    "bun.com",
    "deno.land",
    "get.pnpm.io",
    "install.python-poetry.org",
    "raw.githubusercontent.com",
    "get.helm.sh",
    "cli.github.com",
    "claude.ai",
    "fly.io",
    "foundry.paradigm.xyz",
    "nixos.org",
    "install.determinate.systems",
    "deb.nodesource.com",
    "rpm.nodesource.com",
    "fnm.vercel.app",
    "get.volta.sh",
    "ollama.com",
    "mise.run",
    "mise.jdx.dev",
    "get.sdkman.io",
    "sh.brew.sh",
    "bootstrap.pypa.io",
    "pixi.sh",
    "opencode.ai",
    "cursor.com",
    "release.anza.xyz",
];

/// Looks into a command of a shell.
pub(crate) fn look(text: &str, path: &str, at: usize, when: When, ground: &Ground, out: &mut Findings) {
    let effects = of_command(text, Shell::Bash, ground);
    judge(&effects, text, path, when, out, |span| at + span.start..at + span.end.min(text.len()));
}

/// Looks into a command that was put together from several values; all of them stand in `span`.
pub(crate) fn look_in(text: &str, path: &str, span: &Range<usize>, when: When, ground: &Ground, out: &mut Findings) {
    let effects = of_command(text, Shell::Bash, ground);
    judge(&effects, text, path, when, out, |_| span.clone());
}

/// Looks into commands of PowerShell.
pub(crate) fn look_powershell(text: &str, path: &str, at: usize, when: When, ground: &Ground, out: &mut Findings) {
    let effects = of_command(text, Shell::PowerShell, ground);
    judge(&effects, text, path, when, out, |span| at + span.start..at + span.end.min(text.len()));
}

/// Looks into words that are started as they are; all of them stand in `span`.
pub(crate) fn look_words(
    words: &[String],
    path: &str,
    span: &Range<usize>,
    when: When,
    ground: &Ground,
    out: &mut Findings,
) {
    let effects = of_argv(words, ground);
    judge(&effects, &words.join(" "), path, when, out, |_| span.clone());
}

fn judge(
    effects: &Effects,
    text: &str,
    path: &str,
    when: When,
    out: &mut Findings,
    place: impl Fn(Range<usize>) -> Range<usize>,
) {
    for effect in &effects.list {
        let What::Danger { hazard, why } = &effect.what else { continue };
        let is_of_machine = *hazard == Hazard::GuardTampering && why == TAKEN_OFF;
        let Some(rule) = rule_of(*hazard, when).or(is_of_machine.then_some(&rule::GUARD)) else { continue };
        if when != When::ByItself && !is_of_machine && is_ordinary(*hazard, why, text, effects) {
            continue;
        }
        let value = text.get(effect.start..effect.end).unwrap_or(text);
        let message = format!("{} {}: {why}.", subject(when), hazard.reason());
        out.add(rule, path, place(effect.start..effect.end), value, message);
    }
}

const fn subject(when: When) -> &'static str {
    match when {
        When::ByItself => "A command that runs by itself",
        When::Told => "A command that the text tells to run",
        When::Script => "A script",
    }
}

/// The rule that a danger falls under; none if it is ordinary where it stands.
fn rule_of(hazard: Hazard, when: When) -> Option<&'static Rule> {
    let by_itself = when == When::ByItself;
    match hazard {
        Hazard::Exfiltration => Some(&rule::EXFILTRATION),
        Hazard::DownloadedCode => Some(&rule::DOWNLOADED_CODE),
        Hazard::DecodedCode => Some(&rule::HIDDEN_CODE),
        Hazard::RemoteShell => Some(&rule::REMOTE_SHELL),
        Hazard::HiddenText if by_itself => Some(&rule::HIDDEN_TEXT),
        Hazard::GuardTampering if when != When::Told => Some(&rule::GUARD),
        Hazard::AgentBypass => Some(&rule::GUARD),
        Hazard::CredentialAccess if by_itself => Some(&rule::CREDENTIAL_ACCESS),
        Hazard::Persistence if when != When::Told => Some(&rule::PERSISTENCE),
        Hazard::Loader if by_itself => Some(&rule::PERSISTENCE),
        Hazard::Destruction => Some(&rule::DESTRUCTION),
        Hazard::UnresolvedCode if by_itself => Some(&rule::HIDDEN_CODE),
        Hazard::CredentialAccess
        | Hazard::Persistence
        | Hazard::Loader
        | Hazard::HiddenText
        | Hazard::GuardTampering
        | Hazard::UnresolvedCode
        | Hazard::Unresolved
        | Hazard::OpenPort
        | Hazard::Privilege
        | Hazard::HistoryLoss
        | Hazard::Infrastructure
        | Hazard::Deployment
        | Hazard::Publication
        | Hazard::ForeignPackage
        | Hazard::Exhaustion => None,
    }
}

/// What is said of a variable, how it is set, and how where it only names the folder in which the settings of an agent lie anyway.
const USUAL_FOLDERS: [(&str, &str, &str); 2] = [
    ("codex: its settings come from elsewhere", "CODEX_HOME=", "CODEX_HOME=\"${CODEX_HOME:-$HOME/.codex}\""),
    (
        "claude: its settings come from elsewhere",
        "CLAUDE_CONFIG_DIR=",
        "CLAUDE_CONFIG_DIR=\"${CLAUDE_CONFIG_DIR:-$HOME/.claude}\"",
    ),
];

/// Whether a danger is what an honest text or script does as well.
fn is_ordinary(hazard: Hazard, why: &str, text: &str, effects: &Effects) -> bool {
    match hazard {
        Hazard::DownloadedCode => {
            why.starts_with("a package is run") || is_known_installer(effects) && !is_anybodys(text)
        }
        // A token in a request is how most services are spoken to; a file of keys is not.
        Hazard::Exfiltration => !SECRET_FILES.iter().any(|name| text.contains(name)),
        // Where the settings of an agent lie anyway, unless somebody has moved them.
        Hazard::AgentBypass => USUAL_FOLDERS.iter().any(|(said, sets, usual)| {
            // The same is told once, however often it is done.
            why == *said && text.matches(sets).count() == text.matches(usual).count()
        }),
        // A test makes settings in a folder of its own.
        Hazard::GuardTampering => !why.contains("/home/user/.") || why.contains("/home/user/project"),
        Hazard::Persistence => why.contains("/tmp/") || IN_REPOSITORY.iter().any(|name| why.contains(name)),
        // Only what walks through a folder can empty it; `> <name>/` is a name with a blank to fill in.
        Hazard::Destruction if why.starts_with("empties") => !WALKERS.iter().any(|walker| text.contains(walker)),
        Hazard::Destruction => !["whole home", "whole file system"].iter().any(|all| why.contains(all)),
        Hazard::DecodedCode
        | Hazard::UnresolvedCode
        | Hazard::Unresolved
        | Hazard::Loader
        | Hazard::CredentialAccess
        | Hazard::RemoteShell
        | Hazard::OpenPort
        | Hazard::Privilege
        | Hazard::HistoryLoss
        | Hazard::Infrastructure
        | Hazard::Deployment
        | Hazard::Publication
        | Hazard::ForeignPackage
        | Hazard::HiddenText
        | Hazard::Exhaustion => false,
    }
}

/// Programs that do something to each file below a folder.
const WALKERS: [&str; 8] = ["find", "fd", "bfs", "xargs", "parallel", "globstar", "**", "for "];

/// What a project sets up for itself.
const IN_REPOSITORY: [&str; 4] = [".git/hooks", ".husky", "/home/user/project", ".local/bin"];

/// Names that tell that more than one token is taken.
const SECRET_FILES: [&str; 26] = [
    ".ssh",
    "id_rsa",
    "id_ed25519",
    ".aws",
    ".env",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".kube",
    ".docker/config",
    ".git-credentials",
    ".gnupg",
    ".config/gh",
    ".config/gcloud",
    ".azure",
    "printenv",
    "env |",
    "os.environ",
    "process.env",
    "/etc/shadow",
    "/etc/passwd",
    "_history",
    "credentials",
    "Login Data",
    "Cookies",
    "keychain",
];

/// Hosts that serve what anybody puts there.
const ANYBODYS: [&str; 1] = ["raw.githubusercontent.com"];

/// Makers of tools who serve their installers from such a host.
const MAKERS: [&str; 16] = [
    "nvm-sh/nvm",
    "Homebrew/install",
    "helm/helm",
    "ohmyzsh/ohmyzsh",
    "anchore/",
    "aquasecurity/trivy",
    "trufflesecurity/",
    "golangci/golangci-lint",
    "pyenv/pyenv",
    "kubernetes",
    "rancher/k3d",
    "k3d-io/k3d",
    "containerd/",
    "jesseduffield/",
    "junegunn/",
    "starship/",
];

fn is_anybodys(text: &str) -> bool {
    ANYBODYS.iter().any(|host| text.contains(host)) && !MAKERS.iter().any(|maker| text.contains(maker))
}

/// Whether this is the host of a maker whose installers are run from the network by habit.
pub(crate) fn is_makers_host(host: &str) -> bool {
    KNOWN_INSTALLERS.iter().any(|known| host == *known || host.ends_with(&format!(".{known}")))
}

/// Whether everything that is fetched comes from makers of tools whose installers are run like this everywhere.
fn is_known_installer(effects: &Effects) -> bool {
    let mut hosts = effects.list.iter().filter_map(|effect| {
        let What::Network { direction: Direction::In | Direction::Out, host, .. } = &effect.what else { return None };
        Some(host.to_string())
    });
    let mut any = false;
    hosts.all(|host| {
        any = true;
        is_makers_host(&host)
    }) && any
}
