//! The bundle: a folder that is the root of the tree, and the configuration that an OCI runtime reads.
//!
//! Everything is said that the specification lets be said: what is not in the spec is not in the bundle.

use super::Engine;
use crate::error::{Error, Stage};
use crate::root::processes::{FROZEN, HIDDEN};
use crate::spec::{Mount, Source, Spec};
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Component, Path, PathBuf};

/// Where process 1 finds its own program.
pub(super) const INIT: &str = "/.portcullis/init";

/// An empty folder of the bundle.
const NOTHING: &str = "nothing";

/// What process 1 needs until its walls stand: to bind the doors, to divert what leaves to them, and to enter a namespace of users
/// below this one.
const NEEDED: [&str; 3] = ["CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP"];

/// Writes it.
pub(super) fn write(engine: &Engine, spec: &Spec) -> Result<(), Error> {
    let failed = |error: io::Error| Error::new(Stage::Tree, error.to_string()).at(&engine.bundle);
    fs::DirBuilder::new().mode(0o700).create(&engine.bundle).map_err(failed)?;
    for folder in ["rootfs", "files", "state", NOTHING] {
        fs::create_dir(engine.bundle.join(folder)).map_err(failed)?;
    }
    let configuration = configuration(engine, spec)?;
    fs::write(engine.bundle.join("config.json"), configuration.to_string()).map_err(failed)
}

fn configuration(engine: &Engine, spec: &Spec) -> Result<Value, Error> {
    let mut mounts = Vec::new();
    for (index, mount) in spec.mounts.iter().enumerate() {
        mounts.extend(one(engine, index, mount)?);
    }
    mounts.push(bind(&engine.own_program, Path::new(INIT), false)?);
    let identity = &spec.identity;
    let only = |outside: u32| json!([{ "containerID": 0, "hostID": outside, "size": 1 }]);
    let namespaces = ["user", "pid", "mount", "ipc", "uts", "network"].map(|kind| json!({ "type": kind }));
    let below = |names: &[&str]| names.iter().map(|name| format!("/proc/{name}")).collect::<Vec<_>>();
    Ok(json!({
        "ociVersion": "1.0.2",
        "hostname": spec.hostname,
        "root": { "path": "rootfs", "readonly": true },
        "process": {
            "terminal": false,
            "user": { "uid": 0, "gid": 0 },
            "args": [INIT],
            "env": ["PATH=/usr/bin:/bin"],
            "cwd": "/",
            "noNewPrivileges": true,
            "capabilities": {
                "bounding": NEEDED, "effective": NEEDED, "permitted": NEEDED, "inheritable": [], "ambient": [],
            },
        },
        "mounts": mounts,
        "linux": {
            "uidMappings": only(identity.uid),
            "gidMappings": only(identity.gid),
            "namespaces": namespaces,
            "maskedPaths": below(HIDDEN),
            "readonlyPaths": below(FROZEN),
        },
    }))
}

