//! `[packages]`: which dependencies may be installed, and from where.

use super::{Answers, Asked};
use crate::pattern::Breadth;
use crate::pattern::host::Destination;
use crate::pattern::name::{Named, split_version};
use crate::tier::Tier;
use portcullis_event::{Body, Package, PackageOp, Verdict};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Body::Package(package) = asked.body() else { return };
    let written = format!("{}:{}", package.ecosystem, package.name);
    match package.op {
        PackageOp::Query => return out.gate(Verdict::Allow, format!("`{written}` may be looked up"), None, None),
        PackageOp::Remove => return out.gate(Verdict::Allow, format!("`{written}` may be taken out"), None, None),
        PackageOp::Install | PackageOp::Add | PackageOp::Update => {}
    }
    let name = canonical(&written);
    let source = package.registry.as_ref().map(portcullis_event::Host::as_str);
    let value = Named { name: &name, version: package.version.as_deref(), source };
    out.lists(&tier.packages, value, "packages", &format!("the package `{written}`"), &name);
    vulnerable(tier, package, &written, out);
    registry(tier, package, &written, out);
}

/// One spelling for each package: registries that ignore case, or the difference between `-` and `_`, would otherwise
/// let a denied package in under another spelling.
pub(crate) fn canonical(written: &str) -> String {
    let (mark, written) = written.strip_prefix('!').map_or(("", written), |rest| ("!", rest));
    let (name, version) = split_version(written);
    let folded = name.to_lowercase();
    let folded = match folded.split_once(':') {
        Some(("pypi", rest)) => format!("pypi:{}", pypi(rest)),
        Some(("crates.io", rest)) => format!("crates.io:{}", rest.replace('_', "-")),
        _ => folded,
    };
    version.map_or_else(|| format!("{mark}{folded}"), |version| format!("{mark}{folded}@{version}"))
}

/// Runs of `-`, `_` and `.` are one `-`, as the index itself reads them.
fn pypi(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.push(c),
        }
    }
    out
}

fn vulnerable(tier: &Tier, package: &Package, written: &str, out: &mut Answers) {
    let Some((answer, origin)) = tier.answer("packages.vulnerable") else { return };
    if package.advisories.is_empty() || answer.verdict() == Verdict::Allow {
        return;
    }
    let message = format!("`{written}` has known vulnerabilities: {}", package.advisories.join(", "));
    let fix = Some("choose a version without them".to_owned());
    out.guard(answer.verdict(), message, Some(origin), fix);
}

fn registry(tier: &Tier, package: &Package, written: &str, out: &mut Answers) {
    let Some(registries) = &tier.registries else { return };
    out.begin("registries");
    let (verdict, from) = match &package.registry {
        Some(host) => {
            let to = Destination { host, port: None, lookup: true };
            if registries.find(to, Breadth::Narrow).is_some() {
                return;
            }
            (Verdict::Deny, host.as_str())
        }
        None => (Verdict::Ask, "a registry that is not known"),
    };
    let message = format!("`{written}` comes from {from}, which is not on the list `packages.registries`");
    out.guard(verdict, message, Some(&registries.origin), Some(format!("add `{from}` to `packages.registries`")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_one_spelling() {
        for (written, canonical_form) in [
            ("PyPI:Left_.Pad", "pypi:left-pad"),
            ("npm:@Scope/X@>=1.0", "npm:@scope/x@>=1.0"),
            ("!crates.io:serde_json", "!crates.io:serde-json"),
        ] {
            assert_eq!(canonical(written), canonical_form);
        }
    }
}
