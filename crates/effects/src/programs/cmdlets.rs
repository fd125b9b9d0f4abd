//! What PowerShell and Windows have of their own: cmdlets, and programs that are there on every machine.

use super::{Given, Handler};
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    let lower = name.to_ascii_lowercase();
    Some(match lower.strip_suffix(".exe").unwrap_or(&lower) {
        "new-itemproperty" | "set-itemproperty" | "remove-itemproperty" | "rename-itemproperty" => registry,
        "register-scheduledtask"
        | "set-scheduledtask"
        | "register-scheduledjob"
        | "new-service"
        | "register-wmievent"
        | "register-cimindicationevent"
        | "set-wmiinstance" => later,
        "new-localuser"
        | "add-localgroupmember"
        | "set-localuser"
        | "enable-localuser"
        | "add-adgroupmember"
        | "new-aduser"
        | "set-acl" => accounts,
        "net" | "net1" => net,
        "format-volume" | "clear-disk" | "initialize-disk" | "remove-partition" | "remove-virtualdisk"
        | "remove-storagepool" | "reset-physicaldisk" => disks,
        "clear-history" | "clear-eventlog" | "remove-eventlog" | "limit-eventlog" | "wevtutil" | "fsutil" => records,
        "stop-computer" | "restart-computer" => |machine, _| {
            machine.danger(Hazard::Exhaustion, "the machine is stopped");
            Value::default()
        },
        "mshta" | "rundll32" | "regsvr32" | "wscript" | "cscript" | "msiexec" | "installutil" | "forfiles"
        | "pcalua" => hosts,
        "certutil" | "bitsadmin" | "start-bitstransfer" => transfers,
        "get-childitem" | "gci" => children,
        "invoke-command" | "icm" | "enter-pssession" | "new-pssession" | "etsn" => sessions,
        "where-object" | "select-object" | "sort-object" | "foreach-object" | "out-string" | "tee-object"
        | "convertto-json" | "convertfrom-json" | "select-string" | "measure-object" | "format-list"
        | "format-table" => |_, call| Value::hole().tainted(call.stdin.taint),
        "copy-item" | "move-item" | "cpi" => copies,
        "cipher" => |machine, call| {
            if call.args().iter().any(|word| word.text.to_ascii_lowercase().starts_with("/w")) {
                machine.danger(Hazard::Destruction, "what was removed is written over");
            }
            Value::default()
        },
        name if of_cloud(name).is_some() => of_others,
        _ => return None,
    })
}

/// What cmdlets for servers, clouds and directories are about, by how their nouns begin.
const NOUNS: [&str; 36] = [
    "az",
    "aad",
    "ad",
    "aws",
    "s3",
    "ec2",
    "rds",
    "ddb",
    "iam",
    "cfn",
    "ecs",
    "eks",
    "efs",
    "elb",
    "kms",
    "lm",
    "sqs",
    "sns",
    "r53",
    "gcp",
    "gcs",
    "gce",
    "gke",
    "vm",
    "hv",
    "sql",
    "mailbox",
    "mg",
    "msol",
    "spo",
    "pnp",
    "cluster",
    "dns",
    "dhcp",
    "storagepool",
    "smb",
];

/// What a cmdlet does to what others use.
fn of_cloud(name: &str) -> Option<Hazard> {
    let (verb, noun) = name.split_once('-')?;
    if !NOUNS.iter().any(|it| noun.starts_with(it)) {
        return None;
    }
    Some(match verb {
        "remove" | "clear" | "reset" | "uninstall" | "dismount" | "unregister" => Hazard::Infrastructure,
        "grant" => Hazard::Privilege,
        "new" | "add" | "set"
            if ["roleassignment", "rolemember", "groupmember", "policyattachment"]
                .iter()
                .any(|it| noun.contains(it)) =>
        {
            Hazard::Privilege
        }
        "new" | "add" | "set" | "update" | "start" | "stop" | "restart" | "disable" | "enable" | "move" | "publish"
        | "invoke" | "restore" | "write" | "edit" | "copy" | "register" => Hazard::Deployment,
        _ => return None,
    })
}

fn of_others(machine: &mut Machine<'_>, call: &Call) -> Value {
    // A rehearsal is one if the switch is not said to be off.
    let rehearses = call.args().iter().any(|word| word.text.eq_ignore_ascii_case("-whatif"))
        && !call.args().iter().any(|word| word.text.eq_ignore_ascii_case("false"));
    if let Some(hazard) = of_cloud(&call.name().to_ascii_lowercase()).filter(|_| !rehearses) {
        machine.danger(hazard, format!("`{}` changes or removes what others use", call.name()));
    }
    Value::hole()
}

/// The words of a call in small letters, with `/` for `\`.
fn words(call: &Call) -> Vec<String> {
    call.args().iter().map(|word| word.text.to_ascii_lowercase().replace('\\', "/")).collect()
}

/// Whether one of the words holds one of these.
fn holds(words: &[String], parts: &[&str]) -> bool {
    words.iter().any(|word| parts.iter().any(|part| word.contains(part)))
}

/// Keys of the registry that Windows runs or goes by.
fn registry(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words(call);
    if holds(&words, &["defender", "/system/currentcontrolset/control/lsa", "eventlog", "enablelua", "firewallpolicy"])
    {
        machine.danger(Hazard::GuardTampering, super::TAKEN_OFF);
    } else if holds(&words, &["hklm:", "hkcu:", "hkey_", "registry::"]) {
        machine.danger(Hazard::Persistence, "settings of the system change");
    }
    Value::default()
}

