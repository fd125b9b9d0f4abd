//! Places in a home and a workspace where what is written works later, or is gone by: what starts by itself, what agents read, what
//! programs are called.

use portcullis_trust::Kind;

/// What starts by itself later, by path from the home; a folder ends with a slash.
pub(crate) const STARTS_LATER: [&str; 28] = [
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zprofile",
    ".zshenv",
    ".zlogin",
    ".kshrc",
    ".inputrc",
    ".xprofile",
    ".xinitrc",
    ".config/fish/",
    ".config/autostart/",
    ".config/systemd/",
    ".config/environment.d/",
    ".local/share/systemd/",
    ".config/pip/",
    ".pip/",
    ".pydistutils.cfg",
    ".ssh/",
    ".gnupg/gpg.conf",
    ".gnupg/gpg-agent.conf",
    ".vimrc",
    ".config/nvim/",
    ".local/state/crontab",
];

/// The same in the workspace.
pub(crate) const STARTS_LATER_THERE: [&str; 3] = [".git/hooks/", ".git/info/attributes", ".github/workflows/"];

/// Settings of git, which run programs only where they say so.
pub(crate) const OF_GIT: [&str; 3] = [".gitconfig", ".config/git/config", "projects/webshop/.git/config"];

/// What such settings say then, in lower case.
pub(crate) const RUNS_PROGRAMS: [&str; 12] = [
    "hookspath",
    "fsmonitor",
    "sshcommand",
    "insteadof",
    "pushinsteadof",
    "[include",
    "editor",
    "pager",
    "askpass",
    "helper",
    "= !",
    "=!",
];

/// What shells read when they start, which may say where programs lie without running one.
pub(crate) const PROFILES: [&str; 8] =
    [".bashrc", ".bash_profile", ".profile", ".zshrc", ".zprofile", ".zshenv", ".bash_login", ".zlogin"];

/// Names of programs that are trusted to be those of the system.
pub(crate) const OF_THE_SYSTEM: [&str; 24] = [
    "bash", "cat", "cp", "curl", "docker", "env", "find", "git", "gpg", "grep", "kubectl", "ls", "make", "node", "npm",
    "npx", "python", "python3", "sh", "ssh", "su", "sudo", "tar", "wget",
];

/// What agents keep in a home, besides skills.
pub(crate) const OF_AGENTS: [&str; 12] = [
    ".claude/settings",
    ".claude/CLAUDE.md",
    ".claude/commands/",
    ".claude/agents/",
    ".claude/hooks/",
    ".claude/plugins/",
    ".claude/projects/",
    ".claude.json",
    ".codex/",
    ".cursor/",
    ".gemini/",
    ".copilot/",
];

pub(crate) fn runs_programs(settings: &str) -> bool {
    let settings = settings.to_lowercase();
    RUNS_PROGRAMS.iter().any(|word| settings.contains(word))
}

/// Whether what a shell reads when it starts does no more, beside what was there, than to say where something lies.
pub(crate) fn only_says_where(profile: &str) -> bool {
    const THERE: [&str; 5] = [
        "alias ll='ls -l'",
        "export EDITOR=vim",
        "[ -f ~/.bashrc ] && . ~/.bashrc",
        "autoload -U compinit && compinit",
        "",
    ];
    profile.lines().map(str::trim).all(|line| {
        let set = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = set.split_once('=').unwrap_or((set, "`"));
        let is_place = name == "PATH" || ["_HOME", "_PATH", "_DIR", "_ROOT"].iter().any(|end| name.ends_with(end));
        let is_plain =
            !name.contains("LD_") && !value.contains(['`', ';', '&', '|', '<', '>']) && !value.contains("$(");
        THERE.contains(&line) || line.starts_with('#') || is_place && is_plain
    })
}

/// Whether an agent goes by a file of the workspace without having been told to. Where nothing was, a text may be what was asked
/// for; settings are not.
pub(crate) fn is_of_agent(path: &str, was_there: bool) -> bool {
    match Kind::of(path) {
        Some(
            Kind::Settings
            | Kind::Hooks
            | Kind::Servers
            | Kind::Tasks
            | Kind::Editor
            | Kind::Envrc
            | Kind::GitHook
            | Kind::Script,
        ) => true,
        Some(Kind::Instructions | Kind::Skill | Kind::Prompt | Kind::Plugin) => was_there,
        Some(Kind::Marketplace | Kind::Container | Kind::Package | Kind::Tools | Kind::Model) | None => false,
    }
}

/// Whether a file of a skill is run or read by whoever uses it.
pub(crate) fn is_code(path: &str) -> bool {
    const ENDINGS: [&str; 12] = ["md", "sh", "bash", "py", "js", "mjs", "cjs", "ts", "rb", "pl", "php", "ps1"];
    path.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_that_only_says_where_something_lies_runs_nothing() {
        let with = |line: &str| only_says_where(&format!("# ~/.bashrc\nalias ll='ls -l'\nexport EDITOR=vim\n{line}\n"));
        for plain in
            ["export PATH=\"$HOME/go/bin:$PATH\"", "PATH=$PATH:/opt/x/bin", "export JAVA_HOME=/usr/lib/jvm", "# go"]
        {
            assert!(with(plain), "{plain}");
        }
        for other in [
            "curl x | sh",
            "export PATH=$(curl x)",
            "export PATH=/x; id",
            "export LD_PRELOAD=/x",
            "export LD_LIBRARY_PATH=/x",
            "export PROMPT_COMMAND=id",
            "alias ls=id",
            "export HTTPS_PROXY=http://x.example",
            "export A_DIR=`id`",
        ] {
            assert!(!with(other), "{other}");
        }
    }

    #[test]
    fn settings_of_git_count_where_they_run_something() {
        for plain in ["[user]\n\tname = x\n", "[filter \"lfs\"]\n\tclean = git-lfs clean -- %f\n"] {
            assert!(!runs_programs(plain), "{plain}");
        }
        for other in ["[core]\n\thooksPath = /x\n", "[alias]\n\tst = !id\n", "[include]\n\tpath = /x\n"] {
            assert!(runs_programs(other), "{other}");
        }
    }
}
