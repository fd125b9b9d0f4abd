//! Where sessions are kept: one folder each, which nobody else can look into.
//!
//! ```text
//! <id>/session.json            who, when, which folders
//! <id>/lock                    held by the command that works on it
//! <id>/layers/<n>/{upper,work} what was written to the n-th folder
//! <id>/applied/<n>/            what was applied, and what it overwrote
//! ```

use crate::lock::Lock;
use crate::{ChangesError, Layer, LayerName, Session, State, TreePath, atomic};
use portcullis_event::{EventId, Rest, SessionId, Timestamp, hex};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The file that describes a session.
const DOCUMENT: &str = "session.json";

/// A description is a few kilobytes; more than this is none.
const LONGEST_DOCUMENT: u64 = 16 << 20;

/// The sessions of a user.
#[derive(Debug, Clone)]
pub struct SessionStore {
    folder: PathBuf,
}

/// What a new session starts with.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The command line, secrets replaced.
    pub command: Vec<String>,
    /// When it starts.
    pub started: Timestamp,
    /// What has become of it so far: it runs, and in which process.
    pub state: State,
    /// The folders that it may change.
    pub layers: Vec<NewLayer>,
}

/// A folder that a new session may change.
#[derive(Debug, Clone)]
pub struct NewLayer {
    /// Which part of the session's world it is.
    pub name: LayerName,
    /// The real folder.
    pub lower: PathBuf,
    /// What is shown to the session in another form.
    pub protected: Vec<TreePath>,
}

/// A session whose description can't be read. It is listed all the same, so that it does not vanish.
#[derive(Debug)]
pub struct Unreadable {
    /// The name of its folder.
    pub id: String,
    /// Why.
    pub why: ChangesError,
}

/// A session to look at.
#[derive(Debug, Clone)]
pub struct SessionFolder {
    folder: PathBuf,
    session: Session,
}

/// A session to work on. While it is held, no other command works on it.
#[derive(Debug)]
pub struct LockedSession {
    of: SessionFolder,
    _lock: Lock,
}

impl SessionStore {
    /// The sessions in this folder, which need not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// An id that no other session has.
    pub fn fresh_id() -> Result<SessionId, ChangesError> {
        // The last six bytes of an event's id are random; twelve digits are short enough to be typed.
        let random = EventId::fresh();
        let text = hex::encode(random.as_bytes().get(10..).unwrap_or_default());
        SessionId::parse(text.clone()).map_err(|_| ChangesError::BadId(text))
    }

