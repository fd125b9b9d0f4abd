//! Programs that start another one behind words of their own: profilers, managers of versions, supervisors, watchers of
//! files. A table: they differ in no more than where the other one's words begin.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

/// What the words of the other program are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A program and its words.
    Words,
    /// One text that a shell runs.
    Text,
    /// Each of them is a text that a shell runs.
    Texts,
}

/// A program, and where the other one begins.
struct Starter {
    programs: &'static [&'static str],
    /// The first word has to be one of these, if there are any.
    verbs: &'static [&'static str],
    /// Options that take a value.
    takes: &'static [&'static str],
    /// So many words come before.
    skipped: usize,
    form: Form,
}

const fn words(programs: &'static [&'static str], verbs: &'static [&'static str]) -> Starter {
    Starter { programs, verbs, takes: &[], skipped: 0, form: Form::Words }
}

impl Starter {
    const fn taking(self, takes: &'static [&'static str]) -> Self {
        Self { takes, ..self }
    }

    const fn behind(self, skipped: usize) -> Self {
        Self { skipped, ..self }
    }

    const fn of(self, form: Form) -> Self {
        Self { form, ..self }
    }
}

const STARTERS: [Starter; 45] = [
    words(
        &["perf"],
        &["stat", "record", "trace", "mem", "c2c", "kvm", "sched", "lock", "timechart", "ftrace", "iostat"],
    )
    .taking(&["-e", "-o", "-F", "-C", "-p", "-t", "-I", "-x", "-r", "-c", "-m", "-b", "-G", "-u", "--event"]),
    words(&["valgrind", "heaptrack", "memusage", "qcachegrind", "operf", "xtrace", "latrace", "fatrace"], &[])
        .taking(&["-o", "--output", "-d"]),
    words(
        &["rr", "uftrace", "samply", "py-spy", "austin", "memray", "scalene", "pyinstrument"],
        &["record", "live", "run"],
    )
    .taking(&["-o", "--output", "-r", "--rate", "-f", "--format", "-d", "--duration"]),
    words(&["flamegraph"], &[]).taking(&["-o", "--output", "-F", "--freq", "-c", "--cmd"]),
    words(&["faketime", "datefudge", "setuidgid", "s6-setuidgid", "setlock", "lockf"], &[]).behind(1),
    words(&["chpst", "softlimit", "cpulimit"], &[])
        .taking(&["-u", "-U", "-e", "-n", "-l", "-L", "-m", "-d", "-o", "-p", "-f", "-c", "-t", "-b", "-/", "-C"]),
    words(&["tini", "dumb-init", "catatonit", "s6-svscan", "daemonize", "daemon", "nq", "sem", "ifne", "choom"], &[])
        .taking(&["-p", "-e", "-o", "-c", "-u", "-l", "-E", "-n", "-j", "--id"]),
    words(&["run-one", "run-this-one", "run-one-constantly", "run-one-until-success", "keep-one-running"], &[]),
    words(
        &["pueue", "pm2", "forever", "supervisor", "honcho", "foreman", "overmind"],
        &["add", "start", "run", "exec"],
    )
    .taking(&["-g", "-w", "-l", "-e", "-f", "--name", "--interpreter", "--label"]),
    words(&["rustup"], &["run"]).behind(1),
    words(&["rbenv", "nodenv", "goenv", "jenv", "plenv", "phpenv", "luaenv", "sdk"], &["exec"]),
    words(&["nvm"], &["exec", "run"]).behind(1),
    words(&["fnm"], &["exec"]).taking(&["--using", "--arch", "--fnm-dir"]),
    words(&["volta"], &["run"]).taking(&["--node", "--npm", "--pnpm", "--yarn"]),
    words(&["conda", "mamba", "micromamba"], &["run"]).taking(&["-n", "--name", "-p", "--prefix", "--cwd"]),
    words(&["devbox", "flox", "pixi", "spack", "pkgx"], &["run", "activate", "build-env", "env"]).taking(&[
        "-e",
        "-c",
        "-d",
        "-r",
        "--environment",
        "--config",
    ]),
    words(&["dotenv"], &["run"]).taking(&["-f", "--file", "-e", "-c", "-v"]),
    words(&["dotenvx"], &["run"]).taking(&["-f", "--env-file", "-e", "--env"]),
    words(&["dotenv", "env-cmd", "dotenv-cli"], &[]).taking(&["-f", "--file", "-e", "-c", "-v", "-r"]),
    words(&["cross-env", "cross-env-shell"], &[]),
    words(&["teller", "envconsul", "envchain", "summon"], &["run"]).taking(&["-c", "-f", "-p", "-e"]),
    words(&["summon"], &[]).taking(&["-p", "-f", "-e", "-D"]),
    words(&["envchain"], &[]).behind(1),
    words(&["singularity", "apptainer"], &["exec", "run", "shell"]).taking(&["-B", "--bind", "-H", "--home"]).behind(1),
    words(&["flatpak-spawn", "host-spawn", "distrobox-host-exec"], &[]).taking(&["--directory", "--env"]),
    words(&["systemd-cat", "dbus-launch", "dbus-run-session", "startx", "xinit", "ssh-agent", "gtk-launch"], &[])
        .taking(&["-t", "-p", "--identifier", "--priority", "-a", "--exit-with-session"]),
    words(&["qemu-x86_64", "qemu-i386", "qemu-aarch64", "qemu-arm", "box64", "box86", "wine", "wine64", "mono"], &[])
        .taking(&["-L", "-E", "-cpu", "-g"]),
    words(&["xcrun"], &[]).taking(&["--sdk", "-sdk", "--toolchain", "-toolchain"]),
    words(&["sandbox-exec"], &[]).taking(&["-p", "-f", "-n", "-D"]),
    words(&["runcon"], &[]).taking(&["-t", "-u", "-r", "-l"]),
    words(&["sg"], &[]).behind(1),
    words(&["entr"], &[]),
    words(&["watchexec"], &[]).taking(&[
        "-w",
        "-e",
        "-f",
        "-i",
        "-s",
        "-d",
        "-E",
        "--watch",
        "--exts",
        "--filter",
        "--ignore",
        "--shell",
        "--workdir",
        "--debounce",
        "--delay-run",
    ]),
    words(&["reflex"], &[]).taking(&["-r", "-g", "-R", "-G", "-d", "-t"]),
    words(&["onchange", "ptw", "pytest-watch", "when-changed"], &[]).taking(&["-i", "-e", "-d", "--ext", "--runner"]),
    words(&["watchmedo"], &["auto-restart"]).taking(&["-d", "-p", "-i", "--directory", "--pattern"]),
    words(&["concurrently", "npm-run-all", "run-s", "run-p", "start-server-and-test"], &[])
        .taking(&["-n", "-c", "--names", "-p", "--prefix", "-k"])
        .of(Form::Texts),
    words(&["sops"], &["exec-env", "exec-file"]).behind(1).of(Form::Text),
    words(&["consul"], &["lock", "watch"]).taking(&["-n", "-name", "-type", "-key"]).behind(1).of(Form::Text),
    words(&["etcdctl"], &["lock", "elect"]).behind(1),
    words(&["bpftrace"], &[]).of(Form::Text),
    words(&["lxc-attach", "lxc-execute"], &[]).taking(&["-n", "--name", "-P"]),
    words(&["with-contenv", "s6-applyuidgid", "envuidgid", "execlineb"], &[]).taking(&["-u", "-g", "-G"]),
    words(&["torify", "tsocks", "graftcp", "proxybound"], &[]),
    words(&["aws-runas", "saml2aws", "granted", "assume", "leapp", "awsume"], &["exec", "run"])
        .taking(&["-a", "--role"]),
];

