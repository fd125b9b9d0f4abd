//! The system itself: what runs later, accounts, disks, processes.

use super::{Given, Handler, guards};
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

/// Programs that write to disks as such; `mkfs` has many more names.
const DISKS: [&str; 19] = [
    "mkswap",
    "wipefs",
    "fdisk",
    "sfdisk",
    "parted",
    "gdisk",
    "sgdisk",
    "blkdiscard",
    "cryptsetup",
    "hdparm",
    "lvremove",
    "vgremove",
    "zpool",
    "zfs",
    "badblocks",
    "diskutil",
    "format",
    "diskpart",
    "newfs",
];

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "crontab" => crontab,
        "at" | "batch" => later,
        "systemctl" | "service" | "rc-update" | "update-rc.d" | "chkconfig" | "loginctl" | "initctl" => services,
        "launchctl" => launches,
        "schtasks" | "reg" | "sc" | "wmic" | "bcdedit" | "vssadmin" | "wbadmin" => windows,
        "kill" | "pkill" | "killall" | "xkill" | "fuser" | "taskkill" => kill,
        name if name == "mkfs" || name.starts_with("mkfs.") || DISKS.contains(&name) => disks,
        "shutdown" | "reboot" | "halt" | "poweroff" | "init" | "telinit" => stops,
        "mount" | "umount" | "losetup" | "insmod" | "modprobe" | "rmmod" | "kexec" | "sysctl" | "iptables"
        | "ip6tables" | "nft" | "ufw" | "setenforce" | "swapoff" | "apparmor_parser" | "aa-disable" | "spctl"
        | "csrutil" | "nvram" | "auditctl" | "firewall-cmd" | "pfctl" => kernel,
        "sysadminctl" | "dseditgroup" | "pwpolicy" | "useradd" | "usermod" | "userdel" | "adduser" | "deluser"
        | "groupadd" | "gpasswd" | "passwd" | "chpasswd" | "visudo" | "vipw" | "chsh" | "dscl" | "setcap"
        | "newgrp" => accounts,
        "ldconfig" | "update-alternatives" | "defaults" | "gsettings" | "dconf" => settings,
        "yes" => |_, _| Value::of("y\n"),
        "stress" | "stress-ng" => stress,
        "ps" | "top" | "htop" | "lsof" | "ss" | "netstat" | "ip" | "ifconfig" | "dmesg" | "journalctl" | "last"
        | "w" | "who" | "env-list" => looks,
        "portcullis" => own,
        "pbcopy" | "xclip" | "xsel" | "wl-copy" | "pbpaste" | "wl-paste" | "screencapture" | "scrot"
        | "import-screenshot" => clipboard,
        "screen" | "tmux" | "zellij" => multiplexer,
        "xdotool" | "ydotool" | "dotool" | "wtype" | "xte" => keyboard,
        _ => return None,
    })
}

/// Whether the first word of a call is one of these.
fn begins_with(call: &Call, words: &[&str]) -> bool {
    call.args().first().is_some_and(|word| words.contains(&word.text.as_str()))
}

fn launches(machine: &mut Machine<'_>, call: &Call) -> Value {
    if !begins_with(call, &["list", "print", "help", "version", "blame"]) {
        machine.danger(Hazard::Persistence, "the system is told to start something");
    }
    Value::hole()
}

fn windows(machine: &mut Machine<'_>, call: &Call) -> Value {
    guards::tell(machine, call);
    super::stores::tell(machine, call);
    let first = call.args().first().map(|word| word.text.to_ascii_lowercase());
    if !first.is_some_and(|word| matches!(word.as_str(), "query" | "/query")) {
        machine.danger(Hazard::Persistence, "the system is told to start something, or its settings change");
    }
    Value::hole()
}

fn stops(machine: &mut Machine<'_>, _: &Call) -> Value {
    machine.danger(Hazard::Exhaustion, "the machine is stopped");
    Value::default()
}

fn accounts(machine: &mut Machine<'_>, call: &Call) -> Value {
    machine.danger(Hazard::Privilege, format!("`{}` changes who may do what", call.name()));
    Value::default()
}

fn settings(machine: &mut Machine<'_>, call: &Call) -> Value {
    guards::tell(machine, call);
    if begins_with(call, &["write", "delete", "set", "--install", "--set"]) {
        machine.danger(Hazard::Persistence, "settings of the system change");
    }
    Value::default()
}