    /// Begins a session: its folders, and then its description.
    pub fn create(&self, id: SessionId, new: NewSession) -> Result<LockedSession, ChangesError> {
        if !is_id(id.as_str()) {
            return Err(ChangesError::BadId(id.into()));
        }
        private_folder(&self.folder, true)?;
        let folder = self.folder.join(id.as_str());
        private_folder(&folder, false)?;
        let lock = Lock::take(&folder, id.as_str())?;
        let NewSession { command, started, state, layers } = new;
        let layers = (0usize..).zip(layers).map(|(index, layer)| create_layer(&folder, index, layer));
        let layers = layers.collect::<Result<_, _>>()?;
        let session = Session {
            id,
            name: None,
            command,
            started,
            ended: None,
            status: None,
            layers,
            state,
            live: None,
            earlier: Vec::new(),
            rest: Rest::new(),
        };
        let mut locked = LockedSession { of: SessionFolder { folder, session }, _lock: lock };
        locked.update(|_| ())?;
        atomic::sync_folder(&self.folder).map_err(ChangesError::io("sync", &self.folder))?;
        Ok(locked)
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// All sessions, the latest first, and those that can't be read.
    pub fn list(&self) -> Result<(Vec<SessionFolder>, Vec<Unreadable>), ChangesError> {
        let (mut sessions, mut unreadable) = (Vec::new(), Vec::new());
        for id in self.ids()? {
            match self.read(&id) {
                Ok(session) => sessions.push(session),
                Err(why) => unreadable.push(Unreadable { id, why }),
            }
        }
        sessions.sort_by(|a, b| (b.session.started, &b.session.id).cmp(&(a.session.started, &a.session.id)));
        Ok((sessions, unreadable))
    }

    /// The session that was started last.
    pub fn latest(&self) -> Result<SessionFolder, ChangesError> {
        self.list()?.0.into_iter().next().ok_or(ChangesError::NoSession)
    }

    /// The session whose id this is, or the only one whose id begins so.
    pub fn open(&self, given: &str) -> Result<SessionFolder, ChangesError> {
        let mut candidates: Vec<String> = self.ids()?.into_iter().filter(|id| id.starts_with(given)).collect();
        candidates.sort();
        match candidates.as_slice() {
            _ if given.is_empty() => Err(ChangesError::NoSuchSession(String::new())),
            [] => Err(ChangesError::NoSuchSession(given.to_owned())),
            [id] => self.read(id),
            // The shortest comes first, so this is the session that is named exactly.
            [id, ..] if id == given => self.read(id),
            [..] => {
                candidates.truncate(8);
                Err(ChangesError::Ambiguous { given: given.to_owned(), candidates })
            }
        }
    }

    fn ids(&self) -> Result<Vec<String>, ChangesError> {
        // Other names are not ours.
        Ok(self.names()?.into_iter().filter(|name| is_id(name)).collect())
    }

    /// Every name in the folder that is text.
    pub(crate) fn names(&self) -> Result<Vec<String>, ChangesError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ChangesError::io("list", &self.folder)(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(ChangesError::io("list", &self.folder))?;
            names.extend(entry.file_name().into_string());
        }
        Ok(names)
    }

    pub(crate) fn read(&self, id: &str) -> Result<SessionFolder, ChangesError> {
        let folder = self.folder.join(id);
        let session = read_document(&folder)?;
        if session.id.as_str() == id {
            return Ok(SessionFolder { folder, session });
        }
        let what = format!("it describes session {:?}", session.id.as_str());
        Err(ChangesError::Damaged { path: folder.join(DOCUMENT), what })
    }
}

impl SessionFolder {
    /// What the session is.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// What was written to a layer.
    pub fn upper(&self, layer: &Layer) -> PathBuf {
        self.folder.join(layer.upper.as_path())
    }

    /// What the overlay of a layer needs for itself.
    pub fn work(&self, layer: &Layer) -> PathBuf {
        self.folder.join(layer.work.as_path())
    }

    /// Takes the lock, and reads the description again: it may have changed since.
    pub fn lock(mut self) -> Result<LockedSession, ChangesError> {
        let lock = Lock::take(&self.folder, self.session.id.as_str())?;
        self.session = read_document(&self.folder)?;
        Ok(LockedSession { of: self, _lock: lock })
    }
}

impl LockedSession {
    /// The session, to look at.
    pub fn folder(&self) -> &SessionFolder {
        &self.of
    }

    /// What the session is.
    pub fn session(&self) -> &Session {
        &self.of.session
    }

    /// Changes the description and writes it down.
    pub fn update(&mut self, change: impl FnOnce(&mut Session)) -> Result<(), ChangesError> {
        let mut session = self.of.session.clone();
        change(&mut session);
        let path = self.of.folder.join(DOCUMENT);
        let text = serde_json::to_vec_pretty(&session).map_err(|error| not_written(&path, &error))?;
        atomic::write(&path, &text).map_err(ChangesError::io("write", &path))?;
        self.of.session = session;
        Ok(())
    }

    /// The session's command has ended.
    pub fn ended(&mut self, at: Timestamp, status: Option<i32>) -> Result<(), ChangesError> {
        self.update(|session| {
            session.ended = Some(at);
            session.status = status;
            session.state = State::Ended;
        })
    }

    /// Gives the lock back.
    pub fn unlock(self) -> SessionFolder {
        self.of
    }
}

