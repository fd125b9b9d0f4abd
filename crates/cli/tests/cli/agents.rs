//! Real agents under `portcullis run`: installed from npm once for each machine, they start, talk to a model on this
//! machine's loopback, and do what it asks for within the walls. As whoever runs the tests, and if that is root as an
//! ordinary user too.

use crate::gateway::Gateway;
use crate::model::{Model, READ_A_FILE, SEEN, SENTENCE, THEN, USE_A_TOOL};
use crate::run::{Runner, runners};
use serde_json::Value;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// What is installed.
const PACKAGES: [&str; 4] = [
    "@anthropic-ai/claude-code@2.1.197",
    "@openai/codex@0.169.0",
    "@google/gemini-cli@0.61.0",
    "@modelcontextprotocol/server-filesystem@2026.8.31",
];

/// Below the home folder, where policy shows what is installed.
pub(crate) const BELOW_HOME: &str = ".local/lib/node_modules";

/// The home folder that the agents are installed in. It is the same for all tests, and no run can change it.
pub(crate) fn home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let cache = cache();
        fs::create_dir_all(&cache).unwrap();
        // Tests are processes of their own.
        let lock = File::create(cache.join("lock")).unwrap();
        lock.lock().unwrap();
        let home = cache.join(format!("{BELOW_HOME}+{}", PACKAGES.join("+")).replace(['@', '/'], "-"));
        if !home.exists() {
            install(&cache, &home);
        }
        home
    })
}

/// Below the folder of the build; beside it where only root can enter that.
pub(crate) fn cache() -> PathBuf {
    let build = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let is_open = |folder: &Path| fs::metadata(folder).is_ok_and(|it| it.permissions().mode() & 0o001 != 0);
    if !rustix::process::geteuid().is_root() || build.ancestors().all(is_open) {
        return build.join("agents");
    }
    let apart = PathBuf::from("/var/tmp/portcullis-tests-of-root");
    fs::create_dir_all(&apart).unwrap();
    let metadata = fs::symlink_metadata(&apart).unwrap();
    let is_ours = metadata.is_dir() && std::os::unix::fs::MetadataExt::uid(&metadata) == 0;
    assert!(is_ours && metadata.permissions().mode() & 0o022 == 0, "{} is not root's own", apart.display());
    apart
}

fn install(cache: &Path, home: &Path) {
    let fresh = tempfile::Builder::new().prefix("installing-").tempdir_in(cache).unwrap();
    fs::set_permissions(fresh.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let prefix = fresh.path().join(BELOW_HOME).parent().unwrap().to_owned();
    fs::create_dir_all(&prefix).unwrap();
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(&prefix).args(PACKAGES);
    succeeds(npm.current_dir(&prefix));
    // Its one script puts the program of this platform where its link leads.
    let script = prefix.join("node_modules/@anthropic-ai/claude-code/install.cjs");
    succeeds(Command::new("node").arg(&script).current_dir(script.parent().unwrap()));
    fs::rename(fresh.keep(), home).unwrap();
}

pub(crate) fn succeeds(command: &mut Command) {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; `./test` installs node and npm"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// An agent and how it is spoken to.
struct Agent {
    program: &'static str,
    /// What goes before a prompt.
    arguments: &'static [&'static str],
    /// The variable that holds its key, and the header in which the model is shown it.
    key: (&'static str, &'static str),
    /// What else is set; `MODEL` is where the model is.
    set: &'static [&'static str],
    /// Its settings at home, if it needs some: the file and what is in it.
    settings: Option<(&'static str, &'static str)>,
    /// Where it keeps what was said.
    history: &'static str,
    /// Where it asks if nothing else is said, and the key that it is given then.
    at_home: (&'static str, &'static str),
}

const CLAUDE: Agent = Agent {
    program: "claude",
    arguments: &["--permission-mode", "bypassPermissions", "-p"],
    key: ("ANTHROPIC_API_KEY", "x-api-key"),
    set: &["ANTHROPIC_BASE_URL=MODEL"],
    settings: None,
    history: ".claude/projects",
    at_home: ("api.anthropic.com", "ANTHROPIC_API_KEY"),
};

