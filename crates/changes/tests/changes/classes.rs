//! Which paths wait, and why. Each way to leave something behind that runs later is a line here.

use crate::scene::Scene;
use portcullis_changes::{Change, ChangeKind, Choice, Class, LayerName, Verdict};
use std::fs;

fn written(name: LayerName, path: &str) -> Change {
    let scene = Scene::in_memory();
    let _session = scene.begin_in(name);
    scene.wrote(path, "text\n");
    let change = scene.read().changes.into_iter().find(|change| {
        change.node().is_some_and(|it| {
            it.size > 0
                && it.target.is_none()
                && change.kind == ChangeKind::Added
                && change.path.to_string().ends_with(path)
        })
    });
    change.unwrap_or_else(|| panic!("{path} was not told"))
}

fn applies(path: &str) -> bool {
    Choice::default().verdict(&written(LayerName::Workspace, path)) == Verdict::Applies
}

#[test]
fn code_text_and_what_git_keeps_for_itself_apply() {
    for path in [
        "src/main.rs",
        "a/b/c.py",
        "README.md",
        "docs/guide.rst",
        ".gitignore",
        "LICENSE",
        ".git/objects/ab/cdef",
        ".git/refs/heads/fix.rs",
        ".git/index",
        ".git/HEAD",
        ".git/logs/HEAD",
        ".git/COMMIT_EDITMSG",
        ".git/packed-refs",
        ".git/worktrees/x/HEAD",
        "src/config.rs",
        "src/build/mod.rs",
        "src/hooks/use_state.ts",
    ] {
        assert!(applies(path), "{path}: {:?}", written(LayerName::Workspace, path).classes);
    }
}

