//! Devices that are written to from outside: phones, boards, the firmware of the machine itself.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "fastboot" | "heimdall" => phone,
        "idevicerestore" | "cfgutil" => |machine, call| {
            if call.args().iter().any(|word| matches!(word.text.as_str(), "-e" | "--erase" | "erase" | "restore")) {
                machine.danger(Hazard::HistoryLoss, "what a phone holds is removed");
            }
            Value::hole()
        },
        "flashrom" | "fwupdtool" | "afulnx_64" | "fpt" => firmware,
        "efibootmgr" => |machine, call| {
            let given = Given::read_front(call.args(), &["-b", "-o", "-n", "-t", "-d", "-p", "-l", "-L"]);
            if given.has(&["-B", "-c", "-o", "-O", "-n", "-a", "-A", "-r"]) {
                machine.danger(Hazard::Persistence, "what the machine starts from changes");
            }
            Value::hole()
        },
        _ => return None,
    })
}

/// Whoever unlocks a phone takes off what guards it, and empties it; whoever erases a part empties that.
fn phone(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-s", "--slot", "-S"]);
    let words: Vec<&str> = given.operands.iter().map(|word| word.text.as_str()).collect();
    match words.as_slice() {
        ["oem", "unlock" | "unlock-go" | "device-unlock", ..] | ["flashing", "unlock" | "unlock_critical", ..] => {
            machine.danger(Hazard::GuardTampering, "what guards a phone is taken off, and what it holds is removed");
        }
        ["erase" | "format" | "flashall" | "update" | "wipe", ..] => {
            machine.danger(Hazard::HistoryLoss, "what a phone holds is removed");
        }
        _ if given.has(&["-w", "--disable-verity", "--disable-verification"]) => {
            machine.danger(Hazard::HistoryLoss, "what a phone holds is removed");
        }
        _ => {}
    }
    Value::hole()
}

/// The firmware of this machine: without it, it does not start.
fn firmware(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-p", "--programmer", "-r", "--read", "-w", "--write", "-c", "-l", "-i"]);
    let writes = given.has(&["-E", "--erase"]) || given.value(&["-w", "--write"]).is_some();
    let is_own = given.value(&["-p", "--programmer"]).is_none_or(|it| it.starts_with("internal"));
    if writes && is_own {
        machine.danger(Hazard::Destruction, "the firmware of the machine is written over");
    }
    Value::hole()
}