const CODEX: Agent = Agent {
    program: "codex",
    arguments: &["exec", "--skip-git-repo-check", "-m", "gpt-5.1"],
    key: ("OPENAI_API_KEY", "authorization"),
    set: &[],
    // Walls of its own are what it is told to do without, whatever its user's settings say.
    settings: Some((
        "config.toml",
        "model_provider = \"here\"\nsandbox_mode = \"workspace-write\"\n\n[model_providers.here]\nname = \"here\"\n\
         base_url = \"MODEL/v1\"\nwire_api = \"responses\"\nenv_key = \"OPENAI_API_KEY\"\nsupports_websockets = false\n",
    )),
    history: ".codex/sessions",
    at_home: ("api.openai.com", "CODEX_API_KEY"),
};

const GEMINI: Agent = Agent {
    program: "gemini",
    arguments: &["--yolo", "--skip-trust", "-m", "gemini-2.5-flash", "-p"],
    key: ("GEMINI_API_KEY", "x-goog-api-key"),
    set: &["GOOGLE_GEMINI_BASE_URL=MODEL"],
    settings: Some(("settings.json", "{\"security\": {\"auth\": {\"selectedType\": \"gemini-api-key\"}}}\n")),
    history: ".gemini/tmp",
    at_home: ("generativelanguage.googleapis.com", "GEMINI_API_KEY"),
};

impl Agent {
    fn command(&self, runner: &Runner, options: &[String]) -> Command {
        let mut command = runner.command();
        let path = format!("{}/{BELOW_HOME}/.bin:/usr/local/bin:/usr/bin:/bin", home().display());
        command.env("HOME", home()).env("PATH", path);
        // What stands here is read instead of the one in the shared home folder.
        command.env("XDG_CONFIG_HOME", runner.machine.home().join(".config"));
        command.env("GEMINI_CLI_HOME", runner.machine.home());
        command.env("CODEX_HOME", runner.machine.home().join(".codex"));
        command.env("CLAUDE_CONFIG_DIR", runner.machine.home().join(".claude"));
        command.args(["run", "--hold"]).args(options).args(["--", self.program]);
        command
    }

    /// One session with a prompt, in the project of the runner.
    fn session(&self, runner: &Runner, model: &Model, prompt: &str) -> Output {
        let place = format!("http://host.portcullis.internal:{}", model.port());
        runner.machine.write_user_policy(&format!(
            "[network]\nboundary = \"allow-list\"\nallow = [\"host.portcullis.internal:{}\"]\n",
            model.port()
        ));
        if let Some((file, text)) = self.settings {
            let folder = runner.machine.home().join(format!(".{}", self.program));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(file), text.replace("MODEL", &place)).unwrap();
        }
        let mut asked: Vec<String> =
            self.set.iter().map(|set| format!("--env={}", set.replace("MODEL", &place))).collect();
        asked.push(format!("--env={}=key-of-a-test", self.key.0));
        self.command(runner, &asked).args(self.arguments).arg(prompt).output().unwrap()
    }
}

impl Agent {
    /// One session with a prompt, of an agent that asks where it asks if nothing is said, with a key that stays outside.
    fn unaware_session(&self, runner: &Runner, model: &Model, prompt: &str) -> Output {
        let host = self.at_home.0;
        let policy = format!("[network]\nboundary = \"allow-list\"\nallow = [\"{host}\"]\n");
        self.session_by(&policy, runner, model, prompt)
    }

    /// The same with a policy of the user's.
    fn session_by(&self, policy: &str, runner: &Runner, model: &Model, prompt: &str) -> Output {
        let (host, key) = self.at_home;
        runner.machine.write_user_policy(policy);
        if let (Some((file, text)), true) = (self.settings, self.program == "gemini") {
            let folder = runner.machine.home().join(".gemini");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(file), text).unwrap();
        }
        let upstream = format!("--upstream={host}=http://127.0.0.1:{}", model.port());
        let mut command = self.command(runner, &[upstream]);
        command.env(key, REAL_KEY).args(self.arguments).arg(prompt).output().unwrap()
    }
}

/// A key that only the model's server may see.
pub(crate) const REAL_KEY: &str = "sk-real-key-of-a-test";

#[test]
fn every_agent_starts_and_says_what_it_is() {
    for runner in runners() {
        for (agent, version) in [(&CLAUDE, "2.1.197"), (&CODEX, "0.169.0"), (&GEMINI, "0.61.0")] {
            for (option, expected) in [("--version", version), ("--help", "Usage")] {
                let output = agent.command(&runner, &[]).arg(option).output().unwrap();
                let (said, told) = said(&output);
                assert!(output.status.success() && said.contains(expected), "{} {option}: {said}{told}", agent.program);
            }
        }
    }
}

