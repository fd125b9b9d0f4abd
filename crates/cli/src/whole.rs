//! Files that are there whole or not at all: nobody ever reads half of one, whatever ends the process that writes it.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// Who may read and run a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Nobody but its owner.
    Private,
    /// Everybody may read it, whatever the mask of whoever writes it.
    Readable,
    /// Those of the file that stands there, and its owner; if there is none, these.
    Kept { or: u32 },
}

/// What was read; `None` if there is nothing to be read.
pub(crate) fn if_there<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(it) => Ok(Some(it)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a file in the place of what stands there, and returns once it is on the disk. A link is replaced, not followed.
pub(crate) fn replace(path: &Path, bytes: &[u8], rights: Rights) -> io::Result<()> {
    let aside = Aside::write(path, bytes, rights)?;
    fs::rename(&aside.0, path)?;
    File::open(folder(path))?.sync_all()
}

/// Puts a private file where nothing stands yet. Of several that come at once one is first, and the others are told that it
/// exists already.
pub(crate) fn first(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = Aside::write(path, bytes, Rights::Private)?;
    fs::hard_link(&aside.0, path)?;
    File::open(folder(path))?.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file beside the one that it becomes. What is left of it goes when this is dropped.
struct Aside(PathBuf);

impl Aside {
    fn write(path: &Path, bytes: &[u8], rights: Rights) -> io::Result<Self> {
        let aside = path.with_added_extension(format!("new-{}", std::process::id()));
        // It may hold keys, so nobody else reads it while it is written.
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&aside)?;
        let aside = Self(aside);
        match rights {
            Rights::Private => {}
            Rights::Readable => file.set_permissions(Permissions::from_mode(0o644))?,
            Rights::Kept { or } => keep_rights(&file, path, or)?,
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(aside)
    }
}

fn keep_rights(file: &File, path: &Path, or: u32) -> io::Result<()> {
    let Some(old) = if_there(fs::symlink_metadata(path))?.filter(fs::Metadata::is_file) else {
        return file.set_permissions(Permissions::from_mode(or));
    };
    if old.uid() != file.metadata()?.uid() {
        fchown(file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(old.permissions())
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Renamed, it is not there any more; and nobody needs one that is half written.
        fs::remove_file(&self.0).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_the_rights_that_were_asked_for_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it.json");
        for (rights, then) in [(Rights::Private, 0o600), (Rights::Readable, 0o644), (Rights::Kept { or: 0 }, 0o644)] {
            replace(&path, b"new", rights).unwrap();
            assert_eq!((mode(&path), fs::read(&path).unwrap()), (then, b"new".to_vec()), "{rights:?}");
        }
        fs::remove_file(&path).unwrap();
        replace(&path, b"", Rights::Kept { or: 0o755 }).unwrap();
        assert_eq!(mode(&path), 0o755);
        assert_eq!(names(folder.path()), ["it.json"]);
    }

    #[test]
    fn a_link_is_replaced_and_what_it_leads_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, far) = (folder.path().join("it"), folder.path().join("far"));
        fs::write(&far, "far").unwrap();
        fs::set_permissions(&far, Permissions::from_mode(0o777)).unwrap();
        symlink(&far, &path).unwrap();
        replace(&path, b"near", Rights::Kept { or: 0o644 }).unwrap();
        assert!(path.symlink_metadata().unwrap().is_file());
        assert_eq!((mode(&path), fs::read_to_string(&far).unwrap()), (0o644, "far".to_owned()));
    }

    #[test]
    fn the_first_one_stays_and_the_next_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        first(&path, b"one").unwrap();
        assert_eq!(first(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"one".to_vec(), 0o600));
        assert_eq!(names(folder.path()), ["key"]);
    }

    #[test]
    fn what_is_not_there_is_nothing_and_what_cannot_be_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(if_there(fs::read(folder.path().join("none"))).unwrap(), None);
        assert!(if_there(fs::read(folder.path())).is_err());
    }

    #[test]
    fn what_stands_beside_by_that_name_belongs_to_somebody_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it");
        let beside = path.with_added_extension(format!("new-{}", std::process::id()));
        fs::write(&beside, "theirs").unwrap();
        assert!(replace(&path, b"ours", Rights::Private).is_err());
        assert_eq!(fs::read_to_string(&beside).unwrap(), "theirs");
        assert!(!path.exists());
    }
}
