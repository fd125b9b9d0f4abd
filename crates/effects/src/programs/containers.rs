//! Containers: what of this machine they are given, and what runs in them.

use super::elsewhere::{self, Mount, There};
use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "docker" | "podman" | "nerdctl" => docker,
        "docker-compose" | "podman-compose" => |machine, call| compose(machine, call.args(), call),
        "kind" | "minikube" | "k3d" | "colima" | "multipass" | "lxc" | "incus" | "limactl" | "distrobox"
        | "toolbox" => |machine, call| {
            within(machine, call);
            super::stores::tell(machine, call);
            if call.args().iter().any(|word| word.is("docker-env")) {
                return Value::default();
            }
            if matches!(call.name().as_str(), "lxc" | "incus")
                && call
                    .args()
                    .iter()
                    .any(|word| word.text.contains("security.privileged") || word.text.contains("source=/"))
            {
                machine.danger(Hazard::Privilege, "a container gets the rights of root");
            }
            Value::hole()
        },
        _ => return None,
    })
}

const TAKES: [&str; 47] = [
    "-v",
    "--volume",
    "--mount",
    "-e",
    "--env",
    "--env-file",
    "-p",
    "--publish",
    "--name",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--network",
    "--net",
    "--pid",
    "--ipc",
    "--cap-add",
    "--cap-drop",
    "--security-opt",
    "--device",
    "--entrypoint",
    "-h",
    "--hostname",
    "--restart",
    "-m",
    "--memory",
    "--cpus",
    "--platform",
    "-l",
    "--label",
    "--add-host",
    "--log-driver",
    "--gpus",
    "--shm-size",
    "--tmpfs",
    "--userns",
    "--uts",
    "--volumes-from",
    "--link",
    "--dns",
    "--filter",
    "--format",
    "--stop-timeout",
    "--ulimit",
    "--runtime",
    "--cgroupns",
];

fn docker(machine: &mut Machine<'_>, call: &Call) -> Value {
    let front = Given::read_front(call.args(), &["-H", "--host", "--context", "-c", "--config", "-l"]);
    if let Some(address) =
        front.value(&["-H", "--host"]).filter(|address| address.starts_with("tcp") || address.starts_with("ssh"))
    {
        machine.url(address, crate::effect::Direction::Out);
    }
    let rest = front.operands_from(1);
    let verb = front.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    super::stores::tell(machine, call);
    match verb.as_str() {
        "container" | "image" | "volume" | "system" | "network" | "builder" | "buildx" => {
            managed(machine, &verb, rest, call)
        }
        "compose" => compose(machine, rest, call),
        "run" | "create" => run(machine, rest, call),
        "exec" => exec(machine, rest, call),
        "build" => build(machine, rest),
        "push" => {
            machine.danger(Hazard::Publication, "an image is published");
            Value::hole()
        }
        "cp" => {
            let given = Given::read(rest, &[]);
            if let [from, to] = given.operands.as_slice() {
                if !from.text.contains(':') {
                    machine.read_file(from);
                }
                if !to.text.contains(':') {
                    machine.write_file(to);
                }
            }
            Value::hole()
        }
        "load" | "import" | "save" | "export" => {
            let given = Given::read(rest, &["-i", "-o", "--input", "--output"]);
            given.values(&["-i", "--input"]).for_each(|file| drop(machine.read_file(file)));
            given.values(&["-o", "--output"]).for_each(|file| machine.write_file(file));
            Value::hole()
        }
        _ => Value::name(),
    }
}

fn managed(machine: &mut Machine<'_>, noun: &str, rest: &[Value], call: &Call) -> Value {
    let verb = rest.first().map(|word| word.text.as_str()).unwrap_or_default();
    let behind = rest.get(1..).unwrap_or_default();
    match (noun, verb) {
        ("container", "run" | "create") => return run(machine, behind, call),
        ("container", "exec") => return exec(machine, behind, call),
        ("image" | "buildx", "build") => return build(machine, behind),
        ("image", "push") => machine.danger(Hazard::Publication, "an image is published"),
        ("volume", "rm") if behind.iter().any(|word| !word.starts_with("-") && word.has_hole()) => {
            machine.danger(Hazard::Infrastructure, "data of every container is removed");
        }
        ("volume", "prune")
            if behind.iter().any(|word| word.is("-a") || word.is("-af") || word.is("-fa") || word.is("--all")) =>
        {
            machine.danger(Hazard::Infrastructure, "data of every container is removed");
        }
        ("volume", "rm" | "prune") => machine.danger(Hazard::HistoryLoss, "data of containers is removed"),
        ("system", "prune") if behind.iter().any(|word| word.is("--volumes")) => {
            machine.danger(Hazard::Infrastructure, "data of every container is removed");
        }
        _ => {}
    }
    Value::name()
}

