//! What is read from an upper folder.

use crate::scene::{Scene, attribute, path};
use portcullis_changes::ChangeKind::{Added, Attributes, Deleted, Mode, Modified, Replaced};
use portcullis_changes::{ChangeKind, ChangesError, Class, Contents, Limits, Obstacle};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

#[test]
fn each_kind_of_change_is_told() {
    let scene = Scene::new();
    scene
        .has("same", "1")
        .has("changed", "1")
        .has("gone", "1")
        .has("mode", "1")
        .has("marked", "1")
        .has("was-file", "1");
    scene.has("was-folder/in", "1").has("folder/gone", "1").has("folder/stays", "1").has("tree/deep/leaf", "1");
    symlink("a", scene.lower().join("link")).unwrap();
    let _session = scene.begin();
    scene.wrote("same", "1").wrote("changed", "2").wrote("mode", "1").wrote("marked", "1").wrote("new", "1");
    scene.wrote("was-file/in", "1").wrote("was-folder", "1").deleted("gone").deleted("folder/gone").deleted("tree");
    fs::set_permissions(scene.upper().join("mode"), fs::Permissions::from_mode(0o600)).unwrap();
    attribute(&scene.upper().join("marked"), "user.mark", "x");
    symlink("b", scene.upper().join("link")).unwrap();
    let expected = [
        ("changed", Modified),
        ("folder/gone", Deleted),
        ("gone", Deleted),
        ("link", Modified),
        ("marked", Attributes),
        ("mode", Mode),
        ("new", Added),
        ("tree", Deleted),
        ("tree/deep", Deleted),
        ("tree/deep/leaf", Deleted),
        ("was-file", Replaced),
        ("was-file/in", Added),
        ("was-folder", Replaced),
        ("was-folder/in", Deleted),
    ];
    assert_eq!(scene.kinds(), expected.map(|(path, kind)| (path.to_owned(), kind)));
}

#[test]
fn what_an_opaque_folder_hides_is_deleted_and_what_is_the_same_in_it_is_not_changed() {
    let scene = Scene::new();
    scene.has("d/same", "1").has("d/gone", "1").has("d/sub/gone", "1").has("d/sub/same", "1");
    let _session = scene.begin();
    scene.wrote("d/same", "1").wrote("d/new", "1").wrote("d/sub/same", "1");
    attribute(&scene.upper().join("d"), "user.overlay.opaque", "y");
    let expected = [("d/gone", Deleted), ("d/new", Added), ("d/sub/gone", Deleted)];
    assert_eq!(scene.kinds(), expected.map(|(path, kind)| (path.to_owned(), kind)));
}

#[test]
fn an_empty_file_stands_for_a_deleted_one_only_where_the_folder_says_so() {
    let scene = Scene::new();
    scene.has("d/one", "1").has("e/two", "1");
    let _session = scene.begin();
    scene.wrote("d/one", "").wrote("e/two", "");
    attribute(&scene.upper().join("d"), "user.overlay.opaque", "x");
    attribute(&scene.upper().join("d/one"), "user.overlay.whiteout", "y");
    attribute(&scene.upper().join("e/two"), "user.overlay.whiteout", "y");
    let expected = [("d/one", ChangeKind::Deleted), ("e/two", ChangeKind::Modified)];
    assert_eq!(scene.kinds(), expected.map(|(path, kind)| (path.to_owned(), kind)));
}

#[test]
fn a_renamed_file_is_recognised_and_one_that_only_changed_its_case_goes_first() {
    let scene = Scene::new();
    scene.has("Readme.md", "hello").has("other.md", "hello").has("unrelated.md", "12345");
    let _session = scene.begin();
    scene.deleted("Readme.md").deleted("other.md").deleted("unrelated.md");
    scene.wrote("README.md", "hello").wrote("src/other.md", "hello").wrote("third.md", "hello");
    let from = |to: &str| {
        let changes = scene.read().changes;
        changes.into_iter().find(|change| change.path == path(to)).unwrap().renamed_from.map(|path| path.to_string())
    };
    assert_eq!(from("README.md").as_deref(), Some("Readme.md"));
    assert_eq!(from("src/other.md").as_deref(), Some("other.md"));
    assert_eq!(from("third.md"), None);
}

#[test]
fn text_is_told_from_what_is_not() {
    for (bytes, expected) in [
        (&b"fn main() {}"[..], Contents::Text),
        ("größer".as_bytes(), Contents::Text),
        (b"a\0b", Contents::Binary),
        (b"\xff\xfe", Contents::Binary),
        (b"", Contents::Text),
    ] {
        let scene = Scene::new();
        let _session = scene.begin();
        fs::write(scene.upper().join("it"), bytes).unwrap();
        assert_eq!(scene.only().contents, Some(expected), "{bytes:?}");
    }
    // A character that is cut where the look ends is still text.
    let scene = Scene::new();
    let _session = scene.begin();
    scene.wrote("it", &format!("{}é", "x".repeat(7999)));
    assert_eq!(scene.only().contents, Some(Contents::Text));
}

#[test]
fn the_permissions_of_the_workspace_itself_are_looked_at() {
    let scene = Scene::new();
    let _session = scene.begin();
    assert_eq!(scene.kinds(), []);
    fs::set_permissions(scene.upper(), fs::Permissions::from_mode(0o777)).unwrap();
    let change = scene.only();
    assert_eq!((change.path.is_root(), change.kind), (true, ChangeKind::Mode));
    assert!(change.classes.contains(&Class::OpenToOthers), "{change:?}");
}

#[test]
fn what_was_shown_in_another_form_is_never_applied() {
    let scene = Scene::new();
    scene.has("masked/key", "real").has("maskedx", "1");
    let _session = scene.begin();
    scene.wrote("masked/key", "stand-in").wrote("maskedx", "2");
    let obstacles: Vec<_> = scene.read().changes.into_iter().map(|change| change.obstacle).collect();
    assert_eq!(obstacles, [Some(Obstacle::Protected), None]);
}

#[test]
fn more_changes_than_anybody_reads_are_refused_as_a_whole() {
    let scene = Scene::new();
    scene.has("d/1", "").has("d/2", "").has("d/3", "");
    let _session = scene.begin();
    scene.deleted("d");
    let session = scene.store().latest().unwrap();
    let layer = &session.session().layers[0];
    let read = |changes| {
        let limits = Limits { changes, ..Limits::default() };
        portcullis_changes::ChangeSet::read(layer, &session.upper(layer), limits)
    };
    assert!(matches!(read(3), Err(ChangesError::TooManyChanges { limit: 3, .. })));
    assert_eq!(read(4).unwrap().changes.len(), 4);
}
