//! A session in a temporary folder: the real workspace, and what was written to it.

use portcullis_changes::{
    Change, ChangeKind, ChangeSet, ChangesError, Conflict, LayerName, Limits, LockedSession, NewLayer, NewSession,
    OnEdit, Outcome, SessionStore, State, TreePath, pick,
};
use portcullis_event::{SessionId, Timestamp};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

pub(crate) struct Scene {
    pub(crate) folder: tempfile::TempDir,
}

/// A path of a tree.
pub(crate) fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

impl Scene {
    /// An empty workspace.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lower")).unwrap();
        Self { folder }
    }

    /// The same in memory, if there is such a place: what is synced a thousand times over keeps a disk busy.
    pub(crate) fn in_memory() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").ok().filter(|folder| {
            rustix::fs::setxattr(folder.path(), "user.probe", b"", rustix::fs::XattrFlags::empty()).is_ok()
        });
        let folder = folder.unwrap_or_else(|| tempfile::tempdir().unwrap());
        fs::create_dir(folder.path().join("lower")).unwrap();
        Self { folder }
    }

    pub(crate) fn lower(&self) -> PathBuf {
        self.folder.path().join("lower")
    }

    pub(crate) fn upper(&self) -> PathBuf {
        self.folder.path().join("sessions/one/layers/0/upper")
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("sessions/one/layers/0/work")
    }

    pub(crate) fn store(&self) -> SessionStore {
        SessionStore::at(self.folder.path().join("sessions"))
    }

    /// Begins the session: from here on the workspace is as the session finds it.
    pub(crate) fn begin(&self) -> LockedSession {
        self.begin_in(LayerName::Workspace)
    }

    pub(crate) fn begin_in(&self, name: LayerName) -> LockedSession {
        let new = NewSession {
            command: vec!["agent".to_owned()],
            started: Timestamp::from(std::time::SystemTime::now()),
            state: State::Ended,
            layers: vec![NewLayer { name, lower: self.lower(), protected: vec![path("masked")] }],
        };
        self.store().create(SessionId::parse("one").unwrap(), new).unwrap()
    }

    /// Begins a session on a copy of the whole workspace.
    pub(crate) fn begin_copy(&self) {
        let mut session = self.begin();
        session.update(|session| session.layers[0].whole = true).unwrap();
        copy_tree(&self.lower(), &self.upper());
    }

    /// Writes a file of the workspace.
    pub(crate) fn has(&self, path: &str, contents: &str) -> &Self {
        write(&self.lower().join(path), contents);
        self
    }

    /// Writes a file into the upper folder.
    pub(crate) fn wrote(&self, path: &str, contents: &str) -> &Self {
        write(&self.upper().join(path), contents);
        self
    }

    /// Deletes a file in the upper folder.
    pub(crate) fn deleted(&self, path: &str) -> &Self {
        whiteout(&self.upper().join(path));
        self
    }

    /// The changes.
    pub(crate) fn read(&self) -> ChangeSet {
        self.read_within(Limits::default())
    }

    pub(crate) fn read_within(&self, limits: Limits) -> ChangeSet {
        let session = self.store().latest().unwrap();
        let layer = &session.session().layers[0];
        ChangeSet::read(layer, &session.upper(layer), limits).unwrap()
    }

    /// The changes, by path and kind.
    pub(crate) fn kinds(&self) -> Vec<(String, ChangeKind)> {
        self.read().changes.iter().map(|change| (change.path.to_string(), change.kind)).collect()
    }

    /// The session, to work on.
    pub(crate) fn session(&self) -> LockedSession {
        self.store().open("one").unwrap().lock().unwrap()
    }

    /// Applies what is chosen, all or nothing.
    pub(crate) fn apply(&self, chosen: impl Fn(&Change) -> bool) -> Outcome {
        self.try_apply(chosen, false, &mut || true).unwrap()
    }

    pub(crate) fn try_apply(
        &self,
        chosen: impl Fn(&Change) -> bool,
        skip_conflicts: bool,
        progress: &mut dyn FnMut() -> bool,
    ) -> Result<Outcome, ChangesError> {
        let mut session = self.session();
        let sets = session.changes(Limits::default())?;
        let picked: Vec<_> = sets.iter().map(|set| (set, pick(&set.changes, &chosen))).collect();
        let prepared = session.prepare_apply(&picked, skip_conflicts, progress)?;
        session.carry_out(prepared, progress)
    }

    /// Takes everything back.
    pub(crate) fn revert(&self, on_edit: OnEdit) -> (Outcome, Vec<Conflict>) {
        self.try_revert(on_edit, &mut || true).unwrap()
    }

    pub(crate) fn try_revert(
        &self,
        on_edit: OnEdit,
        progress: &mut dyn FnMut() -> bool,
    ) -> Result<(Outcome, Vec<Conflict>), ChangesError> {
        let mut session = self.session();
        let (mut total, mut all) = (Outcome::default(), Vec::new());
        for operation in session.in_effect()? {
            let (prepared, edited) = session.prepare_revert(operation, on_edit, progress)?;
            all.extend(edited);
            let Some(prepared) = prepared else { continue };
            let outcome = session.carry_out(prepared, progress)?;
            total.done += outcome.done;
            total.conflicts.extend(outcome.conflicts);
        }
        Ok((total, all))
    }

    /// The only change.
    pub(crate) fn only(&self) -> Change {
        let changes = self.read().changes;
        assert_eq!(changes.len(), 1, "{changes:?}");
        changes.into_iter().next().unwrap()
    }
}

