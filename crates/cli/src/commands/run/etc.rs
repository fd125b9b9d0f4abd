//! `/etc` as a run sees it: the machine's own, and over it what is ours.
//!
//! Where it can be, that is one overlay. The kernel makes none over a folder in which something is mounted, since what lies
//! below that would come to light, and containers have files mounted right there (`resolv.conf`, `hosts`, `hostname`).
//! Such a folder is shown by the names of its entries, what is mounted included; and so is each below it that holds mounts.

use super::world::as_it_is;
use crate::mounted;
use portcullis_sandbox::{Mount, Source};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Permissions of a folder that can't be asked for its own.
const USUAL: u32 = 0o755;

/// A folder of the machine, and what lies over it.
#[derive(Debug)]
pub(crate) struct Etc<'a> {
    /// The machine's.
    pub(crate) real: &'a Path,
    /// Ours, if there is one. In it a folder without anything hides the machine's of that name.
    pub(crate) ours: Option<Source>,
    /// Where something is mounted.
    pub(crate) mounted: &'a [PathBuf],
}

impl Etc<'_> {
    /// What shows it, and nothing of it that can be changed.
    pub(crate) fn mounts(&self) -> Vec<Mount> {
        self.folder(self.real, self.ours.clone())
    }

    fn folder(&self, real: &Path, ours: Option<Source>) -> Vec<Mount> {
        if mounted::within(real, self.mounted).is_none() {
            let folders = ours.into_iter().chain([as_it_is(real)]).collect();
            return vec![Mount::Merged { folders, at: real.to_owned() }];
        }
        let mode = fs::metadata(real).map_or(USUAL, |it| it.permissions().mode() & 0o777);
        let mut mounts = vec![Mount::Folder { at: real.to_owned(), mode }];
        let mut names = names_in(real);
        names.extend(ours.iter().flat_map(|ours| names_in(&ours.path)));
        for name in names {
            let ours = ours.as_ref().map(|ours| Source { path: ours.path.join(&name), ..ours.clone() });
            mounts.extend(self.entry(&real.join(&name), ours.filter(|ours| kind(&ours.path).is_some())));
        }
        mounts
    }

    fn entry(&self, real: &Path, ours: Option<Source>) -> Vec<Mount> {
        let at = real.to_owned();
        let Some(found) = kind(real).filter(|_| !ours.as_ref().is_some_and(|ours| is_alone(&ours.path))) else {
            return ours.map(|from| Mount::Show { from, at, writable: false }).into_iter().collect();
        };
        if found.is_dir() {
            return self.folder(real, ours);
        }
        if let Some(from) = ours {
            return vec![Mount::Show { from, at, writable: false }];
        }
        if found.is_symlink() {
            return fs::read_link(real).map(|to| Mount::Link { at, to }).into_iter().collect();
        }
        // A socket or a pipe leads to whoever holds its other end.
        let plain = Some(found).filter(FileType::is_file);
        plain.map(|_| Mount::Show { from: as_it_is(real), at, writable: false }).into_iter().collect()
    }
}

/// Whether what is ours stands for itself: a file, or a folder that hides.
fn is_alone(ours: &Path) -> bool {
    !kind(ours).is_some_and(|it| it.is_dir()) || names_in(ours).is_empty()
}

/// What can't be listed by us can't be by the run.
fn names_in(folder: &Path) -> BTreeSet<OsString> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect()
}

fn kind(path: &Path) -> Option<FileType> {
    fs::symlink_metadata(path).ok().map(|it| it.file_type())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    fn show(from: &Path, at: &Path) -> Mount {
        Mount::Show { from: as_it_is(from), at: at.to_owned(), writable: false }
    }

    #[test]
    fn a_folder_that_holds_mounts_is_shown_by_name_with_ours_in_the_place_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (real, ours) = (folder.path().join("real"), folder.path().join("ours"));
        for name in ["real/ssl", "real/deep/er", "real/agent", "real/hidden", "ours/agent", "ours/hidden", "ours/new"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        for name in ["real/hosts", "real/plain", "real/deep/er/bound", "real/deep/own", "ours/hosts", "ours/agent/x"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        symlink("plain", real.join("link")).unwrap();
        symlink("elsewhere", real.join("new")).unwrap();
        let _listener = UnixListener::bind(real.join("socket")).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o711)).unwrap();
        let mounted = [real.join("hosts"), real.join("deep/er/bound")];
        let etc = Etc { real: &real, ours: Some(as_it_is(&ours)), mounted: &mounted };
        let merged = |name: &str, with: &[&Path]| {
            let at = real.join(name);
            let folders = with.iter().map(as_it_is).chain([as_it_is(&at)]).collect();
            Mount::Merged { folders, at }
        };
        let lead = |name: &str, mode| Mount::Folder { at: real.join(name), mode };
        let deep = |name: &str| real.join("deep").join(name);
        let expected = [
            Mount::Folder { at: real.clone(), mode: 0o711 },
            merged("agent", &[&ours.join("agent")]),
            lead("deep", 0o755),
            lead("deep/er", 0o755),
            show(&deep("er/bound"), &deep("er/bound")),
            show(&deep("own"), &deep("own")),
            show(&ours.join("hidden"), &real.join("hidden")),
            show(&ours.join("hosts"), &real.join("hosts")),
            Mount::Link { at: real.join("link"), to: "plain".into() },
            show(&ours.join("new"), &real.join("new")),
            show(&real.join("plain"), &real.join("plain")),
            merged("ssl", &[]),
        ];
        assert_eq!(etc.mounts(), expected);
    }

    #[test]
    fn a_folder_without_mounts_is_one_overlay() {
        let etc = Etc { real: Path::new("/etc"), ours: Some(as_it_is(Path::new("/x"))), mounted: &["/etc".into()] };
        let folders = ["/x", "/etc"].map(|path| as_it_is(Path::new(path))).to_vec();
        assert_eq!(etc.mounts(), [Mount::Merged { folders, at: "/etc".into() }]);
    }
}
