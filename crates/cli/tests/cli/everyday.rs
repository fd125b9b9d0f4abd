//! What developers' tools do every day works under `portcullis run`, as whoever runs the tests, and if that is root as an
//! ordinary user too. A wall that stops one of these would be taken down by its user.

use crate::run::{Runner, runners};
use std::path::{Path, PathBuf};

/// That a script succeeds and ends with these words, for everybody.
fn works(script: &str, expected: &str) {
    for runner in runners() {
        let output = runner.command().args(["run", "--hold", "--", "/bin/sh", "-ec", script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{said}{told}");
        assert_eq!(said.trim_end().lines().last().unwrap_or_default().trim(), expected, "{script}\n{said}{told}");
        assert!(is_untouched(&runner), "{script} changed the project outside");
    }
}

fn is_untouched(runner: &Runner) -> bool {
    std::fs::read_dir(runner.machine.project()).unwrap().next().is_none()
}

fn python(script: &str, expected: &str) {
    works(&format!("python3 - <<'PYTHON'\n{script}\nPYTHON"), expected);
}

#[test]
fn git_commits_branches_merges_and_rebases() {
    works(
        "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.example GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b.example
         git init -q -b trunk .
         echo one > one; git add one; git commit -qm one
         git switch -qc side; echo two > two; git add two; git commit -qm two
         git switch -q trunk; echo three > three; git add three; git commit -qm three
         git switch -q side; git rebase -q trunk; git switch -q trunk; git merge -q --no-ff -m merged side
         git stash list; git gc -q; git fsck --strict 2> /dev/null; git clone -q . ../$(basename \"$PWD\")/copy
         git -C copy log --oneline | wc -l",
        "4",
    );
}

#[test]
fn node_runs_scripts_workers_and_other_programs() {
    works(
        "cat > it.mjs <<'NODE'
import { Worker } from 'node:worker_threads';
import { execFileSync } from 'node:child_process';
const worker = new Worker(\"require('node:worker_threads').parentPort.postMessage('from a worker')\", { eval: true });
worker.on('message', (said) => console.log(execFileSync('echo', [said]).toString().trim()));
NODE
         node it.mjs",
        "from a worker",
    );
}

#[test]
fn npm_begins_a_package_and_installs_another_from_a_folder() {
    works(
        "mkdir one two; cd one; npm init -y > /dev/null; echo 'module.exports = \"from one\"' > index.js
         cd ../two; npm init -y > /dev/null; npm install --offline --no-audit --no-fund ../one > /dev/null
         node -p 'require(\"one\")'",
        "from one",
    );
}

#[test]
fn python_makes_an_environment_with_pip_in_it() {
    works("python3 -m venv made; made/bin/pip --version > /dev/null; made/bin/python -c 'print(6 * 7)'", "42");
}

#[test]
fn c_is_compiled_linked_and_run() {
    works(
        "printf '#include <stdio.h>\\nint main(void) { puts(\"compiled\"); }\\n' > main.c; cc -O1 -pthread main.c -o main; ./main",
        "compiled",
    );
}

#[test]
fn cargo_builds_and_runs_a_crate() {
    // The toolchain that runs this very test. It is shown if it lies in the user's own home, or is the system's.
    let cargo = PathBuf::from(std::env::var_os("CARGO").unwrap());
    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    let is_shown =
        [&home.join(".rustup"), &home.join(".cargo"), Path::new("/usr")].iter().any(|at| cargo.starts_with(at));
    assert!(is_shown, "{} is where no run sees it; run this test with a toolchain in ~/.rustup", cargo.display());
    // Of several runners the first is oneself, to whom the toolchain is open.
    let runner = runners().swap_remove(0);
    let path = format!("{}:/usr/bin:/bin", cargo.parent().unwrap().display());
    let script = "cargo init -q --vcs none --name made . && cargo run -q --offline";
    let mut command = runner.command();
    command.env("HOME", &home).env("XDG_CONFIG_HOME", runner.machine.home()).env("PATH", path);
    let output = command.args(["run", "--hold", "--", "/bin/sh", "-ec", script]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Hello, world!\n", "{told}");
    assert!(is_untouched(&runner));
}

#[test]
fn a_program_gives_another_a_terminal() {
    python(
        "import pty, os
pty.spawn(['sh', '-c', 'test -t 0 && test -t 1 && stty size > /dev/null && tty > /dev/null && echo a terminal'])",
        "a terminal",
    );
}

#[test]
fn a_server_is_asked_over_tcp_on_every_form_of_this_machines_own_address() {
    python(
        "import http.server, threading, urllib.request
class Server(http.server.ThreadingHTTPServer): pass
server = Server(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for host in ['127.0.0.1', 'localhost']:
    assert urllib.request.urlopen(f'http://{host}:{server.server_port}/').status == 200
import socket
six = socket.create_server(('::1', 0), family=socket.AF_INET6)
socket.create_connection(six.getsockname()[:2]).close()
print('asked')",
        "asked",
    );
}

#[test]
fn a_server_is_asked_over_a_socket_in_the_file_system() {
    python(
        "import socket
for place in ['here.sock', '/tmp/there.sock']:
    server = socket.socket(socket.AF_UNIX); server.bind(place); server.listen()
    caller = socket.socket(socket.AF_UNIX); caller.connect(place)
    server.accept()[0].sendall(b'asked'); said = caller.recv(9)
import os; os.remove('here.sock')
print(said.decode())",
        "asked",
    );
}

#[test]
fn a_descriptor_is_handed_over_a_pair_of_sockets() {
    python(
        "import os, socket
one, other = socket.socketpair()
reading, writing = os.pipe()
if os.fork() == 0:
    _, descriptors, _, _ = socket.recv_fds(other, 1, 1)
    os.write(descriptors[0], b'handed over'); os._exit(0)
socket.send_fds(one, [b'x'], [writing])
print(os.read(reading, 99).decode())",
        "handed over",
    );
}

#[test]
fn a_change_of_a_file_in_the_project_is_noticed() {
    python(
        "import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init1(0)
assert watch >= 0 and libc.inotify_add_watch(watch, b'.', 0x100) >= 0, os.strerror(ctypes.get_errno())
open('noticed', 'w').close()
print(os.read(watch, 512)[16:].rstrip(b'\\0').decode())",
        "noticed",
    );
}

#[test]
fn a_lock_on_a_file_keeps_another_program_out() {
    works("exec 9> lock; flock -n 9; if flock -n lock true; then echo let in; else echo kept out; fi", "kept out");
}

#[test]
fn processes_share_memory_and_wait_for_each_other() {
    python(
        "import os
from multiprocessing import Process, Semaphore, shared_memory
memory = shared_memory.SharedMemory(create=True, size=1 << 20)
ready = Semaphore(0)
def write():
    again = shared_memory.SharedMemory(memory.name); again.buf[:6] = b'shared'; again.close(); ready.release()
process = Process(target=write); process.start(); ready.acquire(); process.join()
print(bytes(memory.buf[:6]).decode()); memory.close(); memory.unlink()",
        "shared",
    );
}
