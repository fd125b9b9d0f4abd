//! What git's own files say: where a repository is pushed to, and which branch is its main one. Git itself is not run,
//! because it would do what the repository's configuration tells it to.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Git's files are small; what is larger was not written by git.
const LARGEST: u64 = 1024 * 1024;

/// Where git keeps what all worktrees share.
pub(super) fn folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let own = root.join(read_small(&git)?.strip_prefix("gitdir:")?.trim());
    let common = read_small(&own.join("commondir")).map(|text| own.join(text.trim()));
    Some(common.unwrap_or(own))
}

/// The hosts of `url = …` lines in git's configuration.
pub(super) fn remote_hosts(config: &str) -> BTreeSet<String> {
    config
        .lines()
        .filter_map(|line| line.trim().split_once('='))
        .filter(|(key, _)| matches!(key.trim(), "url" | "pushurl"))
        .filter_map(|(_, url)| host_of(url.trim().trim_matches('"')))
        .collect()
}

/// The host of a remote: `https://user@host:port/path`, `ssh://…`, or `user@host:path`.
fn host_of(url: &str) -> Option<String> {
    let authority = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split('/').next()?,
        None => url.split_once(':').filter(|(before, _)| !before.contains('/'))?.0,
    };
    let host = authority.rsplit('@').next()?;
    let host = host.split_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let plausible = host.contains('.') && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    plausible.then_some(host)
}

/// The branch that the remote calls its own, or else the one that is checked out.
pub(super) fn default_branch(git: &Path) -> Option<String> {
    let branch = |file: &str, prefix: &str| {
        let text = read_small(&git.join(file))?;
        let name = text.trim().strip_prefix("ref: ")?.strip_prefix(prefix)?.to_owned();
        (!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))).then_some(name)
    };
    branch("refs/remotes/origin/HEAD", "refs/remotes/origin/").or_else(|| branch("HEAD", "refs/heads/"))
}

pub(super) fn read_small(path: &Path) -> Option<String> {
    // A pipe would be waited for.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn only_hosts_come_out_of_urls() {
        let cases = [
            ("https://github.com/a/b", Some("github.com")),
            ("ssh://git@git.example.com:2222/a", Some("git.example.com")),
            ("git@github.com:a/b.git", Some("github.com")),
            ("https://token:secret@gitlab.com/a", Some("gitlab.com")),
            ("../elsewhere", None),
            ("/srv/git/a.git", None),
            ("file:///srv/a", None),
            ("https://evil\"]\nmode=\"observe/x", None),
            ("", None),
        ];
        for (url, host) in cases {
            assert_eq!(host_of(url).as_deref(), host, "{url:?}");
        }
    }

    #[test]
    fn a_branch_with_a_strange_name_is_not_believed() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "HEAD", "ref: refs/heads/x\"\nmode = \"observe\n");
        assert_eq!(default_branch(root.path()), None);
    }
}
