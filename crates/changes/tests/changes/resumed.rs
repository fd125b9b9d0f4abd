//! A session that runs again on the layers that it has.

use crate::overlay::written_session;
use crate::scene::{Scene, in_overlay, path};
use crate::{dice, tree};
use portcullis_changes::{
    Again, ChangeKind, ChangesError, LayerName, Limits, LockedSession, OnEdit, ProcessMark, Resumed, State,
};
use portcullis_event::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

fn again() -> Again {
    Again {
        command: vec!["again".to_owned()],
        started: Timestamp::from(SystemTime::now()),
        process: ProcessMark::of(std::process::id()).unwrap(),
    }
}

/// Another run begins and ends; what it does in between is done by who calls this, in the upper folder.
fn resume(scene: &Scene) -> Resumed {
    let mut session = scene.session();
    let resumed = session.resume(again(), Limits::default()).unwrap();
    session.ended(Timestamp::from(SystemTime::now()), Some(0)).unwrap();
    resumed
}

/// What is there to go on with: what is left, and what of it drifted.
fn resumed(left: &[&str], drifted: &[&str]) -> Resumed {
    let left = left.iter().map(|name| (LayerName::Workspace, path(name))).collect();
    Resumed { left, drifted: drifted.iter().map(|name| path(name)).collect() }
}

fn drifted(session: &LockedSession) -> Vec<String> {
    let sets = session.changes(Limits::default()).unwrap();
    sets[0].changes.iter().filter(|change| change.drifted).map(|change| change.path.to_string()).collect()
}

#[test]
fn what_was_applied_is_in_the_folder_and_no_more_in_the_layer() {
    let scene = Scene::new();
    scene.has("a.rs", "one").has("gone.rs", "one").has("old/x", "one");
    drop(scene.begin());
    scene.wrote("a.rs", "two").wrote("new/b.rs", "two").wrote("package.json", "{}").deleted("gone.rs").deleted("old");
    scene.apply(|change| change.path.to_string() != "package.json");
    // Somebody goes on with what was applied.
    scene.has("a.rs", "three").has("gone.rs", "back");
    assert_eq!(resume(&scene), resumed(&["package.json"], &[]));
    for name in ["a.rs", "new", "gone.rs", "old"] {
        assert!(fs::symlink_metadata(scene.upper().join(name)).is_err(), "{name}");
    }
    assert_eq!(scene.kinds(), [("package.json".to_owned(), ChangeKind::Added)]);
    // Each run's changes are applied over what was there when it began, and all are taken back.
    scene.wrote("a.rs", "four");
    assert_eq!(drifted(&scene.session()), [] as [&str; 0]);
    assert_eq!(scene.apply(|_| true).conflicts, []);
    scene.revert(OnEdit::Refuse);
    let text = |name: &str| fs::read_to_string(scene.lower().join(name)).unwrap();
    assert_eq!((text("a.rs").as_str(), text("gone.rs").as_str()), ("three", "back"));
}

#[test]
fn what_somebody_changed_meanwhile_is_told_and_stays_drift() {
    let scene = Scene::new();
    scene.has("waits", "one").has("other", "one").has("late", "one");
    drop(scene.begin());
    scene.wrote("waits", "of the session").wrote("other", "of the session");
    assert_eq!(drifted(&scene.session()), [] as [&str; 0]);
    scene.has("waits", "of a person");
    assert_eq!(resume(&scene), resumed(&["other", "waits"], &["waits"]));
    // While the second run is at work, somebody changes what it changes as well.
    std::thread::sleep(std::time::Duration::from_millis(30));
    scene.has("late", "of a person").wrote("late", "of the session");
    assert_eq!(drifted(&scene.session()), ["late", "waits"]);
    // And once more: drift is not forgotten by going on.
    assert_eq!(resume(&scene).drifted, [path("late"), path("waits")]);
    let outcome = scene.apply(|change| !change.drifted);
    assert_eq!((outcome.done, outcome.conflicts), (1, Vec::new()));
    assert_eq!(fs::read_to_string(scene.lower().join("waits")).unwrap(), "of a person");
}

#[test]
fn drift_that_nobody_looked_at_before_is_known_by_when_it_was_touched() {
    let scene = Scene::new();
    scene.has("a", "one");
    drop(scene.begin());
    std::thread::sleep(std::time::Duration::from_millis(30));
    scene.wrote("a", "two").has("a", "of a person");
    // The run was killed, so nobody ever read its changes.
    assert_eq!(resume(&scene).drifted, [path("a")]);
}

