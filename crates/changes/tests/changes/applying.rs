//! What is applied is what the session saw, and what is taken back is what was there.

use crate::overlay::{REAL, WRITTEN, random_session, written_session};
use crate::scene::{Scene, attribute, path};
use crate::{dice, tree};
use portcullis_changes::{ChangesError, Choice, OnEdit, State, Verdict};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

#[test]
fn applying_everything_gives_what_the_session_saw_and_reverting_what_was_there() {
    for seed in 0..WRITTEN {
        let (scene, shown) = written_session(seed);
        let before = tree::read(&scene.lower());
        let outcome = scene.apply(|_| true);
        assert_eq!((outcome.conflicts, outcome.left_behind), (vec![], vec![]), "seed {seed}");
        let after = tree::read(&scene.lower());
        assert_eq!(tree::without_times(&after), tree::without_times(&shown), "seed {seed}");
        for path in tree::differences(&before, &after) {
            let told = (tree::time(&after, &path), tree::time(&shown, &path));
            assert_eq!(told.0, told.1, "seed {seed}: {}", path.display());
        }
        assert_eq!(scene.kinds(), [], "seed {seed}");
        let (reverted, edited) = scene.revert(OnEdit::Refuse);
        assert_eq!((reverted.conflicts, edited), (vec![], vec![]), "seed {seed}");
        assert_eq!(tree::read(&scene.lower()), before, "seed {seed}");
    }
}

#[test]
fn the_same_holds_for_overlays_of_the_kernel() {
    for seed in 1000..1000 + REAL {
        let Some(scene) = random_session(seed) else { return };
        let before = tree::read(&scene.lower());
        scene.apply(|_| true);
        let shown = fs::read_to_string(scene.folder.path().join("shown")).unwrap();
        assert_eq!(format!("{:#?}", tree::without_times(&tree::read(&scene.lower()))), shown, "seed {seed}");
        scene.revert(OnEdit::Refuse);
        assert_eq!(tree::read(&scene.lower()), before, "seed {seed}");
    }
}

#[test]
fn any_part_can_be_applied_and_another_after_it_and_all_be_taken_back() {
    for seed in 0..120 {
        let (scene, shown) = written_session(seed);
        let before = tree::read(&scene.lower());
        let mut coin = dice::Dice::new(seed);
        for _ in 0..2 {
            let chosen: Vec<_> =
                scene.read().changes.into_iter().filter(|_| coin.below(2) == 0).map(|it| it.path).collect();
            let outcome = scene.apply(|change| chosen.contains(&change.path));
            assert_eq!(outcome.conflicts, [], "seed {seed}");
        }
        let part = tree::read(&scene.lower());
        // Every path is either as it was or as the session saw it.
        for path in tree::differences(&before, &part) {
            let now = part.get(&path);
            assert!(now.is_some() == shown.contains_key(&path), "seed {seed}: {}", path.display());
        }
        scene.revert(OnEdit::Refuse);
        assert_eq!(tree::read(&scene.lower()), before, "seed {seed}");
        // And what was taken back can be applied again.
        scene.apply(|_| true);
        assert_eq!(tree::without_times(&tree::read(&scene.lower())), tree::without_times(&shown), "seed {seed}");
    }
}

#[test]
fn by_default_code_is_applied_and_the_rest_stays() {
    let scene = Scene::new();
    scene.has("src/main.rs", "old").has("package.json", "{}");
    drop(scene.begin());
    scene.wrote("src/main.rs", "new").wrote("package.json", "{1}").wrote(".git/hooks/pre-commit", "evil");
    scene.wrote("docs/new/page.md", "text");
    let outcome = scene.apply(|change| Choice::default().verdict(change) == Verdict::Applies);
    assert_eq!(outcome.conflicts, []);
    let has = |path: &str| fs::read_to_string(scene.lower().join(path)).ok();
    assert_eq!(has("src/main.rs").as_deref(), Some("new"));
    assert_eq!(has("docs/new/page.md").as_deref(), Some("text"));
    assert_eq!(has("package.json").as_deref(), Some("{}"));
    assert_eq!(has(".git/hooks/pre-commit"), None);
    assert_eq!(scene.session().session().state, State::Applied);
    let waiting: Vec<_> = scene.kinds().into_iter().map(|(path, _)| path).collect();
    assert_eq!(waiting, [".git", ".git/hooks", ".git/hooks/pre-commit", "package.json"]);
    scene.revert(OnEdit::Refuse);
    assert_eq!(scene.session().session().state, State::Reverted);
}