/// Options behind which a text for a shell stands, for programs of this kind.
const SPOKEN: [(&str, &[&str]); 8] = [
    ("nodemon", &["-x", "--exec"]),
    ("chokidar", &["-c", "--command"]),
    ("watchmedo", &["-c", "--command"]),
    ("bpftrace", &["-c"]),
    ("sg", &["-c"]),
    ("flamegraph", &["-c", "--cmd"]),
    ("sem", &["-c"]),
    ("inotify-hookable", &["-c", "--on-modify-command"]),
];

/// The first one of these that a call may mean.
fn of(name: &str, args: &[Value]) -> Option<&'static Starter> {
    STARTERS.iter().filter(|starter| starter.programs.contains(&name)).find(|starter| {
        starter.verbs.is_empty()
            || args
                .iter()
                .find(|word| !word.starts_with("-"))
                .is_some_and(|word| starter.verbs.contains(&word.text.as_str()))
    })
}

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "systemd-run" => unit,
        "capsh" => capabilities,
        "nodemon" | "chokidar" | "inotify-hookable" => |machine, call| {
            spoken(machine, call);
            let given = Given::read_front(call.args(), &["-w", "-e", "-i", "--watch", "--ext", "-x", "--exec", "-c"]);
            match given.operand(0).filter(|_| call.name() == "nodemon").cloned() {
                Some(file) => machine
                    .start([vec![Value::of("node"), file], given.operands_from(1).to_vec()].concat(), &call.stdin),
                None => Value::default(),
            }
        },
        name if name.starts_with("ld-linux") || name.starts_with("ld-musl") || name == "ld.so" => |machine, call| {
            let takes = ["--library-path", "--preload", "--audit", "--argv0", "--inhibit-rpath"];
            super::wrappers::behind(machine, call, &takes, 0)
        },
        name if STARTERS.iter().any(|it| it.programs.contains(&name)) => tell,
        _ => return None,
    })
}