/// What a piece of the tree is in a bundle: mounts, or something in the folder that is the root.
fn one(engine: &Engine, index: usize, mount: &Mount) -> Result<Vec<Value>, Error> {
    let in_memory = |at: &Path, bytes: u64, mode: u32| {
        let options = json!(["nosuid", "nodev", format!("size={bytes}"), format!("mode={mode:o}")]);
        Ok(vec![json!({ "destination": text(at)?, "type": "tmpfs", "source": "tmpfs", "options": options })])
    };
    match mount {
        Mount::Folder { at, .. } => {
            fs::create_dir_all(within(engine, at)?).map_err(|error| io_at(&error, at))?;
            Ok(Vec::new())
        }
        Mount::Link { at, to } => {
            let place = within(engine, at)?;
            if let Some(above) = place.parent() {
                fs::create_dir_all(above).map_err(|error| io_at(&error, at))?;
            }
            symlink(to, place).map_err(|error| io_at(&error, at))?;
            Ok(Vec::new())
        }
        Mount::Text { at, text } => {
            let file = engine.bundle.join("files").join(index.to_string());
            fs::write(&file, text).map_err(|error| io_at(&error, at))?;
            Ok(vec![bind(&file, at, false)?])
        }
        Mount::Memory { at, bytes, mode } => in_memory(at, *bytes, *mode),
        Mount::Show { from, at, writable } => Ok(vec![bind(&from.path, at, *writable)?]),
        Mount::Layered { lower, changes, at } => Ok(vec![layered(lower, Some(changes), at)?]),
        Mount::Merged { folders, at } => {
            // Of one folder alone the kernel makes no overlay.
            let nothing = Source { path: engine.bundle.join(NOTHING), translated: false };
            let with = Some(nothing).filter(|_| folders.len() == 1);
            let folders: Vec<Source> = with.into_iter().chain(folders.iter().cloned()).collect();
            Ok(vec![layered(&folders, None, at)?])
        }
        Mount::Hidden { at } => match fs::symlink_metadata(at) {
            Ok(found) if found.is_dir() => in_memory(at, 4096, 0o555),
            Ok(_) => Ok(vec![bind(Path::new("/dev/null"), at, false)?]),
            Err(_) => Ok(Vec::new()),
        },
        Mount::Closed { at, .. } => {
            Err(Error::new(Stage::Spec, "an engine covers nothing in a folder that can be changed").at(at))
        }
        // It is bound by process 1.
        Mount::Socket { .. } => Ok(Vec::new()),
        Mount::Processes { at } => Ok(vec![json!({
            "destination": text(at)?, "type": "proc", "source": "proc",
            "options": ["nosuid", "noexec", "nodev", "hidepid=4"],
        })]),
        Mount::Devices { at, shared_memory } => {
            let quiet = |size: String| json!(["nosuid", "noexec", "mode=755", size]);
            let terminals = json!(["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]);
            let shared = json!(["nosuid", "noexec", "nodev", "mode=1777", format!("size={shared_memory}")]);
            let mount = |at: PathBuf, kind: &str, options: Value| {
                Ok::<_, Error>(json!({ "destination": text(&at)?, "type": kind, "source": kind, "options": options }))
            };
            Ok(vec![
                mount(at.clone(), "tmpfs", quiet("size=65536".to_owned()))?,
                mount(at.join("pts"), "devpts", terminals)?,
                mount(at.join("shm"), "tmpfs", shared)?,
            ])
        }
    }
}

fn bind(from: &Path, at: &Path, writable: bool) -> Result<Value, Error> {
    // A file has no mounts below it, and some runtimes take that word for folders only.
    let is_folder = fs::metadata(from).is_ok_and(|it| it.is_dir());
    let access = match (writable, is_folder) {
        (true, _) => "rw",
        (false, true) => "rro",
        (false, false) => "ro",
    };
    Ok(json!({
        "destination": text(at)?, "type": "bind", "source": text(from)?,
        "options": ["rbind", "rprivate", access, "nosuid", "nodev"],
    }))
}

fn layered(lower: &[Source], changes: Option<&Source>, at: &Path) -> Result<Value, Error> {
    let named = |path: &Path| -> Result<String, Error> {
        let name = text(path)?;
        // They have a meaning of their own between the layers.
        if name.contains([':', ',', '\\']) {
            return Err(Error::new(Stage::Spec, "an engine can't layer a folder with such a name").at(path));
        }
        Ok(name.to_owned())
    };
    let below = lower.iter().map(|source| named(&source.path)).collect::<Result<Vec<_>, _>>()?;
    let mut options = vec!["nosuid".to_owned(), "nodev".to_owned(), "userxattr".to_owned()];
    options.push(format!("lowerdir={}", below.join(":")));
    if let Some(changes) = changes {
        options.push(format!("upperdir={}", named(&changes.path.join("upper"))?));
        options.push(format!("workdir={}", named(&changes.path.join("work"))?));
    } else {
        options.push("ro".to_owned());
    }
    Ok(json!({ "destination": text(at)?, "type": "overlay", "source": "overlay", "options": options }))
}

/// A place in the folder that is the root. Only names lead there.
fn within(engine: &Engine, at: &Path) -> Result<PathBuf, Error> {
    let mut place = engine.bundle.join("rootfs");
    for component in at.components() {
        match component {
            Component::RootDir => {}
            Component::Normal(name) => place.push(name),
            Component::CurDir | Component::ParentDir | Component::Prefix(_) => {
                return Err(Error::new(Stage::Spec, "a place inside must not go up").at(at));
            }
        }
    }
    Ok(place)
}

fn text(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::new(Stage::Spec, "an engine can't be told a name that is not UTF-8").at(path))
}

fn io_at(error: &io::Error, at: &Path) -> Error {
    Error::new(Stage::Tree, error.to_string()).at(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Identity, Limits, Network, Terminal};

    fn own(path: &str) -> Source {
        Source { path: path.into(), translated: false }
    }

    fn spec(mounts: Vec<Mount>) -> Spec {
        Spec {
            command: vec!["true".into()],
            environment: vec![("TOKEN".into(), "planted".into())],
            folder: "/".into(),
            identity: Identity { uid: 1001, gid: 1002, uid_inside: 1001, gid_inside: 1002, instead_of: None },
            mounts,
            writable: Vec::new(),
            hostname: "inside".to_owned(),
            network: Network::Doors,
            limits: Limits::default(),
            terminal: Terminal::None,
            handed_out: Vec::new(),
        }
    }

    fn written(mounts: Vec<Mount>) -> Result<(tempfile::TempDir, Value), Error> {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine {
            program: "/usr/bin/crun".into(),
            bundle: folder.path().join("bundle"),
            name: "x".to_owned(),
            own_program: "/usr/bin/true".into(),
        };
        write(&engine, &spec(mounts))?;
        let text = fs::read(engine.bundle.join("config.json")).unwrap();
        Ok((folder, serde_json::from_slice(&text).unwrap()))
    }

    #[test]
    fn a_bundle_says_what_the_spec_says_and_grants_nothing_else() {
        let (folder, bundle) = written(vec![
            Mount::Link { at: "/bin".into(), to: "usr/bin".into() },
            Mount::Show { from: own("/usr"), at: "/usr".into(), writable: false },
            Mount::Layered { lower: vec![own("/a"), own("/b")], changes: own("/c"), at: "/b".into() },
            Mount::Text { at: "/x".into(), text: b"said".to_vec() },
        ])
        .unwrap();
        assert_eq!(bundle["root"], json!({ "path": "rootfs", "readonly": true }));
        assert_eq!(bundle["process"]["noNewPrivileges"], true);
        assert_eq!(bundle["process"]["capabilities"]["bounding"], json!(NEEDED));
        assert_eq!(bundle["linux"]["uidMappings"], json!([{ "containerID": 0, "hostID": 1001, "size": 1 }]));
        assert!(!bundle.to_string().contains("planted"), "the environment is handed over in memory");
        let options = &bundle["mounts"][1]["options"];
        assert_eq!(options[3], "lowerdir=/a:/b", "{options}");
        assert_eq!(options[4], "upperdir=/c/upper");
        assert!(bundle["mounts"][0]["options"].as_array().unwrap().contains(&json!("rro")));
        let kinds: Vec<&str> =
            bundle["linux"]["namespaces"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["user", "pid", "mount", "ipc", "uts", "network"]);
        assert_eq!(fs::read_link(folder.path().join("bundle/rootfs/bin")).unwrap(), Path::new("usr/bin"));
    }

    #[test]
    fn names_that_would_say_something_else_are_refused() {
        for name in ["/a:b", "/a,upperdir=b", "/a\\b"] {
            let layered = Mount::Layered { lower: vec![own(name)], changes: own("/c"), at: "/b".into() };
            assert!(written(vec![layered]).is_err(), "{name}");
        }
        assert!(written(vec![Mount::Folder { at: "/../x".into(), mode: 0o755 }]).is_err());
    }
}