#[test]
fn every_way_to_leave_something_behind_waits_at_any_depth_and_in_any_spelling() {
    let ways = [
        (
            Class::Hook,
            &[
                ".git/hooks/pre-commit",
                ".git/hooks/x.py",
                ".git/modules/a/b/hooks/post-checkout",
                ".git/worktrees/w/hooks/x",
                ".husky/pre-commit",
                "lefthook.yml",
                ".lefthook/x.sh",
                ".pre-commit-config.yaml",
                ".githooks/x.sh",
            ][..],
        ),
        (
            Class::GitConfiguration,
            &[
                ".git/config",
                ".git/modules/a/config",
                ".git/config.worktree",
                ".git/info/attributes",
                ".gitattributes",
                ".gitmodules",
                ".git",
                ".git/commondir",
                ".git/worktrees/w/gitdir",
                ".git/objects/info/alternates",
                ".gitconfig",
                ".git/worktrees/w/config.worktree",
            ],
        ),
        (
            Class::AgentConfiguration,
            &[
                ".claude/settings.json",
                ".claude/settings.local.json",
                ".claude/hooks/x.py",
                ".mcp.json",
                ".codex/config.toml",
                ".gemini/settings.json",
                ".cursor/mcp.json",
                "opencode.json",
                ".aider.conf.yml",
                ".claude/plugins/x.js",
                ".continue/config.ts",
            ],
        ),
        (
            Class::Instructions,
            &[
                "CLAUDE.md",
                "CLAUDE.local.md",
                "AGENTS.md",
                "GEMINI.md",
                ".cursorrules",
                ".cursor/rules/x.mdc",
                ".github/copilot-instructions.md",
                "SKILL.md",
                "skills/x/notes.md",
                ".claude/skills/x/run.py",
                ".windsurfrules",
                ".claude/commands/x.md",
                ".clinerules/a.md",
                "llms.txt",
            ],
        ),
        (
            Class::EditorSettings,
            &[
                ".vscode/tasks.json",
                ".vscode/settings.json",
                ".idea/workspace.xml",
                ".devcontainer/devcontainer.json",
                "x.code-workspace",
                ".vimrc",
                ".exrc",
                ".dir-locals.el",
                ".zed/tasks.json",
                ".nvim.lua",
            ],
        ),
        (
            Class::ShellStartup,
            &[
                ".envrc",
                ".bashrc",
                ".zshenv",
                ".profile",
                "mise.toml",
                ".tool-versions",
                ".config/fish/config.fish",
                ".config/autostart/x.desktop",
                ".config/systemd/user/x.service",
                ".gdbinit",
                ".Rprofile",
                ".local/bin/ls",
            ],
        ),
        (
            Class::BuildScript,
            &[
                "build.rs",
                "setup.py",
                "conftest.py",
                "package.json",
                ".npmrc",
                ".cargo/config.toml",
                "gradlew",
                "gradle/wrapper/gradle-wrapper.properties",
                "vite.config.ts",
                "eslint.config.js",
                ".eslintrc.js",
                "sitecustomize.py",
                "x.pth",
                ".mvn/jvm.config",
                "CMakeLists.txt",
                "tox.ini",
                ".yarnrc.yml",
                ".pnp.cjs",
                "rust-toolchain.toml",
            ],
        ),
        (
            Class::Dependency,
            &[
                "Cargo.toml",
                "Cargo.lock",
                "package-lock.json",
                "go.mod",
                "requirements-dev.txt",
                "pyproject.toml",
                "Gemfile",
                "pom.xml",
                "flake.lock",
                "yarn.lock",
            ],
        ),
        (Class::Installed, &["node_modules/x/index.js", "vendor/x/y.go", ".venv/lib/x.py"]),
        (
            Class::Ci,
            &[
                ".github/workflows/ci.yml",
                ".github/actions/x/index.js",
                ".gitlab-ci.yml",
                "Jenkinsfile",
                ".circleci/config.yml",
                "azure-pipelines.yml",
                "CODEOWNERS",
                ".travis.yml",
            ],
        ),
        (
            Class::SecretFile,
            &[".env", ".env.local", "x.pem", "id_rsa", "aws-credentials", "app_secrets.yaml", ".netrc", "x.key"],
        ),
        (Class::Portcullis, &["portcullis.toml", ".portcullis/x.md"]),
        (Class::Unknown, &["data.bin", "x", "strange.xyz"]),
    ];
    for (class, paths) in ways {
        for path in paths {
            let spellings = [
                (*path).to_owned(),
                format!("deep/in/it/{path}"),
                format!("node_modules/x/{path}"),
                path.to_uppercase(),
                path.replacen("git", "g\u{200c}it", 1),
            ];
            for spelling in spellings {
                let change = written(LayerName::Workspace, &spelling);
                let known = change.classes.contains(&class) || class == Class::Unknown;
                assert!(known, "{spelling:?} is {:?}", change.classes);
                assert!(matches!(Choice::default().verdict(&change), Verdict::Waits(_)), "{spelling:?}");
            }
        }
    }
}

#[test]
fn names_in_a_git_folder_mean_the_same_wherever_it_lies() {
    for (path, class) in
        [("hooks/pre-push", Class::Hook), ("config", Class::GitConfiguration), ("index", Class::GitState)]
    {
        assert!(written(LayerName::Git, path).classes.contains(&class), "{path}");
    }
}

#[test]
fn everything_in_the_home_folder_waits() {
    let change = written(LayerName::Home, "notes.md");
    assert_eq!(Choice::default().verdict(&change), Verdict::Waits(vec![Class::Home]));
}

#[test]
fn an_executable_bit_and_binary_contents_wait() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::in_memory();
    scene.has("was.sh", "1");
    fs::set_permissions(scene.lower().join("was.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let _session = scene.begin();
    scene.wrote("was.sh", "2").wrote("now.sh", "1");
    for name in ["was.sh", "now.sh"] {
        fs::set_permissions(scene.upper().join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(scene.upper().join("x.rs"), b"\0").unwrap();
    let verdicts: Vec<_> = scene.read().changes.iter().map(|change| Choice::default().verdict(change)).collect();
    let waits = |class| Verdict::Waits(vec![class]);
    assert_eq!(verdicts, [waits(Class::ExecutableBit), Verdict::Applies, waits(Class::Binary)]);
}

#[test]
fn nothing_that_is_known_applies_when_nothing_was_chosen() {
    let change = written(LayerName::Workspace, "src/main.rs");
    assert_eq!(Choice::nothing().verdict(&change), Verdict::Waits(vec![Class::Code]));
}
