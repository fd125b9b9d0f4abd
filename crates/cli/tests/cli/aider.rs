//! The agent `aider`, installed with pip once for each machine. It calls no tools: it sends the files that it was told of, and
//! writes down what the model says.

use crate::agents::{REAL_KEY, cache, found, succeeds};
use crate::gateway::Gateway;
use crate::model::{Model, SEEN, SENTENCE, USE_A_TOOL};
use crate::run::{Runner, runners};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

const PACKAGE: &str = "aider-chat==0.86.2";

/// The Python that it is installed for.
const PYTHON: &str = "/usr/bin/python3";

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What it is told besides a prompt: nothing of its own on the network, no repository, no questions.
const ARGUMENTS: [&str; 15] = [
    "-m",
    "aider",
    "--model",
    "openai/gpt-4o",
    "--edit-format",
    "whole",
    "--no-git",
    "--yes-always",
    "--no-check-update",
    "--no-show-model-warnings",
    "--no-show-release-notes",
    "--analytics-disable",
    "--no-detect-urls",
    "--no-suggest-shell-commands",
    "--no-pretty",
];

/// The home folder that it is installed in. It is the same for all tests, and no run can change it.
fn home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let cache = cache();
        fs::create_dir_all(&cache).unwrap();
        let lock = File::create(cache.join("lock-of-aider")).unwrap();
        lock.lock().unwrap();
        let home = cache.join(format!("lib-{}", PACKAGE.replace('=', "-")));
        if !home.exists() {
            install(&cache, &home);
        }
        home
    })
}

fn install(cache: &Path, home: &Path) {
    let fresh = tempfile::Builder::new().prefix("installing-").tempdir_in(cache).unwrap();
    fs::set_permissions(fresh.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Only to have an installer.
    let tools = tempfile::tempdir_in(cache).unwrap();
    succeeds(Command::new(PYTHON).args(["-m", "venv"]).arg(tools.path()));
    let mut pip = Command::new(tools.path().join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--target"]);
    succeeds(pip.arg(fresh.path().join(".local/lib/aider")).arg(PACKAGE));
    fs::rename(fresh.keep(), home).unwrap();
}

fn password() -> String {
    ["Blue", "Tiger", "-", "4471", "-", "Quartz"].concat()
}

/// A model that has aider write the password that it was shown into a file.
fn model() -> Model {
    Model::start(&format!("{SENTENCE}\n\nwritten-by-it.txt\n```\n{SEEN}\n```\n"))
}

fn asked() -> [String; 4] {
    ["--message".to_owned(), format!("please {USE_A_TOOL}"), "settings.txt".to_owned(), "written-by-it.txt".to_owned()]
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The model was asked, and was never shown the password.
fn has_not_seen_it(model: &Model, told: &str) {
    let bodies: String = model.heard().iter().map(|request| request.body.to_string()).collect();
    assert!(bodies.contains("DB_PASSWORD=ZQ") && !bodies.contains(&password()), "{told}: {bodies}");
}

fn settings(runner: &Runner) {
    let project = runner.machine.project();
    fs::write(project.join("settings.txt"), format!("DB_PASSWORD={}\n", password())).unwrap();
    runner.hand_over(&project);
}

#[test]
fn it_works_at_a_gateway_of_its_own() {
    let runner = runners().pop().unwrap();
    let (machine, model) = (&runner.machine, model());
    settings(&runner);
    let gateway = Gateway::start(machine, &model);
    runner.hand_over(&machine.home());
    for (prompt, is_written) in [("say something".to_owned(), false), (asked()[1].clone(), true)] {
        let mut command = runner.as_them("/usr/bin/env");
        command.env_clear().env("PATH", PATH).env("HOME", machine.home()).env("TMPDIR", machine.home());
        command.env("PYTHONPATH", home().join(".local/lib/aider")).env("OPENAI_API_KEY", "key-of-a-test");
        command.env("OPENAI_API_BASE", format!("http://{}/v1", gateway.place));
        command.arg(PYTHON).args(ARGUMENTS).args(asked()).current_dir(machine.project()).stdin(Stdio::null());
        command.args(["--message", &prompt]);
        let output = command.output().unwrap();
        let told = told(&output);
        assert!(output.status.success() && told.contains(SENTENCE), "{told}");
        let written = fs::read_to_string(machine.project().join("written-by-it.txt")).unwrap_or_default();
        assert_eq!(written.trim_end(), if is_written { password() } else { String::new() }, "{told}");
        has_not_seen_it(&model, &told);
    }
}

#[test]
fn it_is_read_within_a_run_without_knowing_it() {
    for runner in runners() {
        let model = model();
        settings(&runner);
        let machine = &runner.machine;
        machine.write_user_policy("[network]\nboundary = \"allow-list\"\nallow = [\"api.openai.com\"]\n");
        let mut command = runner.command();
        command.env("HOME", home()).env("PATH", PATH).env("OPENAI_API_KEY", REAL_KEY);
        command.env("XDG_CONFIG_HOME", machine.home().join(".config"));
        let packages = home().join(".local/lib/aider");
        let upstream = format!("--upstream=api.openai.com=http://127.0.0.1:{}", model.port());
        let python = format!("--env=PYTHONPATH={}", packages.display());
        command.args(["run", "--hold", &upstream, &python, "--", PYTHON]).args(ARGUMENTS).args(asked());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let told = told(&output);
        assert!(output.status.success() && told.contains(SENTENCE), "{told}");
        let written = found(&machine.state().join("sessions"), "written-by-it.txt");
        assert_eq!(written.len(), 1, "{told}");
        assert_eq!(fs::read_to_string(&written[0]).unwrap().trim_end(), password(), "{told}");
        has_not_seen_it(&model, &told);
        let heads: String = model.heard().into_iter().map(|request| request.head).collect();
        assert!(heads.contains(REAL_KEY), "{heads}");
    }
}
