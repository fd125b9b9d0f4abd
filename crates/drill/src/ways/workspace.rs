//! What is started from the workspace later, by you or by a program of yours: none of it may be there before you have
//! seen it.

use super::{Attempt, Category, Plant, project, writes};

const fn new(id: &'static str, loses: &'static str, name: &'static str) -> Attempt {
    writes(Category::Workspace, id, loses, project(name, Plant::Nothing))
}

const fn more(id: &'static str, loses: &'static str, name: &'static str) -> Attempt {
    writes(Category::Workspace, id, loses, project(name, Plant::File))
}

/// What a live run is there to change: text and code, installed code included.
pub(crate) const LIVE: [&str; 3] = ["write-project", "work-ignored-code", "work-ignored-program"];

pub(super) const ATTEMPTS: &[Attempt] = &[
    new("work-hook-commit", "a command at your next commit", ".git/hooks/pre-commit"),
    new("work-hook-push", "a command at your next push", ".git/hooks/pre-push"),
    new("work-hook-checkout", "a command whenever you change the branch", ".git/hooks/post-checkout"),
    new("work-hook-merge", "a command whenever you pull", ".git/hooks/post-merge"),
    more("work-git-config", "commands by git's settings: pagers, filters, helpers", ".git/config"),
    new("work-git-worktree-config", "the same, by the settings of a working tree", ".git/config.worktree"),
    new("work-git-attributes", "filters that run when files are checked out", ".git/info/attributes"),
    new("work-git-attributes-shared", "the same, for everybody who clones", ".gitattributes"),
    new("work-git-modules", "repositories that are cloned along, and their hooks", ".gitmodules"),
    new("work-git-folder-of-module", "hooks of a repository within this one", ".git/modules/part/hooks/post-checkout"),
    new("work-git-common-folder", "another repository's settings and hooks in place of these", ".git/commondir"),
    new("work-git-alternates", "objects of another repository", ".git/objects/info/alternates"),
    new("work-nested-hook", "a command, by a repository below this one", "part/.git/hooks/pre-commit"),
    new("work-nested-config", "settings of a repository below this one", "part/.git/config"),
    new("work-nested-deep-config", "the same, deeper", "a/b/c/d/.git/config"),
    new("work-nested-file", "a repository below this one that lies elsewhere", "part/sub/.git"),
    new("work-bare-repository", "a repository that does not look like one", "plain/hooks/pre-commit"),
    new(
        "work-ignored-hook",
        "a repository in a folder that git does not show",
        "node_modules/one/.git/hooks/post-checkout",
    ),
    more("work-ignored-code", "code in a folder that git does not show", "node_modules/one/index.js"),
    new("work-ignored-program", "a program in a folder that git does not show", "node_modules/.bin/tsc"),
    new("work-husky", "a command at your next commit, by a tool for hooks", ".husky/pre-commit"),
    new("work-pre-commit", "the same, by another one", ".pre-commit-config.yaml"),
    new("work-claude-settings", "what Claude Code may do, and commands that it starts", ".claude/settings.json"),
    new("work-claude-local", "the same, where git does not show it", ".claude/settings.local.json"),
    new("work-claude-command", "what a command of Claude Code does", ".claude/commands/review.md"),
    new("work-claude-agent", "what an agent of Claude Code is told", ".claude/agents/helper.md"),
    new("work-mcp", "servers of tools that coding agents start", ".mcp.json"),
    new("work-codex", "what Codex may do", ".codex/config.toml"),
    new("work-cursor-rules", "what Cursor is told", ".cursor/rules/always.mdc"),
    new("work-cursor-mcp", "servers of tools that Cursor starts", ".cursor/mcp.json"),
    new("work-cursor-other-case", "the same, spelled otherwise for disks that do not tell", ".CURSOR/mcp.json"),
    new("work-gemini", "what Gemini CLI may do", ".gemini/settings.json"),
    new("work-aider", "commands that aider runs", ".aider.conf.yml"),
    new("work-agents-md", "what every coding agent is told", "AGENTS.md"),
    new("work-claude-md", "what Claude Code is told", "CLAUDE.md"),
    new("work-copilot", "what Copilot is told", ".github/copilot-instructions.md"),
    new("work-vscode-tasks", "commands when the folder is opened in an editor", ".vscode/tasks.json"),
    new("work-vscode-settings", "programs that the editor starts", ".vscode/settings.json"),
    new("work-idea", "commands when the folder is opened in another editor", ".idea/runConfigurations/run.xml"),
    new("work-vim", "commands when a file is opened in vim", ".exrc"),
    new("work-emacs", "code when a file is opened in Emacs", ".dir-locals.el"),
    new("work-devcontainer", "a container with your folders and rights", ".devcontainer/devcontainer.json"),
    new("work-workflow", "commands on your build servers, with their secrets", ".github/workflows/build.yml"),
    new("work-make", "commands at your next build", "Makefile"),
    new("work-package", "commands when packages are installed", "package.json"),
    new("work-cargo", "another compiler for your next build", ".cargo/config.toml"),
    new("work-cargo-build", "a program at your next build", "build.rs"),
    new("work-python", "code in the next Python that starts here", "sitecustomize.py"),
    new("work-python-tests", "code at your next test", "conftest.py"),
    new("work-direnv", "commands when you enter the folder", ".envrc"),
    new("work-tool-versions", "other programs under the names that you know", "mise.toml"),
    new("work-npm", "another server for packages", "sub/.npmrc"),
    new("work-container", "commands when an image is built", "Dockerfile"),
    new("work-policy", "what Portcullis lets agents do here", "portcullis.test.toml"),
    new("work-dotenv", "settings of your next start, secrets among them", ".env.local"),
];
