//! Git: needed for what concerns repositories, and old versions run what a repository tells them to.

use super::Check;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// From here on git refuses to act on a repository that belongs to somebody else (CVE-2022-24765).
const SAFE: (u32, u32, u32) = (2, 35, 2);

/// Looks for git in `folders` and asks it for its version.
pub(crate) fn check(folders: &[PathBuf]) -> Vec<Check> {
    const ID: &str = "git";
    let Some(program) = folders.iter().map(|folder| folder.join("git")).find(|path| path.is_file()) else {
        return vec![Check::warn(ID, "not found on PATH", "install git")];
    };
    let output = Command::new(&program).arg("--version").current_dir("/").stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => vec![version(&String::from_utf8_lossy(&output.stdout))],
        Ok(output) => {
            vec![Check::warn(
                ID,
                format!("`{} --version` ends with {}", program.display(), output.status),
                "install git anew",
            )]
        }
        Err(error) => vec![Check::warn(ID, format!("{}: {error}", program.display()), "install git anew")],
    }
}

fn version(text: &str) -> Check {
    const ID: &str = "git";
    let text = text.trim().trim_start_matches("git version ");
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    if (next(), next(), next()) >= SAFE {
        return Check::ok(ID, text);
    }
    Check::warn(
        ID,
        text,
        "update to git 2.35.2 or newer: older ones run hooks and settings of other users' repositories",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("git version 2.39.5\n"), Check::ok("git", "2.39.5"));
        assert_eq!(version("git version 2.100.0 (Apple Git-1)").status, Status::Ok);
        assert_eq!(version("git version 2.35.1").status, Status::Warn);
        assert_eq!(version("git version 1.99.9").status, Status::Warn);
        assert_eq!(version("nonsense").status, Status::Warn);
    }

    #[test]
    fn a_missing_git_is_a_warning() {
        assert_eq!(check(&[]).first().map(|check| check.status), Some(Status::Warn));
    }
}
