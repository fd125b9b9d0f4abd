//! What is read from overlays that the kernel made.

use crate::scene::{Scene, copy_tree, encode, in_overlay};
use crate::{dice, tree};
use std::fs;
use std::path::PathBuf;

/// How many sessions are tried on overlays of the kernel, and how many on upper folders that are written directly.
pub(crate) const REAL: u64 = 60;
pub(crate) const WRITTEN: u64 = 1000;

/// Only does something when the tests below start it, within an overlay.
#[test]
fn changes_what_is_mounted_and_says_what_it_sees() {
    if std::env::var_os("MERGED").is_none() {
        return;
    }
    let folder = |name: &str| std::path::PathBuf::from(std::env::var_os(name).unwrap());
    let seed: u64 = std::env::var("SEED").unwrap().parse().unwrap();
    dice::change(&folder("MERGED"), seed);
    let shown = tree::read(&folder("MERGED"));
    let differences = tree::differences(&tree::read(&folder("LOWER")), &shown);
    fs::write(folder("SEEN"), format!("{:#?}", tree::without_times(&shown))).unwrap();
    fs::write(folder("DIFFERENCES"), format!("{differences:#?}")).unwrap();
}

/// A scene in which a session changed something at random. Beside it, as text, are `shown`, what the session saw in the
/// end, and `differences`, where that differs from what it found. `None` where the system allows no overlays.
pub(crate) fn random_session(seed: u64) -> Option<Scene> {
    let scene = Scene::in_memory();
    dice::fill(&scene.lower(), seed);
    drop(scene.begin());
    let place = |name: &str| scene.folder.path().join(name).into_os_string();
    let variables = [
        ("SEED", seed.to_string().into()),
        ("LOWER", place("lower")),
        ("SEEN", place("shown")),
        ("DIFFERENCES", place("differences")),
    ];
    in_overlay(&scene, "overlay::changes_what_is_mounted_and_says_what_it_sees", &variables).then_some(scene)
}

/// The same without a kernel: the upper folder is written as one would write it.
pub(crate) fn written_session(seed: u64) -> (Scene, tree::Tree) {
    let scene = Scene::in_memory();
    dice::fill(&scene.lower(), seed);
    drop(scene.begin());
    let merged = scene.folder.path().join("merged");
    fs::create_dir(&merged).unwrap();
    copy_tree(&scene.lower(), &merged);
    dice::change(&merged, seed);
    let mut coin = dice::Dice::new(seed);
    encode(&scene.lower(), &merged, &scene.upper(), &mut || coin.below(3) == 0);
    (scene, tree::read(&merged))
}

fn told(scene: &Scene) -> Vec<PathBuf> {
    let changes = scene.read().changes;
    assert!(changes.iter().all(|change| change.obstacle.is_none()), "{changes:?}");
    changes.iter().map(|change| change.path.as_path().to_owned()).collect()
}

#[test]
fn what_is_told_of_an_overlay_is_what_differs() {
    for seed in 0..REAL {
        let Some(scene) = random_session(seed) else { return };
        let differences = fs::read_to_string(scene.folder.path().join("differences")).unwrap();
        let mut paths = told(&scene);
        paths.sort();
        assert_eq!(format!("{paths:#?}"), differences, "seed {seed}");
    }
}

#[test]
fn what_is_told_of_any_upper_folder_is_what_differs() {
    for seed in 0..WRITTEN / 4 {
        let (scene, shown) = written_session(seed);
        let mut paths = told(&scene);
        paths.sort();
        assert_eq!(paths, tree::differences(&tree::read(&scene.lower()), &shown), "seed {seed}");
    }
}

#[test]
fn what_is_told_of_a_copy_is_what_differs() {
    for seed in 0..WRITTEN / 8 {
        let scene = Scene::in_memory();
        dice::fill(&scene.lower(), seed);
        scene.begin_copy();
        dice::change(&scene.upper(), seed);
        let mut paths = told(&scene);
        paths.sort();
        assert_eq!(paths, tree::differences(&tree::read(&scene.lower()), &tree::read(&scene.upper())), "seed {seed}");
        // As a layer it says the same, and holds nothing else.
        let before = scene.read();
        scene.session().thin([&before]).unwrap();
        assert!(!scene.session().session().layers[0].whole, "seed {seed}");
        let after = scene.read();
        assert_eq!(told_of(&after.changes), told_of(&before.changes), "seed {seed}");
        let told = |path: &str| before.changes.iter().any(|change| change.path.to_string() == path);
        for (path, node) in tree::read(&scene.upper()) {
            let path = path.to_string_lossy();
            assert!(matches!(node, tree::Entry::Folder { .. }) || told(&path), "seed {seed}: {path} is still there");
        }
    }
}

/// What is told of changes, without the sizes and times of folders: those change with the marks in them.
fn told_of(changes: &[portcullis_changes::Change]) -> Vec<String> {
    let words = |change: &portcullis_changes::Change| {
        let node = |node: &Option<portcullis_changes::Node>| {
            let node = node.as_ref()?;
            let size = if node.file_type == portcullis_changes::FileType::Folder { 0 } else { node.size };
            Some((node.file_type, node.mode, size, node.target.clone()))
        };
        let (before, after) = (node(&change.before), node(&change.after));
        format!("{} {:?} {:?} {:?} {before:?} {after:?}", change.path, change.kind, change.classes, change.obstacle)
    };
    changes.iter().map(words).collect()
}

#[test]
fn a_copy_in_which_somebody_wrote_marks_of_a_layer_stays_a_copy() {
    let scene = Scene::new();
    scene.has("folder/file", "x").has("gone", "x");
    scene.begin_copy();
    fs::remove_file(scene.upper().join("gone")).unwrap();
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(scene.upper().join("folder"), "user.overlay.opaque", b"y", flags).unwrap();
    let before = scene.read();
    scene.session().thin([&before]).unwrap();
    assert!(scene.session().session().layers[0].whole);
    assert_eq!(told_of(&scene.read().changes), told_of(&before.changes));
    assert!(scene.upper().join("folder/file").exists());
}

#[test]
fn what_was_left_out_of_a_copy_was_not_deleted() {
    let scene = Scene::new();
    scene.has("file", "x").has("gone", "x").has("masked/secret", "x");
    scene.begin_copy();
    std::os::unix::net::UnixListener::bind(scene.lower().join("socket")).unwrap();
    fs::remove_dir_all(scene.upper().join("masked")).unwrap();
    assert_eq!(scene.kinds(), []);
    fs::remove_file(scene.upper().join("gone")).unwrap();
    assert_eq!(scene.kinds(), [("gone".to_owned(), portcullis_changes::ChangeKind::Deleted)]);
    // What is put in the place of something masked is told, and never applied.
    scene.wrote("masked/secret", "y");
    let changes = scene.read().changes;
    assert!(
        changes.iter().any(|change| change.obstacle == Some(portcullis_changes::Obstacle::Protected)),
        "{changes:?}"
    );
    scene.apply(|change| change.obstacle.is_none());
    assert!(!scene.lower().join("gone").exists() && scene.lower().join("masked/secret").exists());
}
