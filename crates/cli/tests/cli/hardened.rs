//! Real agents with the settings that `harden` writes: each is told by a model on this machine's loopback to read a file and to run a
//! command that policy denies, and has a server that policy denies. What it does without the settings shows that it is the settings.

use crate::agents::{BELOW_HOME, home};
use crate::harness::Machine;
use crate::model::{Model, READ_A_FILE, USE_A_TOOL};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// What stands in the file that policy denies.
const INSIDE: &str = "what-stands-in-the-file";

const POLICY: &str = "[files]\ndeny = [\"kept-back.txt\"]\n[commands]\ndeny = [\"mkdir\"]\n[mcp]\ndeny = [\"bad\"]\n";

/// An agent.
struct Hardened {
    program: &'static str,
    /// As `harden` knows it.
    name: &'static str,
    arguments: &'static [&'static str],
    /// Its settings before, below the home folder; `MODEL` is where the model is.
    settings: Option<(&'static str, &'static str)>,
    set: &'static [(&'static str, &'static str)],
}

const CLAUDE: Hardened = Hardened {
    program: "claude",
    name: "claude-code",
    arguments: &["--allowedTools", "Bash,Read", "-p"],
    settings: None,
    set: &[("ANTHROPIC_BASE_URL", "MODEL"), ("ANTHROPIC_API_KEY", "key-of-a-test")],
};

const CODEX: Hardened = Hardened {
    program: "codex",
    name: "codex",
    arguments: &["exec", "--skip-git-repo-check", "--sandbox", "danger-full-access", "-m", "gpt-5.1"],
    settings: Some((
        ".codex/config.toml",
        "model_provider = \"here\"\n\n[model_providers.here]\nname = \"here\"\nbase_url = \"MODEL/v1\"\n\
         wire_api = \"responses\"\nenv_key = \"OPENAI_API_KEY\"\nsupports_websockets = false\n\n\
         [mcp_servers.bad]\ncommand = \"/bin/false\"\n",
    )),
    set: &[("OPENAI_API_KEY", "key-of-a-test")],
};

const GEMINI: Hardened = Hardened {
    program: "gemini",
    name: "gemini-cli",
    arguments: &["--skip-trust", "-m", "gemini-2.5-flash", "-p"],
    settings: Some((
        ".gemini/settings.json",
        "{\n  // mine\n  \"security\": { \"auth\": { \"selectedType\": \"gemini-api-key\" } },\n  \
         \"mcpServers\": { \"bad\": { \"command\": \"/bin/false\" } }\n}\n",
    )),
    set: &[("GOOGLE_GEMINI_BASE_URL", "MODEL"), ("GEMINI_API_KEY", "key-of-a-test")],
};

impl Hardened {
    /// The program with these arguments, which talks to a model that wants this.
    fn start(&self, machine: &Machine, model: &Model, arguments: &[&str]) -> Output {
        let place = format!("http://127.0.0.1:{}", model.port());
        if let Some((file, text)) = self.settings {
            let path = machine.home().join(file);
            if !path.exists() {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text.replace("MODEL", &place)).unwrap();
            }
            // The model has another port each time; what was hardened stays.
            let now = fs::read_to_string(&path).unwrap();
            fs::write(&path, with_port(&now, &place)).unwrap();
        }
        let programs = programs();
        let mut command = Command::new(programs.join(self.program));
        command.env_clear().current_dir(machine.project());
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display())).env("HOME", machine.home());
        for (name, value) in self.set {
            command.env(name, value.replace("MODEL", &place));
        }
        command.args(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// A session in which the model wants this done, and what the model heard of it.
    fn session(&self, machine: &Machine, wants: &str) -> (String, String) {
        let model = Model::start(wants);
        let prompt = format!("please {USE_A_TOOL}");
        let arguments: Vec<&str> = self.arguments.iter().copied().chain([&*prompt]).collect();
        let output = self.start(machine, &model, &arguments);
        let heard: String = model.heard().iter().map(|request| request.body.to_string()).collect();
        (heard, told(&output))
    }

    fn harden(&self, machine: &Machine) {
        let (status, done) = machine.json(&["harden", "--yes", "--tool", self.name]);
        assert_eq!(status, 0, "{done}");
        let (status, report) = machine.json(&["harden", "verify", "--tool", self.name]);
        assert_eq!(status, 0, "{report}");
    }
}

