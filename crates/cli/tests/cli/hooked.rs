//! Real agents with our hook, as `init --agent` writes it into their settings: each is told to run a command by a model on
//! this machine's loopback, asks the hook, and does
//! what it answers. So the forms of `crates/agents` are held against the programs that read them.

use crate::agents::{BELOW_HOME, home};
use crate::harness::Machine;
use crate::model::{Model, SENTENCE, USE_A_TOOL};
use std::fs;
use std::process::{Command, Output, Stdio};

/// An agent, and how it is given a hook.
struct Hooked {
    program: &'static str,
    /// As the hook knows it.
    name: &'static str,
    arguments: &'static [&'static str],
    /// The folder of its settings, and the variable that says where that is.
    folder: (&'static str, &'static str),
    /// A file in it, and what it holds.
    settings: (&'static str, &'static str),
    /// What else is set; `MODEL` is where the model is.
    set: &'static [(&'static str, &'static str)],
}

const CLAUDE: Hooked = Hooked {
    program: "claude",
    name: "claude-code",
    arguments: &["--allowedTools", "Bash", "-p"],
    folder: (".claude", "CLAUDE_CONFIG_DIR"),
    settings: ("", ""),
    // It asks a model for the session's title with the prompt, and does not wait for the hook with that.
    set: &[
        ("ANTHROPIC_BASE_URL", "MODEL"),
        ("ANTHROPIC_API_KEY", "key-of-a-test"),
        ("CLAUDE_CODE_DISABLE_TERMINAL_TITLE", "1"),
    ],
};

const CODEX: Hooked = Hooked {
    program: "codex",
    name: "codex",
    arguments: &[
        "exec",
        "--skip-git-repo-check",
        "--dangerously-bypass-approvals-and-sandbox",
        "--dangerously-bypass-hook-trust",
        "-m",
        "gpt-5.1",
    ],
    folder: (".codex", "CODEX_HOME"),
    settings: (
        "config.toml",
        "model_provider = \"here\"\n\n[model_providers.here]\nname = \"here\"\nbase_url = \"MODEL/v1\"\n\
         wire_api = \"responses\"\nenv_key = \"OPENAI_API_KEY\"\nsupports_websockets = false\n",
    ),
    set: &[("OPENAI_API_KEY", "key-of-a-test")],
};

const GEMINI: Hooked = Hooked {
    program: "gemini",
    name: "gemini-cli",
    arguments: &["--yolo", "--skip-trust", "-m", "gemini-2.5-flash", "-p"],
    folder: (".gemini", "GEMINI_CLI_HOME"),
    settings: ("settings.json", "{\"security\": {\"auth\": {\"selectedType\": \"gemini-api-key\"}}}\n"),
    set: &[("GOOGLE_GEMINI_BASE_URL", "MODEL"), ("GEMINI_API_KEY", "key-of-a-test")],
};

impl Hooked {
    /// A session with a prompt and a model that wants this command run.
    fn session(&self, machine: &Machine, model: &Model, prompt: &str) -> Output {
        let place = format!("http://127.0.0.1:{}", model.port());
        let folder = machine.home().join(self.folder.0);
        fs::create_dir_all(&folder).unwrap();
        if !self.settings.0.is_empty() {
            fs::write(folder.join(self.settings.0), self.settings.1.replace("MODEL", &place)).unwrap();
        }
        machine.run(&["init", "--agent", self.name]);
        let programs = home().join(BELOW_HOME).join(".bin");
        let mut command = Command::new(programs.join(self.program));
        command.env_clear().current_dir(machine.project());
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display()));
        command.env("HOME", machine.home()).env("PORTCULLIS_HOME", machine.state());
        // Gemini CLI looks for its folder below the one that is named.
        let named = if self.program == "gemini" { machine.home() } else { folder };
        command.env(self.folder.1, named);
        for (name, value) in self.set {
            command.env(name, value.replace("MODEL", &place));
        }
        command.args(self.arguments).arg(prompt).stdin(Stdio::null()).output().unwrap()
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What the model was sent, all of it.
fn heard(model: &Model) -> String {
    model.heard().iter().map(|request| request.body.to_string()).collect()
}

fn obeys(agent: &Hooked) {
    let machine = Machine::new();
    machine.write_user_policy("[tools]\ndeny = []\n");
    let model = Model::start("echo made > made-outside");
    let output = agent.session(&machine, &model, &format!("please {USE_A_TOOL}"));
    assert!(told(&output).contains(SENTENCE), "{}: {}", agent.name, told(&output));
    assert!(machine.project().join("made-outside").exists(), "{}: {}", agent.name, told(&output));
    let (_, log) = machine.json(&["log", "query"]);
    assert!(log.to_string().contains(agent.name), "{}: the hook was never asked: {log}", agent.name);
    fs::remove_file(machine.project().join("made-outside")).unwrap();

    machine.write_user_policy("[tools]\ndeny = [\"Bash\", \"run_shell_command\"]\n");
    let model = Model::start("echo made > made-outside");
    let output = agent.session(&machine, &model, &format!("please {USE_A_TOOL}"));
    assert!(!machine.project().join("made-outside").exists(), "{}: {}", agent.name, told(&output));
    let heard = heard(&model);
    assert!(heard.contains("Portcullis: this is denied"), "{}: {heard}", agent.name);
    assert!(told(&output).contains(SENTENCE), "{}: {}", agent.name, told(&output));
}

fn hands_over_no_secret(agent: &Hooked) {
    let machine = Machine::new();
    let secret = format!("{}{}", "AKIA", "QZ3R7XK5LMT2WVYB");
    let model = Model::start("true");
    let output = agent.session(&machine, &model, &format!("what is {secret}?"));
    let heard = heard(&model);
    assert!(!heard.contains(&secret), "{}: {} {heard}", agent.name, told(&output));
    assert!(!told(&output).contains(SENTENCE), "{}: {}", agent.name, told(&output));

    let model = Model::start(&format!("echo {} | tr x A", secret.replace('A', "x")));
    agent.session(&machine, &model, &format!("please {USE_A_TOOL}"));
    let heard = self::heard(&model);
    assert!(heard.contains("redacted-"), "{}: {heard}", agent.name);
    assert!(!heard.contains(&secret), "{}: a secret in a result was handed over", agent.name);
}

#[test]
fn claude_code_does_what_the_hook_answers() {
    obeys(&CLAUDE);
}

#[test]
fn codex_does_what_the_hook_answers() {
    obeys(&CODEX);
}

#[test]
fn gemini_cli_does_what_the_hook_answers() {
    obeys(&GEMINI);
}

#[test]
fn claude_code_hands_over_no_secret() {
    hands_over_no_secret(&CLAUDE);
}

#[test]
fn gemini_cli_hands_over_no_secret() {
    hands_over_no_secret(&GEMINI);
}