fn later(machine: &mut Machine<'_>, _: &Call) -> Value {
    machine.danger(Hazard::Persistence, "the system is told to start something");
    Value::default()
}

fn accounts(machine: &mut Machine<'_>, call: &Call) -> Value {
    machine.danger(Hazard::Privilege, format!("`{}` changes who may do what", call.name()));
    Value::default()
}

fn net(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words(call);
    let first = words.first().map(String::as_str).unwrap_or_default();
    match first {
        "user" | "localgroup" | "group" | "accounts" if words.len() > 2 => {
            machine.danger(Hazard::Privilege, "`net` changes who may do what");
        }
        "stop" if holds(&words, &["defend", "mpssvc", "eventlog", "sense", "wscsvc"]) => {
            machine.danger(Hazard::GuardTampering, super::TAKEN_OFF);
        }
        "stop" | "start" => machine.danger(Hazard::Deployment, "services of the system are started or stopped"),
        "share" if words.len() > 1 => machine.danger(Hazard::OpenPort, "a folder is opened to others"),
        _ => {}
    }
    Value::default()
}

fn disks(machine: &mut Machine<'_>, call: &Call) -> Value {
    machine.danger(Hazard::Destruction, format!("`{}` writes to disks", call.name()));
    Value::default()
}

fn records(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words(call);
    let first = words.first().map(String::as_str).unwrap_or_default();
    let removes = match call.name().to_ascii_lowercase().trim_end_matches(".exe") {
        "wevtutil" => matches!(first, "cl" | "clear-log" | "sl" | "set-log" | "um" | "uninstall-manifest"),
        "fsutil" => first == "usn" && holds(&words, &["deletejournal"]),
        _ => true,
    };
    if removes {
        machine.danger(Hazard::GuardTampering, "records of what was done are removed");
    }
    Value::default()
}

/// Programs of Windows that run what they are pointed to, from the network as well.
fn hosts(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words(call);
    if holds(&words, &["comsvcs"]) && holds(&words, &["minidump", "#24", "full"]) {
        machine.danger(Hazard::CredentialAccess, "another process is read while it runs");
    }
    if holds(&words, &["://", "javascript:", "vbscript:", "/i:http", "scrobj"]) {
        let address = call.args().iter().find(|word| word.text.contains("://"));
        if let Some(at) = address.and_then(|word| word.text.find("http").map(|at| (word, at))) {
            let text = at.0.text.get(at.1..).unwrap_or_default();
            machine.url(&Value { text: text.to_owned(), taint: at.0.taint }, Direction::In);
        }
        machine.danger(Hazard::DownloadedCode, format!("`{}` runs what it is pointed to", call.name()));
    } else if call.name().to_ascii_lowercase().starts_with("forfiles") {
        let at = call.args().iter().position(|word| word.text.eq_ignore_ascii_case("/c"));
        let code = at.and_then(|at| call.args().get(at + 1)).cloned().unwrap_or_default();
        super::shells::run_with(machine, &code, &[], &Value::default());
    }
    Value::default()
}

/// What comes over the network and is put into a file.
fn transfers(machine: &mut Machine<'_>, call: &Call) -> Value {
    let Some(at) = call.args().iter().position(|word| word.text.contains("://")) else { return Value::hole() };
    let address = call.args().get(at).cloned().unwrap_or_default();
    machine.url(&address, Direction::In);
    let named = call.args().iter().skip(at + 1).find(|word| !word.starts_with("-") && !is_switch(&word.text));
    let name = address.text.rsplit('/').next().unwrap_or_default().to_owned();
    let file = named.cloned().unwrap_or_else(|| Value::of(name));
    machine.write_file(&file);
    machine.remember(&file, &Value::hole().tainted(Taint::NETWORK), false);
    Value::hole().tainted(Taint::NETWORK)
}

/// `/transfer`, and no path.
fn is_switch(word: &str) -> bool {
    word.strip_prefix('/').is_some_and(|rest| !rest.contains(['/', '.']))
}

/// Names of what lies in a folder; `Env:` is one, to PowerShell.
fn children(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-Path", "-Filter", "-Include", "-Exclude", "-LiteralPath", "-Depth", "-ErrorAction"],
    );
    let folder = given.value(&["-Path", "-LiteralPath"]).or_else(|| given.operand(0)).cloned();
    let folder = folder.unwrap_or_else(|| Value::of("."));
    if folder.text.to_ascii_lowercase().starts_with("env:") {
        return Value::hole().tainted(Taint::SECRET);
    }
    machine.list(&folder);
    super::text::within(Some(&folder))
}

fn sessions(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-ComputerName", "-Cn", "-ScriptBlock", "-Credential", "-HostName"]);
    if let Some(host) = given.value(&["-ComputerName", "-Cn", "-HostName"]) {
        machine.network(Direction::Out, host, None, "winrm");
        machine.danger(Hazard::Deployment, "a command runs on another machine");
    }
    Value::hole()
}

fn copies(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-Path", "-LiteralPath", "-Destination", "-Filter", "-Include", "-Exclude"]);
    let mut places: Vec<Value> = given.values(&["-Path", "-LiteralPath"]).chain(&given.operands).cloned().collect();
    places.extend(given.value(&["-Destination"]).cloned());
    let [from, .., to] = places.as_slice() else { return Value::default() };
    let content = machine.read_file(from);
    if call.name().to_ascii_lowercase().starts_with("move") {
        machine.delete(from, true);
    }
    machine.write_file(to);
    machine.remember(to, &content, false);
    Value::default()
}