fn tell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let name = call.name();
    spoken(machine, call);
    let Some(starter) = of(&name, call.args()) else {
        return super::handler_behind(&name).map_or_else(Value::default, |handler| handler(machine, call));
    };
    let given = Given::read_front(call.args(), starter.takes);
    // What stands behind the verb may have options of its own.
    let behind = Given::read_front(given.operands_from(usize::from(!starter.verbs.is_empty())), starter.takes);
    let dashes = call.args().iter().position(|word| word.is("--"));
    let rest: Vec<Value> = match dashes {
        Some(at) => call.args().get(at + 1..).unwrap_or_default().to_vec(),
        None if starter.verbs.is_empty() => given.operands_from(starter.skipped).to_vec(),
        None => behind.operands_from(starter.skipped).to_vec(),
    };
    let rest: Vec<Value> =
        rest.into_iter().skip_while(|word| name.starts_with("cross-env") && word.text.contains('=')).collect();
    if rest.is_empty() {
        return Value::default();
    }
    match starter.form {
        Form::Words => machine.start(rest, &call.stdin),
        Form::Text => super::shells::run_with(machine, &Value::join(&rest, " "), &[], &call.stdin),
        Form::Texts => {
            // A name of a script of the project is no command.
            for text in rest.iter().filter(|text| text.text.contains(' ')) {
                super::shells::run_with(machine, text, &[], &Value::default());
            }
            Value::default()
        }
    }
}

/// What is said behind an option.
fn spoken(machine: &mut Machine<'_>, call: &Call) {
    let name = call.name();
    let Some((_, options)) = SPOKEN.iter().find(|(program, _)| *program == name) else { return };
    let given = Given::read(call.args(), options);
    for code in given.values(options) {
        super::shells::run_with(machine, code, &[], &Value::default());
    }
}

/// `systemd-run`: now, or whenever a clock, a path or a socket says so, when the session is long over.
fn unit(machine: &mut Machine<'_>, call: &Call) -> Value {
    const LATER: [&str; 9] = [
        "--on-calendar",
        "--on-active",
        "--on-boot",
        "--on-startup",
        "--on-unit-active",
        "--on-unit-inactive",
        "--timer-property",
        "--path-property",
        "--socket-property",
    ];
    let takes = [
        "-u",
        "-p",
        "-E",
        "-M",
        "-H",
        "-d",
        "--unit",
        "--property",
        "--setenv",
        "--description",
        "--slice",
        "--uid",
        "--gid",
        "--nice",
        "--working-directory",
        "--machine",
        "--host",
        "--service-type",
        "--on-calendar",
        "--on-active",
        "--on-boot",
        "--on-startup",
        "--on-unit-active",
        "--on-unit-inactive",
        "--timer-property",
        "--path-property",
        "--socket-property",
    ];
    let given = Given::read_front(call.args(), &takes);
    if given.has(&LATER) {
        machine.danger(Hazard::Persistence, "the system runs something later");
    }
    // `ExecStartPost=…` and its kin are commands, too.
    for property in given.values(&["-p", "--property"]) {
        if let Some((_, code)) = property.text.split_once('=').filter(|(name, _)| name.starts_with("Exec")) {
            super::shells::run_with(
                machine,
                &Value::of(code.trim_start_matches(['-', '+', '!', '@', ':'])),
                &[],
                &Value::default(),
            );
        }
    }
    let rest = given.operands;
    if rest.is_empty() { Value::default() } else { machine.start(rest, &call.stdin) }
}

/// `capsh … -- -c TEXT`: what stands behind the dashes are words for a shell.
fn capabilities(machine: &mut Machine<'_>, call: &Call) -> Value {
    let at = call.args().iter().position(|word| matches!(word.text.as_str(), "--" | "=="));
    let Some(rest) = at.and_then(|at| call.args().get(at + 1..)) else { return Value::hole() };
    let shell = call.args().iter().find_map(|word| word.behind("--shell=")).unwrap_or_else(|| Value::of("bash"));
    machine.start([vec![shell], rest.to_vec()].concat(), &call.stdin)
}
