//! Tools that take credentials out of the memory of other programs, or out of what a system or a browser keeps for itself.

use super::Handler;
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::Hazard;

/// What these are for is nothing else.
const DUMPERS: [&str; 23] = [
    "mimikatz",
    "mimipenguin",
    "pypykatz",
    "secretsdump.py",
    "impacket-secretsdump",
    "lazagne",
    "lazagne.py",
    "nanodump",
    "ntdsutil",
    "diskshadow",
    "firefox_decrypt",
    "firefox_decrypt.py",
    "hackbrowserdata",
    "hack-browser-data",
    "chainbreaker",
    "dumpert",
    "gsecdump",
    "pwdump",
    "fgdump",
    "swiparse",
    "linpeas.sh",
    "keydump",
    "keytabextract.py",
];

pub(super) fn handler(name: &str) -> Option<Handler> {
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_suffix(".exe").unwrap_or(&lower);
    Some(match bare {
        "gcore" | "procdump" | "procdump64" | "createdump" | "process-dump" => memory,
        "esentutl" => |machine, call| {
            let words = call.args().iter().map(|word| word.text.to_ascii_lowercase());
            if words
                .clone()
                .any(|word| word.contains("ntds") || word.contains("/sam") || word.contains("\\sam") || word == "/vss")
            {
                return shown(machine, call);
            }
            Value::hole()
        },
        name if DUMPERS.contains(&name) => shown,
        _ => return None,
    })
}

/// Another process as it is in memory.
fn memory(machine: &mut Machine<'_>, _: &Call) -> Value {
    machine.danger(Hazard::CredentialAccess, "another process is read while it runs");
    Value::hole().tainted(Taint::SECRET)
}

fn shown(machine: &mut Machine<'_>, call: &Call) -> Value {
    machine.danger(Hazard::CredentialAccess, format!("`{}` gets at stored credentials", call.name()));
    Value::hole().tainted(Taint::SECRET)
}