#[test]
fn a_folder_that_hides_what_is_below_keeps_what_is_in_it() {
    let scene = Scene::new();
    scene.has("folder/old", "one");
    drop(scene.begin());
    scene.wrote("folder/new", "two");
    crate::scene::attribute(&scene.upper().join("folder"), "user.overlay.opaque", "y");
    scene.apply(|_| true);
    scene.has("folder/of-a-person", "x");
    let resumed = resume(&scene);
    assert!(scene.upper().join("folder/new").exists());
    // The layer hides what the person made, which is told and never done by itself.
    assert_eq!(resumed.drifted, [path("folder/of-a-person")]);
}

/// A folder that was made anew, with two files in it, applied.
fn with_a_folder_made_anew() -> Scene {
    let scene = Scene::new();
    scene.has("d/old", "one");
    drop(scene.begin());
    scene.wrote("d/n1", "two").wrote("d/n2", "two");
    crate::scene::attribute(&scene.upper().join("d"), "user.overlay.opaque", "y");
    scene.apply(|_| true);
    scene
}

#[test]
fn what_somebody_removed_or_brought_back_below_a_folder_made_anew_is_drift() {
    let scene = with_a_folder_made_anew();
    fs::remove_file(scene.lower().join("d/n2")).unwrap();
    scene.has("d/old", "one");
    assert_eq!(resume(&scene), resumed(&["d/n2", "d/old"], &["d/n2", "d/old"]));
    // The next run changes what it sees, which is not what is there.
    scene.wrote("d/n2", "three").wrote("d/n1", "three");
    assert_eq!(drifted(&scene.session()), ["d/n2", "d/old"]);
    let outcome = scene.apply(|change| !change.drifted);
    assert_eq!((outcome.done, outcome.conflicts), (1, Vec::new()));
    // Applied over that by a person's word, it is theirs again.
    scene.apply(|_| true);
    assert_eq!(resume(&scene), resumed(&[], &[]));
}

#[test]
fn a_folder_made_anew_that_somebody_removed_is_drift_with_all_that_is_in_it() {
    let scene = with_a_folder_made_anew();
    fs::remove_dir_all(scene.lower().join("d")).unwrap();
    assert_eq!(resume(&scene).drifted, [path("d"), path("d/n1"), path("d/n2")]);
}

#[test]
fn what_somebody_removes_while_the_next_run_is_at_work_is_drift() {
    let scene = with_a_folder_made_anew();
    scene.has("a", "one").wrote("a", "two");
    scene.apply(|_| true);
    assert_eq!(resume(&scene), resumed(&[], &[]));
    scene.wrote("d/n2", "three").wrote("a", "three");
    // Nobody has looked at what it changed so far.
    fs::remove_file(scene.lower().join("d/n2")).unwrap();
    fs::remove_file(scene.lower().join("a")).unwrap();
    assert_eq!(drifted(&scene.session()), ["a", "d/n2"]);
}

#[test]
fn what_was_taken_back_is_left_and_no_drift_also_if_only_part_of_it_could_be() {
    let scene = Scene::new();
    scene.has("a", "one");
    drop(scene.begin());
    scene.wrote("a", "two").wrote("n", "two");
    scene.apply(|_| true);
    scene.revert(OnEdit::Refuse);
    assert_eq!(resume(&scene), resumed(&["a", "n"], &[]));
    scene.apply(|_| true);
    scene.has("n", "of a person");
    scene.revert(OnEdit::Skip);
    // What was taken back is not lost with what could not be, which is the person's now.
    assert_eq!(resume(&scene), resumed(&["a"], &[]));
    assert!(scene.upper().join("a").exists() && !scene.upper().join("n").exists());
}

#[test]
fn what_a_killed_run_left_for_the_overlay_goes_and_a_running_or_thrown_away_one_is_refused() {
    let scene = Scene::new();
    let mut session = scene.begin();
    fs::create_dir_all(scene.work().join("work/#1")).unwrap();
    fs::write(scene.work().join("work/#1/half"), "x").unwrap();
    session.resume(again(), Limits::default()).unwrap();
    assert_eq!(fs::read_dir(scene.work()).unwrap().count(), 0);
    let earlier = &session.session().earlier;
    assert_eq!((earlier.len(), earlier[0].command[0].as_str()), (1, "agent"));
    assert!(matches!(session.resume(again(), Limits::default()), Err(ChangesError::Running(_))));
    session.update(|session| session.state = State::Discarded).unwrap();
    assert!(matches!(session.resume(again(), Limits::default()), Err(ChangesError::ThrownAway(_))));
    session.update(|session| session.state = State::Ended).unwrap();
    session.update(|session| session.layers[0].whole = true).unwrap();
    assert!(matches!(session.resume(again(), Limits::default()), Err(ChangesError::OfACopy(_))));
}