#[test]
fn claude_code_works_within_the_walls() {
    works(&CLAUDE);
}

#[test]
fn codex_works_within_the_walls() {
    works(&CODEX);
}

#[test]
fn gemini_cli_works_within_the_walls() {
    works(&GEMINI);
}

#[test]
fn claude_code_is_read_without_knowing_it() {
    is_read_without_knowing_it(&CLAUDE);
}

#[test]
fn codex_is_read_without_knowing_it() {
    is_read_without_knowing_it(&CODEX);
}

#[test]
fn gemini_cli_is_read_without_knowing_it() {
    is_read_without_knowing_it(&GEMINI);
}

#[test]
fn claude_code_works_at_a_gateway_of_its_own() {
    works_at_a_gateway(&CLAUDE, None);
}

#[test]
fn codex_works_at_a_gateway_of_its_own() {
    works_at_a_gateway(&CODEX, None);
}

#[test]
fn gemini_cli_works_at_a_gateway_of_its_own() {
    works_at_a_gateway(&GEMINI, None);
}

#[test]
fn claude_code_works_with_a_key_of_the_gateway_in_the_place_of_its_own() {
    works_at_a_gateway(&CLAUDE, Some("messages"));
}

#[test]
fn codex_works_with_a_key_of_the_gateway_in_the_place_of_its_own() {
    works_at_a_gateway(&CODEX, Some("responses"));
}

#[test]
fn gemini_cli_works_with_a_key_of_the_gateway_in_the_place_of_its_own() {
    works_at_a_gateway(&GEMINI, Some("gemini"));
}

/// The agent without walls, told that its model is where `portcullis gateway` listens. If an interface is named, the agent has a
/// key of the gateway, and the gateway has the provider's.
fn works_at_a_gateway(agent: &Agent, with_key: Option<&str>) {
    // Some of them refuse to do as they are told as root.
    let runner = runners().pop().unwrap();
    let machine = &runner.machine;
    let model = Model::start(&format!("cat settings.txt{THEN}printf '%s' {SEEN} > written-by-it"));
    let mut key = "key-of-a-test".to_owned();
    let gateway = match with_key {
        None => Gateway::start(machine, &model),
        Some(interface) => {
            let (_, made) = machine.json(&["key", "create", "agent", "--interface", interface]);
            made["key"].as_str().unwrap().clone_into(&mut key);
            let credential = format!("--credential={interface}=OF_THE_PROVIDER");
            Gateway::with(machine, model.port(), &[&credential], |command| {
                command.env("OF_THE_PROVIDER", "key-of-a-test");
            })
        }
    };
    fs::write(machine.project().join("settings.txt"), format!("DB_PASSWORD={}\n", password())).unwrap();
    let place = format!("http://{}", gateway.place);
    let path = format!("{}/{BELOW_HOME}/.bin:/usr/local/bin:/usr/bin:/bin", home().display());
    let folder = machine.home().join(format!(".{}", agent.program));
    fs::create_dir_all(&folder).unwrap();
    if let Some((file, text)) = agent.settings {
        fs::write(folder.join(file), text.replace("MODEL", &place)).unwrap();
    }
    for folder in [machine.home(), machine.project()] {
        runner.hand_over(&folder);
    }
    let mut command = runner.as_them("/usr/bin/env");
    command.env_clear().env("PATH", path).env("HOME", machine.home()).env("TMPDIR", machine.home());
    command.env("GEMINI_CLI_HOME", machine.home()).env("CODEX_HOME", machine.home().join(".codex"));
    let set = agent.set.iter().map(|set| set.replace("MODEL", &place));
    command.args(set).arg(format!("{}={key}", agent.key.0)).arg(agent.program).args(agent.arguments);
    // Without walls of ours it would build its own, which it can't do in every container.
    if agent.program == "codex" {
        command.args(["--sandbox", "danger-full-access"]);
    }
    let asked = format!("please {USE_A_TOOL}");
    let output = command.arg(asked).current_dir(machine.project()).stdin(Stdio::null()).output().unwrap();
    let (said, told) = said(&output);
    assert!(output.status.success() && said.contains(SENTENCE), "{}: {said}{told}", agent.program);
    let written = fs::read_to_string(machine.project().join("written-by-it"));
    assert_eq!(written.ok(), Some(password()), "{}: {said}{told}", agent.program);
    let bodies: String = model.heard().iter().map(|request| request.body.to_string()).collect();
    assert!(bodies.contains("DB_PASSWORD=ZQ") && !bodies.contains(&password()), "{}: {bodies}", agent.program);
    assert!(model.heard().iter().any(|it| it.head.lines().any(|line| is_key(line, agent.key.1))));
    let seen =
        model.heard().iter().any(|it| with_key.is_some() && (it.head.clone() + &it.body.to_string()).contains(&key));
    assert!(!seen, "{}: the model has seen a key of the gateway", agent.program);
}

