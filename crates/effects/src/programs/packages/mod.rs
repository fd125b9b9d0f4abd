//! Package managers: what is added by name, from where, and what is published. One file for each family of them.

mod cargo;
mod gem;
mod golang;
mod javascript;
mod others;
mod python;
mod system;

pub(super) use javascript::javascript_manager;
pub(super) use others::conda;

use super::Handler;
use crate::effect::Direction;
use crate::evaluate::{Machine, Value};
use crate::sensitive::ends_in;
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "npm" | "pnpm" | "yarn" | "cnpm" | "corepack" => javascript_manager,
        name if name == "pip"
            || name.strip_prefix("pip").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.')) =>
        {
            python::pip
        }
        "uv" | "poetry" | "pdm" | "pipenv" | "pipx" | "rye" | "hatch" => python::python_manager,
        "cargo" => cargo::cargo,
        "gem" | "bundle" | "bundler" => gem::gem,
        "go" => golang::go,
        "brew" | "apt" | "apt-get" | "aptitude" | "dnf" | "yum" | "apk" | "pacman" | "zypper" | "snap" | "flatpak"
        | "port" | "choco" | "winget" | "scoop" | "nix-env" | "emerge" | "yay" => system::system_manager,
        "dpkg" | "rpm" | "installer" => system::file_manager,
        "composer" | "dotnet" | "nuget" | "mix" | "hex" | "stack" | "cabal" | "dart" | "flutter" | "pub" | "swift"
        | "luarocks" | "cpan" | "cpanm" => others::other_manager,
        "twine" => |machine, call| {
            if call.args().first().is_some_and(|word| word.is("upload")) {
                machine.danger(Hazard::Publication, "a package is published");
            }
            Value::hole()
        },
        _ => return None,
    })
}

/// Whether a package is named by an address or a path.
pub(super) fn is_foreign(name: &str) -> bool {
    name.contains("://")
        || name.starts_with("git+")
        || name.starts_with("github:")
        || name.starts_with("file:")
        || ends_in(name, ".tgz")
        || name.ends_with(".tar.gz")
        || name.starts_with("gitlab:")
        || name.starts_with("bitbucket:")
}

/// A package that is named on the command line.
pub(super) fn named(machine: &mut Machine<'_>, ecosystem: &str, package: &Value) {
    let text = package.shown();
    if let Some((_, address)) = text.split_once('@').filter(|(_, rest)| rest.contains("://")) {
        return named(machine, ecosystem, &Value::of(address.trim()));
    }
    if text.contains("://") {
        let address = text.trim_start_matches("git+");
        machine.url(&Value::of(address), Direction::In);
        machine.danger(Hazard::ForeignPackage, format!("a package comes from {address}"));
        machine.judge_source(&Value::of(address), "");
    } else if is_foreign(&text) && !text.starts_with("file:") && !text.ends_with("gz") {
        let host = if text.starts_with("gitlab:") { "gitlab.com" } else { "github.com" };
        machine.network(Direction::In, &Value::of(host), Some(443), "https");
        machine.danger(Hazard::ForeignPackage, format!("a package comes from {text}"));
    } else if text.starts_with(['.', '/', '~'])
        || text.starts_with("file:")
        || ends_in(&text, ".whl")
        || text.ends_with("gz")
    {
        machine.read_file(&Value::of(text.trim_start_matches("file:")));
    } else if package.has_hole() {
        machine.unresolved("which package it is is not known");
    } else if !matches!(text.as_str(), "pip" | "setuptools" | "wheel") {
        machine.package(ecosystem, &text, false);
    }
}

/// Whether anybody on the way may change what comes from an address, or nobody knows whose it is: no TLS, a bare number.
pub(super) fn is_open_to_others(address: &Value) -> bool {
    let text = address.text.to_ascii_lowercase();
    let text = text.strip_prefix("git+").unwrap_or(&text);
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, _) = crate::evaluate::split_port(authority.rsplit('@').next().unwrap_or_default());
    let parts: Vec<u8> = host.split('.').filter_map(|part| part.parse().ok()).collect();
    let own = matches!(host, "localhost" | "::1")
        || matches!(parts.as_slice(), [127 | 10, ..] | [192, 168, ..] | [172, 16..=31, ..]);
    !own && (scheme == "http" || parts.len() == 4)
}

impl Machine<'_> {
    /// Packages come from an address that is said.
    pub(super) fn judge_source(&mut self, address: &Value, when: &str) {
        if is_open_to_others(address) {
            self.danger(
                Hazard::GuardTampering,
                format!("packages come{when} from {}, and nothing proves whose they are", address.shown()),
            );
        }
    }
}

/// A registry among the words of a setting, alone or behind `=`.
fn judge_setting(machine: &mut Machine<'_>, word: &Value) {
    let address = word.text.split_once('=').map_or_else(|| word.clone(), |(_, address)| Value::of(address));
    machine.judge_source(&address, " from now on");
}
