//! A scene: a folder with a home, a project and what lies outside of both, with secrets planted, and a look at what
//! became of it.

use crate::attempt::{Attempt, Base, Plant, Proof, Spot, Way};
use crate::plan::Handle;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// Secrets that are there in every scene.
const SECRETS: &[&str] = &[
    "outside/secret",
    "outside/folder/secret",
    "project/.env",
    "project/deep/er/.env",
    "project/id_rsa",
    "home/.ssh/id_ed25519",
];

/// Ordinary files that are there in every scene.
const FILES: &[(&str, &str)] = &[
    ("project/README.md", "# A project\n"),
    ("project/src/main.c", "int main(void) { return 0; }\n"),
    ("project/.git/HEAD", "ref: refs/heads/main\n"),
    ("project/.git/config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"),
    ("project/.gitignore", "node_modules/\n"),
    ("project/node_modules/one/package.json", "{}\n"),
    ("outside/write-inherited", "# as it was\n"),
];

/// How long the name of a scene is.
const NAME: usize = 8;

/// Where files lie that are in memory.
pub(crate) const MEMORY: &str = "/dev/shm";

/// What the names of floods begin with, and those of files in memory that are for everybody.
pub(crate) const FLOOD: &str = "dr";
pub(crate) const SHARED: &str = "portcullis-drill-";

/// The longest name that a process can have.
const LONGEST_NAME: usize = 15;

/// Where a program keeps its own state that is started in this home.
const STATE: &str = "home/.local/share/portcullis";

const FOLDERS: &[&str] = &["project/.git/objects", "project/.git/refs/heads", "project/.git/hooks", STATE];

/// Links that point out of the project.
const LINKS: &[(&str, &str)] =
    &[("project/planted-link", "../outside/secret"), ("project/planted-folder", "../outside/folder")];

/// The attribute that attempts set.
pub(crate) const ATTRIBUTE: &str = "user.drill";

/// A scene. It is removed when this goes.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) root: PathBuf,
    pub(crate) secret: String,
    before: BTreeMap<&'static str, Look>,
}