fn compose(machine: &mut Machine<'_>, words: &[Value], call: &Call) -> Value {
    let given =
        Given::read(words, &["-f", "--file", "-p", "--project-name", "--env-file", "--profile", "-t", "--timeout"]);
    given.values(&["-f", "--file"]).filter(|file| !file.is("-")).for_each(|file| drop(machine.read_file(file)));
    if given.operands.iter().any(|word| word.is("down")) && given.has(&["-v", "--volumes"]) {
        let is_shared = given.values(&["-f", "--file", "-p", "--project-name", "--env-file"]).any(|name| {
            name.text
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|part| matches!(part, "prod" | "production" | "live"))
        });
        let hazard = if is_shared { Hazard::Infrastructure } else { Hazard::HistoryLoss };
        machine.danger(hazard, "data of containers is removed");
    }
    if let Some(at) = words.iter().position(|word| word.is("exec") || word.is("run")) {
        let rest = words.get(at + 1..).unwrap_or_default();
        let inner = Given::read_front(
            rest,
            &[
                "-e",
                "--env",
                "-u",
                "--user",
                "-w",
                "--workdir",
                "--index",
                "--entrypoint",
                "-v",
                "--volume",
                "-p",
                "--publish",
                "--name",
            ],
        );
        let command = inner.operands_from(1);
        let is_database = command.first().is_some_and(|word| super::databases::handler(&word.text).is_some());
        if is_database {
            return machine.start(command.to_vec(), &call.stdin);
        }
        elsewhere::start(machine, There::Container, command, &call.stdin);
    }
    if given.operand(0).is_some_and(|word| word.is("push")) {
        machine.danger(Hazard::Publication, "an image is published");
    }
    Value::hole()
}

fn run(machine: &mut Machine<'_>, words: &[Value], call: &Call) -> Value {
    let given = Given::read_front(words, &TAKES);
    let mut whole_machine = false;
    let mut mounts = Vec::new();
    for volume in given.values(&["-v", "--volume"]) {
        let mut parts = volume.text.split(':');
        let (from, mode) = (parts.next().unwrap_or_default(), volume.text.ends_with(":ro"));
        let from = Value { text: from.to_owned(), taint: volume.taint };
        whole_machine |= mounted(machine, &from, mode);
        mounts.extend(parts.next().filter(|_| !mode).map(|to| Mount { from, to: to.to_owned() }));
    }
    for mount in given.values(&["--mount"]) {
        let source =
            mount.text.split(',').find_map(|part| part.strip_prefix("source=").or_else(|| part.strip_prefix("src=")));
        if let Some(source) = source {
            let read_only = mount.text.contains("readonly") || mount.text.contains(",ro");
            let from = Value { text: source.to_owned(), taint: mount.taint };
            whole_machine |= mounted(machine, &from, read_only);
            let to = mount
                .text
                .split(',')
                .find_map(|part| ["target=", "dst=", "destination="].iter().find_map(|name| part.strip_prefix(name)));
            mounts.extend(to.filter(|_| !read_only).map(|to| Mount { from, to: to.to_owned() }));
        }
    }
    given.values(&["--env-file"]).for_each(|file| drop(machine.read_file(file)));
    let gains = given.has(&["--privileged"])
        || given.values(&["--pid", "--userns", "--uts", "--cgroupns"]).any(|value| value.is("host"))
        || given.values(&["--cap-add"]).any(|value| {
            matches!(
                value.text.to_ascii_uppercase().as_str(),
                "ALL" | "SYS_ADMIN" | "SYS_PTRACE" | "SYS_MODULE" | "DAC_READ_SEARCH"
            )
        })
        || given.values(&["--security-opt"]).any(|value| value.text.contains("unconfined"))
        || given.values(&["--device"]).any(|value| {
            value.starts_with("/dev/sd") || value.starts_with("/dev/nvme") || value.starts_with("/dev/mem")
        });
    if gains {
        machine.danger(Hazard::Privilege, "a container gets the rights of root on this machine");
    }
    let command = given.operands_from(1);
    if whole_machine && !command.is_empty() {
        // What runs in the container reaches what it was given.
        machine.called("container", |machine| machine.aside(|machine| machine.start(command.to_vec(), &call.stdin)));
    }
    if !mounts.is_empty() {
        let entry = given.value(&["--entrypoint"]);
        let argv: Vec<Value> = entry.into_iter().chain(command).cloned().collect();
        elsewhere::start_with(machine, There::Container, &mounts, &argv, &call.stdin);
    }
    for file in given.values(&["--entrypoint"]) {
        if super::is_shell(crate::evaluate::base_name(&file.text)) && whole_machine {
            machine.judge_code(&Value::join(command, " "), "a container");
        }
    }
    Value::hole()
}

