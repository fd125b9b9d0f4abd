//! Other machines: shells on them, copies to and from them, raw connections, lookups.

use super::elsewhere::{self, There};
use super::{Given, Handler};
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Taint, Value, markers};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "ssh" | "autossh" | "mosh" | "slogin" | "sshpass" => ssh,
        "scp" | "sftp" | "pscp" => copy,
        "rsync" => rsync,
        "nc" | "ncat" | "netcat" | "nc.openbsd" | "nc.traditional" => netcat,
        "socat" => socat,
        "telnet" | "ftp" | "lftp" | "tftp" | "smbclient" | "nmap" | "masscan" | "whois" | "ping" | "ping6"
        | "traceroute" | "mtr" | "finger" | "rlogin" => plain,
        "dig" | "nslookup" | "host" | "drill" | "kdig" | "resolvectl" => lookup,
        "ngrok" | "cloudflared" | "localtunnel" | "lt" | "bore" | "frpc" | "chisel" | "tailscale" | "gost"
        | "pagekite" => tunnel,
        "tmate"
        | "ttyd"
        | "gotty"
        | "wetty"
        | "sshx"
        | "upterm"
        | "teleconsole"
        | "gs-netcat"
        | "gs-sftp"
        | "pwncat"
        | "shellinaboxd"
        | "butterfly.server.py" => shared_terminal,
        "ztcp" => socket_of_shell,
        "adb" => android,
        "rclone" | "restic" | "rsnapshot" | "croc" | "ffsend" | "onionshare" | "wormhole" | "magic-wormhole"
        | "transfer" => upload,
        "mail" | "mailx" | "sendmail" | "mutt" | "msmtp" | "swaks" | "s-nail" => mail,
        "ssh-keygen" | "ssh-copy-id" | "ssh-add" | "ssh-keyscan" => keys,
        _ => return None,
    })
}

const SSH_TAKES: [&str; 24] = [
    "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-Q", "-R", "-S", "-W",
    "-w", "-M", "-P", "-B", "--ssh",
];

/// Settings that make ssh run something here.
fn judge_option(machine: &mut Machine<'_>, option: &Value) {
    let (name, value) = option.text.split_once(['=', ' ']).unwrap_or((option.text.as_str(), ""));
    let name = name.to_ascii_lowercase();
    if matches!(name.as_str(), "proxycommand" | "localcommand" | "knownhostscommand" | "proxyusefdpass")
        && value != "none"
    {
        machine.danger(Hazard::Loader, format!("ssh runs {value}"));
        super::shells::run_with(
            machine,
            &Value { text: value.to_owned(), taint: option.taint },
            &[],
            &Value::default(),
        );
    }
}

fn host_of(target: &Value) -> Value {
    let text = target.text.strip_prefix("ssh://").unwrap_or(&target.text);
    let host = text.rsplit('@').next().unwrap_or_default().split(['/']).next().unwrap_or_default();
    Value { text: host.split(':').next().unwrap_or_default().to_owned(), taint: target.taint }
}

fn ssh(machine: &mut Machine<'_>, call: &Call) -> Value {
    let mut args = call.args().to_vec();
    if call.name() == "sshpass" {
        let given = Given::read_front(&args, &["-p", "-f", "-d", "-P"]);
        return if given.operands.is_empty() {
            Value::default()
        } else {
            machine.start(given.operands.clone(), &call.stdin)
        };
    }
    args.retain(|word| !word.text.is_empty());
    let given = Given::read_front(&args, &SSH_TAKES);
    given.values(&["-o"]).cloned().collect::<Vec<_>>().iter().for_each(|option| judge_option(machine, option));
    for forwarded in given.values(&["-R"]) {
        machine.danger(Hazard::OpenPort, "a port of the other side leads here");
        let target = forwarded.text.rsplit(':').next().unwrap_or_default();
        // A port alone is a proxy into the whole network of this machine.
        if matches!(target, "22" | "2222" | "3389" | "5900" | "445") || !forwarded.text.contains(':') {
            machine
                .danger(Hazard::RemoteShell, "the other side gets to log in here, or into the network of this machine");
        }
    }
    for hop in given.values(&["-J"]) {
        machine.network(Direction::Out, &host_of(hop), Some(22), "ssh");
    }
    let Some(target) = given.operand(0) else { return Value::default() };
    let port = given.value(&["-p"]).and_then(|port| port.text.parse().ok()).unwrap_or(22);
    machine.network(Direction::Out, &host_of(target), Some(port), "ssh");
    let remote = Value::join(given.operands_from(1), " ");
    machine.judge_sent(&call.stdin, "ssh");
    machine.judge_sent(&remote, "ssh");
    if given.operands.len() > 1 {
        elsewhere::run_text(machine, There::Server, &remote, &call.stdin);
    } else if call.stdin.is_known() && !call.stdin.text.is_empty() {
        elsewhere::run_text(machine, There::Server, &call.stdin, &Value::default());
    }
    Value::hole().tainted(Taint::NETWORK)
}