impl Scene {
    /// Builds one for these attempts. `project_files` are put into the project as well.
    pub(crate) fn build(
        parent: &Path,
        attempts: &[&'static Attempt],
        project_files: &[(String, Vec<u8>)],
    ) -> io::Result<Self> {
        let root = parent.join(random()?.get(..NAME).unwrap_or("scene"));
        DirBuilder::new().recursive(true).mode(0o700).create(&root)?;
        let mut scene = Self { root, secret: random()?, before: BTreeMap::new() };
        for folder in FOLDERS {
            fs::create_dir_all(scene.root.join(folder))?;
        }
        fs::set_permissions(scene.root.join(STATE), fs::Permissions::from_mode(0o700))?;
        for (name, bytes) in project_files {
            put(&scene.root.join("project").join(name), bytes)?;
        }
        for (name, text) in FILES {
            put(&scene.root.join(name), text.as_bytes())?;
        }
        for name in SECRETS {
            scene.hide(&scene.root.join(name))?;
        }
        for (name, to) in LINKS {
            symlink(to, scene.root.join(name))?;
        }
        for attempt in attempts {
            scene.plant_for(attempt)?;
        }
        scene.before = scene.look(attempts);
        Ok(scene)
    }

    fn hide(&self, path: &Path) -> io::Result<()> {
        put(path, format!("TOKEN={}\n", self.secret).as_bytes())
    }

    fn plant_for(&self, attempt: &Attempt) -> io::Result<()> {
        if let Way::Read(spot) = &attempt.way {
            self.plant(spot)?;
        }
        match &attempt.proof {
            Proof::Changed(spot) => self.plant(spot),
            Proof::Secret | Proof::Call | Proof::Victim | Proof::Survivor | Proof::Beyond(_) | Proof::Word => Ok(()),
        }
    }

    fn plant(&self, spot: &Spot) -> io::Result<()> {
        let path = spot.path(&self.root);
        match spot.plant {
            Plant::Nothing => Ok(()),
            Plant::File => put(&path, b"# as it was\n"),
            Plant::Secret => self.hide(&path),
            Plant::Folder => put(&path.join("file"), b"# as it was\n"),
        }
    }

    fn look(&self, attempts: &[&'static Attempt]) -> BTreeMap<&'static str, Look> {
        let spots = attempts.iter().filter_map(|attempt| match &attempt.proof {
            Proof::Changed(spot) => Some((attempt.id, Look::at(&spot.path(&self.root)))),
            Proof::Secret | Proof::Call | Proof::Victim | Proof::Survivor | Proof::Beyond(_) | Proof::Word => None,
        });
        spots.collect()
    }

    /// Whether what this attempt went at is not what it was.
    pub(crate) fn is_changed(&self, id: &str, spot: &Spot) -> bool {
        self.before.get(id) != Some(&Look::at(&spot.path(&self.root)))
    }

    /// A name of the secret file that no path leads to.
    pub(crate) fn handle(&self) -> Option<Handle> {
        let (kind, bytes) = portcullis_sandbox::attempt::handle_of(&self.root.join("outside/secret")).ok()?;
        Some(Handle { kind, bytes })
    }

    /// A name for processes of this scene that no other scene has.
    pub(crate) fn called(&self, before: &str, behind: &str) -> String {
        let scene = self.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let most = LONGEST_NAME.saturating_sub(behind.len());
        format!("{before}{scene}").chars().take(most).chain(behind.chars()).collect()
    }

    pub(crate) fn folder(&self, base: Base) -> PathBuf {
        Spot { base, name: "", plant: Plant::Nothing }.path(&self.root)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        remove(&self.root);
    }
}

/// Whether a folder may be called like this that holds a scene.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() == NAME && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Removes a scene, and its files in memory if whoever wrote them did not come to it.
pub(crate) fn remove(root: &Path) {
    // Layers of a session hold folders that nobody may enter until that is changed.
    open_up(root, 0);
    fs::remove_dir_all(root).ok();
    let Some(name) = root.file_name().and_then(OsStr::to_str).filter(|name| is_name(name)) else { return };
    for entry in fs::read_dir(MEMORY).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|file| is_in_memory(file, name));
        if is_ours && entry.file_type().is_ok_and(|it| it.is_file()) {
            // What belongs to another user stays: the folder lets nobody take it away.
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// Whether a file in memory is called like those of this scene.
fn is_in_memory(file: &str, scene: &str) -> bool {
    let of_flood = |file: &str| {
        let number = file.strip_prefix(FLOOD)?.strip_prefix(scene)?.strip_prefix('-')?;
        number.parse::<usize>().ok()
    };
    file.strip_prefix(SHARED) == Some(scene) || of_flood(file).is_some()
}

fn open_up(folder: &Path, depth: usize) {
    let Ok(metadata) = fs::symlink_metadata(folder) else { return };
    if !metadata.is_dir() || depth > 64 {
        return;
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).ok();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        open_up(&entry.path(), depth + 1);
    }
}

/// What can be seen of a file from outside, all that an attempt might change.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    Nothing,
    Something {
        mode: u32,
        owner: (u32, u32),
        links: u64,
        changed: (i64, i64),
        content: Vec<u8>,
        names: Vec<std::ffi::OsString>,
        attribute: Option<Vec<u8>>,
    },
}

impl Look {
    fn at(path: &Path) -> Self {
        let Ok(metadata) = fs::symlink_metadata(path) else { return Self::Nothing };
        let mut names: Vec<_> =
            fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        let mut value = vec![0; 64];
        let attribute = rustix::fs::lgetxattr(path, ATTRIBUTE, &mut value).ok();
        Self::Something {
            mode: metadata.mode(),
            owner: (metadata.uid(), metadata.gid()),
            links: metadata.nlink(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
            content: if metadata.is_file() { fs::read(path).unwrap_or_default() } else { Vec::new() },
            names,
            attribute: attribute.map(|length| value.get(..length).unwrap_or_default().to_vec()),
        }
    }
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

/// Thirty-two characters that nobody can guess.
pub(crate) fn random() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text never fails.
        write!(text, "{byte:02x}").ok();
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::{Category, outside};

    const SPOT: Spot = outside("write-example", Plant::File);

    #[test]
    fn every_sort_of_change_is_seen() {
        let attempt: &'static Attempt = Box::leak(Box::new(Attempt {
            id: "write-example",
            category: Category::Writing,
            loses: "",
            way: Way::Write(SPOT),
            proof: Proof::Changed(SPOT),
        }));
        let changes: [fn(&Path) -> io::Result<()>; 6] = [
            |path| fs::write(path, "else"),
            |path| fs::remove_file(path),
            |path| fs::set_permissions(path, fs::Permissions::from_mode(0o600)),
            |path| fs::hard_link(path, path.with_extension("link")),
            |path| fs::File::options().append(true).open(path)?.set_modified(std::time::UNIX_EPOCH),
            |path| Ok(rustix::fs::setxattr(path, ATTRIBUTE, b"1", rustix::fs::XattrFlags::empty())?),
        ];
        for change in changes {
            let parent = tempfile::tempdir().unwrap();
            let scene = Scene::build(parent.path(), &[attempt], &[]).unwrap();
            assert!(!scene.is_changed(attempt.id, &SPOT));
            change(&SPOT.path(&scene.root)).unwrap();
            assert!(scene.is_changed(attempt.id, &SPOT));
        }
    }
}
