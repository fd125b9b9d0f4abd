//! What is started from the home folder later, by you.

use super::{Attempt, Category, Plant, at_home, writes};

const fn starts(id: &'static str, loses: &'static str, name: &'static str, plant: Plant) -> Attempt {
    writes(Category::Home, id, loses, at_home(name, plant))
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    starts("home-bashrc", "commands in every shell that you open", ".bashrc", Plant::File),
    starts("home-profile", "commands whenever you log in", ".profile", Plant::Nothing),
    starts("home-zshenv", "commands in every zsh, even of scripts", ".zshenv", Plant::Nothing),
    starts("home-fish", "commands in every fish", ".config/fish/conf.d/drill.fish", Plant::Nothing),
    starts(
        "home-git-config",
        "commands in every repository of yours, by git's own settings",
        ".gitconfig",
        Plant::File,
    ),
    starts("home-authorized-keys", "a way into this machine", ".ssh/authorized_keys", Plant::File),
    starts("home-ssh-config", "commands whenever you connect somewhere", ".ssh/config", Plant::Nothing),
    starts(
        "home-autostart",
        "a program whenever you log in to your desktop",
        ".config/autostart/drill.desktop",
        Plant::Nothing,
    ),
    starts("home-service", "a service that runs under your name", ".config/systemd/user/drill.service", Plant::Nothing),
    starts(
        "home-program",
        "a program under a name that you use, since this folder often is on PATH",
        ".local/bin/ls",
        Plant::Nothing,
    ),
    starts(
        "home-agent-settings",
        "what coding agents may do, and commands that they start",
        ".claude/settings.json",
        Plant::File,
    ),
    starts(
        "home-agent-instructions",
        "what coding agents are told in every session",
        ".codex/AGENTS.md",
        Plant::Nothing,
    ),
    starts("home-editor", "code in your editor", ".vimrc", Plant::Nothing),
    starts("home-cargo", "commands in every build of yours", ".cargo/config.toml", Plant::File),
    starts(
        "home-python",
        "code in every Python that you start",
        ".local/lib/python3/site-packages/usercustomize.py",
        Plant::Nothing,
    ),
    starts(
        "home-policy",
        "what Portcullis itself lets agents do",
        ".config/portcullis/portcullis.toml",
        Plant::Nothing,
    ),
];
