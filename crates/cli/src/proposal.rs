//! Hosts put into the text of a policy, each with a reason, so that everything else in it stays as its author wrote it.
//!
//! It knows three places: an `allow` in `[network]`, a `[network]` without one, and the end of the file. Whoever calls this reads
//! the result as a policy before anything depends on it.

use crate::failure::Failure;
use crate::whole::{self, Rights};
use std::fs;
use std::path::Path;

/// The table.
const TABLE: &str = "[network]";

/// The text with hosts, each given with how often it was asked for.
pub(crate) fn with_hosts(text: &str, hosts: &[(String, u64)]) -> String {
    let lines: String = hosts.iter().map(|(host, times)| line(host, *times)).collect();
    let Some((before, rest)) = table(text) else {
        let gap = if text.is_empty() || text.ends_with("\n\n") { "" } else { "\n" };
        return format!("{text}{gap}{TABLE}\nallow = [\n{lines}]\n");
    };
    match list(rest) {
        Some((to, behind)) => format!("{before}{to}\n{lines}  {}", behind.trim_start()),
        None => format!("{before}\nallow = [\n{lines}]{rest}"),
    }
}

fn line(host: &str, times: u64) -> String {
    let often = if times == 1 { "once".to_owned() } else { format!("{times} times") };
    format!("  \"{host}\", # asked for {often}\n")
}

/// What stands up to the end of the table's own line, and what comes behind it.
fn table(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let own = line.split('#').next().unwrap_or_default().trim();
        let end = at + line.trim_end_matches('\n').len();
        if own == TABLE {
            return text.split_at_checked(end);
        }
        at += line.len();
    }
    None
}

/// What stands up to the bracket of the table's list, and what comes behind it.
fn list(rest: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        let own = line.trim_start();
        // The next table begins.
        if own.starts_with('[') {
            return None;
        }
        let value = own.strip_prefix("allow").map(str::trim_start).and_then(|it| it.strip_prefix('='));
        if value.is_some_and(|value| value.trim_start().starts_with('[')) {
            let bracket = line.find('[')?;
            return rest.split_at_checked(at + bracket + 1);
        }
        at += line.len();
    }
    None
}

/// Writes a policy anew, unless somebody changed it since it was read.
pub(crate) fn write(path: &Path, was: &str, text: &str, is_new: bool) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::io("write the policy", Some(path), &error);
    let now = if is_new { String::new() } else { fs::read_to_string(path).map_err(failed)? };
    if (!is_new && now != was) || (is_new && path.symlink_metadata().is_ok()) {
        return Err(Failure::incomplete("the policy was changed meanwhile").at(path.to_string_lossy()));
    }
    // A link of the user's own stays one.
    let real = if is_new { path.to_owned() } else { fs::canonicalize(path).map_err(failed)? };
    if let Some(folder) = real.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    whole::replace(&real, text.as_bytes(), Rights::Kept { or: 0o644 }).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Vec<(String, u64)> {
        vec![("a.example:443".to_owned(), 1), ("b.example:80".to_owned(), 3)]
    }

    const LINES: &str = "  \"a.example:443\", # asked for once\n  \"b.example:80\", # asked for 3 times\n";

    #[test]
    fn they_go_where_such_hosts_stand_already() {
        let text = |before: &str| with_hosts(before, &hosts());
        assert_eq!(text(""), format!("[network]\nallow = [\n{LINES}]\n"));
        assert_eq!(text("mode = \"enforce\"\n"), format!("mode = \"enforce\"\n\n[network]\nallow = [\n{LINES}]\n"));
        let inline = text("[network] # why\nallow = [\"c.example\"] # kept\n[files]\n");
        assert_eq!(inline, format!("[network] # why\nallow = [\n{LINES}  \"c.example\"] # kept\n[files]\n"));
        let own = text("[network]\ndeny = [\"x\"]\n\n[data]\nallow = [\"not-here\"]\n");
        assert_eq!(own, format!("[network]\nallow = [\n{LINES}]\ndeny = [\"x\"]\n\n[data]\nallow = [\"not-here\"]\n"));
        let long = text("[network]\nallow = [\n  \"c.example\",\n]\n");
        assert_eq!(long, format!("[network]\nallow = [\n{LINES}  \"c.example\",\n]\n"));
        assert_eq!(text("[network]\nallow = []"), format!("[network]\nallow = [\n{LINES}  ]"));
    }

    #[test]
    fn what_somebody_changed_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portcullis.toml");
        write(&path, "", "one", true).unwrap();
        assert!(write(&path, "", "two", true).is_err());
        assert!(write(&path, "other", "two", false).is_err());
        write(&path, "one", "two", false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