/// `ztcp HOST PORT`: zsh opens a connection of its own, and says in a variable under which number.
fn socket_of_shell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-d"]);
    if given.has(&["-c", "-L"]) {
        return Value::default();
    }
    if given.has(&["-l", "-a"]) {
        machine.danger(Hazard::OpenPort, "the shell waits for whoever connects");
    } else if let Some(host) = given.operand(0) {
        let port = given.operand(1).and_then(|port| port.text.parse().ok());
        machine.network(Direction::Out, host, port, "tcp");
    }
    let number = given.value(&["-d"]).cloned().unwrap_or_else(|| Value::of("12"));
    machine.sockets.push(number.text.clone());
    machine.scope.set("REPLY", vec![number]);
    Value::default()
}

/// What is told to a phone: a test device, mostly, but what is on its card may be somebody's.
fn android(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read_front(call.args(), &["-s", "-t", "-H", "-P", "-L"]);
    let rest = given.operands_from(1);
    match given.operand(0).map(|verb| verb.text.as_str()) {
        Some("shell" | "exec-out") => {
            let text = Value::join(rest, " ");
            let on_card = ["/sdcard", "/storage", "/data/data", "/data/media", "/system"];
            let removes = text.text.contains("rm -r") && on_card.iter().any(|folder| text.text.contains(folder));
            if removes || text.text.contains("recovery --wipe") || text.text.contains("MASTER_CLEAR") {
                machine.danger(Hazard::HistoryLoss, "what a phone holds is removed");
            }
            elsewhere::run_text(machine, There::Container, &text, &call.stdin);
        }
        Some("push") => rest.iter().take(1).for_each(|file| drop(machine.read_file(file))),
        Some("pull") => rest.get(1).into_iter().for_each(|file| machine.write_file(file)),
        Some("install" | "sideload") => {
            rest.iter().filter(|word| !word.starts_with("-")).for_each(|file| drop(machine.read_file(file)));
        }
        _ => {}
    }
    Value::hole()
}

/// `host:path`, or a path here.
fn is_remote(word: &Value) -> bool {
    let Some((host, _)) = word.text.split_once(':') else { return false };
    !host.contains('/') && !host.is_empty()
}

fn copy(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-c", "-F", "-i", "-J", "-l", "-o", "-P", "-S", "-b", "-D"]);
    given.values(&["-o"]).cloned().collect::<Vec<_>>().iter().for_each(|option| judge_option(machine, option));
    if let Some(program) = given.value(&["-S", "-D"]) {
        machine.start(vec![program.clone()], &Value::default());
    }
    if call.name() == "sftp" {
        let file = given.value(&["-b"]).filter(|file| !file.is("-")).cloned();
        let batch = file.map_or_else(|| call.stdin.clone(), |file| machine.read_file(&file));
        for line in batch.text.lines() {
            let mut words = line.split_whitespace();
            if words.next().is_some_and(|verb| matches!(verb.trim_start_matches(['-', '@']), "put" | "mput" | "reput"))
            {
                for file in words.filter(|word| !word.starts_with('-')).take(1) {
                    let file = file.replace('*', "\u{fdd1}").replace('?', "\u{fdd2}");
                    let text = machine.read_file(&Value::of(file));
                    machine.judge_sent(&text, "sftp");
                }
            }
        }
    }
    transfer(machine, &given.operands, &call.name(), call.name() == "sftp");
    Value::default()
}