fn stress(machine: &mut Machine<'_>, _: &Call) -> Value {
    machine.danger(Hazard::Exhaustion, "the machine is put under load");
    Value::default()
}

fn looks(machine: &mut Machine<'_>, call: &Call) -> Value {
    let first = call.args().first();
    // `ps e` shows the variables of every process.
    let shows_variables =
        first.is_some_and(|word| !word.starts_with("-") && word.text.contains('e') && word.text.contains('w'));
    if call.name() == "ps" && shows_variables {
        machine.danger(Hazard::CredentialAccess, "variables of other processes are shown");
    }
    if call.name() == "journalctl" && call.args().iter().any(|word| word.starts_with("--vacuum")) {
        machine.danger(Hazard::GuardTampering, "records of the system are removed");
    }
    Value::hole()
}

fn keyboard(machine: &mut Machine<'_>, _: &Call) -> Value {
    machine.danger(Hazard::GuardTampering, "keys are pressed in the place of a person");
    Value::default()
}

fn crontab(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-u"]);
    if given.has(&["-l"]) {
        return Value::hole();
    }
    if given.has(&["-r"]) {
        machine.danger(Hazard::Destruction, "everything that the clock runs is removed");
        return Value::default();
    }
    machine.danger(Hazard::Persistence, "the clock runs something from now on");
    given.operands.iter().filter(|file| !file.is("-")).for_each(|file| drop(machine.read_file(file)));
    Value::default()
}

fn later(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-f", "-q", "-t"]);
    if given.has(&["-l", "-c", "-V"]) {
        return Value::hole();
    }
    machine.danger(Hazard::Persistence, "the clock runs something later");
    if !call.stdin.text.is_empty() {
        super::shells::run_with(machine, &call.stdin, &[], &Value::default());
    }
    Value::default()
}

fn services(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words: Vec<&str> =
        call.args().iter().filter(|word| !word.starts_with("-")).map(|word| word.text.as_str()).collect();
    let looks = |word: &&str| {
        matches!(
            *word,
            "status"
                | "is-active"
                | "is-enabled"
                | "list-units"
                | "list-unit-files"
                | "show"
                | "cat"
                | "list-timers"
                | "is-failed"
                | "list-sockets"
                | "--status-all"
                | "list-sessions"
        )
    };
    if words.iter().take(2).any(looks) || words.is_empty() {
        return Value::hole();
    }
    let guards = ["ufw", "firewalld", "auditd", "apparmor", "falcon-sensor", "rsyslog", "portcullis"];
    if words.iter().any(|word| guards.iter().any(|guard| word.contains(guard))) {
        machine.danger(Hazard::GuardTampering, "a guard of the system is stopped");
    } else if words.iter().any(|word| {
        matches!(
            *word,
            "enable"
                | "link"
                | "edit"
                | "daemon-reload"
                | "set-default"
                | "enable-linger"
                | "defaults"
                | "add"
                | "mask"
                | "preset"
        )
    }) {
        machine.danger(Hazard::Persistence, "the system starts something from now on");
    } else {
        machine.danger(Hazard::Deployment, "services of the system are started or stopped");
    }
    Value::hole()
}

fn kill(machine: &mut Machine<'_>, call: &Call) -> Value {
    let everything = call.args().iter().skip(1).any(|word| word.is("-1"))
        || (call.name() == "kill" && call.args().first().is_some_and(|word| word.is("-1")) && call.args().len() == 1);
    let init = call.args().last().is_some_and(|word| word.is("1")) && call.name() == "kill";
    if everything || init {
        machine.danger(Hazard::Exhaustion, "every process of the user is ended");
    }
    if call
        .args()
        .iter()
        .any(|word| word.text.contains("portcullis") || word.text.contains("falcon") || word.text.contains("auditd"))
    {
        machine.danger(Hazard::GuardTampering, "a guard is ended");
    }
    let all_of_user = matches!(call.name().as_str(), "pkill" | "killall")
        && call.args().iter().any(|word| word.is("-u") || word.is("-U"));
    if all_of_user {
        machine.danger(Hazard::Exhaustion, "every process of a user is ended");
    }
    Value::default()
}

