//! Programs that take a guard of the machine off: firewalls, checks of programs before they run, confinement by the kernel,
//! records of what was done.

use super::Handler;
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

/// What is said of a command that takes a guard of the machine off.
pub const TAKEN_OFF: &str = "a guard of the system is taken off";

/// A program, and the words of its line that make it take off a guard.
struct Guard {
    program: &'static str,
    /// One of each group; small, but for options of one letter.
    all: &'static [&'static [&'static str]],
}

const fn guard(program: &'static str, all: &'static [&'static [&'static str]]) -> Guard {
    Guard { program, all }
}

/// Services of Windows that watch what is done.
const WATCHERS: &[&str] = &["windefend", "wdnissvc", "sense", "mpssvc", "wscsvc", "eventlog", "sysmon", "sysmon64"];

/// What takes a guard off. Rules of a firewall are flushed by whoever writes new ones.
const GUARDS: [Guard; 48] = [
    guard("xattr", &[&["-d", "-rd", "-dr"], &["com.apple.quarantine", "com.apple.macl", "com.apple.provenance"]]),
    guard("xattr", &[&["-c", "-cr", "-rc"]]),
    guard("tccutil", &[&["reset"]]),
    guard("softwareupdate", &[&["--schedule"], &["off"]]),
    guard("systemsetup", &[&["-setremotelogin"], &["on"]]),
    guard("mdatp", &[&["config"], &["disabled"]]),
    guard("kextload", &[]),
    guard("pre-commit", &[&["uninstall"]]),
    guard("lefthook", &[&["uninstall"]]),
    guard("overcommit", &[&["--uninstall"]]),
    guard("husky", &[&["uninstall"]]),
    guard("ufw", &[&["disable", "reset"]]),
    guard("setenforce", &[&["0", "permissive"]]),
    guard("semanage", &[&["permissive"], &["-a", "--add"]]),
    guard("spctl", &[&["--master-disable", "--global-disable"]]),
    guard("csrutil", &[&["disable"]]),
    guard("auditctl", &[&["-e"], &["0"]]),
    guard("auditctl", &[&["-D"]]),
    guard("aa-disable", &[]),
    guard("aa-teardown", &[]),
    guard("aa-complain", &[]),
    guard("apparmor_parser", &[&["-R", "--remove"]]),
    guard("iptables", &[&["-P", "--policy"], &["accept"]]),
    guard("ip6tables", &[&["-P", "--policy"], &["accept"]]),
    guard("pfctl", &[&["-d"]]),
    guard("firewall-cmd", &[&["--set-default-zone=trusted"]]),
    guard("socketfilterfw", &[&["--setglobalstate"], &["off"]]),
    guard("defaults", &[&["write"], &["globalstate"], &["0"]]),
    guard("defaults", &[&["write"], &["lsquarantine"], &["no", "false", "0"]]),
    guard("netsh", &[&["advfirewall", "firewall"], &["off", "disable", "opmode=disable"]]),
    guard("bcdedit", &[&["testsigning", "nointegritychecks"], &["on", "yes", "true"]]),
    guard("sc", &[&["stop", "delete"], &["windefend", "sense", "mpssvc", "wscsvc", "eventlog"]]),
    guard(
        "sc",
        &[&["config"], &["windefend", "sense", "mpssvc", "wscsvc", "eventlog"], &["disabled", "start=disabled"]],
    ),
    guard("reg", &[&["add"], &["disableantispyware", "disablerealtimemonitoring"], &["1", "0x1"]]),
    guard("reg", &[&["add"], &["enablelua", "enablefirewall"], &["0", "0x0"]]),
    guard("sysctl", &[&["kernel.yama.ptrace_scope=0", "kernel.randomize_va_space=0", "kernel.kptr_restrict=0"]]),
    guard("stop-service", &[WATCHERS]),
    guard("remove-service", &[WATCHERS]),
    guard("set-service", &[WATCHERS, &["disabled"]]),
    guard("disable-netfirewallrule", &[]),
    guard("remove-netfirewallrule", &[]),
    guard("fdesetup", &[&["disable"]]),
    guard("set-mppreference", &[]),
    guard("add-mppreference", &[]),
    guard("set-executionpolicy", &[&["bypass", "unrestricted"]]),
    guard("set-netfirewallprofile", &[&["false", "0"]]),
    guard("uninstall-windowsfeature", &[&["windows-defender", "windows-defender-features"]]),
    guard("remove-windowscapability", &[&["windows-defender"]]),
];

/// Whether a call takes a guard off.
pub(crate) fn takes_off(call: &Call) -> bool {
    let name = call.name().to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let mut guards = GUARDS.iter().filter(|guard| guard.program == name).peekable();
    if guards.peek().is_none() {
        return false;
    }
    let parts = call.args().iter().flat_map(|word| word.text.split(['/', '\\', ':', '$']));
    // `-p` is a protocol where `-P` is a policy.
    let is_letter = |part: &str| part.len() == 2 && part.starts_with('-');
    let words: Vec<String> =
        parts.map(|part| if is_letter(part) { part.to_owned() } else { part.to_ascii_lowercase() }).collect();
    let has = |group: &&[&str]| words.iter().any(|word| group.contains(&word.as_str()));
    guards.any(|guard| guard.all.iter().all(has)) && !ends_with_process(name, &words)
}

/// Whether a policy for scripts is set that holds as long as the process.
fn ends_with_process(name: &str, words: &[String]) -> bool {
    let mut pairs = words.windows(2);
    name == "set-executionpolicy"
        && pairs.any(|pair| matches!(pair, [one, next] if one == "-scope" && next == "process"))
}

/// Those of these programs that nobody else has something to say about.
pub(super) fn handler(name: &str) -> Option<Handler> {
    let lower = name.to_ascii_lowercase();
    GUARDS.iter().any(|guard| guard.program == lower).then_some(tell as Handler)
}

/// Tells of a guard that is taken off.
pub(super) fn tell(machine: &mut Machine<'_>, call: &Call) -> Value {
    if takes_off(call) {
        machine.danger(Hazard::GuardTampering, TAKEN_OFF);
    }
    Value::default()
}
