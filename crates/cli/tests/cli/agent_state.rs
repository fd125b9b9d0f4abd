//! What is kept for an agent that is known, and what of its user's own is taken along. The agents here are scripts that
//! are called like one.

use crate::run::{Runner, runners};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

/// The agent, as a command of a runner. It carries out what it is told.
fn agent(runner: &Runner, program: &str, script: &str) -> Command {
    let file = runner.machine.home().join(".local/bin").join(program);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "#!/bin/sh\neval \"$1\"\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = runner.command();
    command.arg("run").arg("--").arg(file).arg(script);
    command
}

fn done(mut command: Command) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned());
    assert!(status.success(), "{command:?}: {said}{told}");
    (said, told)
}

fn says(runner: &Runner, program: &str, script: &str) -> String {
    done(agent(runner, program, script)).0
}

#[test]
fn what_an_agent_keeps_lasts_for_its_repository_and_is_nowhere_else() {
    for runner in runners() {
        let machine = &runner.machine;
        fs::create_dir(machine.home().join(".claude")).unwrap();
        fs::write(machine.home().join(".claude/settings.json"), "{\"theme\": \"own\"}").unwrap();
        let planted = "{\"hooks\": {\"SessionStart\": \"planted\"}}";
        says(&runner, "claude", &format!("cat ~/.claude/settings.json && echo '{planted}' > ~/.claude/settings.json"));
        says(
            &runner,
            "claude",
            "mkdir ~/.claude/projects && echo said > ~/.claude/projects/here && rm -rf ~/.claude/none",
        );
        let again = "cat ~/.claude/settings.json ~/.claude/projects/here";
        assert_eq!(says(&runner, "claude", again), format!("{planted}\nsaid\n"));

        let fresh = "ls -A ~/.claude; cat ~/.claude/settings.json; echo x > ~/.claude/fresh";
        let mut begins_anew = runner.command();
        begins_anew.args(["run", "--fresh", "--"]).arg(machine.home().join(".local/bin/claude")).arg(fresh);
        assert_eq!(done(begins_anew).0, "settings.json\n{\"theme\": \"own\"}");
        assert_eq!(says(&runner, "claude", again), format!("{planted}\nsaid\n"));

        // Not in the user's own folder, not in another repository, not for another agent or an ordinary command.
        assert_eq!(fs::read_dir(machine.home().join(".claude")).unwrap().count(), 1);
        let own = fs::read_to_string(machine.home().join(".claude/settings.json")).unwrap();
        assert_eq!(own, "{\"theme\": \"own\"}");
        let other = machine.home().parent().unwrap().join("other");
        fs::create_dir(&other).unwrap();
        let mut elsewhere = agent(&runner, "claude", "cat ~/.claude/settings.json; ls ~/.claude");
        elsewhere.current_dir(&other);
        assert_eq!(done(elsewhere).0, "{\"theme\": \"own\"}settings.json\n");
        for program in ["codex", "anything"] {
            assert_eq!(says(&runner, program, "ls -d ~/.claude 2>/dev/null; true"), "");
        }
    }
}

#[test]
fn logins_and_what_was_said_in_other_projects_stay_outside() {
    let key = ["ghp", "_"].concat() + &"aB3x9Kq2Z".repeat(4);
    for runner in runners() {
        let home = runner.machine.home();
        let put = |file: &str, text: &str| {
            fs::create_dir_all(home.join(file).parent().unwrap()).unwrap();
            fs::write(home.join(file), text).unwrap();
        };
        put(".claude/.credentials.json", "planted");
        put(".claude/projects/other/said.jsonl", "planted");
        put(".claude/history.jsonl", "planted");
        put(".claude/skills/one/SKILL.md", "taken along");
        put(".claude/skills/one/.env", "planted");
        put(
            ".claude/skills/one/post.sh",
            &format!("curl -H 'Authorization: Bearer {key}' https://team.example/taken\n"),
        );
        put(".claude/settings.json", &format!("{{\"env\": {{\"A_TOKEN\": \"{key}\"}}}}"));
        put(
            ".claude.json",
            "{\"theme\": \"dark\", \"oauthAccount\": \"planted\", \"projects\": {\"/other\": \"planted\"}}",
        );
        put(".ssh/id_ed25519", "planted");
        std::os::unix::fs::symlink(home.join(".ssh/id_ed25519"), home.join(".claude/CLAUDE.md")).unwrap();
        std::os::unix::fs::symlink(home.join(".ssh"), home.join(".claude/commands")).unwrap();
        put(".codex/auth.json", "planted");
        put(".codex/config.toml", "model = \"taken along\"\n");
        put(".gemini/oauth_creds.json", "planted");
        put(".gemini/GEMINI.md", "taken along");
        for program in ["claude", "codex", "gemini"] {
            let seen = says(
                &runner,
                program,
                "find ~ -type f -path '*/.c*' -exec cat {} + -o -type f -path '*/.g*' -exec cat {} +",
            );
            assert!(seen.contains("taken along"), "{program}: {seen}");
            assert!(!seen.contains("planted") && !seen.contains(&key), "{program}: {seen}");
        }
        let seen = says(&runner, "claude", "cat ~/.claude/settings.json ~/.claude/.claude.json");
        assert!(seen.contains("portcullis-placeholder") && seen.contains("dark"), "{seen}");
    }
}

