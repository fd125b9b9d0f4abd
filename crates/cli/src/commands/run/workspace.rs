//! The folder that a command works on: the repository, or else the working folder. Nobody's home folder is one.

use crate::failure::Failure;
use crate::invocation::Invocation;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the machine says who has an account.
const ACCOUNTS: &str = "/etc/passwd";

/// Finds it.
pub(super) fn find(invocation: &Invocation) -> Result<PathBuf, Failure> {
    let cwd = invocation.cwd()?;
    let home = invocation.environment.home.as_deref();
    let root = crate::repository::root_of(cwd, home).unwrap_or_else(|| cwd.to_owned());
    let root = fs::canonicalize(&root).map_err(|error| Failure::io("find the workspace", Some(&root), &error))?;
    let why = if home.is_some_and(|home| home.starts_with(&root)) || root.parent().is_none() {
        Some("your home folder holds keys and tokens".to_owned())
    } else {
        // With root, `HOME` says little about whose folder this is.
        let accounts = fs::read_to_string(ACCOUNTS).unwrap_or_default();
        lives_below(&root, &accounts).map(|name| format!("the home folder of `{name}` holds keys and tokens"))
    };
    let Some(why) = why else { return Ok(root) };
    Err(Failure::usage("this folder is too wide to be a workspace")
        .at(root.to_string_lossy())
        .because(format!("all that is in a workspace is shown to the command; {why}"))
        .fix("change into the folder of one project, and start it there"))
}

/// The account whose home folder is this one or lies in it.
fn lives_below<'a>(folder: &Path, accounts: &'a str) -> Option<&'a str> {
    let mut homes = accounts.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, home) = (fields.next()?, fields.nth(4).map(Path::new).filter(|home| home.is_absolute())?);
        // Of accounts that nobody logs in to, such as `www-data`, the home is where a service keeps its files.
        let is_lived_in = !fields.next().is_some_and(|shell| shell.ends_with("/nologin") || shell.ends_with("/false"));
        is_lived_in.then_some((name, home))
    });
    let is_below =
        |home: &Path| home.starts_with(folder) || fs::canonicalize(home).is_ok_and(|it| it.starts_with(folder));
    homes.find(|(_, home)| is_below(home)).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_of_anybody_is_found_by_every_name_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(root.join("home/ada/project")).unwrap();
        std::os::unix::fs::symlink("home", root.join("people")).unwrap();
        let accounts = format!(
            "root:x:0:0:root:/root:/bin/sh\nodd\nnobody:x:65534:65534:::\nada:x:1000:1000::{}/people/ada:/bin/sh\n",
            root.display()
        );
        let lives_below = |name: &str| lives_below(&root.join(name), &accounts);
        assert_eq!(lives_below("home/ada"), Some("ada"));
        assert_eq!(lives_below("home"), Some("ada"));
        assert_eq!(lives_below("people/ada"), Some("ada"));
        assert_eq!(lives_below("home/ada/project"), None);
        assert_eq!(lives_below("home/ad"), None);
    }
}
