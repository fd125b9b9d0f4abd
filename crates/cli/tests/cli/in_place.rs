//! `portcullis run` where the machine lets nobody have namespaces. The kernel refuses for real: the runs are made in a
//! namespace of users that may have none below it.

use crate::run::{Runner, refused, refused_root};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

fn told(runner: &Runner, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = runner.command().args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn sh(script: &str) -> [&str; 5] {
    ["run", "--", "/bin/sh", "-c", script]
}

#[test]
fn a_run_starts_and_says_that_its_walls_are_degraded() {
    let runner = refused();
    runner.machine.write("file", "x\n");
    let (status, out, err) = told(&runner, &sh("id -u; cat file; exit 7"));
    assert_eq!(status, Some(7), "{out}{err}");
    assert!(out.ends_with("\nx\n") && !out.starts_with("0\n"), "{out}");
    assert!(err.contains("walls    degraded"), "{err}");
    let quiet = told(&runner, &["run", "--quiet", "--", "true"]);
    assert!(quiet.2.contains("the walls are degraded"), "{quiet:?}");
    let begun = told(&runner, &["log", "show", "1", "--json"]).1;
    assert!(begun.contains("\"landlock\"") && !begun.contains("\"namespaces\""), "{begun}");
}

#[test]
fn a_policy_that_requires_full_walls_is_obeyed() {
    let runner = refused();
    runner.machine.write("portcullis.toml", "[sandbox]\nrequire = \"full\"\n");
    let (status, out, err) = told(&runner, &sh("echo it ran"));
    assert!(status != Some(0) && !out.contains("it ran"), "{out}{err}");
    assert!(err.contains("portcullis.toml:2") && err.contains("portcullis doctor"), "{err}");
    let denied = told(&runner, &["log", "show", "1", "--json"]).1;
    assert!(denied.contains("\"deny\"") && denied.contains("portcullis.toml"), "{denied}");
}

#[test]
fn what_is_changed_is_changed_in_a_copy_and_can_be_applied() {
    let runner = refused();
    let machine = &runner.machine;
    machine.write("kept", "x\n");
    machine.write("gone", "x\n");
    machine.write(".env", "TOKEN=planted\n");
    let script =
        "echo y >> kept; rm gone; mkdir new; echo z > new/file; chmod 700 new/file; touch -d 2001-01-01 new/file";
    let (status, out, err) = told(&runner, &["run", "--hold", "--", "/bin/sh", "-c", script]);
    assert_eq!(status, Some(0), "{out}{err}");
    assert_eq!(fs::read_to_string(machine.project().join("kept")).unwrap(), "x\n");
    assert!(machine.project().join("gone").exists() && !machine.project().join("new").exists());
    let (_, out, _) = told(&runner, &["changes", "--json"]);
    let shown = serde_json::from_str::<Value>(&out).unwrap().to_string();
    for path in ["kept", "gone", "new/file"] {
        assert!(shown.contains(path), "{path}: {shown}");
    }
    // What was left out of the copy was not deleted.
    assert!(!shown.contains(".env"), "{shown}");
    let (status, out, err) = told(&runner, &["changes", "apply", "--all"]);
    assert_eq!(status, Some(0), "{out}{err}");
    assert_eq!(fs::read_to_string(machine.project().join("kept")).unwrap(), "x\ny\n");
    assert!(!machine.project().join("gone").exists() && machine.project().join(".env").exists());
    let made = fs::metadata(machine.project().join("new/file")).unwrap();
    assert_eq!(made.permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_is_outside_can_be_neither_read_nor_changed_nor_touched() {
    let runner = refused();
    let machine = &runner.machine;
    let outside = machine.home().parent().unwrap().join("outside");
    fs::write(&outside, "planted").unwrap();
    machine.write("../home/.ssh/id_ed25519", "planted");
    machine.write(".env", "TOKEN=planted\n");
    let at = outside.display();
    let script = format!(
        "cat {at} {project}/.env ~/.ssh/id_ed25519 {home}/.ssh/id_ed25519 /proc/*/environ 2>/dev/null; env
        chmod 777 {at}; chmod 777 {project}/.env; touch -d 2001-01-01 {at}; echo x > {at}; rm {at}; ln {at} link
        cd {parent} && chmod 777 outside; true",
        project = machine.project().display(),
        home = machine.home().display(),
        parent = outside.parent().unwrap().display()
    );
    let before = fs::metadata(&outside).unwrap();
    let (status, out, err) = told(&runner, &sh(&script));
    assert!(status == Some(0) && !out.contains("planted"), "{out}{err}");
    let after = fs::metadata(&outside).unwrap();
    assert_eq!(fs::read_to_string(&outside).unwrap(), "planted");
    assert_eq!((before.permissions(), before.modified().unwrap()), (after.permissions(), after.modified().unwrap()));
}

#[test]
fn nothing_outlives_a_run() {
    let runner = refused();
    let name = format!("outlives-{}", std::process::id());
    runner.machine.write(&name, "#!/bin/sh\nsleep 60\n");
    let script = format!("chmod 755 {name}; (setsid ./{name} > /dev/null 2>&1 < /dev/null &) ; ./{name} & sleep 0.1");
    let (status, out, err) = told(&runner, &sh(&script));
    assert_eq!(status, Some(0), "{out}{err}");
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let commands = processes.filter_map(|process| fs::read_to_string(process.path().join("cmdline")).ok());
    assert!(!commands.into_iter().any(|command| command.contains(&name)));
}

/// Whether a process of this name is there, within a few seconds or not at all.
fn is_there(name: &str, wanted: bool) -> bool {
    let seen = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let commands = processes.filter_map(|process| fs::read_to_string(process.path().join("cmdline")).ok());
        commands.into_iter().any(|command| command.contains(name))
    };
    for _ in 0..500 {
        if seen() == wanted {
            return wanted;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    !wanted
}

#[test]
fn whoever_ends_the_program_outside_ends_all_of_it() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::TERM, Signal::KILL] {
        let runner = refused();
        let name = format!("ended-by-{}-{}", signal.as_raw(), std::process::id());
        // Two generations, the second of which nobody waits for, and deaf to what can be heard.
        let body = "#!/bin/sh\ntrap '' TERM HUP INT\nsleep 97 &\nsleep 97\n";
        runner.machine.write(&name, body);
        let script = format!("chmod 755 {name}; (setsid ./{name} > /dev/null 2>&1 < /dev/null &) ; exec ./{name}");
        let mut child = runner.command().args(sh(&script)).spawn().unwrap();
        assert!(is_there(&name, true), "{signal:?}");
        let process = Pid::from_raw(child.id().cast_signed()).unwrap();
        kill_process(process, signal).unwrap();
        child.wait().unwrap();
        assert!(!is_there(&name, false), "{signal:?}");
    }
}

#[test]
fn nobody_wins_a_race_against_whoever_answers() {
    let runner = refused();
    let outside = runner.machine.home().parent().unwrap().join("raced");
    fs::write(&outside, "x").unwrap();
    fs::set_permissions(&outside, fs::Permissions::from_mode(0o640)).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let path = runner.machine.home().parent().unwrap().join("raced.sock");
    let local = std::os::unix::net::UnixListener::bind(&path).unwrap();
    local.set_nonblocking(true).unwrap();
    // One thread changes what is asked for while another one asks: an address in memory, what a descriptor is, where a link
    // leads, what a folder is.
    let script = format!(
        "import ctypes, os, socket, struct, threading, time
libc = ctypes.CDLL(None, use_errno=True)
own = socket.socket(); own.bind(('127.0.0.1', 0)); own.listen(4096)
address = ctypes.create_string_buffer(16)
def at(port): return struct.pack('=HH', socket.AF_INET, socket.htons(port)) + socket.inet_aton('127.0.0.1') + bytes(8)
good, bad = at(own.getsockname()[1]), at({port})
mine = os.environ['TMPDIR'] + '/mine.sock'
server = socket.socket(socket.AF_UNIX); server.bind(mine); server.listen(4096)
open('inside', 'w').close(); os.mkdir('one'); os.mkdir('two'); open('one/raced', 'w').close()
os.symlink('{parent}', 'two/out'); over = False
def flip():
    while not over:
        ctypes.memmove(address, bad, 16); ctypes.memmove(address, good, 16)
def links():
    while not over:
        for to in ('inside', '{outside}'):
            os.symlink(to, 'link.new'); os.rename('link.new', 'link')
def folders():
    while not over:
        os.rename('one', 'folder'); os.rename('folder', 'one'); os.symlink('{parent}', 'folder'); os.unlink('folder')
def sockets():
    while not over:
        for to in (mine, '{path}'):
            os.symlink(to, 'sock.new'); os.rename('sock.new', 'sock')
threads = [threading.Thread(target=work) for work in (flip, links, folders, sockets)]
for thread in threads: thread.start()
until = time.time() + 3; asked = 0
while time.time() < until:
    tcp = socket.socket(); libc.connect(tcp.fileno(), address, 16); tcp.close()
    for name in ('link', 'folder/raced'):
        libc.chmod(name.encode(), 0o777)
    for name in ('sock', '{path}'):
        other = socket.socket(socket.AF_UNIX)
        try: other.connect(name); other.send(b'x')
        except OSError: pass
        other.close()
    asked += 1
over = True
print(asked > 20)
",
        port = listener.local_addr().unwrap().port(),
        parent = outside.parent().unwrap().display(),
        outside = outside.display(),
        path = path.display(),
    );
    let (status, out, err) = told(&runner, &["run", "--", "python3", "-c", &script]);
    assert_eq!((status, out.as_str()), (Some(0), "True\n"), "{err}");
    assert_eq!(fs::metadata(&outside).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(listener.accept().is_err() && local.accept().is_err());
}

#[test]
fn for_root_somebody_else_works_on_a_copy_and_the_files_stay_its_own() {
    let Some(runner) = refused_root() else { return };
    let machine = &runner.machine;
    machine.write("kept", "x\n");
    machine.write("../home/.ssh/id_ed25519", "planted");
    let key = machine.home().join(".ssh/id_ed25519");
    let script = format!(
        "id -u; echo y >> kept; echo z > new; cat {} /etc/shadow; kill -0 {}; true",
        key.display(),
        std::process::id()
    );
    let (status, out, err) = told(&runner, &["run", "--hold", "--", "/bin/sh", "-c", &script]);
    assert_eq!(status, Some(0), "{out}{err}");
    assert!(!out.starts_with("0\n") && !out.contains("planted") && !out.contains("root:"), "{out}{err}");
    assert_eq!(fs::read_to_string(machine.project().join("kept")).unwrap(), "x\n");
    let (status, out, err) = told(&runner, &["changes", "apply", "--all"]);
    assert_eq!(status, Some(0), "{out}{err}");
    assert_eq!(fs::read_to_string(machine.project().join("kept")).unwrap(), "x\ny\n");
    let made = fs::metadata(machine.project().join("new")).unwrap();
    assert_eq!((made.uid(), made.gid()), (0, 0));
    let left = fs::read_dir("/tmp")
        .unwrap()
        .flatten()
        .filter(|it| it.file_name().to_string_lossy().starts_with("portcullis-"));
    assert!(!left.into_iter().any(|it| it.path().join("work/kept").exists()));
}

#[test]
fn servers_of_the_run_are_found_by_the_run_alone() {
    let runner = refused();
    let outside = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = outside.local_addr().unwrap().port();
    let script = format!(
        "import socket, os
def says(what):
    try: return what()
    except OSError as error: return error.errno
server = socket.socket(); server.bind(('127.0.0.1', {port})); server.listen()
print(server.getsockname()[1] != {port})
caller = socket.create_connection(('localhost', {port})); taken, _ = server.accept()
caller.send(b'it'); print(taken.recv(2))
path = os.environ['TMPDIR'] + '/s'
local = socket.socket(socket.AF_UNIX); local.bind(path); local.listen()
other = socket.socket(socket.AF_UNIX); other.connect(path); other.send(b'it'); print(local.accept()[0].recv(2))
print(says(lambda: socket.create_connection(('127.0.0.1', 9))))
print(says(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
print(says(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)))
print(len(os.openpty()))
"
    );
    let (status, out, err) = told(&runner, &["run", "--", "python3", "-c", &script]);
    assert_eq!(status, Some(0), "{out}{err}");
    assert_eq!(out, "True\nb'it'\nb'it'\n111\n13\n93\n2\n");
}

#[test]
fn what_leaves_is_asked_of_policy_with_a_proxy_and_without() {
    let runner = refused();
    let script = "import socket
caller = socket.create_connection(('192.0.2.1', 80)); caller.sendall(b'GET / HTTP/1.1\\r\\nHost: denied.example\\r\\n\\r\\n')
try: print(len(caller.recv(10)) > 0)
except OSError as error: print(error)
proxy = socket.create_connection(('127.0.0.1', 3128)); proxy.sendall(b'CONNECT other.example:443 HTTP/1.1\\r\\nHost: other.example\\r\\n\\r\\n')
print(proxy.recv(12))
";
    let (status, out, err) = told(&runner, &["run", "--", "python3", "-c", script]);
    assert_eq!(status, Some(0), "{out}{err}");
    assert!(out.contains("b'HTTP/1.1 403'"), "{out}{err}");
    assert!(err.contains("denied.example") && err.contains("other.example"), "{err}");
}

#[test]
fn walls_hold_in_a_drill_whoever_builds_them() {
    for runner in [Some(refused()), refused_root()].into_iter().flatten() {
        drill(&runner);
    }
}

fn drill(runner: &Runner) {
    let (_, out, err) = told(runner, &["drill", "--json"]);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    assert_eq!(report["tier"], "landlock");
    let attempts = report["attempts"].as_array().unwrap();
    let those = |outcome: &str| -> Vec<&str> {
        attempts.iter().filter(|it| it["outcome"] == outcome).map(|it| it["id"].as_str().unwrap()).collect()
    };
    // The kernel counts all processes of a user together, and the floods of a drill come at the same time.
    let broken: Vec<&str> =
        those("broken").into_iter().filter(|id| !["flood-processes", "flood-threads"].contains(id)).collect();
    assert_eq!(broken, [""; 0]);
    assert_eq!(those("untried"), [""; 0]);
    // It keeps its locks where everybody's are.
    assert_eq!(those("hindered"), ["everyday-python"]);
    assert!(those("held").len() >= 150, "{report:#}");
}