#[test]
fn the_rights_of_somebody_else_are_never_handed_on() {
    let scene = Scene::new();
    scene.has("was", "1");
    drop(scene.begin());
    scene.wrote("was", "2").wrote("new", "1").wrote("d/x", "1");
    for (name, mode) in [("was", 0o6755), ("new", 0o4755), ("d", 0o3755)] {
        fs::set_permissions(scene.upper().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    scene.apply(|_| true);
    for name in ["was", "new", "d"] {
        assert_eq!(fs::metadata(scene.lower().join(name)).unwrap().mode() & 0o7777, 0o755, "{name}");
    }
}

#[test]
fn a_new_file_belongs_to_whom_its_folder_does() {
    let scene = Scene::new();
    scene.has("theirs/old", "1");
    if std::os::unix::fs::chown(scene.lower().join("theirs"), Some(1234), Some(2345)).is_err() {
        return; // Only root can give a folder away.
    }
    std::os::unix::fs::chown(scene.lower().join("theirs/old"), Some(77), Some(88)).unwrap();
    drop(scene.begin());
    scene.wrote("theirs/new/deep", "1").wrote("theirs/old", "2");
    scene.apply(|_| true);
    let owner = |path: &str| {
        let metadata = fs::metadata(scene.lower().join(path)).unwrap();
        (metadata.uid(), metadata.gid())
    };
    assert_eq!((owner("theirs/new"), owner("theirs/new/deep")), ((1234, 2345), (1234, 2345)));
    assert_eq!(owner("theirs/old"), (77, 88));
    scene.revert(OnEdit::Refuse);
    assert_eq!(owner("theirs/old"), (77, 88));
}

#[test]
fn a_folder_that_nobody_may_write_to_is_made_and_taken_back() {
    let scene = Scene::new();
    drop(scene.begin());
    scene.wrote("closed/in/it.rs", "1");
    for folder in ["closed/in", "closed"] {
        fs::set_permissions(scene.upper().join(folder), fs::Permissions::from_mode(0o555)).unwrap();
    }
    let before = tree::read(&scene.lower());
    scene.apply(|_| true);
    assert_eq!(fs::metadata(scene.lower().join("closed")).unwrap().mode() & 0o777, 0o555);
    assert_eq!(scene.kinds(), []);
    scene.revert(OnEdit::Refuse);
    assert_eq!(tree::read(&scene.lower()), before);
}

#[test]
fn what_has_a_second_name_in_the_workspace_keeps_its_contents_there() {
    let scene = Scene::new();
    scene.has("one", "old");
    fs::hard_link(scene.lower().join("one"), scene.lower().join("two")).unwrap();
    drop(scene.begin());
    scene.wrote("one", "new");
    scene.apply(|_| true);
    fs::write(scene.lower().join("two"), "edited").unwrap();
    scene.revert(OnEdit::Refuse);
    assert_eq!(fs::read_to_string(scene.lower().join("one")).unwrap(), "old");
}

#[test]
fn nothing_is_written_through_a_link() {
    let scene = Scene::new();
    let outside = scene.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, scene.lower().join("way")).unwrap();
    drop(scene.begin());
    scene.wrote("way/file.rs", "1");
    // The folder in place of the link waits, and so what is in it can't come.
    let outcome = scene.apply(|change| change.path == path("way/file.rs"));
    assert_eq!(outcome.done, 0);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    scene.apply(|_| true);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(fs::read_to_string(scene.lower().join("way/file.rs")).unwrap(), "1");
}

#[test]
fn attributes_come_along_and_marks_of_overlays_do_not() {
    let scene = Scene::new();
    drop(scene.begin());
    scene.wrote("d/it.rs", "1");
    attribute(&scene.upper().join("d/it.rs"), "user.mark", "x");
    attribute(&scene.upper().join("d/it.rs"), "user.overlay.origin", "x");
    attribute(&scene.upper().join("d"), "user.overlay.opaque", "y");
    scene.apply(|_| true);
    let names = |path: &str| {
        let mut names = vec![0; 1000];
        let length = rustix::fs::listxattr(scene.lower().join(path), &mut names).unwrap();
        String::from_utf8(names[..length].to_vec()).unwrap()
    };
    assert_eq!((names("d/it.rs").as_str(), names("d").as_str()), ("user.mark\0", ""));
}

#[test]
fn a_session_that_runs_is_left_alone() {
    let scene = Scene::new();
    let mut session = scene.begin();
    let process = portcullis_changes::ProcessMark::of(std::process::id()).unwrap();
    session.update(|session| session.state = State::Running(process)).unwrap();
    assert!(matches!(session.discard(), Err(ChangesError::Running(_))));
    drop(session);
    assert!(matches!(scene.try_apply(|_| true, false, &mut || true), Err(ChangesError::Running(_))));
}

#[test]
fn what_is_thrown_away_is_gone_however_deep_and_what_was_applied_can_still_be_taken_back() {
    let scene = Scene::in_memory();
    scene.has("main.rs", "old");
    drop(scene.begin());
    scene.wrote("main.rs", "new");
    scene.apply(|_| true);
    let mut folder = fs::File::open(scene.upper()).unwrap();
    for _ in 0..3000 {
        rustix::fs::mkdirat(&folder, "deeper", rustix::fs::Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::RDONLY;
        folder = rustix::fs::openat(&folder, "deeper", flags, rustix::fs::Mode::empty()).unwrap().into();
    }
    drop(folder);
    symlink(scene.lower(), scene.upper().join("way")).unwrap();
    scene.session().discard().unwrap();
    let layers = scene.upper().parent().unwrap().parent().unwrap().to_owned();
    assert_eq!(fs::read_dir(layers).unwrap().count(), 0);
    assert_eq!(scene.session().session().state, State::Discarded);
    assert_eq!(fs::read_to_string(scene.lower().join("main.rs")).unwrap(), "new");
    scene.revert(OnEdit::Refuse);
    assert_eq!(fs::read_to_string(scene.lower().join("main.rs")).unwrap(), "old");
}

/// A list by which one more user may read, as the kernel takes it: version, then tag, permissions and id of each entry.
fn access_list() -> Vec<u8> {
    let entries: [(u16, u16, u32); 5] =
        [(1, 6, u32::MAX), (2, 4, 1234), (4, 4, u32::MAX), (0x10, 4, u32::MAX), (0x20, 4, u32::MAX)];
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend([&tag.to_le_bytes()[..], &permissions.to_le_bytes(), &id.to_le_bytes()].concat());
    }
    list
}

#[test]
fn a_list_of_who_may_read_stays_with_the_file() {
    let scene = Scene::new();
    scene.has("one.rs", "old");
    let (name, list) = ("system.posix_acl_access", access_list());
    let set = |path: &std::path::Path| rustix::fs::setxattr(path, name, &list, rustix::fs::XattrFlags::empty());
    if set(&scene.lower().join("one.rs")).is_err() {
        return; // Not every file system has them.
    }
    drop(scene.begin());
    scene.wrote("one.rs", "new").wrote("two.rs", "new");
    // As an overlay copies it up.
    set(&scene.upper().join("one.rs")).unwrap();
    set(&scene.upper().join("two.rs")).unwrap();
    let has = |path: &str| {
        let mut value = vec![0; 100];
        let length = rustix::fs::getxattr(scene.lower().join(path), name, &mut value).unwrap_or(0);
        value[..length].to_vec()
    };
    scene.apply(|_| true);
    assert_eq!((has("one.rs"), has("two.rs")), (list.clone(), list.clone()));
    scene.revert(OnEdit::Refuse);
    assert_eq!(has("one.rs"), list);
}

#[test]
fn what_was_kept_and_is_not_what_it_was_does_not_come_back() {
    let scene = Scene::new();
    scene.has("one.rs", "old").has("two.rs", "old");
    drop(scene.begin());
    scene.wrote("one.rs", "new").wrote("two.rs", "new");
    scene.apply(|_| true);
    let kept = scene.folder.path().join("sessions/one/applied/1/kept/1");
    assert_eq!(fs::read_to_string(&kept).unwrap(), "old");
    fs::write(&kept, "forged").unwrap();
    let (outcome, _) = scene.revert(OnEdit::Skip);
    assert_eq!(outcome.conflicts.len(), 1);
    assert!(outcome.conflicts[0].reason().contains("is not what it was"));
    let text = |name: &str| fs::read_to_string(scene.lower().join(name)).unwrap();
    assert_eq!((text("one.rs"), text("two.rs")), ("old".to_owned(), "new".to_owned()));
}