/// What runs in a virtual machine or a container of other tools: `lxc exec NAME -- …`, `limactl shell NAME …`.
fn within(machine: &mut Machine<'_>, call: &Call) {
    let at = call.args().iter().position(|word| matches!(word.text.as_str(), "exec" | "shell" | "enter" | "run"));
    let Some(rest) = at.and_then(|at| call.args().get(at + 1..)) else { return };
    let dashes = rest.iter().position(|word| word.is("--")).map(|at| at + 1);
    let command = rest.get(dashes.unwrap_or(1)..).unwrap_or_default();
    if matches!(call.name().as_str(), "distrobox" | "toolbox") {
        // These see the home as it is.
        if !command.is_empty() {
            machine.start(command.to_vec(), &call.stdin);
        }
        return;
    }
    elsewhere::start(machine, There::Container, command, &call.stdin);
}

/// A folder of this machine that a container gets; whether that is the whole of it.
fn mounted(machine: &mut Machine<'_>, from: &Value, read_only: bool) -> bool {
    if !from.text.contains(['/', '~', '.', '$']) && !from.has_hole() {
        return false;
    }
    if from.text.ends_with("docker.sock") {
        machine.danger(Hazard::Privilege, "docker's socket gives the rights of root");
        return false;
    }
    let Some(target) = machine.place(from).target() else { return false };
    let text = target.path.as_str();
    if text == "/" || ["/etc", "/root", "/var", "/proc", "/sys", "/dev", "/boot", "/home"].contains(&text) {
        machine.danger(Hazard::Privilege, format!("a container gets {text} of this machine"));
        return true;
    }
    machine.read_file(from);
    let inside = machine.world.repository().is_some_and(|root| target.path.is_within(&root))
        || target.path.is_within(&machine.world.cwd());
    if !read_only && !inside {
        machine.write_file(from);
    }
    false
}

/// What runs in a container that is there concerns that container; what it is told is looked at all the same.
fn exec(machine: &mut Machine<'_>, words: &[Value], call: &Call) -> Value {
    let given = Given::read_front(words, &TAKES);
    if given.has(&["--privileged"]) {
        machine.danger(Hazard::Privilege, "a command in a container gets the rights of root");
    }
    let command = given.operands_from(1);
    let is_database = command.first().is_some_and(|word| super::databases::handler(&word.text).is_some());
    if is_database {
        return machine.start(command.to_vec(), &call.stdin);
    }
    elsewhere::start(machine, There::Container, command, &call.stdin);
    Value::hole()
}

fn build(machine: &mut Machine<'_>, words: &[Value]) -> Value {
    let given = Given::read(
        words,
        &[
            "-t",
            "--tag",
            "-f",
            "--file",
            "--build-arg",
            "--target",
            "--platform",
            "--secret",
            "--ssh",
            "-o",
            "--output",
            "--cache-from",
            "--cache-to",
            "--label",
            "--network",
        ],
    );
    given.values(&["-f", "--file"]).filter(|file| !file.is("-")).for_each(|file| drop(machine.read_file(file)));
    for word in &given.operands {
        if word.text.contains("://") {
            drop(machine.url(word, crate::effect::Direction::In));
        } else {
            drop(machine.read_file(word));
        }
    }
    for argument in given.values(&["--build-arg"]) {
        if argument.taint.has(crate::evaluate::Taint::SECRET) {
            machine.danger(Hazard::Exfiltration, "a credential becomes part of an image");
        }
    }
    if given.has(&["--push"]) {
        machine.danger(Hazard::Publication, "an image is published");
    }
    Value::hole()
}