fn transfer(machine: &mut Machine<'_>, operands: &[Value], by: &str, all_remote: bool) {
    let [sources @ .., target] = operands else { return };
    let leaves = is_remote(target) || target.text.contains("://") || all_remote;
    for word in operands.iter().filter(|word| is_remote(word) || word.text.contains("://") || all_remote) {
        let direction = if leaves { Direction::Out } else { Direction::In };
        if word.text.contains("://") {
            machine.url(word, direction);
        } else {
            machine.network(direction, &host_of(word), Some(22), "ssh");
        }
    }
    let comes = sources.iter().any(is_remote);
    for source in sources.iter().filter(|source| !is_remote(source)) {
        let text = machine.read_file(source);
        if leaves {
            machine.judge_sent(&text, by);
        }
    }
    if !leaves {
        machine.write_file(target);
        if comes {
            let fetched = Value::hole().tainted(Taint::NETWORK);
            machine.remember(target, &fetched, false);
            for source in sources.iter().filter(|source| is_remote(source)) {
                let name = source.text.rsplit(['/', ':']).next().unwrap_or_default();
                let path = Value::of(format!("{}/{name}", target.text.trim_end_matches('/')));
                machine.remember(&path, &fetched, false);
            }
        }
    }
}

fn rsync(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-e",
        "--rsh",
        "--rsync-path",
        "--exclude",
        "--include",
        "--exclude-from",
        "--include-from",
        "--files-from",
        "--log-file",
        "--port",
        "--password-file",
        "-f",
        "--filter",
        "--bwlimit",
        "--timeout",
        "-T",
        "--temp-dir",
        "--backup-dir",
        "--compare-dest",
        "--link-dest",
        "--chmod",
        "--chown",
        "-B",
        "-M",
    ];
    let given = Given::read(call.args(), &takes);
    for code in given.values(&["-e", "--rsh"]) {
        let is_ssh = code.text.starts_with("ssh");
        if !is_ssh {
            machine.danger(Hazard::Loader, format!("rsync runs {}", code.shown()));
        }
        super::shells::run_with(
            machine,
            &Value { text: format!("{} portcullis.invalid", code.text), taint: code.taint },
            &[],
            &Value::default(),
        );
    }
    transfer(machine, &given.operands, "rsync", false);
    if given.names().any(|name| name.starts_with("--delete"))
        && let Some(target) = given.operands.last().filter(|target| !is_remote(target))
    {
        let everything = machine.place(target).target().and_then(|file| {
            crate::sensitive::is_everything(
                &file.path,
                &machine.world.home(),
                machine.world.repository().as_ref(),
                &machine.world.cwd(),
            )
        });
        if let Some(what) = everything {
            machine.danger(Hazard::Destruction, format!("rsync removes what is in {what}"));
        }
    }
    if given.has(&["--remove-source-files"]) {
        given.operands.iter().rev().skip(1).for_each(|source| machine.delete(source, true));
    }
    Value::default()
}

fn netcat(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &[
            "-e",
            "-c",
            "-p",
            "-s",
            "-w",
            "-i",
            "-q",
            "-x",
            "-X",
            "--exec",
            "--sh-exec",
            "-I",
            "-O",
            "-T",
            "-V",
            "-g",
            "-G",
        ],
    );
    for program in given.values(&["-e", "--exec", "-c", "--sh-exec"]) {
        machine.danger(Hazard::RemoteShell, format!("`{}` hands {} to the other side", call.name(), program.shown()));
    }
    let listens = given.has(&["-l", "--listen"]);
    if listens {
        machine.danger(Hazard::OpenPort, format!("`{}` waits for whoever connects", call.name()));
        return Value::hole().tainted(Taint::NETWORK);
    }
    if let Some(host) = given.operand(0) {
        let port = given.operand(1).and_then(|port| port.text.parse().ok());
        machine.network(Direction::Out, host, port, "tcp");
    }
    machine.judge_sent(&call.stdin, &call.name());
    machine.judge_answers(call);
    Value::hole().tainted(Taint::NETWORK)
}

