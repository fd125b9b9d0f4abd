//! `portcullis run`, with real walls: as whoever runs the tests, and if that is root as an ordinary user too.

use crate::harness::Machine;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An ordinary user, who needs no account.
const ORDINARY: u32 = 54_321;

/// A machine and who runs things on it.
pub(crate) struct Runner {
    pub(crate) machine: Machine,
    pub(crate) program: PathBuf,
    ordinary: bool,
    /// Whether the kernel refuses namespaces to them.
    refused: bool,
    /// Where the state is, if it is not beside home and project.
    state: Option<PathBuf>,
}

fn hand_over(path: &Path) {
    lchown(path, Some(ORDINARY), Some(ORDINARY)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            hand_over(&entry.unwrap().path());
        }
    }
}

/// Everybody that a run must be equally tight for.
pub(crate) fn runners() -> Vec<Runner> {
    let own = Runner {
        machine: Machine::new(),
        program: env!("CARGO_BIN_EXE_portcullis").into(),
        ordinary: false,
        refused: false,
        state: None,
    };
    if !rustix::process::geteuid().is_root() {
        return vec![own];
    }
    let machine = Machine::new();
    // The folder of the build may be one that nobody else can enter.
    let program = machine.bin().join("portcullis");
    fs::copy(env!("CARGO_BIN_EXE_portcullis"), &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    vec![own, Runner { machine, program, ordinary: true, refused: false, state: None }]
}

/// Somebody on a machine that lets nobody have namespaces, and not root. The kernel refuses for real: this is in a namespace
/// whose owner says that there may be none below it.
pub(crate) fn refused() -> Runner {
    let mut ordinary = runners().pop().unwrap();
    ordinary.refused = true;
    ordinary
}

/// The same as root, if that is who runs the tests.
pub(crate) fn refused_root() -> Option<Runner> {
    let mut root = runners().remove(0);
    root.refused = true;
    rustix::process::geteuid().is_root().then_some(root)
}

/// Says so, and gives up the right to say otherwise.
const NONE_BELOW: &str =
    "echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --inh-caps=-all --ambient-caps=-all \"$@\"";

/// The same for root, who in there still has to be able to be anybody: the namespace has every user of the machine.
const NONE_BELOW_FOR_ROOT: &str = r#"
unshare --user --keep-caps sh -c 'kill -STOP $$; echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"' sh "$@" &
inside=$!
until grep -q '^State:.T' /proc/$inside/status; do sleep 0.01; done
echo '0 0 4294967295' > /proc/$inside/uid_map && echo '0 0 4294967295' > /proc/$inside/gid_map
kill -CONT $inside; wait $inside"#;

impl Runner {
    /// The program, ready to be run by whoever this is.
    pub(crate) fn command(&self) -> Command {
        let mut words: Vec<OsString> = Vec::new();
        let (mut user, mut group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        if self.ordinary {
            (user, group) = (ORDINARY, ORDINARY);
            let user = ORDINARY.to_string();
            words.extend(["setpriv", "--reuid", &user, "--regid", &user, "--clear-groups"].map(OsString::from));
            hand_over(self.machine.home().parent().unwrap());
        }
        if self.refused && user == 0 {
            words.extend(["sh", "-c", NONE_BELOW_FOR_ROOT, "sh"].map(OsString::from));
        } else if self.refused {
            let (user, group) = (format!("--map-user={user}"), format!("--map-group={group}"));
            let namespace = ["unshare", "--user", &user, &group, "--keep-caps", "sh", "-c", NONE_BELOW, "sh"];
            words.extend(namespace.map(OsString::from));
        }
        words.push(self.program.clone().into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        let prepared = self.machine.command(&[]);
        command.env_clear().envs(prepared.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.envs(self.state.iter().map(|state| ("PORTCULLIS_HOME", state)));
        command.env("PATH", "/usr/bin:/bin").env("PLANTED_TOKEN", "planted");
        command.current_dir(self.machine.project()).stdin(std::process::Stdio::null());
        command
    }

    /// Another program, run by whoever this is.
    pub(crate) fn as_them(&self, program: &str) -> Command {
        if !self.ordinary {
            return Command::new(program);
        }
        let user = ORDINARY.to_string();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &user, "--regid", &user, "--clear-groups", program]);
        command
    }

    /// Gives them a folder.
    pub(crate) fn hand_over(&self, folder: &Path) {
        if self.ordinary {
            hand_over(folder);
        }
    }

    fn run(&self, script: &str) -> Output {
        self.command().args(["run", "--", "/bin/sh", "-c", script]).output().unwrap()
    }

    /// What a script prints; that it succeeds is asserted.
    fn says(&self, script: &str) -> String {
        let output = self.run(script);
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{script}: {said}{told}");
        said.into_owned()
    }

    /// That a script fails, and that nothing of it can be seen outside.
    fn fails(&self, script: &str) {
        let output = self.run(script);
        assert!(!output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn work_goes_on_as_usual_and_what_policy_does_not_let_through_stays_in_the_layer() {
    for runner in runners() {
        let machine = &runner.machine;
        machine.write("src/main.c", "int main(void) { return 0; }\n");
        let script =
            "id -u; echo more >> src/main.c; mkdir new; echo x > new/file; echo all: > Makefile; wc -l src/main.c";
        assert!(runner.says(script).lines().last().unwrap().starts_with("2 "));
        assert_ne!(runner.says("id -u").trim(), "0");
        let text = fs::read_to_string(machine.project().join("src/main.c")).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(!machine.project().join("new").exists() && !machine.project().join("Makefile").exists());
    }
}

#[test]
fn when_it_has_ended_the_summary_says_what_was_applied_and_what_waits() {
    let runner = &runners()[0];
    runner.machine.write("src/lib.rs", "one\n");
    let output = runner.run("echo two > src/lib.rs; echo '{}' > package.json");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("applied  1; portcullis revert "), "{told}");
    assert!(told.contains("waits    package.json: says what is installed"), "{told}");
    let log = crate::changes::recorded(&runner.machine);
    assert!(log.contains("are applied: 1 written, 0 removed"), "{log}");
    runner.machine.run(&["revert"]);
    assert_eq!(fs::read_to_string(runner.machine.project().join("src/lib.rs")).unwrap(), "one\n");
}

#[test]
fn nothing_is_applied_that_was_to_be_held_or_that_a_killed_command_left() {
    for runner in runners() {
        let path = runner.machine.project().join("src/lib.rs");
        runner.machine.write("src/lib.rs", "one\n");
        let held = runner.command().args(["run", "--hold", "--", "/bin/sh", "-c", "echo two > src/lib.rs"]).output();
        let told = String::from_utf8_lossy(&held.unwrap().stderr).into_owned();
        assert!(told.contains("held     src/lib.rs"), "{told}");
        runner.run("echo two > src/lib.rs; kill -9 $$");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
    }
}

#[test]
fn a_policy_says_which_classes_apply_by_themselves_and_which_never() {
    let runner = &runners()[0];
    let machine = &runner.machine;
    machine.write("portcullis.toml", "[changes]\nask = ['code']\ndeny = ['ci']\n[files]\nprotect = ['kept.md']\n");
    runner.run("echo x > a.rs; echo x > b.md; echo x > kept.md; mkdir .github; echo x > .github/x.yml");
    let has = |name: &str| machine.project().join(name).exists();
    assert_eq!((has("a.rs"), has("b.md"), has("kept.md"), has(".github")), (false, true, false, false));
    let (_, shown) = machine.json(&["changes"]);
    let of = |path: &str| {
        let all = shown["changes"].as_array().unwrap();
        all.iter().find(|change| change["path"] == path).unwrap().clone()
    };
    assert_eq!(of(".github/x.yml")["verdict"], "never");
    assert!(of(".github/x.yml")["because"][0].as_str().unwrap().contains("portcullis.toml:3"), "{shown}");
    assert!(of("kept.md")["because"][0].as_str().unwrap().contains("portcullis.toml:5"), "{shown}");
    // A person can say yes to what waits, and not to what policy denies.
    machine.run(&["changes", "apply", "--all"]);
    assert_eq!((has("a.rs"), has("kept.md"), has(".github")), (true, true, false));
}

#[test]
fn a_commit_waits_and_where_policy_lets_commits_through_it_waits_with_what_it_holds() {
    let runner = &runners()[0];
    let machine = &runner.machine;
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(machine.project()).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for arguments in
        [&["init", "-q", "-b", "main"][..], &["config", "user.name", "A"], &["config", "user.email", "a@b"]]
    {
        git(arguments);
    }
    machine.write("a.rs", "one\n");
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "one"]);
    let told = String::from_utf8(runner.run("echo two > a.rs; git commit -q -a -m two").stderr).unwrap();
    assert!(told.contains("waits    git-state: commits, branches and the index of git"), "{told}");
    assert_eq!(git(&["log", "--format=%s"]), "one\n");
    machine.run(&["changes", "apply", "git-state"]);
    assert_eq!((git(&["log", "--format=%s"]).as_str(), git(&["status", "--short"]).as_str()), ("two\none\n", ""));
    git(&["reset", "-q", "--hard", "HEAD~1"]);
    machine.write_user_policy("[changes]\nallow = ['git-state']\n");
    runner.says("echo two > a.rs; git commit -q -a -m two");
    assert_eq!((git(&["log", "--format=%s"]).as_str(), git(&["status", "--short"]).as_str()), ("two\none\n", ""));
    // Added, committed and taken away again: the commit still holds it.
    let hidden = "mkdir .husky; echo x > .husky/pre-commit; git add -A; git commit -q -m in; git rm -q -r .husky; \
                  echo three > a.rs; git add -A; git commit -q -m three";
    let told = String::from_utf8(runner.run(hidden).stderr).unwrap();
    assert!(told.contains("waits    git-state: holds a commit with .husky/pre-commit, which is run by git"), "{told}");
    assert_eq!(git(&["log", "--format=%s"]), "two\none\n");
    assert_eq!(fs::read_to_string(machine.project().join("a.rs")).unwrap(), "three\n");
    // To look writes the index anew, and that is nobody's work.
    git(&["status"]);
    let (exit, applied) = machine.json(&["changes", "apply", "git-state"]);
    assert_eq!((exit, &applied["refused"]), (0, &serde_json::json!([])), "{applied}");
    assert_eq!(git(&["log", "--format=%s"]), "three\nin\ntwo\none\n");
    // What git runs when it goes on with something waits, and then no part of a commit goes without the other.
    let rebase = "mkdir .git/rebase-merge; echo 'exec id > PWNED' > .git/rebase-merge/git-rebase-todo; \
                  echo four > a.rs; git commit -q -a -m four";
    let told = String::from_utf8(runner.run(rebase).stderr).unwrap();
    assert!(told.contains("git-rebase-todo: steers git"), "{told}");
    assert!(told.contains("waits    git-state: goes with .git/rebase-merge"), "{told}");
    assert!(!machine.project().join(".git/rebase-merge").exists());
    assert_eq!(git(&["log", "-1", "--format=%s"]), "three\n");
}

#[test]
fn a_session_of_another_repository_is_not_meant_by_saying_nothing() {
    let runner = &runners()[0];
    runner.run("echo all: > Makefile");
    let other = runner.machine.home().parent().unwrap().join("other");
    fs::create_dir_all(other.join(".git")).unwrap();
    let output = runner.command().current_dir(&other).args(["changes", "apply", "--all"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("no session has worked in this repository"), "{output:?}");
    assert!(!runner.machine.project().join("Makefile").exists());
}

#[test]
fn a_command_paints_on_the_terminal_and_can_not_write_the_clipboard_by_it() {
    let runner = &runners()[0];
    let prepared = runner.command();
    let mut command = Command::new("python3");
    command.args(["-c", "import pty, sys; pty.spawn(sys.argv[1:])"]).arg(prepared.get_program());
    command.args(["run", "-q", "--", "printf", r"\033[31mred\033]52;c;ZXZpbA==\007 rest\n"]);
    command.env_clear().envs(prepared.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.current_dir(runner.machine.project()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("\x1b[31mred rest"), "{said:?}");
    assert!(!said.contains("ZXZp") && said.contains("text for your clipboard was kept from your terminal"), "{said:?}");
}

#[test]
fn a_key_that_is_looked_for_is_denied_with_a_reason_whether_there_is_one_or_not() {
    for runner in runners() {
        let seen = runner.says("cat ~/.ssh/id_rsa ~/.aws/credentials");
        assert_eq!(seen.matches("masked by Portcullis: reading ").count(), 2, "{seen}");
    }
}

#[test]
fn git_works_in_a_linked_working_tree_and_its_commits_become_ours() {
    for runner in runners() {
        let machine = &runner.machine;
        machine.write_user_policy("[changes]\nallow = ['git-state']\n");
        let main = machine.home().parent().unwrap().join("main");
        fs::create_dir(&main).unwrap();
        fs::write(main.join("a.rs"), "one\n").unwrap();
        let git = |folder: &Path, arguments: &[&str]| {
            // Whoever runs the test need not own what the runner owns.
            let safe = ["-c", "safe.directory=*"];
            let output = Command::new("git").current_dir(folder).args(safe).args(arguments).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let project = machine.project();
        fs::remove_dir(&project).ok();
        git(&main, &["init", "-q", "-b", "main"]);
        git(&main, &["config", "user.name", "A"]);
        git(&main, &["config", "user.email", "a@b"]);
        git(&main, &["add", "-A"]);
        git(&main, &["commit", "-q", "-m", "one"]);
        git(&main, &["worktree", "add", "-q", project.to_str().unwrap(), "-b", "work"]);
        runner.says("git status --short; echo two > a.rs; git commit -q -a -m two");
        assert_eq!(git(&project, &["log", "--format=%s"]), "two\none\n");
        assert_eq!(git(&project, &["status", "--short"]), "");
        runner.says("echo x > $(git rev-parse --git-common-dir)/hooks/pre-commit");
        assert!(!main.join(".git/hooks/pre-commit").exists());
        // What is staged or committed counts here as well.
        let told = runner.run("echo x > Makefile; git add -A; git commit -q -m three").stderr;
        assert!(String::from_utf8(told).unwrap().contains("holds a commit with Makefile"));
        assert_eq!(git(&project, &["log", "--format=%s"]), "two\none\n");
        // So does what policy says about files of the workspace.
        git(&project, &["reset", "-q", "--hard"]);
        machine.write_user_policy("[changes]\nallow = ['git-state']\n[files]\nprotect = ['kept/**']\n");
        let told = runner.run("mkdir kept; echo x > kept/a.rs; git add -A; git commit -q -m four").stderr;
        assert!(String::from_utf8(told).unwrap().contains("holds a commit with kept/a.rs, which "));
        assert_eq!(git(&project, &["log", "--format=%s"]), "two\none\n");
    }
}

#[test]
fn code_that_is_only_called_like_a_secret_is_shown_if_git_tracks_it_and_none_is_in_it() {
    for runner in runners() {
        let machine = &runner.machine;
        let key = ["AKIA", "QYLPMN5HFIQR7XYA"].concat();
        machine.write("src/secrets.rs", "pub fn planted() {}\n");
        machine.write("src/credentials.py", format!("key = 'planted'\nother = '{key}'\n"));
        machine.write("config/secrets.yaml", "name: planted\n");
        machine.write("app.key", "planted\n");
        for arguments in [&["init", "-q"][..], &["add", "-f", "-A"]] {
            Command::new("git").current_dir(machine.project()).args(arguments).status().unwrap();
        }
        machine.write("src/my_secrets.rs", "pub fn planted() {}\n");
        // That its name is in the index does not make a file known to git.
        machine.write("src/new_secrets.rs", "pub fn planted() {}\n");
        Command::new("git").current_dir(machine.project()).args(["add", "-N", "src/new_secrets.rs"]).status().unwrap();
        let seen = runner.says("grep -rl planted src config app.key | sort");
        assert_eq!(seen, "src/secrets.rs\n");
        let seen = runner.says("grep -rl masked src config app.key | wc -l");
        assert_eq!(seen.trim(), "5");
    }
}

#[test]
fn a_run_that_changed_nothing_leaves_no_session_behind() {
    for runner in runners() {
        runner.says("cat /proc/self/status > /dev/null; echo x > /tmp/x; echo x > ~/x");
        let sessions = runner.machine.state().join("sessions");
        assert_eq!(fs::read_dir(sessions).unwrap().count(), 0);
    }
}

#[test]
fn the_status_of_the_command_is_passed_on() {
    for runner in runners() {
        for status in [0, 1, 3, 42] {
            assert_eq!(runner.run(&format!("exit {status}")).status.code(), Some(status));
        }
        assert_eq!(runner.run("kill -9 $$").status.code(), Some(137));
    }
}

#[test]
fn what_is_outside_can_be_neither_seen_nor_changed() {
    for runner in runners() {
        let machine = &runner.machine;
        let outside = machine.home().parent().unwrap().join("outside");
        fs::write(&outside, "planted").unwrap();
        fs::create_dir_all(machine.home().join(".ssh")).unwrap();
        fs::write(machine.home().join(".ssh/id_ed25519"), "planted").unwrap();
        machine.write(".env", "TOKEN=planted\n");
        machine.write("deep/er/.env", "TOKEN=planted\n");
        std::os::unix::fs::symlink(&outside, machine.project().join("link")).unwrap();
        runner.fails(&format!("cat {}", outside.display()));
        runner.fails("cat link");
        let readable = "cat .env deep/er/.env ~/.ssh/id_ed25519 /proc/*/environ 2>/dev/null; env; true";
        let seen = runner.says(readable);
        assert!(!seen.contains("planted"), "{seen}");
        assert!(seen.contains("masked by Portcullis"), "{seen}");
        for attempt in
            ["touch /usr/x", "touch /etc/x", "touch /x", "echo x > /proc/sys/kernel/core_pattern", "ls /proc/1/"]
        {
            runner.fails(attempt);
        }
        runner.says("echo x > ~/.bashrc; mkdir -p .git/hooks; echo x > .git/hooks/pre-commit; echo x > .env.local");
        assert!(!machine.home().join(".bashrc").exists());
        assert!(!machine.project().join(".git").exists() && !machine.project().join(".env.local").exists());
    }
}

#[test]
fn the_ledger_and_its_keys_are_not_shown_where_policy_opens_the_folder_around_them() {
    for mut runner in runners() {
        runner.state = Some(runner.machine.home().join(".local/share/portcullis"));
        runner.machine.write_user_policy("[files]\nread = [\"~/.local\"]\n");
        runner.machine.write("../home/.local/share/other/file", "shown");
        runner.machine.write("../home/.local/share/keyrings/file", "planted");
        runner.says("true");
        let seen = runner.says("find ~/.local -type f");
        assert_eq!(seen.lines().count(), 1, "{seen}");
        assert!(seen.ends_with("/other/file\n"), "{seen}");
        runner.state = Some(runner.machine.project().join("state"));
        let told = runner.run("true");
        assert_eq!(told.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&told.stderr).contains("lies in the workspace"));
    }
}

#[test]
fn who_listens_in_a_folder_that_policy_opens_is_not_reached() {
    for runner in runners() {
        let home = runner.machine.home();
        let folder = home.join(".cargo");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), "[net]\n").unwrap();
        let listening = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
        listening.set_nonblocking(true).unwrap();
        fs::set_permissions(folder.join("socket"), fs::Permissions::from_mode(0o777)).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("pipe"), rustix::fs::Mode::from_raw_mode(0o666)).unwrap();
        if runner.ordinary {
            hand_over(&home);
        }
        let reading = rustix::fs::open(
            folder.join("pipe"),
            rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK,
            rustix::fs::Mode::empty(),
        )
        .unwrap();
        let knock = "import socket, os
os.stat(os.path.expanduser('~/.cargo/config.toml'))
try:
    socket.socket(socket.AF_UNIX).connect(os.path.expanduser('~/.cargo/socket'))
except OSError:
    print('refused')
try:
    os.write(os.open(os.path.expanduser('~/.cargo/pipe'), os.O_WRONLY | os.O_NONBLOCK), b'evil')
except OSError:
    print('refused')
";
        runner.machine.write("knock.py", knock);
        assert_eq!(runner.says("python3 knock.py"), "refused\nrefused\n");
        assert!(listening.accept().is_err());
        assert_eq!(rustix::io::read(&reading, &mut [0; 8]), Ok(0));
    }
}

#[test]
fn a_descriptor_that_a_caller_left_open_is_not_inherited() {
    for runner in runners() {
        let program = runner.program.display();
        let machine = &runner.machine;
        std::fs::write(machine.home().join("secret"), "planted").unwrap();
        let script =
            format!("exec 7< {}/secret; exec {program} run --quiet -- sh -c 'cat <&7'", machine.home().display());
        let mut command = machine.command(&[]);
        command.env("PATH", "/usr/bin:/bin");
        let envs: Vec<_> = command.get_envs().map(|(k, v)| (k.to_owned(), v.unwrap().to_owned())).collect();
        let output =
            Command::new("bash").env_clear().envs(envs).current_dir(machine.project()).args(["-c", &script]).output();
        let output = output.unwrap();
        assert!(!output.status.success() && !String::from_utf8_lossy(&output.stdout).contains("planted"));
    }
}

#[test]
fn no_privilege_can_be_had() {
    for runner in runners() {
        for attempt in [
            "unshare -Ur true",
            "unshare -n true",
            "mount -t tmpfs none /tmp",
            "mount -o remount,rw /usr",
            "chroot / true",
            "mknod /tmp/disk b 8 0",
            "chown 0 /tmp",
            "nsenter -t 1 -m true",
        ] {
            runner.fails(attempt);
        }
        let status = runner.says("grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status");
        assert!(status.lines().filter(|line| line.starts_with("Cap")).all(|line| line.ends_with("\t0000000000000000")));
        assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"), "{status}");
    }
}

#[test]
fn a_host_that_no_line_names_is_not_reached_and_the_reason_is_told() {
    for runner in runners() {
        let script = "exec 3<>/dev/tcp/192.0.2.7/9 && cat <&3";
        let output = runner.run(&format!("bash -c '{script}'; true"));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("192.0.2.7:9 was not let through"), "{told}");
        assert!(told.contains("denied   192.0.2.7:9") && told.contains("network.allow"), "{told}");
        // A name leads nowhere by itself: what it stands for is decided when something is sent there.
        assert!(runner.says("getent hosts somewhere.example").starts_with("198.18."));
        let log = runner.machine.command(&["log", "query"]).output().unwrap();
        assert!(String::from_utf8_lossy(&log.stdout).contains("192.0.2.7"));
    }
}

#[test]
fn servers_of_its_own_work() {
    for runner in runners() {
        let server = "import socket,threading\ns=socket.create_server(('127.0.0.1',0))\nc=socket.create_connection(s.getsockname())\na=s.accept()[0]\na.send(b'ok')\nprint(c.recv(2).decode())\nu=socket.socket(socket.AF_UNIX)\nu.bind('./u.sock')\nx,y=socket.socketpair()\nx.send(b'pair')\nprint(y.recv(4).decode())";
        runner.machine.write("server.py", server.replace("\\n", "\n"));
        assert_eq!(runner.says("python3 server.py"), "ok\npair\n");
    }
}

#[test]
fn nothing_is_left_running() {
    for runner in runners() {
        let marker = format!("99{}", std::process::id());
        runner.says(&format!("setsid sleep {marker} > /dev/null 2>&1 & (sleep {marker} &) ; true"));
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            assert!(!line.starts_with(format!("sleep\0{marker}").as_bytes()));
        }
    }
}

#[test]
fn a_folder_that_holds_the_home_is_no_workspace() {
    let machine = Machine::new();
    let output = machine.command(&["run", "true"]).current_dir(machine.home()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("too wide to be a workspace"));
}
