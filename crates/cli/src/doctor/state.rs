//! The folder of the user's state: can it be written, is it private, will what is written there survive a crash?

use super::Check;
use crate::home::Home;
use rustix::fs::{StatVfs, statfs, statvfs};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

const MIB: u64 = 1024 * 1024;
/// Below this the ledger can't add a segment.
const TOO_LITTLE: u64 = 64 * MIB;
/// Below this it is time to make room.
const LITTLE: u64 = 1024 * MIB;

/// All checks of this area.
pub(crate) fn check(home: &Home) -> Vec<Check> {
    let root = home.path();
    let existing = nearest_existing(root);
    let mut checks = vec![folder(root, &existing)];
    checks.push(match statvfs(&existing) {
        Ok(space) => free_space(&space),
        Err(error) => Check::warn("free-space", format!("can't tell: {}", io::Error::from(error)), "look with `df`"),
    });
    checks.push(match statfs(&existing) {
        Ok(system) => file_system(u32::try_from(system.f_type & 0xFFFF_FFFF).unwrap_or_default()),
        Err(error) => {
            Check::warn("file-system", format!("can't tell: {}", io::Error::from(error)), "look with `df -T`")
        }
    });
    checks
}

fn nearest_existing(path: &Path) -> PathBuf {
    path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/")).to_owned()
}

fn folder(root: &Path, existing: &Path) -> Check {
    const ID: &str = "state-folder";
    let shown = root.display();
    if root != existing {
        return match probe(existing) {
            Ok(()) => Check::ok(ID, format!("{shown} will be created when it is needed")),
            Err(error) => Check::fail(
                ID,
                format!("{shown} does not exist, and nothing can be written in {}: {error}", existing.display()),
                "name another folder with --home DIR or PORTCULLIS_HOME",
            ),
        };
    }
    let metadata = match fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => return Check::fail(ID, format!("{shown} is not a folder"), "move it out of the way"),
        Err(error) => return Check::fail(ID, format!("{shown}: {error}"), "name another folder with --home DIR"),
    };
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        let remedy = "name a folder of your own with --home DIR or PORTCULLIS_HOME";
        return Check::fail(ID, format!("{shown} belongs to user {}", metadata.uid()), remedy);
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Check::fail(
            ID,
            format!("{shown} is open to other users (mode {mode:03o})"),
            format!("chmod 700 {shown}"),
        );
    }
    match probe(root) {
        Ok(()) => Check::ok(ID, format!("{shown}, private and writable")),
        Err(error) => {
            Check::fail(ID, format!("{shown} can't be written: {error}"), "name another folder with --home DIR")
        }
    }
}

/// Writes a file, waits until it is on the disk, and removes it.
fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".portcullis-doctor-{}", std::process::id()));
    let written = File::create_new(&path).and_then(|mut file| {
        file.write_all(b"doctor")?;
        file.sync_all()
    });
    // Only what was created here may be removed here.
    if written.as_ref().err().map(io::Error::kind) != Some(io::ErrorKind::AlreadyExists) {
        drop(fs::remove_file(&path));
    }
    written
}

fn free_space(space: &StatVfs) -> Check {
    const ID: &str = "free-space";
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let found = format!("{} MiB free", free / MIB);
    match free {
        0..TOO_LITTLE => Check::fail(ID, found, "make room: when the ledger can't grow, agents are denied"),
        TOO_LITTLE..LITTLE => Check::warn(ID, found, "make room soon: when the ledger can't grow, agents are denied"),
        LITTLE.. => Check::ok(ID, found),
    }
}

fn file_system(magic: u32) -> Check {
    const ID: &str = "file-system";
    let local = "keep your state on a local disk: name a folder there with PORTCULLIS_HOME";
    match magic {
        0xEF53 => Check::ok(ID, "ext4"),
        0x5846_5342 => Check::ok(ID, "xfs"),
        0x9123_683E => Check::ok(ID, "btrfs"),
        0x2FC1_2FC1 => Check::ok(ID, "zfs"),
        0xF2F5_2010 => Check::ok(ID, "f2fs"),
        0x0102_1994 => Check::warn(ID, "tmpfs: all of it is gone after a restart", local),
        0x794C_7630 => {
            Check::warn(ID, "overlay: in a container, what is written is gone with it", "mount a volume there")
        }
        0x6969 => Check::warn(ID, "NFS: locks and durability depend on the server", local),
        0xFE53_4D42 | 0xFF53_4D42 => Check::warn(ID, "SMB: locks and durability depend on the server", local),
        0x0102_1997 => Check::warn(ID, "9p: durability depends on the host", local),
        0x6573_5546 => Check::warn(ID, "FUSE: durability depends on the program behind it", local),
        other => Check::warn(ID, format!("of a kind that was not tested (0x{other:x})"), local),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::environment::Environment;

    fn home(path: &Path) -> Home {
        Home::find(Some(path), &Environment::default()).unwrap()
    }

    #[test]
    fn a_missing_folder_is_fine_as_long_as_it_can_be_created_and_stays_missing() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().join("deep/down");
        let checks = check(&home(&root));
        assert_eq!(checks.first().map(|check| check.status), Some(Status::Ok));
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "looking leaves nothing behind");
    }

    #[test]
    fn an_open_folder_fails_and_the_remedy_mends_it() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
        let check = folder(root, root);
        assert_eq!((check.status, check.remedy), (Status::Fail, Some(format!("chmod 700 {}", root.display()))));
        fs::set_permissions(root, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(folder(root, root).status, Status::Ok);
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_fails() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().join("file");
        fs::write(&root, "").unwrap();
        assert_eq!(folder(&root, &root).status, Status::Fail);
    }

    #[test]
    fn disks_are_fine_and_everything_else_is_warned_about() {
        assert_eq!(file_system(0xEF53), Check::ok("file-system", "ext4"));
        for magic in [0x0102_1994, 0x794C_7630, 0x6969, 0xFE53_4D42, 0x6573_5546, 1] {
            assert_eq!(file_system(magic).status, Status::Warn);
        }
    }
}