#[test]
fn an_index_that_was_only_written_anew_after_the_session_went_on_can_be_taken_back() {
    let scene = Scene::new();
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        let output = command.current_dir(scene.lower()).args(["-c", "user.name=a", "-c", "user.email=a@b"]);
        output.args(arguments).output().unwrap()
    };
    git(&["init", "-q"]);
    scene.has("a.rs", "one");
    git(&["add", "-A"]);
    let before = fs::read(scene.lower().join(".git/index")).unwrap();
    drop(scene.begin_in(LayerName::Workspace));
    // What the session staged is what git itself makes of it.
    scene.has("a.rs", "two");
    git(&["add", "-A"]);
    let staged = fs::read(scene.lower().join(".git/index")).unwrap();
    fs::write(scene.lower().join(".git/index"), &before).unwrap();
    fs::create_dir_all(scene.upper().join(".git")).unwrap();
    fs::write(scene.upper().join(".git/index"), staged).unwrap();
    scene.apply(|change| change.path.to_string() == ".git/index");
    resume(&scene);
    assert!(!scene.upper().join(".git/index").exists());
    fs::File::open(scene.lower().join("a.rs")).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    git(&["status"]);
    let (_, edited) = scene.revert(OnEdit::Refuse);
    assert_eq!(edited, []);
    assert_eq!(fs::read(scene.lower().join(".git/index")).unwrap(), before);
}

/// What of a session is told, by path and kind.
fn told(scene: &Scene) -> BTreeMap<String, ChangeKind> {
    scene.kinds().into_iter().collect()
}

#[test]
fn going_on_changes_nothing_of_what_waits_and_all_of_it_can_be_taken_back() {
    for seed in 0..200 {
        let (scene, _) = written_session(seed);
        let before = tree::without_times(&tree::read(&scene.lower()));
        let mut coin = dice::Dice::new(seed);
        let chosen: BTreeMap<String, bool> = told(&scene).into_keys().map(|path| (path, coin.below(2) == 0)).collect();
        scene.apply(|change| chosen.get(&change.path.to_string()).copied().unwrap_or(false));
        let waits = told(&scene);
        let resumed = resume(&scene);
        assert_eq!((told(&scene), resumed.drifted), (waits, Vec::new()), "seed {seed}");
        scene.apply(|_| true);
        assert_eq!(told(&scene), BTreeMap::new(), "seed {seed}");
        assert_eq!(scene.revert(OnEdit::Refuse).1, [], "seed {seed}");
        assert_eq!(tree::without_times(&tree::read(&scene.lower())), before, "seed {seed}");
    }
}

#[test]
fn an_overlay_of_the_kernel_can_be_mounted_over_it_again() {
    for seed in 0..20 {
        let Some(scene) = crate::overlay::random_session(seed) else { return };
        let before = tree::without_times(&tree::read(&scene.lower()));
        scene.apply(|change| change.path.to_string().len() % 2 == 0);
        resume(&scene);
        let place = |name: &str| scene.folder.path().join(name).into_os_string();
        let variables = [
            ("SEED", (seed + 1000).to_string().into()),
            ("LOWER", place("lower")),
            ("SEEN", place("shown")),
            ("DIFFERENCES", place("differences")),
        ];
        assert!(in_overlay(&scene, "overlay::changes_what_is_mounted_and_says_what_it_sees", &variables));
        let mut paths: Vec<_> = scene.read().changes.iter().map(|change| change.path.as_path().to_owned()).collect();
        paths.sort();
        assert_eq!(format!("{paths:#?}"), fs::read_to_string(place("differences")).unwrap(), "seed {seed}");
        assert_eq!(drifted(&scene.session()), [] as [&str; 0], "seed {seed}");
        scene.apply(|_| true);
        assert_eq!(scene.revert(OnEdit::Refuse).1, [], "seed {seed}");
        assert_eq!(tree::without_times(&tree::read(&scene.lower())), before, "seed {seed}");
    }
}