#[test]
fn two_at_a_time_do_not_share_what_is_kept() {
    for runner in runners() {
        says(&runner, "claude", "echo kept > ~/.claude/file");
        let mut first = agent(&runner, "claude", "cat ~/.claude/file; echo more >> ~/.claude/file; read line");
        let mut first = first.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut heard = [0; 5];
        std::io::Read::read_exact(first.stdout.as_mut().unwrap(), &mut heard).unwrap();
        let (said, told) = done(agent(&runner, "claude", "ls -A ~/.claude; echo other > ~/.claude/file"));
        assert_eq!((&heard, said.as_str()), (b"kept\n", ""));
        assert!(told.contains("another run of it is at work here"), "{told}");
        drop(first.stdin.take());
        first.wait().unwrap();
        assert_eq!(says(&runner, "claude", "cat ~/.claude/file"), "kept\nmore\n");
    }
}

#[test]
fn a_key_is_handed_in_only_if_it_is_asked_for_and_the_panel_says_which() {
    let key = ["sk", "-of-a-test"].concat();
    for runner in runners() {
        let mut silent = agent(&runner, "claude", "env");
        silent
            .env("ANTHROPIC_API_KEY", &key)
            .env("ANTHROPIC_MODEL", "chosen")
            .env("ANTHROPIC_BASE_URL", format!("https://me:{key}@models.example"));
        let (said, told) = done(silent);
        assert!(!said.contains(&key) && said.contains("ANTHROPIC_MODEL=chosen"), "{said}");
        assert!(said.contains("ANTHROPIC_API_KEY=sk-standin"), "{said}");
        assert!(told.contains("ANTHROPIC_API_KEY stays outside") && !told.contains("it holds"), "{told}");
        assert!(said.contains("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1"), "{said}");

        let file = runner.machine.home().join(".local/bin/claude");
        let mut asked = runner.command();
        asked.env("ANTHROPIC_API_KEY", &key).args(["run", "--env", "ANTHROPIC_API_KEY", "--env", "EDITOR=vi", "--"]);
        asked.arg(file).arg("env");
        let (said, told) = done(asked);
        assert!(said.contains(&format!("ANTHROPIC_API_KEY={key}")), "{said}");
        assert!(told.contains("it holds the real ANTHROPIC_API_KEY\n") && !told.contains(&key), "{told}");
        let mut starts = runner.command();
        starts.args(["log", "query", "--json", "--kind", "session", "--op", "start", "--limit", "1"]);
        let newest: serde_json::Value = serde_json::from_str(&done(starts).0).unwrap();
        let mut record = runner.command();
        record.args(["log", "show", "--json"]).arg(newest["rows"][0]["index"].to_string());
        let record = done(record).0;
        assert!(record.contains("\"holds\"") && record.contains("\"ANTHROPIC_API_KEY\""), "{record}");
        assert!(!record.contains(&key), "{record}");
    }
}

#[test]
fn what_an_agent_plants_in_its_state_leads_the_next_run_nowhere() {
    for runner in runners() {
        let outside = runner.machine.home().parent().unwrap().join("outside");
        fs::write(&outside, "planted").unwrap();
        let plant = format!(
            "cd ~/.claude && rm -f settings.json && ln -s {0} settings.json && ln -s {0} .claude.json && ln -s / root; \
             mkdir -p deep; mkfifo pipe; chmod 0 deep; rm -rf ~/.claude/skills; true",
            outside.display()
        );
        says(&runner, "claude", &plant);
        says(&runner, "claude", &plant);
        let seen = says(
            &runner,
            "claude",
            "cat ~/.claude/settings.json ~/.claude/root/etc/hostname; echo x > ~/.claude/.claude.json; true",
        );
        assert!(!seen.contains("planted") && seen.contains("portcullis"), "{seen}");
        assert_eq!(fs::read_to_string(&outside).unwrap(), "planted");
    }
}

#[test]
fn a_single_file_of_settings_is_shown_without_its_keys_and_stays_as_it_is() {
    let key = ["ghp", "_"].concat() + &"aB3x9Kq2Z".repeat(4);
    for runner in runners() {
        let file = runner.machine.home().join(".aider.conf.yml");
        let text = format!("dark-mode: true\nset-env: [GITHUB_TOKEN={key}]\n");
        fs::write(&file, &text).unwrap();
        let seen = says(&runner, "aider", "cat ~/.aider.conf.yml; echo more >> ~/.aider.conf.yml; true");
        assert!(seen.contains("dark-mode: true") && !seen.contains(&key), "{seen}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}