pub(crate) fn write(path: &Path, contents: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

/// What an overlay puts where something was deleted.
pub(crate) fn whiteout(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode};
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    rustix::fs::mknodat(CWD, path, FileType::CharacterDevice, Mode::empty(), 0).unwrap();
}

/// Sets an attribute.
pub(crate) fn attribute(path: &Path, name: &str, value: &str) {
    rustix::fs::setxattr(path, name, value.as_bytes(), rustix::fs::XattrFlags::empty()).unwrap();
}

/// Writes the upper folder by which an overlay would show `merged` above `lower`.
pub(crate) fn encode(lower: &Path, merged: &Path, upper: &Path, opaque: &mut dyn FnMut() -> bool) {
    encode_folder(lower, merged, upper, false, opaque);
}

fn encode_folder(lower: &Path, merged: &Path, upper: &Path, hidden: bool, opaque: &mut dyn FnMut() -> bool) {
    for entry in fs::read_dir(merged).unwrap() {
        let name = entry.unwrap().file_name();
        let (below, shown, written) = (lower.join(&name), merged.join(&name), upper.join(&name));
        let metadata = fs::symlink_metadata(&shown).unwrap();
        let below_metadata = fs::symlink_metadata(&below).ok();
        if metadata.is_dir() {
            fs::create_dir(&written).unwrap();
            copy_metadata(&shown, &written);
            let hides = hidden || opaque() || below_metadata.is_some_and(|it| !it.is_dir());
            if hides {
                attribute(&written, "user.overlay.opaque", "y");
            }
            encode_folder(&below, &shown, &written, hides, opaque);
            fs::set_permissions(&written, metadata.permissions()).unwrap();
        } else if metadata.is_symlink() {
            symlink(fs::read_link(&shown).unwrap(), &written).unwrap();
        } else {
            fs::copy(&shown, &written).unwrap();
            copy_metadata(&shown, &written);
            attribute(&written, "user.overlay.origin", "somewhere");
        }
    }
    let Ok(below) = fs::read_dir(lower) else { return };
    for entry in below.filter(|_| !hidden && !lower.is_symlink()) {
        let name = entry.unwrap().file_name();
        if fs::symlink_metadata(merged.join(&name)).is_err() {
            whiteout(&upper.join(&name));
        }
    }
}

/// Copies a whole tree.
pub(crate) fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        let (source, target) = (from.join(&name), to.join(&name));
        let metadata = fs::symlink_metadata(&source).unwrap();
        if metadata.is_dir() {
            fs::create_dir(&target).unwrap();
            copy_tree(&source, &target);
            copy_metadata(&source, &target);
        } else if metadata.is_symlink() {
            symlink(fs::read_link(&source).unwrap(), &target).unwrap();
        } else {
            fs::copy(&source, &target).unwrap();
            copy_metadata(&source, &target);
        }
    }
}

fn copy_metadata(from: &Path, to: &Path) {
    let metadata = fs::metadata(from).unwrap();
    for (name, value) in crate::tree::attributes(from) {
        rustix::fs::setxattr(to, name, &value, rustix::fs::XattrFlags::empty()).unwrap();
    }
    fs::set_permissions(to, fs::Permissions::from_mode(metadata.mode())).unwrap();
    if metadata.is_file() {
        fs::File::options().write(true).open(to).unwrap().set_modified(metadata.modified().unwrap()).unwrap();
    }
}

/// Runs a test of this program in namespaces of its own with an overlay on `merged`.
/// `false` where the system does not allow that.
pub(crate) fn in_overlay(scene: &Scene, test: &str, variables: &[(&str, OsString)]) -> bool {
    static ALLOWED: LazyLock<bool> =
        LazyLock::new(|| Command::new("unshare").args(["-Urm", "true"]).status().is_ok_and(|status| status.success()));
    if !*ALLOWED {
        return false;
    }
    let merged = scene.folder.path().join("merged");
    fs::create_dir_all(&merged).unwrap();
    let script = "mount -t overlay overlay -o userxattr,lowerdir=\"$1\",upperdir=\"$2\",workdir=\"$3\" \"$4\" && exec \"$5\" --exact \"$6\" --nocapture";
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", script, "sh"])
        .args([scene.lower(), scene.upper(), scene.work(), merged.clone(), std::env::current_exe().unwrap()])
        .arg(test)
        .env("MERGED", &merged)
        .envs(variables.iter().cloned())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    true
}
