//! Versions and what is required of them.

use super::{BadPattern, Breadth};
use semver::{Prerelease, Version, VersionReq};

/// Reads a requirement such as `>=2.0.0, <3`; `==` is understood, and so is a space in place of a comma.
pub(crate) fn parse(text: &str) -> Result<VersionReq, BadPattern> {
    let joined = text.replace("==", "=");
    let mut comparators: Vec<String> = Vec::new();
    for word in joined.split([',', ' ']).filter(|word| !word.is_empty()) {
        match comparators.last_mut() {
            // An operator with a space behind it belongs to the word that follows.
            Some(last) if last.chars().all(|c| "<>=~^".contains(c)) => last.push_str(word),
            _ => comparators.push(word.to_owned()),
        }
    }
    VersionReq::parse(&comparators.join(", ")).map_err(|error| {
        BadPattern::new(
            format!("not a version requirement: {error}"),
            "write for example `>=2.0.0`, `^1.2`, `=1.4.2` or `>=1, <3`",
        )
    })
}

/// Whether a version fits. One that is unknown or unreadable fits where matching is broad only.
pub(crate) fn fits(requirement: &VersionReq, version: Option<&str>, breadth: Breadth) -> bool {
    let Some(version) = version.and_then(read) else { return breadth == Breadth::Broad };
    match breadth {
        Breadth::Narrow => requirement.matches(&version),
        // A pre-release of a denied version is denied as well.
        Breadth::Broad => {
            requirement.matches(&version) || requirement.matches(&Version { pre: Prerelease::EMPTY, ..version })
        }
    }
}

/// Reads a version; `v2` and `2.1` are understood as `2.0.0` and `2.1.0`.
fn read(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let dots = text.split(['-', '+']).next().unwrap_or(text).matches('.').count();
    let (numbers, rest) = text.split_at_checked(text.find(['-', '+']).unwrap_or(text.len()))?;
    Version::parse(&format!("{numbers}{}{rest}", ".0".repeat(2usize.saturating_sub(dots)))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrow(requirement: &str, version: &str) -> bool {
        fits(&parse(requirement).unwrap(), Some(version), Breadth::Narrow)
    }

    #[test]
    fn requirements_are_read_as_people_write_them() {
        for (requirement, yes, no) in [
            (">=2.0.0", "2.0.0", "1.9.9"),
            (">= 1.2, < 2", "v1.5", "2.0.0"),
            (">=1 <3", "2", "3"),
            ("==1.4.2", "1.4.2", "1.4.3"),
            ("^1.2", "1.9.0", "2.0.0"),
        ] {
            assert!(narrow(requirement, yes) && !narrow(requirement, no), "{requirement}");
        }
        assert!(parse("newest").is_err() && parse(">=a").is_err());
    }

    #[test]
    fn what_is_not_known_is_not_allowed_and_is_denied() {
        let requirement = parse(">=2.0.0").unwrap();
        for version in [None, Some("latest"), Some(""), Some("2.1.0-beta.1")] {
            assert!(!fits(&requirement, version, Breadth::Narrow), "{version:?}");
            assert!(fits(&requirement, version, Breadth::Broad), "{version:?}");
        }
    }
}