fn socat(machine: &mut Machine<'_>, call: &Call) -> Value {
    let mut connects = false;
    let mut runs = false;
    for word in call.args() {
        let lower = word.text.to_ascii_lowercase();
        let (kind, rest) = lower.split_once(':').unwrap_or((lower.as_str(), ""));
        if kind.contains("listen") || kind.ends_with("-l") {
            connects = true;
            machine.danger(Hazard::OpenPort, "socat waits for whoever connects");
        } else if kind.starts_with("tcp") || kind.starts_with("udp") || kind.starts_with("openssl") || kind == "ssl" {
            connects = true;
            let (host, port) = rest.split_once(':').unwrap_or((rest, ""));
            let port = port.split(',').next().and_then(|port| port.parse().ok());
            machine.network(Direction::Out, &Value::of(host), port, "tcp");
        } else if kind == "exec" || kind == "system" {
            runs = true;
            let code = word
                .text
                .split_once(':')
                .map(|(_, code)| code.split(',').next().unwrap_or_default())
                .unwrap_or_default();
            super::shells::run_with(machine, &Value::of(code), &[], &Value::default());
        } else if matches!(kind, "file" | "open" | "gopen") || lower.starts_with(['/', '.']) {
            let path = word.text.split_once(':').map_or(word.text.as_str(), |(_, path)| path);
            let text = machine.read_file(&Value::of(path.split(',').next().unwrap_or_default()));
            machine.judge_sent(&text, "socat");
        }
    }
    if connects && runs {
        machine.danger(Hazard::RemoteShell, "socat hands a program to the other side");
    }
    machine.judge_sent(&call.stdin, "socat");
    machine.judge_answers(call);
    Value::hole().tainted(Taint::NETWORK)
}

fn plain(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-c", "-p", "-i", "-W", "-w", "-t", "-e", "-u", "-U", "-oN", "-oX", "-h", "-s", "-d", "-m", "-n"],
    );
    if let Some(host) = given.operands.iter().find(|word| !word.text.chars().all(|c| c.is_ascii_digit())) {
        if host.text.contains("://") {
            machine.url(host, Direction::Out);
        } else {
            let port = given.operand(1).and_then(|port| port.text.parse().ok());
            machine.network(Direction::Out, &host_of(host), port, &call.name());
        }
    }
    machine.judge_sent(&call.stdin, &call.name());
    // A pattern of bytes, a user's name, a header: whatever it is, it goes over the wire.
    call.args().iter().for_each(|word| machine.judge_sent(word, &call.name()));
    machine.judge_answers(call);
    let loads = call.args().iter().any(|word| word.starts_with("--script") && word.text.contains('/'));
    if loads && call.name() == "nmap" {
        machine.danger(Hazard::Loader, "nmap runs a script of its own");
    }
    if let Some(code) = given.value(&["-c", "-e"]).filter(|_| call.name() == "lftp") {
        machine.judge_sent(code, "lftp");
        machine.unresolved("lftp is told what to transfer");
    }
    Value::hole().tainted(Taint::NETWORK)
}

fn lookup(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-p", "-t", "-x", "-f", "-b", "-q", "-c", "-type"]);
    given.values(&["-f"]).for_each(|file| drop(machine.read_file(file)));
    for word in &given.operands {
        if let Some(server) = word.behind("@") {
            machine.network(Direction::Out, &server, Some(53), "dns");
        } else if word.text.contains('.') || word.taint.has(Taint::SECRET) {
            if word.taint.has(Taint::SECRET) || word.has_hole() || is_payload(&word.text) {
                machine.danger(Hazard::Exfiltration, "data is part of the name that is looked up");
            }
            machine.network(Direction::Lookup, word, None, "dns");
        }
    }
    Value::name().tainted(Taint::NETWORK)
}

/// A label that looks like data and not like a name.
fn is_payload(name: &str) -> bool {
    name.split('.').any(|label| label.len() > 40) || name.contains(markers::HOLE)
}

fn tunnel(machine: &mut Machine<'_>, call: &Call) -> Value {
    let harmless = call.args().first().is_none_or(|word| {
        matches!(word.text.as_str(), "version" | "--version" | "help" | "--help" | "status" | "ip" | "ping")
    });
    if !harmless {
        machine.danger(Hazard::OpenPort, format!("`{}` lets others in from outside", call.name()));
        if call.args().iter().any(|word| leads_inside(&word.text.to_ascii_lowercase())) {
            machine.danger(Hazard::RemoteShell, format!("`{}` lets others log in, or read what is here", call.name()));
        }
    }
    Value::hole()
}