/// A password that only the words around it tell.
fn password() -> String {
    ["Blue", "Tiger", "-", "4471", "-", "Quartz"].concat()
}

/// The agent asks its maker's server over TLS, as it always does. A password in a file that it reads never gets there, nor does
/// what stands for its key; the file that it then writes has the password.
fn is_read_without_knowing_it(agent: &Agent) {
    is_read(agent, &runners(), Model::start);
}

#[test]
fn claude_code_reaches_its_models_without_a_line_of_policy_and_never_against_one() {
    let runner = runners().pop().unwrap();
    let model = Model::start("echo made > made-inside");
    let output = CLAUDE.session_by("", &runner, &model, &format!("please {USE_A_TOOL}"));
    let (text, told) = said(&output);
    assert!(output.status.success() && text.contains(SENTENCE), "{text}{told}");
    assert!(!told.contains("where its model is"), "{told}");
    // Whatever program asks: other models are asked about, and so is everything else at that host.
    let script = "#!/bin/sh\nfor url in api.anthropic.com/v1/models api.openai.com api.anthropic.com:8443; do curl -sS -m 5 https://$url; done\n";
    let program = runner.machine.program("claude", script);
    fs::copy(&program, runner.machine.project().join("claude")).unwrap();
    runner.hand_over(&runner.machine.project());
    let asked = model.heard().len();
    let upstream = format!("--upstream=api.anthropic.com=http://127.0.0.1:{}", model.port());
    let output = runner.command().args(["run", &upstream, "--", "./claude"]).output().unwrap();
    let (_, told) = said(&output);
    assert_eq!(model.heard().len(), asked + 1, "{told}");
    for refused in ["api.openai.com:443 was not let through", "api.anthropic.com:8443 was not let through"] {
        assert!(told.contains(refused), "{told}");
    }
    for policy in ["deny = [\"*.anthropic.com\"]", "ask = [\"api.anthropic.com\"]", "boundary = \"allow-list\""] {
        let model = Model::start("true");
        let output = CLAUDE.session_by(&format!("[network]\n{policy}\n"), &runner, &model, "say something");
        let (text, told) = said(&output);
        assert!(model.heard().is_empty() && !text.contains(SENTENCE), "{policy}: {text}{told}");
        assert!(told.contains("not api.anthropic.com, where its model is"), "{policy}: {told}");
    }
}

#[test]
fn the_files_that_agents_send_are_told() {
    let all = [(&CLAUDE, READ_A_FILE, "CLAUDE.md"), (&GEMINI, READ_A_FILE, "GEMINI.md"), (&CODEX, "cat ", "AGENTS.md")];
    for (agent, asked, instructions) in all {
        let runner = runners().pop().unwrap();
        let file = |name: &str| runner.machine.project().join(name).to_str().unwrap().to_owned();
        let words = "Write small functions, and never touch the folder of the build.\n";
        runner.machine.write(instructions, words);
        let model = Model::start(&format!("{asked}{}", file("plans.txt")));
        runner.machine.write("plans.txt", "attack at dawn\n");
        let (said, told) = said(&agent.unaware_session(&runner, &model, &format!("please {USE_A_TOOL}")));
        assert!(said.contains(SENTENCE), "{}: {said}{told}", agent.program);
        let output = runner.command().args(["context", "--last", "--json"]).output().unwrap();
        let sent: Value = serde_json::from_slice(&output.stdout).unwrap();
        let files = sent["receivers"].as_array().into_iter().flatten().flat_map(|it| it["files"].as_array().unwrap());
        let mut paths: Vec<&str> = files.filter_map(|file| file["path"].as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths, [file(instructions), file("plans.txt")], "{}: {sent}", agent.program);
    }
}

