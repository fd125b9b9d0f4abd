//! An empty network namespace whose sockets are handed out, as a sandbox does it: everything that would leave is diverted to
//! one socket, names are asked of another.

use crate::kit::ListRoad;
use portcullis_gateway::egress::{Doors, Egress, Road, Settings};
use rustix::cmsg_space;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use std::io::{BufRead as _, BufReader, IoSliceMut, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// What runs inside: it opens the doors, hands them out, and then runs the programs that it is told to.
const INSIDE: &str = r#"
import json, os, socket, subprocess, sys
def run(*words): subprocess.run(words, check=True)
run("ip", "link", "set", "lo", "up")
run("ip", "address", "add", "10.200.0.1/32", "dev", "lo")
run("ip", "route", "add", "default", "dev", "lo", "src", "10.200.0.1")
def listen(port):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port)); s.listen(128); return s
proxy, any_tcp, dns_tcp = listen(3128), listen(0), listen(53)
dns_udp = socket.socket(type=socket.SOCK_DGRAM); dns_udp.bind(("127.0.0.1", 53))
rule = "ip daddr != 127.0.0.0/8 meta l4proto tcp redirect to :%d" % any_tcp.getsockname()[1]
run("nft", "table ip out { chain out { type nat hook output priority -100; " + rule + "; }; }")
with open(sys.argv[2], "w") as f: f.write("nameserver 127.0.0.1\n")
run("mount", "--bind", sys.argv[2], "/etc/resolv.conf")
out = socket.socket(socket.AF_UNIX); out.connect(sys.argv[1])
doors = [proxy, any_tcp, dns_udp, dns_tcp]
socket.send_fds(out, [b"x"], [s.fileno() for s in doors])
out.recv(1)
for s in doors: s.close()
for line in sys.stdin:
    done = subprocess.run(json.loads(line), capture_output=True, timeout=60)
    sys.stdout.write(json.dumps([done.returncode, done.stdout.decode(), done.stderr.decode()]) + "\n")
    sys.stdout.flush()
"#;

/// A sandbox's network, with the broker outside of it.
#[derive(Debug)]
pub(crate) struct Sandbox {
    pub(crate) road: Arc<ListRoad>,
    pub(crate) egress: Egress,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// How a program inside ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i64,
    pub(crate) output: String,
    pub(crate) error: String,
}

impl Sandbox {
    pub(crate) fn new(allow: &[&str], settings: Settings) -> Self {
        need("nft", "nftables");
        need("ip", "iproute2");
        let folder = std::env::temp_dir().join(format!(
            "portcullis-egress-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        std::fs::create_dir_all(&folder).unwrap();
        let (path, names) = (folder.join("doors"), folder.join("resolv.conf"));
        let listener = UnixListener::bind(&path).unwrap();
        let mut command = Command::new("unshare");
        command.args(["-Urnm", "python3", "-c", INSIDE]).arg(&path).arg(&names);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut stream = accept(&listener, &mut child);
        let doors = receive(&stream);
        let road = ListRoad::allowing(allow);
        let egress = Egress::open(doors, Arc::clone(&road) as Arc<dyn Road>, settings).unwrap();
        stream.write_all(b"x").unwrap();
        std::fs::remove_dir_all(&folder).ok();
        Self { road, egress, child, input, output }
    }

    /// Runs a program inside.
    pub(crate) fn run(&mut self, words: &[&str]) -> Done {
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        writeln!(self.input, "[{}]", words.join(",")).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let (code, texts) = line.trim().trim_matches(['[', ']']).split_once(", ").unwrap();
        let (output, error) = texts.split_once("\", \"").unwrap();
        let text = |text: &str| text.trim_matches('"').replace("\\n", "\n");
        Done { code: code.parse().unwrap(), output: text(output), error: text(error) }
    }

    /// Runs a Python program inside.
    pub(crate) fn python(&mut self, program: &str) -> Done {
        self.run(&["python3", "-c", program])
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Waits for the namespace to hand its sockets out; one that can't be made fails the test instead of holding it up.
fn accept(listener: &UnixListener, child: &mut Child) -> UnixStream {
    listener.set_nonblocking(true).unwrap();
    loop {
        if let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(false).unwrap();
            return stream;
        }
        assert!(child.try_wait().unwrap().is_none(), "the namespace could not be made; its message stands above");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn receive(stream: &UnixStream) -> Doors {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(4))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(stream, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC).unwrap();
    let messages = control
        .drain()
        .filter_map(|message| if let RecvAncillaryMessage::ScmRights(fds) = message { Some(fds) } else { None });
    let mut fds: std::vec::IntoIter<OwnedFd> = messages.flatten().collect::<Vec<_>>().into_iter();
    let mut next = || fds.next().unwrap();
    Doors { proxy: next().into(), any_tcp: next().into(), dns_udp: next().into(), dns_tcp: next().into() }
}

/// Installs a Debian package if the command that it brings is missing.
fn need(command: &str, package: &str) {
    let there = || Command::new(command).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there() {
        let install = Command::new("apt-get").args(["install", "-y", "-q", package]).stdout(Stdio::null()).status();
        assert!(install.is_ok_and(|status| status.success()) && there(), "{command} is missing: install {package}");
    }
}