fn not_written(path: &Path, error: &serde_json::Error) -> ChangesError {
    ChangesError::Damaged { path: path.to_owned(), what: format!("it can't be written: {error}") }
}

/// Whether a folder of that name is a session's.
fn is_id(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

fn private_folder(path: &Path, may_exist: bool) -> Result<(), ChangesError> {
    DirBuilder::new().recursive(may_exist).mode(0o700).create(path).map_err(ChangesError::io("create", path))
}

/// The folders of a layer. The root of an overlay shows the mode of the upper folder, so that is the lower one's; what
/// keeps others out is the folder around it.
fn create_layer(session: &Path, index: usize, new: NewLayer) -> Result<Layer, ChangesError> {
    let NewLayer { name, lower, protected } = new;
    let place = TreePath::parse(format!("layers/{index}")).unwrap_or_default();
    let within = |name: &[u8]| place.join(name).unwrap_or_default();
    let (upper, work, rest) = (within(b"upper"), within(b"work"), Rest::new());
    let layer = Layer { name, lower, upper, work, protected, whole: false, rest };
    private_folder(&session.join(place.as_path()), true)?;
    private_folder(&session.join(layer.work.as_path()), false)?;
    let upper = session.join(layer.upper.as_path());
    private_folder(&upper, false)?;
    let mode = fs::metadata(&layer.lower).map_err(ChangesError::io("look at", &layer.lower))?.permissions().mode();
    fs::set_permissions(&upper, fs::Permissions::from_mode(mode & 0o1777))
        .map_err(ChangesError::io("set the mode of", &upper))?;
    Ok(layer)
}

fn read_document(folder: &Path) -> Result<Session, ChangesError> {
    let path = folder.join(DOCUMENT);
    let damaged = |what: String| ChangesError::Damaged { path: path.clone(), what };
    let length = fs::metadata(&path).map_err(ChangesError::io("read", &path))?.len();
    if length > LONGEST_DOCUMENT {
        return Err(damaged(format!("it has {length} bytes")));
    }
    let text = fs::read(&path).map_err(ChangesError::io("read", &path))?;
    serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProcessMark;

    fn new_session(lower: &Path, started: i64) -> NewSession {
        NewSession {
            command: vec!["agent".to_owned()],
            started: Timestamp::from_micros(started),
            state: State::Running(ProcessMark::of(std::process::id()).unwrap()),
            layers: vec![NewLayer { name: LayerName::Workspace, lower: lower.to_owned(), protected: Vec::new() }],
        }
    }

    fn id(text: &str) -> SessionId {
        SessionId::parse(text).unwrap()
    }

    #[test]
    fn a_session_reads_back_as_it_was_created_and_nobody_else_can_look_into_it() {
        let temporary = tempfile::tempdir().unwrap();
        let store = SessionStore::at(temporary.path().join("sessions"));
        let created = store.create(id("s-1"), new_session(temporary.path(), 1)).unwrap();
        let read = store.latest().unwrap();
        assert_eq!(read.session(), created.session());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let layer = &read.session().layers[0];
        assert_eq!((mode(read.path()), mode(&temporary.path().join("sessions"))), (0o700, 0o700));
        assert_eq!(mode(&read.path().join("layers/0")), 0o700);
        assert_eq!(mode(&read.work(layer)), 0o700);
        assert_eq!(mode(&read.upper(layer)), mode(temporary.path()));
    }

    #[test]
    fn sessions_are_found_by_what_their_id_begins_with() {
        let temporary = tempfile::tempdir().unwrap();
        let store = SessionStore::at(temporary.path().join("sessions"));
        assert!(matches!(store.latest(), Err(ChangesError::NoSession)));
        for (name, started) in [("ab", 1), ("abc", 3), ("abd", 2)] {
            drop(store.create(id(name), new_session(temporary.path(), started)).unwrap());
        }
        let found = |given: &str| store.open(given).map(|it| it.session().id.to_string());
        assert_eq!(found("abd").unwrap(), "abd");
        assert_eq!(found("ab").unwrap(), "ab");
        assert!(matches!(found("a"), Err(ChangesError::Ambiguous { candidates, .. }) if candidates.len() == 3));
        assert!(matches!(found("x"), Err(ChangesError::NoSuchSession(_))));
        assert!(matches!(found(""), Err(ChangesError::NoSuchSession(_))));
        assert_eq!(store.latest().unwrap().session().id, id("abc"));
    }

    #[test]
    fn an_id_can_not_leave_the_folder_or_be_taken_twice() {
        let temporary = tempfile::tempdir().unwrap();
        let store = SessionStore::at(temporary.path().join("sessions"));
        for bad in ["../x", ".", "a/b", "a b", &"x".repeat(65)] {
            let made = store.create(id(bad), new_session(temporary.path(), 1));
            assert!(matches!(made, Err(ChangesError::BadId(_))), "{bad:?}");
        }
        drop(store.create(id("one"), new_session(temporary.path(), 1)).unwrap());
        assert!(store.create(id("one"), new_session(temporary.path(), 2)).is_err());
        assert_ne!(SessionStore::fresh_id().unwrap(), SessionStore::fresh_id().unwrap());
    }

    #[test]
    fn two_commands_do_not_work_on_one_session() {
        let temporary = tempfile::tempdir().unwrap();
        let store = SessionStore::at(temporary.path().join("sessions"));
        let first = store.create(id("one"), new_session(temporary.path(), 1)).unwrap();
        assert!(matches!(store.open("one").unwrap().lock(), Err(ChangesError::Busy(_))));
        drop(first);
        store.open("one").unwrap().lock().unwrap();
    }

    #[test]
    fn what_was_written_meanwhile_is_seen_under_the_lock() {
        let temporary = tempfile::tempdir().unwrap();
        let store = SessionStore::at(temporary.path().join("sessions"));
        let mut first = store.create(id("one"), new_session(temporary.path(), 1)).unwrap();
        let looked = store.open("one").unwrap();
        first.ended(Timestamp::from_micros(9), Some(0)).unwrap();
        drop(first);
        assert!(looked.session().state.runs());
        assert_eq!(looked.lock().unwrap().session().state, State::Ended);
    }

    #[test]
    fn fields_of_a_newer_version_are_kept() {
        let temporary = tempfile::tempdir().unwrap();
        let store = SessionStore::at(temporary.path().join("sessions"));
        drop(store.create(id("one"), new_session(temporary.path(), 1)).unwrap());
        let path = temporary.path().join("sessions/one/session.json");
        let mut document: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        document["later"] = 1.into();
        document["layers"][0]["later"] = 2.into();
        fs::write(&path, document.to_string()).unwrap();
        store.open("one").unwrap().lock().unwrap().ended(Timestamp::from_micros(2), None).unwrap();
        let after: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!((&after["later"], &after["layers"][0]["later"]), (&1.into(), &2.into()));
    }

    #[test]
    fn a_damaged_session_is_listed_with_what_is_wrong() {
        let temporary = tempfile::tempdir().unwrap();
        let store = SessionStore::at(temporary.path().join("sessions"));
        drop(store.create(id("good"), new_session(temporary.path(), 1)).unwrap());
        drop(store.create(id("bad"), new_session(temporary.path(), 1)).unwrap());
        let path = temporary.path().join("sessions/bad/session.json");
        let text = fs::read_to_string(&path).unwrap();
        for damage in ["{", &text.replace("\"bad\"", "\"good\""), &text.replace("layers/0/upper", "../../upper")] {
            fs::write(&path, damage).unwrap();
            let (sessions, unreadable) = store.list().unwrap();
            assert_eq!((sessions.len(), unreadable.len()), (1, 1), "{damage}");
            assert!(matches!(unreadable[0].why, ChangesError::Damaged { .. }));
        }
    }
}
