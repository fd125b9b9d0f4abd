//! `portcullis run --engine`: the walls of a run, built by an OCI runtime. An ordinary user drives it.

use crate::run::{Runner, runners};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

const ENGINES: [&str; 2] = ["runc", "crun"];

/// crun wants control groups as most machines have them today. Where this one has others, a place is made that has.
const UNIFIED: &str = "mount -t cgroup2 none /sys/fs/cgroup && exec \"$@\"";

fn is_installed(engine: &str) -> bool {
    ["/usr/bin", "/usr/sbin", "/usr/local/bin"].iter().any(|folder| Path::new(folder).join(engine).exists())
}

fn command(runner: &Runner, engine: &str) -> Command {
    let usual = runner.command();
    if engine != "crun"
        || !rustix::process::geteuid().is_root()
        || Path::new("/sys/fs/cgroup/cgroup.controllers").exists()
    {
        return usual;
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", UNIFIED, "sh"]).arg(usual.get_program()).args(usual.get_args());
    command
        .env_clear()
        .envs(usual.get_envs().filter_map(|(name, value)| Some((OsString::from(name), value?.to_owned()))));
    command.current_dir(usual.get_current_dir().unwrap()).stdin(std::process::Stdio::null());
    command
}

/// What a script says within walls of an engine, and how it ended.
fn run(runner: &Runner, engine: &str, script: &str) -> (Option<i32>, String) {
    let mut command = command(runner, engine);
    let output = command.args(["run", "--engine", engine, "--", "/bin/sh", "-c", script]).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code(), text)
}

/// An ordinary user, and each engine.
fn scenes() -> Vec<(Runner, &'static str)> {
    for engine in ENGINES {
        assert!(is_installed(engine), "{engine} is missing; `./test` installs crun and runc");
    }
    ENGINES.into_iter().map(|engine| (runners().pop().unwrap(), engine)).collect()
}

#[test]
fn a_run_by_an_engine_is_a_run_as_any_other() {
    for (runner, engine) in scenes() {
        let machine = &runner.machine;
        machine.write("src/lib.rs", "one\n");
        machine.write(".env", "TOKEN=planted\n");
        let script = "cat .env; echo two > src/lib.rs; echo x > Makefile; grep -E 'CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; \
            curl -sS -m 9 http://evil.example/; touch /usr/x; echo \"<$PLANTED_TOKEN>\"; exit 7";
        let (status, said) = run(&runner, engine, script);
        assert_eq!(status, Some(7), "{engine}: {said}");
        for expected in [
            "masked by Portcullis",
            "CapBnd:\t0000000000000000",
            "NoNewPrivs:\t1",
            "Seccomp:\t2",
            "Read-only file system",
            "<>",
        ] {
            assert!(said.contains(expected), "{engine}: {expected}: {said}");
        }
        assert!(said.contains("denied   evil.example:80") && said.contains("waits    Makefile"), "{engine}: {said}");
        assert!(said.contains(&format!("walls    by {engine}")), "{engine}: {said}");
        assert_eq!(fs::read_to_string(machine.project().join("src/lib.rs")).unwrap(), "two\n", "it was applied");
        assert!(!machine.project().join("Makefile").exists());
        let log = runner.command().args(["log", "show", "1", "--json"]).output().unwrap();
        let log = String::from_utf8_lossy(&log.stdout).into_owned();
        assert!(log.contains("\"oci\"") && log.contains(engine), "{engine}: {log}");
    }
}

#[test]
fn nothing_of_the_machine_or_of_root_is_inside() {
    for (runner, engine) in scenes() {
        let script = "id -u; cat /proc/self/uid_map; ls /proc | grep -c '^[0-9]*$'; cat /proc/1/environ; ls /.portcullis; \
            unshare -U true && echo namespaces; mount -t tmpfs none /mnt && echo mounts; ls /root /home; ip link add x type dummy && echo links";
        let (_, said) = run(&runner, engine, script);
        assert!(!said.starts_with("0\n"), "{engine}: {said}");
        for unexpected in ["namespaces", "mounts\n", "links", "planted"] {
            assert!(!said.contains(unexpected), "{engine}: {unexpected}: {said}");
        }
    }
}

#[test]
fn policy_that_asks_for_full_walls_has_them() {
    for (runner, engine) in scenes() {
        runner.machine.write("portcullis.toml", "[sandbox]\nrequire = \"full\"\n");
        let (status, said) = run(&runner, engine, "echo it ran");
        assert!(status == Some(0) && said.contains("it ran"), "{engine}: {said}");
    }
}

#[test]
fn what_was_left_running_ends_with_the_run() {
    for (runner, engine) in scenes() {
        let mark = format!("4{:05}", std::process::id() % 100_000);
        let (status, said) = run(&runner, engine, &format!("sleep {mark} & sleep {mark} & echo started"));
        assert!(status == Some(0) && said.contains("started"), "{engine}: {said}");
        let listed = Command::new("ps").args(["-eo", "args"]).output().unwrap();
        assert!(!String::from_utf8_lossy(&listed.stdout).contains(&format!("sleep {mark}")), "{engine}");
    }
}

#[test]
fn doctor_names_the_engines_that_are_there() {
    let (_, found) = crate::harness::Machine::new().json(&["doctor"]);
    let found = found.to_string();
    for engine in ENGINES {
        assert_eq!(found.contains(&format!("{engine} (")), is_installed(engine), "{found}");
    }
}

#[test]
fn an_engine_is_not_driven_by_root() {
    let runner = runners().remove(0);
    if rustix::process::geteuid().is_root() {
        let (status, said) = run(&runner, "runc", "echo it ran");
        assert!(status != Some(0) && said.contains("driven by an ordinary user") && !said.contains("it ran"), "{said}");
    }
}