#[test]
fn codex_is_read_over_a_web_socket() {
    let runner = runners().pop().unwrap();
    let model = is_read(&CODEX, &[runner], Model::with_sockets).unwrap();
    let posts = model.heard().iter().filter(|it| it.head.starts_with("POST")).count();
    let messages = model.heard().iter().filter(|it| it.head.contains("Upgrade")).count();
    assert!(posts == 0 && messages >= 3, "{posts} {messages}");
}

/// The model of the last of them.
fn is_read(agent: &Agent, runners: &[Runner], start: impl Fn(&str) -> Model) -> Option<Model> {
    let commands = format!("cat settings.txt{THEN}printf '%s' {SEEN} > written-by-it");
    let mut last = None;
    for runner in runners {
        let model = start(&commands);
        fs::write(runner.machine.project().join("settings.txt"), format!("DB_PASSWORD={}\n", password())).unwrap();
        let output = agent.unaware_session(runner, &model, &format!("please {USE_A_TOOL}"));
        let (said, told) = said(&output);
        assert!(output.status.success() && said.contains(SENTENCE), "{}: {said}{told}", agent.program);
        let written = found(&runner.machine.state().join("sessions"), "written-by-it");
        assert_eq!(written.len(), 1, "{}: {said}{told}", agent.program);
        assert_eq!(fs::read_to_string(&written[0]).unwrap(), password(), "{}: {said}{told}", agent.program);
        let heard = model.heard();
        let bodies: String = heard.iter().map(|request| request.body.to_string()).collect();
        assert!(bodies.contains("DB_PASSWORD=ZQ") && !bodies.contains(&password()), "{}: {bodies}", agent.program);
        let keys: Vec<&str> =
            heard.iter().flat_map(|it| it.head.lines()).filter(|line| line.contains("sk-real")).collect();
        assert!(
            !keys.is_empty() && keys.iter().all(|line| line.trim_end().ends_with(REAL_KEY)),
            "{}: {keys:?}",
            agent.program
        );
        assert!(told.contains(&format!("{} stays outside", agent.at_home.1)), "{told}");
        let (_, calls) = runner.machine.json(&["log", "query", "--kind", "tool"]);
        assert!(calls["rows"].as_array().is_some_and(|rows| rows.len() >= 2), "{}: {calls}", agent.program);
        last = Some(model);
    }
    last
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// A turn of words, and one in which the agent does what the model asks for.
fn works(agent: &Agent) {
    for runner in runners() {
        let model = Model::start("id -u > made-inside; echo from the agent >> made-inside");
        for (prompt, files) in [("say something".to_owned(), 0), (format!("please {USE_A_TOOL}"), 1)] {
            let output = agent.session(&runner, &model, &prompt);
            let (said, told) = said(&output);
            assert!(output.status.success() && said.contains(SENTENCE), "{}, {prompt}: {said}{told}", agent.program);
            let made = found(&runner.machine.state().join("sessions"), "made-inside");
            assert_eq!(made.len(), files, "{}, {prompt}: {said}{told}", agent.program);
            for file in made {
                let text = fs::read_to_string(file).unwrap();
                assert!(text.ends_with("\nfrom the agent\n") && !text.starts_with("0\n"), "{text}");
            }
            assert!(told.contains(&format!("it holds the real {}", agent.key.0)), "{told}");
        }
        stays_apart(agent, &runner);
        let key = |head: &str| head.lines().any(|line| is_key(line, agent.key.1));
        assert!(model.heard().iter().any(|request| key(&request.head)), "{:#?}", model.heard());
    }
}

fn is_key(line: &str, header: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(name, value)| name.eq_ignore_ascii_case(header) && value.ends_with("key-of-a-test"))
}

/// Nothing of a session is in the project or in the user's own folder, and its history is kept in our state.
fn stays_apart(agent: &Agent, runner: &Runner) {
    assert!(!runner.machine.project().join("made-inside").exists());
    for home in [home(), &runner.machine.home()] {
        assert!(!home.join(agent.history).exists(), "{} was changed outside", home.display());
    }
    let (_, history) = agent.history.split_once('/').unwrap();
    assert!(!found(&runner.machine.state().join("agents"), history).is_empty(), "{} keeps nothing", agent.program);
}

/// Every file and folder of this name.
pub(crate) fn found(below: &Path, name: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(below).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            all.extend(found(&path, name));
        }
        if entry.file_name() == name {
            all.push(path);
        }
    }
    all
}