fn disks(machine: &mut Machine<'_>, call: &Call) -> Value {
    let looks = call.args().iter().any(|word| {
        matches!(word.text.as_str(), "-l" | "list" | "print" | "status" | "get" | "info" | "--list" | "-I")
    });
    if !looks || call.name().starts_with("mkfs") {
        machine.danger(Hazard::Destruction, format!("`{}` writes to disks", call.name()));
    }
    Value::default()
}

fn kernel(machine: &mut Machine<'_>, call: &Call) -> Value {
    guards::tell(machine, call);
    let looks = match call.name().as_str() {
        "sysctl" => !call.args().iter().any(|word| word.is("-w") || word.text.contains('=') || word.is("-p")),
        "mount" => call.args().is_empty() || call.args().iter().all(|word| word.is("-l")),
        "iptables" | "ip6tables" => call.args().iter().any(|word| word.is("-L") || word.is("-S")),
        "nft" | "ufw" | "csrutil" | "spctl" => {
            call.args().first().is_some_and(|word| matches!(word.text.as_str(), "list" | "status" | "--status"))
        }
        _ => false,
    };
    if !looks {
        machine.danger(Hazard::Privilege, format!("`{}` changes the system itself", call.name()));
    }
    Value::hole()
}

/// Portcullis itself: looking is free, loosening is not.
fn own(machine: &mut Machine<'_>, call: &Call) -> Value {
    let verb = call.args().iter().find(|word| !word.starts_with("-")).map(|word| word.text.clone()).unwrap_or_default();
    let second = call
        .args()
        .iter()
        .filter(|word| !word.starts_with("-"))
        .nth(1)
        .map(|word| word.text.clone())
        .unwrap_or_default();
    match (verb.as_str(), second.as_str()) {
        ("approve" | "halt" | "serve" | "revert", _)
        | ("changes", "apply" | "discard")
        | ("log", "import" | "erase" | "prune" | "rotate-key")
        | ("trust", "lock")
        | ("hook", "remove" | "uninstall" | "install") => {
            machine.danger(Hazard::GuardTampering, format!("`portcullis {verb}` is for people"));
        }
        ("init", _) if call.args().iter().any(|word| word.is("--remove")) => {
            machine.danger(Hazard::GuardTampering, "an agent's hook is taken out");
        }
        ("run", _) => {
            let at = call.args().iter().position(|word| word.is("--"));
            if let Some(rest) = at.and_then(|at| call.args().get(at + 1..)).filter(|rest| !rest.is_empty()) {
                return machine.start(rest.to_vec(), &call.stdin);
            }
        }
        _ => {}
    }
    Value::hole()
}

fn clipboard(machine: &mut Machine<'_>, call: &Call) -> Value {
    let prints = matches!(call.name().as_str(), "pbpaste" | "wl-paste")
        || call.args().iter().any(|word| word.is("-o") || word.is("--output"));
    if call.name().starts_with("scr") {
        machine.danger(Hazard::CredentialAccess, "the screen is recorded");
    }
    if prints { Value::hole().tainted(crate::evaluate::Taint::SECRET) } else { Value::default() }
}

fn multiplexer(machine: &mut Machine<'_>, call: &Call) -> Value {
    let args = call.args();
    let at = args.iter().position(|word| {
        matches!(
            word.text.as_str(),
            "send-keys" | "new-session" | "new-window" | "new" | "neww" | "split-window" | "run-shell" | "respawn-pane"
        )
    });
    let words: Vec<Value> = match (call.name().as_str(), at) {
        ("screen", _) => {
            let given = Given::read_front(args, &["-S", "-X", "-r", "-x", "-t", "-p", "-L"]);
            given.operands
        }
        (_, Some(at)) => {
            let given =
                Given::read(args.get(at + 1..).unwrap_or_default(), &["-t", "-s", "-n", "-c", "-x", "-y", "-e", "-F"]);
            given.operands.into_iter().filter(|word| !matches!(word.text.as_str(), "Enter" | "C-m" | "ENTER")).collect()
        }
        (_, None) => Vec::new(),
    };
    let text = Value::join(&words, " ");
    if matches!(text.text.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        // What waits there for a person's answer would take it for one.
        machine.danger(Hazard::GuardTampering, "a question in another terminal is answered");
    }
    if !words.is_empty() {
        super::shells::run_with(machine, &text, &[], &Value::default());
    }
    Value::default()
}