/// A machine with the policy and the file that it denies.
fn machine() -> Machine {
    let machine = Machine::new();
    machine.write_user_policy(POLICY);
    machine.write("kept-back.txt", INSIDE);
    machine
}

fn programs() -> PathBuf {
    home().join(BELOW_HOME).join(".bin")
}

/// The settings with another place of the model.
fn with_port(text: &str, place: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        if line.starts_with("base_url = ") { format!("base_url = \"{place}/v1\"\n") } else { line.to_owned() }
    });
    lines.collect()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn claude_code_reads_no_denied_file_and_runs_no_denied_command() {
    let machine = machine();
    let read = format!("{READ_A_FILE}{}", machine.project().join("kept-back.txt").display());
    let (heard, told) = CLAUDE.session(&machine, &read);
    assert!(heard.contains(INSIDE), "without settings it reads the file: {heard} {told}");
    let (_, told) = CLAUDE.session(&machine, "mkdir made");
    assert!(machine.project().join("made").is_dir(), "without settings it runs the command: {told}");
    fs::remove_dir(machine.project().join("made")).unwrap();

    CLAUDE.harden(&machine);
    let (heard, told) = CLAUDE.session(&machine, &read);
    assert!(!heard.contains(INSIDE) && heard.contains("tool_result"), "{heard} {told}");
    let (heard, told) = CLAUDE.session(&machine, "mkdir made");
    assert!(!machine.project().join("made").exists() && heard.contains("tool_result"), "{heard} {told}");
}

#[test]
fn claude_code_takes_no_denied_server_and_no_mode_without_questions() {
    let machine = machine();
    let model = Model::start("true");
    CLAUDE.harden(&machine);
    let denied = CLAUDE.start(&machine, &model, &["mcp", "add", "bad", "--", "/bin/false"]);
    assert!(!denied.status.success() && told(&denied).contains("blocked"), "{}", told(&denied));
    let other = CLAUDE.start(&machine, &model, &["mcp", "add", "good", "--", "/bin/false"]);
    assert!(other.status.success(), "{}", told(&other));
}

