//! Managers of whole systems, and packages that are handed to them as files.

use super::super::{Given, shells};
use super::named;
use crate::evaluate::{Call, Machine, Value};
use crate::sensitive::ends_in;
use portcullis_event::Hazard;

pub(super) fn system_manager(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-t", "-o", "--repo", "--option", "-c"]);
    for option in given.values(&["-o", "--option"]) {
        if option.text.contains("Invoke") || option.text.contains("::Pre-") {
            let code = option.text.split_once('=').map(|(_, code)| code).unwrap_or_default();
            machine.danger(Hazard::Loader, "a package manager runs a command before or after its work");
            shells::run_with(machine, &Value::of(code), &[], &Value::default());
        }
    }
    let unchecked = [
        "--allow-unauthenticated",
        "--nogpgcheck",
        "--no-gpg-checks",
        "--allow-untrusted",
        "--force-yes",
        "--allow-insecure-repositories",
    ];
    let by_option = given.values(&["-o", "--option"]).any(|option| {
        let lower = option.text.to_ascii_lowercase();
        ["allowunauthenticated", "allowinsecurerepositories", "verify-peer=false", "verify-host=false"]
            .iter()
            .any(|name| lower.contains(name))
    });
    if by_option || call.args().iter().any(|word| unchecked.contains(&word.text.as_str())) {
        machine.danger(Hazard::GuardTampering, "packages are installed without a look at who signed them");
    }
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    let name = call.name();
    if name == "brew" && verb == "shellenv" {
        return Value::default();
    }
    let installs = matches!(verb.as_str(), "install" | "add" | "reinstall" | "tap")
        || call
            .args()
            .iter()
            .any(|word| matches!(word.text.as_str(), "-S" | "-Sy" | "-Syu" | "-iA" | "-U" | "--upgrade"));
    let from = usize::from(!call.args().first().is_some_and(|word| word.starts_with("-S")));
    if installs {
        for package in given.operands_from(from) {
            if package.text.contains("://")
                || package.starts_with("./")
                || ends_in(&package.text, ".deb")
                || ends_in(&package.text, ".rpm")
            {
                named(machine, &name, package);
            } else {
                machine.package(&name, &package.shown(), false);
            }
        }
    } else if matches!(
        verb.as_str(),
        "remove" | "purge" | "uninstall" | "autoremove" | "erase" | "del" | "unmerge" | "rm"
    ) || call.args().first().is_some_and(|word| word.starts_with("-R") || word.is("--remove"))
    {
        let from = usize::from(!call.args().first().is_some_and(|word| word.starts_with("-")));
        judge_removed(machine, call, given.operands_from(from));
        given.operands_from(from).iter().for_each(|package| machine.package(&name, &package.shown(), true));
    }
    for address in
        call.args().iter().filter(|word| name == "nix-env" && word.text.contains("://")).cloned().collect::<Vec<_>>()
    {
        named(machine, &name, &address);
    }
    Value::hole()
}

/// What a system does not run without.
const NEEDED: [&str; 26] = [
    "libc6",
    "libc-bin",
    "glibc",
    "musl",
    "bash",
    "dash",
    "coreutils",
    "base-files",
    "base",
    "filesystem",
    "util-linux",
    "systemd",
    "init",
    "sudo",
    "apt",
    "dpkg",
    "rpm",
    "dnf",
    "pacman",
    "python3",
    "python3-minimal",
    "openssl",
    "openssh-server",
    "linux-image-generic",
    "kernel",
    "kernel-core",
];

/// Words by which what others need is removed all the same.
const AGAINST_NEED: [&str; 12] = [
    "--ignore-dependencies",
    "--nodeps",
    "-Rdd",
    "-Rddns",
    "-Rdds",
    "--force-all",
    "--force-depends",
    "--force-remove-essential",
    "--force-remove-reinstreq",
    "--allow-remove-essential",
    "--skip-broken",
    "--cascade",
];

/// Removing what the system stands on, or whatever is installed, leaves no system.
fn judge_removed(machine: &mut Machine<'_>, call: &Call, packages: &[Value]) {
    let is_needed = |package: &Value| {
        let bare = package.text.split([':', '=', '/']).next().unwrap_or_default();
        NEEDED.contains(&bare)
            || matches!(package.shown().as_str(), "*" | "@*" | "python3*" | "linux-image*" | "kernel*")
    };
    let whatever = |package: &Value| package.may_be_several();
    let forced = call.args().iter().any(|word| AGAINST_NEED.contains(&word.text.as_str()));
    if packages.iter().any(is_needed) {
        machine.danger(Hazard::Destruction, "a package is removed that the system does not run without");
    } else if packages.iter().any(whatever) && call.name() != "pip" {
        machine.danger(Hazard::Destruction, "packages are removed, and it is not known which");
    } else if forced && !packages.is_empty() {
        machine.danger(Hazard::Destruction, "packages are removed that others need");
    }
}

/// Packages that are handed over as files.
pub(super) fn file_manager(machine: &mut Machine<'_>, call: &Call) -> Value {
    let has = |names: &[&str]| call.args().iter().any(|word| names.contains(&word.text.as_str()));
    let installs = call.args().iter().any(|word| {
        matches!(word.text.as_str(), "-i" | "--install" | "--upgrade" | "--reinstall" | "--force-install" | "-pkg")
            || (call.name() == "rpm" && (word.starts_with("-U") || word.starts_with("-F") || word.starts_with("-i")))
    });
    for file in call.args().iter().filter(|word| word.text.contains('.') && !word.starts_with("-")) {
        if file.text.contains("://") {
            named(machine, &call.name(), file);
            continue;
        }
        machine.read_file(file);
        if installs {
            machine.danger(Hazard::ForeignPackage, format!("a package is installed from {}", file.shown()));
        }
    }
    if has(&["-r", "-P", "--remove", "--purge", "-e", "--erase"]) {
        let packages: Vec<Value> = call.args().iter().filter(|word| !word.starts_with("-")).cloned().collect();
        judge_removed(machine, call, &packages);
    }
    if has(&["--nosignature", "--nogpgcheck", "--force-bad-verify"]) && installs {
        machine.danger(Hazard::GuardTampering, "packages are installed without a look at who signed them");
    }
    Value::hole()
}
