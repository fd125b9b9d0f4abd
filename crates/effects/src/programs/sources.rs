//! Where packages come from, from now on: registries, channels, taps, keys of those who sign. A table, for each manager
//! has its own word for it.

use super::{Given, Handler};
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

/// A manager, and the words of its line that name another source.
struct Naming {
    program: &'static str,
    /// One of each group, in any place.
    all: &'static [&'static [&'static str]],
}

const fn naming(program: &'static str, all: &'static [&'static [&'static str]]) -> Naming {
    Naming { program, all }
}

const NAMINGS: [Naming; 31] = [
    naming("apt-key", &[&["add", "adv"]]),
    naming("add-apt-repository", &[]),
    naming("apt-add-repository", &[]),
    naming("rpm", &[&["--import"]]),
    naming("rpmkeys", &[&["--import"]]),
    naming("dnf", &[&["config-manager"], &["--add-repo", "addrepo"]]),
    naming("yum-config-manager", &[&["--add-repo"]]),
    naming("zypper", &[&["addrepo", "ar"]]),
    naming("pacman-key", &[&["--add", "-a", "--recv-keys", "-r"]]),
    naming("flatpak", &[&["remote-add"]]),
    naming("snap", &[&["install"], &["--dangerous", "--devmode"]]),
    naming("brew", &[&["tap"]]),
    naming("gem", &[&["sources"], &["--add", "-a"]]),
    naming("bundle", &[&["config"], &["mirror.https://rubygems.org", "mirror.all"]]),
    naming("composer", &[&["config"], &["repositories", "repo"]]),
    naming("helm", &[&["repo"], &["add"]]),
    naming("poetry", &[&["source"], &["add"]]),
    naming("pdm", &[&["config"], &["pypi.url"]]),
    naming("nuget", &[&["sources", "source"], &["add"]]),
    naming("dotnet", &[&["nuget"], &["add"]]),
    naming("winget", &[&["source"], &["add"]]),
    naming("choco", &[&["source"], &["add"]]),
    naming("scoop", &[&["bucket"], &["add"]]),
    naming("nix-channel", &[&["--add"]]),
    naming("opam", &[&["repo", "repository"], &["add", "set-url"]]),
    naming("asdf", &[&["plugin", "plugin-add"], &["add"]]),
    naming("pod", &[&["repo"], &["add"]]),
    naming("tlmgr", &[&["repository", "option"], &["add", "repository"]]),
    naming("cabal", &[&["user-config"], &["update"], &["-a"]]),
    naming("krew", &[&["index"], &["add"]]),
    naming("npm", &[&["login", "adduser"], &["--registry"]]),
];

/// Those of these programs that nobody else has something to say about.
pub(super) fn handler(name: &str) -> Option<Handler> {
    NAMINGS.iter().any(|naming| naming.program == name).then_some(tell as Handler)
}

/// Tells of a source that is named.
pub(super) fn judge(machine: &mut Machine<'_>, call: &Call) {
    let name = call.name();
    let has = |group: &&[&str]| {
        let is = |word: &Value| group.iter().any(|it| word.is(it) || word.text.starts_with(&format!("{it}.")));
        call.args().iter().any(is)
    };
    if NAMINGS.iter().any(|naming| naming.program == name && naming.all.iter().all(has)) {
        machine.danger(Hazard::ForeignPackage, format!("`{name}` gets packages from elsewhere from now on"));
        named(machine, call);
    }
    if matches!(name.as_str(), "conda" | "mamba" | "micromamba" | "luarocks" | "tlmgr" | "choco" | "cpanm") {
        let given = Given::read(call.args(), &["--repository", "--server", "--channel", "-c", "--source"]);
        for address in given.values(&["--repository", "--server", "--channel", "-c", "--source"]) {
            if address.text.contains("://") {
                machine.danger(Hazard::ForeignPackage, format!("packages come from {}", address.shown()));
                machine.judge_source(address, "");
                machine.url(address, Direction::In);
            }
        }
    }
}

fn named(machine: &mut Machine<'_>, call: &Call) {
    let addresses = call.args().iter().flat_map(|word| word.split(&[' ']));
    for address in addresses.filter(|word| word.text.contains("://")).collect::<Vec<_>>() {
        machine.judge_source(&address, " from now on");
        machine.url(&address, Direction::In);
    }
}

fn tell(machine: &mut Machine<'_>, call: &Call) -> Value {
    if call.stdin.taint.has(crate::evaluate::Taint::NETWORK) {
        machine.danger(Hazard::GuardTampering, "whoever sends a key over the network may sign packages from now on");
    }
    Value::hole().tainted(call.stdin.taint)
}
