//! The folder that scenes are built in. A drill holds it for as long as it lasts, so what lies in it while nobody does was left
//! by one that was killed, and the next one takes it away: the scene, and its files in memory, which bear its name.
//!
//! The kernel lets go of what a process held however it ends, so nobody has to guess from a number whether one is still there.

use crate::scene;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// How often another drill may take the folder away just before this one holds it.
const TRIES: usize = 16;

/// The folder, while it is held.
#[derive(Debug)]
pub struct Ground {
    path: PathBuf,
    folder: File,
}

impl Ground {
    /// Holds the folder, which is made if it is not there, and clears it first if nobody else holds it.
    pub fn hold(path: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            DirBuilder::new().recursive(true).mode(0o700).create(path)?;
            let ground = Self { path: path.to_owned(), folder: File::open(path)? };
            if flock(&ground.folder, FlockOperation::NonBlockingLockExclusive).is_ok() && ground.is_there()? {
                ground.clear()?;
            }
            // Others may build beside this one, and none of them clears while it does.
            flock(&ground.folder, FlockOperation::LockShared)?;
            if ground.is_there()? {
                return Ok(ground);
            }
        }
        Err(io::Error::other("the folder for drills is taken away again and again"))
    }

    /// Whether what is held is what the path leads to.
    fn is_there(&self) -> io::Result<bool> {
        let held = self.folder.metadata()?;
        let there = fs::symlink_metadata(&self.path);
        Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (held.dev(), held.ino())))
    }

    fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() && entry.file_name().to_str().is_some_and(scene::is_name) {
                scene::remove(&entry.path());
            }
        }
        Ok(())
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        // The last one takes it away, if nothing is in it.
        if flock(&self.folder, FlockOperation::NonBlockingLockExclusive).is_ok() {
            fs::remove_dir(&self.path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// What a drill leaves behind that is killed, and what only looks like it.
    struct Left {
        place: tempfile::TempDir,
        ours: Vec<PathBuf>,
        others: Vec<PathBuf>,
    }

    impl Left {
        fn new() -> Self {
            let place = tempfile::tempdir().unwrap();
            let name = scene::random().unwrap().chars().take(8).collect::<String>();
            let memory = |name: String| Path::new("/dev/shm").join(name);
            let scene = place.path().join("drill").join(&name);
            let closed = scene.join("project/closed");
            let mut left = Self { place, ours: vec![scene], others: Vec::new() };
            fs::create_dir_all(&closed).unwrap();
            fs::write(closed.join("file"), "x").unwrap();
            fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
            left.ours.extend([format!("dr{name}-12"), format!("portcullis-drill-{name}")].map(memory));
            left.others.extend([format!("dr{name}"), format!("dr{name}-x"), format!("x-dr{name}-1")].map(memory));
            left.others.extend(["drill/notes", "drill/0123456", "drill/0123456G"].map(|it| left.path(it)));
            left.ours.iter().skip(1).chain(&left.others).for_each(|path| fs::write(path, "x").unwrap());
            left
        }

        fn path(&self, name: &str) -> PathBuf {
            self.place.path().join(name)
        }

        fn are_there(paths: &[PathBuf]) -> bool {
            paths.iter().all(|path| path.symlink_metadata().is_ok())
        }
    }

    impl Drop for Left {
        fn drop(&mut self) {
            self.ours.iter().skip(1).chain(&self.others).for_each(|path| drop(fs::remove_file(path)));
        }
    }

    #[test]
    fn what_a_killed_drill_left_is_taken_away_and_nothing_else() {
        let left = Left::new();
        let ground = Ground::hold(&left.path("drill")).unwrap();
        for path in &left.ours {
            assert!(path.symlink_metadata().is_err(), "{}", path.display());
        }
        assert!(Left::are_there(&left.others));
        drop(ground);
        assert!(left.path("drill").is_dir(), "somebody's notes are in it");
    }

    #[test]
    fn nothing_is_taken_from_a_drill_that_goes_on() {
        let left = Left::new();
        let others = File::open(left.path("drill")).unwrap();
        flock(&others, FlockOperation::LockShared).unwrap();
        drop(Ground::hold(&left.path("drill")).unwrap());
        assert!(Left::are_there(&left.ours) && Left::are_there(&left.others));
    }

    #[test]
    fn a_folder_that_is_empty_goes_with_the_last_who_holds_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("drill");
        let (one, other) = (Ground::hold(&path).unwrap(), Ground::hold(&path).unwrap());
        drop(one);
        assert!(path.is_dir());
        drop(other);
        assert!(!path.exists());
    }

    #[test]
    fn a_link_in_the_place_of_a_scene_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let (path, outside) = (place.path().join("drill"), place.path().join("outside"));
        fs::create_dir_all(&path).unwrap();
        fs::create_dir_all(outside.join("kept")).unwrap();
        std::os::unix::fs::symlink(&outside, path.join("0123abcd")).unwrap();
        drop(Ground::hold(&path).unwrap());
        assert!(outside.join("kept").is_dir());
    }
}
