//! What a run in place may open: the same mounts, read as a list of what is let through, since nothing can be mounted.
//!
//! Everything is where it is outside. What a spec shows elsewhere, or puts together from layers, can't be shown here and
//! is refused: a run must not see less, or more, than its spec says.

use crate::error::{Error, Stage};
use crate::spec::Mount;
use std::fs;
use std::path::{Path, PathBuf};

/// How something may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read and run, and all that is below.
    Read,
    /// Everything.
    Change,
    /// Read, written and asked as a device.
    Use,
}

/// Something that is open to the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    /// By its real path.
    pub(crate) path: PathBuf,
    pub(crate) access: Access,
}

/// Devices that every program expects. Terminals are opened for the run and handed in.
const DEVICES: [&str; 7] = ["null", "zero", "full", "random", "urandom", "tty", "ptmx"];

/// How deep is looked for what is hidden, and how many rules that may take: the kernel keeps them in memory.
const DEEPEST: usize = 64;
const MOST: usize = 20_000;

/// What the mounts open.
pub(crate) fn openings(mounts: &[Mount]) -> Result<Vec<Opening>, Error> {
    let mut openings = Vec::new();
    for (index, mount) in mounts.iter().enumerate() {
        // What is hidden is hidden of what was shown before.
        let hidden: Vec<&Path> = mounts.iter().skip(index).filter_map(hidden).collect();
        match mount {
            Mount::Show { from, at, writable } if from.path == *at && !from.translated => {
                let access = if *writable { Access::Change } else { Access::Read };
                open(at, access, &hidden, 0, &mut openings)?;
            }
            Mount::Processes { at } if at == Path::new("/proc") => {
                openings.push(Opening { path: at.clone(), access: Access::Read });
            }
            Mount::Devices { at, .. } if at == Path::new("/dev") => openings.extend(devices(at)),
            // It lies in a folder that is open for every change.
            Mount::Hidden { .. } | Mount::Socket { .. } => {}
            Mount::Show { at, .. }
            | Mount::Processes { at }
            | Mount::Devices { at, .. }
            | Mount::Folder { at, .. }
            | Mount::Link { at, .. }
            | Mount::Text { at, .. }
            | Mount::Memory { at, .. }
            | Mount::Layered { at, .. }
            | Mount::Closed { at, .. }
            | Mount::Merged { at, .. } => {
                return Err(Error::new(Stage::Spec, "without namespaces nothing can be shown in another place").at(at));
            }
        }
    }
    Ok(openings)
}

/// Folders that the mounts open for every change.
pub(crate) fn writable(openings: &[Opening]) -> Vec<PathBuf> {
    let all = openings.iter().filter(|opening| opening.access == Access::Change);
    all.map(|opening| opening.path.clone()).collect()
}

fn hidden(mount: &Mount) -> Option<&Path> {
    match mount {
        Mount::Hidden { at } => Some(at),
        Mount::Folder { .. }
        | Mount::Link { .. }
        | Mount::Text { .. }
        | Mount::Memory { .. }
        | Mount::Show { .. }
        | Mount::Layered { .. }
        | Mount::Merged { .. }
        | Mount::Closed { .. }
        | Mount::Socket { .. }
        | Mount::Processes { .. }
        | Mount::Devices { .. } => None,
    }
}

fn devices(at: &Path) -> impl Iterator<Item = Opening> {
    let paths = DEVICES.map(|name| at.join(name));
    // Landlock goes by what is really there: in containers some of these are links.
    let real = paths.into_iter().filter_map(|path| fs::canonicalize(path).ok());
    real.map(|path| Opening { path, access: Access::Use })
}

/// Opens a path but for what is hidden below it. Landlock can only add, so around what is hidden everything else is named.
/// The folders between can't be listed: who may list a folder may list all that is below.
fn open(path: &Path, access: Access, hidden: &[&Path], depth: usize, all: &mut Vec<Opening>) -> Result<(), Error> {
    if hidden.iter().any(|it| path.starts_with(it)) {
        return Ok(());
    }
    if all.len() >= MOST || depth > DEEPEST {
        return Err(Error::new(Stage::Spec, "there is more around what is hidden than can be named").at(path));
    }
    let within: Vec<&Path> = hidden.iter().filter(|it| it.starts_with(path)).copied().collect();
    if within.is_empty() {
        all.push(Opening { path: path.to_owned(), access });
        return Ok(());
    }
    if access == Access::Change {
        return Err(Error::new(Stage::Spec, "what may be changed can't hold what is hidden").at(path));
    }
    let failed = |error: std::io::Error| Error::new(Stage::Tree, error.to_string()).at(path);
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // A link needs no rule: where it leads to is judged by itself.
        if !entry.file_type().map_err(failed)?.is_symlink() {
            open(&entry.path(), access, &within, depth + 1, all)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Source;

    fn show(path: &Path, writable: bool) -> Mount {
        Mount::Show { from: Source { path: path.to_owned(), translated: false }, at: path.to_owned(), writable }
    }

    #[test]
    fn around_what_is_hidden_everything_else_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("a/secret")).unwrap();
        fs::create_dir_all(root.join("b")).unwrap();
        fs::write(root.join("a/plain"), "").unwrap();
        std::os::unix::fs::symlink("/etc/shadow", root.join("a/link")).unwrap();
        let mounts = [show(root, false), Mount::Hidden { at: root.join("a/secret") }];
        let mut found = openings(&mounts).unwrap();
        found.sort_by(|one, other| one.path.cmp(&other.path));
        let expected = ["a/plain", "b"].map(|path| Opening { path: root.join(path), access: Access::Read });
        assert_eq!(found, expected);
    }

    #[test]
    fn what_would_have_to_be_mounted_is_refused() {
        let elsewhere = Mount::Show {
            from: Source { path: "/usr".into(), translated: false },
            at: "/other".into(),
            writable: false,
        };
        for mount in [
            elsewhere,
            Mount::Memory { at: "/tmp".into(), bytes: 1, mode: 0o755 },
            Mount::Text { at: "/etc/x".into(), text: Vec::new() },
        ] {
            assert!(openings(&[mount]).is_err());
        }
        let hole = [show(Path::new("/usr"), true), Mount::Hidden { at: "/usr/bin".into() }];
        assert!(openings(&hole).is_err());
    }

    #[test]
    fn what_is_shown_later_is_not_hidden() {
        let mounts = [show(Path::new("/usr/bin"), false), Mount::Hidden { at: "/usr".into() }];
        assert_eq!(openings(&mounts).unwrap(), []);
        let mounts = [Mount::Hidden { at: "/usr".into() }, show(Path::new("/usr/bin"), true)];
        assert_eq!(writable(&openings(&mounts).unwrap()), [PathBuf::from("/usr/bin")]);
    }

    #[test]
    fn only_what_is_writable_can_be_written() {
        let found = openings(&[show(Path::new("/usr"), false), show(Path::new("/var"), true)]).unwrap();
        assert_eq!(writable(&found), [PathBuf::from("/var")]);
    }
}
