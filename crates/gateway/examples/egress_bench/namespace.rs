//! A process that measures, in a network namespace of its own or here.

use crate::client;
use portcullis_gateway::egress::Doors;
use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use std::io::{BufRead as _, BufReader, IoSlice, IoSliceMut, Write as _};
use std::mem::MaybeUninit;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The process, and how to speak with it.
#[derive(Debug)]
pub(crate) struct Namespace {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    path: PathBuf,
    listener: Option<UnixListener>,
}

impl Namespace {
    /// In a namespace of its own.
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("egress-bench-{}", std::process::id()));
        let listener = UnixListener::bind(&path).expect("a socket");
        let mut command = Command::new("unshare");
        command.args(["-Urn"]).arg(std::env::current_exe().expect("this program"));
        Self::start(command.arg("inside").arg(&path), path, Some(listener))
    }

    /// Here, without any broker.
    pub(crate) fn none() -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        Self::start(command.args(["inside", "-"]), PathBuf::new(), None)
    }

    fn start(command: &mut Command, path: PathBuf, listener: Option<UnixListener>) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let (input, output) = (child.stdin.take().expect("input"), child.stdout.take().expect("output"));
        Self { child, input, output: BufReader::new(output), path, listener }
    }

    /// The sockets that were bound inside.
    pub(crate) fn doors(&mut self) -> Doors {
        let listener = self.listener.take().expect("a namespace");
        let (stream, _) = listener.accept().expect("the namespace");
        std::fs::remove_file(&self.path).ok();
        receive(&stream)
    }

    /// Has a command carried out.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        writeln!(self.input, "{command}").expect("the client");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the client");
        line
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What runs inside: opens the doors, hands them out, and does what it is told.
pub(crate) fn inside(path: &str) {
    if path != "-" {
        open(path);
    }
    for line in std::io::stdin().lines().map_while(Result::ok) {
        println!("{}", client::carry_out(&line));
    }
}

fn open(path: &str) {
    let run = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let (program, rest) = words.split_first().expect("a program");
        assert!(Command::new(program).args(rest).status().is_ok_and(|status| status.success()), "{line}");
    };
    run("ip link set lo up");
    run("ip address add 10.200.0.1/32 dev lo");
    run("ip route add default dev lo src 10.200.0.1");
    let listen = |port| TcpListener::bind(("127.0.0.1", port)).expect("a port");
    let (proxy, any_tcp, dns_tcp) = (listen(3128), listen(3129), listen(53));
    let dns_udp = UdpSocket::bind("127.0.0.1:53").expect("a port");
    run(
        "nft table ip out { chain out { type nat hook output priority -100; ip daddr != 127.0.0.0/8 meta l4proto tcp redirect to :3129; }; }",
    );
    let stream = UnixStream::connect(path).expect("the broker");
    let fds = [proxy.as_fd(), any_tcp.as_fd(), dns_udp.as_fd(), dns_tcp.as_fd()];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(4))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
    sendmsg(&stream, &[IoSlice::new(b"x")], &mut control, SendFlags::empty()).expect("the broker");
}

fn receive(stream: &UnixStream) -> Doors {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(4))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(stream, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC).expect("sockets");
    let messages = control.drain();
    let rights = messages.filter_map(|it| if let RecvAncillaryMessage::ScmRights(fds) = it { Some(fds) } else { None });
    let mut fds: std::vec::IntoIter<OwnedFd> = rights.flatten().collect::<Vec<_>>().into_iter();
    let mut next = || fds.next().expect("four sockets");
    Doors { proxy: next().into(), any_tcp: next().into(), dns_udp: next().into(), dns_tcp: next().into() }
}