/// What a tunnel leads to, if that is more than one server that was started for it.
fn leads_inside(word: &str) -> bool {
    let scheme = word.split("://").next().filter(|_| word.contains("://")).unwrap_or_default();
    let scheme = scheme.rsplit('=').next().unwrap_or_default();
    matches!(scheme, "file" | "ssh" | "rdp" | "smb" | "vnc" | "socks" | "socks5")
        || matches!(word, "22" | "3389" | "5900" | "ssh" | "socks" | "r:socks" | "--ssh" | "-dir")
        || word.ends_with(":22")
        || word.starts_with("r:")
}

/// A terminal of this machine in the browser, or at the hands, of somebody else.
fn shared_terminal(machine: &mut Machine<'_>, call: &Call) -> Value {
    if !call.args().iter().all(|word| matches!(word.text.as_str(), "--version" | "-V" | "--help"))
        || call.args().is_empty()
    {
        machine.danger(Hazard::RemoteShell, format!("`{}` shares a terminal with others", call.name()));
    }
    Value::hole()
}

fn upload(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["--config", "-r", "--repo", "--password-file", "-p"]);
    super::stores::tell(machine, call);
    let sends = given.operands.first().is_some_and(|word| {
        matches!(word.text.as_str(), "copy" | "sync" | "move" | "copyto" | "backup" | "send" | "rcat")
    });
    let sends = sends && !super::cloud::is_dry(call, &["--dry-run"]);
    for file in given.operands_from(1).iter().filter(|file| !is_remote(file)) {
        let text = machine.read_file(file);
        if sends {
            machine.judge_sent(&text, &call.name());
        }
    }
    if sends {
        machine.danger(Hazard::Exfiltration, format!("`{}` sends files to a place that is not known", call.name()));
    }
    Value::hole()
}

fn mail(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-s", "-a", "-A", "-r", "-c", "-b", "-f", "-S", "--attach", "-t"]);
    for file in given.values(&["-a", "-A", "--attach"]) {
        let text = machine.read_file(file);
        machine.judge_sent(&text, &call.name());
    }
    machine.judge_sent(&call.stdin, &call.name());
    machine.danger(Hazard::Publication, "a mail is sent");
    Value::default()
}

fn keys(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes: &[&str] = match call.name().as_str() {
        "ssh-keygen" => &[
            "-t", "-b", "-C", "-f", "-N", "-P", "-E", "-D", "-s", "-I", "-n", "-V", "-O", "-z", "-F", "-R", "-Y", "-m",
            "-Z", "-w",
        ],
        _ => &["-t", "-b", "-C", "-f", "-N", "-i", "-p", "-E", "-D", "-s", "-H"],
    };
    let given = Given::read(call.args(), takes);
    match call.name().as_str() {
        "ssh-copy-id" => {
            given.operands.iter().for_each(|host| machine.network(Direction::Out, &host_of(host), Some(22), "ssh"));
            machine.danger(Hazard::Persistence, "a key is put on another machine");
        }
        "ssh-keygen" => {
            // What these show, check or look for is in a file that is there.
            let only_reads = given.has(&["-l", "-B", "-y", "-F", "-Y", "-e", "-Q", "-L"])
                && !given.has(&["-R", "-A", "-c", "-p", "-s", "-k", "-H", "-i"]);
            let other_keys = given.value(&["-t", "-b", "-N", "-C"]).is_some();
            for file in given.values(&["-f"]) {
                if only_reads && !other_keys {
                    machine.read_file(file);
                } else {
                    machine.write_file(file);
                }
            }
        }
        "ssh-keyscan" => given.operands.iter().for_each(|host| machine.network(Direction::In, host, Some(22), "ssh")),
        _ => given.operands.iter().for_each(|file| drop(machine.read_file(file))),
    }
    for library in given.values(&["-D", "-s"]).filter(|_| matches!(call.name().as_str(), "ssh-keygen" | "ssh-add")) {
        if library.text.contains('/') {
            machine.danger(Hazard::Loader, format!("{} is loaded as a library", library.shown()));
        }
    }
    Value::name()
}

impl Machine<'_> {
    /// Whether a shell answers to the other side.
    pub(crate) fn judge_answers(&mut self, call: &Call) {
        if call.stdin.taint.has(Taint::SHELL) {
            self.danger(
                Hazard::RemoteShell,
                format!("what a shell prints goes to the other side of `{}`", call.name()),
            );
        }
    }
}
