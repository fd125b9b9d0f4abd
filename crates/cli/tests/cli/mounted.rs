//! `portcullis run` where something is mounted already: below `/etc`, as in every container, or in the repository.

use crate::run::{Runner, runners};
use std::ffi::OsString;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

/// Names and types, permissions and links of all below `/etc`, and what is in each file that can be read.
const ALL_OF_ETC: &str = "cd /etc && find . -printf '%p %y %m %s %l\\n' 2>/dev/null | sed '/ d /s/ [0-9]* $//' | sort; \
    find . -type f -readable -exec cksum {} + 2>/dev/null | sort";

/// The program, started where a script has mounted something; nobody else sees that.
pub(crate) fn among(runner: &Runner, mounts: &str) -> Command {
    let usual = runner.command();
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-current-user", "--keep-caps"]);
    }
    let script = format!("set -e; {mounts}; exec setpriv --inh-caps=-all --ambient-caps=-all \"$@\"");
    command.args(["--mount", "sh", "-c", &script, "sh"]).arg(usual.get_program()).args(usual.get_args());
    command
        .env_clear()
        .envs(usual.get_envs().filter_map(|(name, value)| Some((OsString::from(name), value?.to_owned()))));
    command.current_dir(usual.get_current_dir().unwrap()).stdin(std::process::Stdio::null());
    command
}

/// Files bound below `/etc` as containers have them, over an `/etc` that is an overlay itself and holds a few things more.
fn as_in_a_container(runner: &Runner) -> (String, UnixListener) {
    let folder = runner.machine.bin().join("etc");
    for name in ["deep/er", "empty"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    for name in ["planted.key", "deep/er/bound", "deep/own", "bound"] {
        fs::write(folder.join(name), format!("this is {name}\n")).unwrap();
    }
    let listener = UnixListener::bind(folder.join("deep/socket")).unwrap();
    let bound = folder.join("bound");
    let bound = bound.display();
    let over = format!("mount -t overlay overlay -o lowerdir={}:/etc /etc", folder.display());
    // A link among them leads elsewhere; then that is mounted over.
    let there = ["hosts", "hostname", "resolv.conf"].into_iter().filter(|name| Path::new("/etc").join(name).exists());
    let binds = there.chain(["deep/er/bound"]).map(|name| format!("; mount --bind {bound} /etc/{name}"));
    (format!("{over}{}", binds.collect::<String>()), listener)
}

#[test]
fn what_is_mounted_below_etc_changes_nothing_of_what_a_run_sees_there() {
    for runner in runners() {
        let (mounts, _listener) = as_in_a_container(&runner);
        let over = mounts.split(';').next().unwrap();
        let see = |mounts: &str| {
            let output = among(&runner, mounts).args(["run", "--", "sh", "-c", ALL_OF_ETC]).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{told}");
            String::from_utf8(output.stdout).unwrap()
        };
        let (plain, bound) = (see(over), see(&mounts));
        assert!(plain.lines().count() > 100 && plain.contains("./deep/er/bound f 644"), "{plain}");
        // The one is what is bound there, and nobody can ask the other.
        let expected =
            plain.lines().filter(|line| !line.contains("./deep/er/bound") && !line.starts_with("./deep/socket"));
        let found = bound.lines().filter(|line| !line.contains("./deep/er/bound"));
        let (expected, found): (Vec<_>, Vec<_>) = (expected.collect(), found.collect());
        let differ: Vec<_> = expected
            .iter()
            .filter(|it| !found.contains(it))
            .chain(found.iter().filter(|it| !expected.contains(it)))
            .collect();
        assert!(differ.is_empty(), "{differ:#?}");
    }
}

#[test]
fn nothing_below_etc_can_be_changed_or_spoken_to_for_all_that_is_mounted_there() {
    for runner in runners() {
        let (mounts, _listener) = as_in_a_container(&runner);
        // Root's own, and nobody's in a run.
        let closed =
            "mount -t tmpfs -o mode=700 none /etc/empty; echo x > /etc/empty/closed; chmod 644 /etc/empty/closed";
        let mounts = format!("{mounts}; {closed}; mkdir -m 700 /etc/empty/below; echo x > /etc/empty/below/closed");
        let run = |script: &str| {
            let output = among(&runner, &mounts).args(["run", "--", "bash", "-c", script]).output().unwrap();
            (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
        };
        let (status, said) = run("cat /etc/resolv.conf /etc/hosts /etc/hostname /etc/planted.key /etc/deep/er/bound");
        assert_eq!(status, Some(0), "{said}");
        for expected in ["nameserver 127.0.0.1", "localhost portcullis", "\nportcullis\n", "masked by Portcullis"] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
        assert!(said.contains("this is bound") && !said.contains("this is planted"), "{said}");
        let is_root = rustix::process::geteuid().is_root();
        for script in [
            "echo x > /etc/hosts",
            "rm /etc/hosts",
            "mv /etc/hosts /etc/other",
            "echo x >> /etc/passwd",
            "chmod 777 /etc/passwd",
            "echo x > /etc/deep/er/bound",
            "echo x > /etc/deep/new",
            "touch /etc/new",
            "mkdir /etc/empty/new",
            "umount /etc/hosts",
            "ls /.layers",
            "cat /etc/shadow",
            "cat /etc/empty/closed || cat /etc/empty/below/closed",
            "ls /etc/empty | grep .",
            "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(q(/etc/deep/socket)) or exit 1'",
        ] {
            let (status, said) = run(script);
            let is_own = !is_root && script.contains("/etc/empty");
            assert!(is_own || status.is_some_and(|status| status != 0), "{script}: {said}");
        }
        assert_eq!(fs::read_to_string(runner.machine.bin().join("etc/bound")).unwrap(), "this is bound\n");
    }
}

#[test]
fn an_engine_is_told_the_same() {
    let runner = runners().pop().unwrap();
    let (mounts, _listener) = as_in_a_container(&runner);
    let script = "cat /etc/hosts /etc/planted.key /etc/deep/own; ls /etc/ssl; echo x > /etc/deep/new || exit 7";
    let output = among(&runner, &mounts).args(["run", "--engine", "runc", "--", "sh", "-c", script]).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(7), "{said}");
    for expected in
        ["localhost portcullis", "masked by Portcullis", "this is deep/own", "certs", "Read-only file system"]
    {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn doctor_says_what_a_run_would_say_with_mounts_below_etc() {
    for runner in runners() {
        let (mounts, _listener) = as_in_a_container(&runner);
        let output = among(&runner, &mounts).arg("doctor").output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(told.lines().any(|line| line.starts_with("ok    walls            full")), "{told}");
    }
}

#[test]
fn a_repository_in_which_something_is_mounted_is_refused_by_the_name_of_that() {
    for runner in runners() {
        runner.machine.write("node_modules/below", "it lies below\n");
        let place = runner.machine.project().join("node_modules");
        let mounts = format!("mount -t tmpfs none {}", place.display());
        let output = among(&runner, &mounts).args(["run", "--", "cat", "node_modules/below"]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{told}");
        assert!(told.contains("another file system is mounted within the workspace"), "{told}");
        assert!(told.contains(&*place.to_string_lossy()) && told.contains("fix unmount it"), "{told}");
    }
}