#[test]
fn codex_runs_no_denied_command_and_starts_no_denied_server() {
    let machine = machine();
    let (_, said) = CODEX.session(&machine, "mkdir made");
    assert!(machine.project().join("made").is_dir(), "without settings it runs the command: {said}");
    fs::remove_dir(machine.project().join("made")).unwrap();
    let model = Model::start("true");
    let servers = |machine: &Machine| told(&CODEX.start(machine, &model, &["mcp", "list"]));
    assert!(!servers(&machine).contains("disabled"), "{}", servers(&machine));

    CODEX.harden(&machine);
    let (heard, said) = CODEX.session(&machine, "mkdir made");
    assert!(!machine.project().join("made").exists() && heard.contains("policy of this machine"), "{heard} {said}");
    assert!(servers(&machine).contains("disabled"), "{}", servers(&machine));

    let live = || {
        let mut command = machine.command(&["harden", "verify", "--live", "--json", "--tool", "codex"]);
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", programs().display());
        let output = command.env("PATH", path).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let answers = report["live"].as_array().unwrap().clone();
        let all = answers.iter().map(|it| (it["what"].as_str().unwrap().to_owned(), it["refused"] == true));
        all.collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(live().get("the command mkdir"), Some(&true));
    fs::write(machine.home().join(".codex/rules/portcullis.rules"), "").unwrap();
    assert_eq!(live().get("the command mkdir"), Some(&false));
}

/// What holds of the machine's own settings is tried with an `/etc` of its own, which only root can make.
#[test]
fn codex_reads_no_file_that_the_machine_denies_and_starts_no_server_where_none_is_approved() {
    let machine = machine();
    if !rustix::process::geteuid().is_root() {
        let refused = machine.run(&["harden", "--yes", "--scope", "managed", "--tool", "codex"]);
        assert!(refused.starts_with("exit: 2") && refused.contains("belong to root"), "{refused}");
        return;
    }
    machine.write_user_policy("[files]\ndeny = [\"~/kept-back.txt\"]\n[mcp]\notherwise = \"deny\"\n");
    // It makes no walls for a home below the system's folder for temporary files.
    let place = tempfile::Builder::new().prefix("portcullis-hardened-").tempdir_in("/var/lib").unwrap();
    for folder in ["home", "home/.codex", "above", "work", "state"] {
        fs::create_dir(place.path().join(folder)).unwrap();
    }
    fs::write(place.path().join("home/kept-back.txt"), INSIDE).unwrap();
    fs::write(place.path().join("home/open.txt"), "what-is-open").unwrap();
    fs::write(place.path().join("home/.codex/config.toml"), "[mcp_servers.any]\ncommand = \"/bin/false\"\n").unwrap();
    let policy = machine.home().join(".config/portcullis/portcullis.toml");
    let script = format!(
        "mount -t overlay overlay -o lowerdir=/etc,upperdir=above,workdir=work /etc || exit 9\n\
         export HOME=$PWD/home CODEX_HOME=$PWD/home/.codex\n\
         codex mcp list\n\
         {portcullis} harden --policy {policy} --yes --scope managed --tool codex >&2 || exit 8\n\
         {portcullis} harden verify --policy {policy} --scope managed --tool codex >&2 || exit 7\n\
         echo hardened\n\
         codex mcp list\n\
         cd home\n\
         codex sandbox -- sh -c 'cat open.txt kept-back.txt'\n",
        portcullis = env!("CARGO_BIN_EXE_portcullis"),
        policy = policy.display(),
    );
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script]).current_dir(place.path()).env_clear();
    command
        .env("PATH", format!("{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", programs().display()));
    command.env("HOME", place.path().join("home")).env("PORTCULLIS_HOME", place.path().join("own"));
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = told(&output);
    let (before, after) = said.split_once("hardened\n").unwrap_or_else(|| panic!("{:?}: {said}", output.status));
    assert!(!before.contains("requirements"), "{said}");
    assert!(after.contains("disabled: requirements"), "{said}");
    assert!(after.contains("what-is-open") && !after.contains(INSIDE), "{said}");
}

#[test]
fn gemini_cli_reads_no_denied_file_and_runs_no_denied_command() {
    let machine = machine();
    let read = format!("{READ_A_FILE}{}", machine.project().join("kept-back.txt").display());
    let (heard, said) = GEMINI.session(&machine, &read);
    assert!(heard.contains(INSIDE), "without settings it reads the file: {heard} {said}");

    GEMINI.harden(&machine);
    assert!(fs::read_to_string(machine.home().join(".gemini/settings.json")).unwrap().contains("// mine"));
    let (heard, said) = GEMINI.session(&machine, &read);
    assert!(!heard.contains(INSIDE) && heard.contains("policy of this machine"), "{heard} {said}");
    let (heard, said) = GEMINI.session(&machine, "mkdir made");
    assert!(!machine.project().join("made").exists() && heard.contains("policy of this machine"), "{heard} {said}");
}

#[test]
fn gemini_cli_blocks_a_denied_server_and_the_mode_without_questions() {
    let machine = machine();
    let model = Model::start("true");
    let servers = |machine: &Machine| told(&GEMINI.start(machine, &model, &["mcp", "list"]));
    let without = GEMINI.start(&machine, &model, &["--yolo", "--skip-trust", "-m", "gemini-2.5-flash", "-p", "hello"]);
    assert!(without.status.success() && !servers(&machine).contains("Blocked"), "{}", told(&without));

    GEMINI.harden(&machine);
    let refused = GEMINI.start(&machine, &model, &["--yolo", "--skip-trust", "-m", "gemini-2.5-flash", "-p", "hello"]);
    assert!(!refused.status.success() && told(&refused).contains("YOLO mode is disabled"), "{}", told(&refused));
    assert!(servers(&machine).contains("Blocked"), "{}", servers(&machine));
}
