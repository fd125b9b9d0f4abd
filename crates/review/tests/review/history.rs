//! Histories of git: what is seen is what git says there is, byte for byte.

use crate::repository::{Recorder, Repository, git_in, objects};
use crate::sample::{Tokens, look, places, settings, token};
use portcullis_review::{History, Introduced, Origin, Progress, Report, Source, Whence, Why, scan};
use std::fs;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn history(path: &Path) -> Source {
    Source::History(History { repository: path.to_owned() })
}

/// Scans a repository and compares what was looked into with what git lists.
fn sees_all(path: &Path) -> Report {
    let recorder = Recorder::default();
    let report = scan(vec![history(path)], &recorder, &settings(), &Progress::silent());
    let expected = objects(path);
    let (seen, count) = recorder.seen(&expected);
    assert_eq!(seen, expected);
    assert_eq!(count, expected.len(), "each object once");
    assert_eq!(report.not_looked_into, []);
    report
}

/// A file that changes a little with each version, so that git stores most of them as changes.
fn version(number: u32) -> String {
    let line = |at: u32| format!("line {at} of a file that has a long history, {}\n", at * 7919 % (100 + number % 13));
    (0..80 + number).map(line).collect::<String>() + &token(number)
}

/// A repository with a history of forty commits in two files, tags, and a folder.
fn with_history(repository: &Repository) {
    let commit = |number| {
        let files = vec![("a.txt", version(number)), ("folder/b.txt", version(1000 - number))];
        (files, format!("number {number}\n\n{}", token(5000 + number)))
    };
    repository.import(&(0..40).map(commit).collect::<Vec<_>>());
    repository.git(&["reset", "-q", "--hard"]);
    repository.git(&["tag", "-a", "-m", &format!("tagged {}", token(9000)), "v1"]);
}

#[test]
fn sees_every_object_that_is_packed_with_long_chains() {
    let repository = Repository::new();
    with_history(&repository);
    repository.git(&["repack", "-q", "-adf", "--depth=50", "--window=50"]);
    let report = sees_all(&repository.path);
    assert_eq!(report.findings.len(), 40 + 40 + 40 + 1);
}

#[test]
fn sees_every_object_that_lies_in_a_file_of_its_own() {
    let repository = Repository::new();
    repository.git(&["config", "fastimport.unpackLimit", "10000"]);
    with_history(&repository);
    assert!(!repository.git(&["count-objects", "-v"]).contains("count: 0"));
    repository.write("empty", "");
    repository.commit("empty");
    sees_all(&repository.path);
}

#[test]
fn sees_every_object_once_in_several_packs_and_loose_ones() {
    let repository = Repository::new();
    for round in 0..3 {
        repository.write("a.txt", version(round * 10));
        repository.commit("more");
        repository.write("a.txt", version(round * 10 + 1));
        repository.commit("more");
        repository.git(&["repack", "-q", "-d"]);
    }
    // A second pack with everything in it, so that every object of the others is there twice.
    repository.git(&["repack", "-q", "-a"]);
    repository.write("loose", token(77));
    repository.commit("loose");
    sees_all(&repository.path);
}

#[test]
fn sees_changes_that_name_their_base_and_indexes_of_the_old_form() {
    for settings in [["-c", "repack.useDeltaBaseOffset=false"], ["-c", "pack.indexVersion=1"], ["-c", "pack.depth=1"]] {
        let repository = Repository::new();
        with_history(&repository);
        repository.git(&[&settings[..], &["repack", "-q", "-adf"]].concat());
        sees_all(&repository.path);
    }
}

#[test]
fn sees_repositories_that_are_named_by_sha256() {
    let repository = Repository::with(&["init", "-q", "-b", "main", "--object-format=sha256", "work"]);
    with_history(&repository);
    sees_all(&repository.path);
    repository.git(&["repack", "-q", "-adf"]);
    let report = sees_all(&repository.path);
    assert_eq!(report.findings.len(), 40 + 40 + 40 + 1);
}

#[test]
fn sees_borrowed_objects_other_working_trees_and_bare_repositories() {
    let repository = Repository::new();
    with_history(&repository);
    repository.git(&["clone", "-q", "--shared", ".", "../borrows"]);
    repository.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    repository.git(&["worktree", "add", "-q", "../other", "-b", "other"]);
    for name in ["borrows", "bare.git", "other", "work/folder"] {
        assert_eq!(sees_all(&repository.beside(name)).findings.len(), 121, "{name}");
    }
}

#[test]
fn sees_what_a_shallow_clone_has() {
    let repository = Repository::new();
    with_history(&repository);
    let url = format!("file://{}", repository.path.display());
    repository.git(&["clone", "-q", "--depth=3", &url, "../shallow"]);
    let report = sees_all(&repository.beside("shallow"));
    assert_eq!(report.findings.iter().filter(|found| found.places[0].origin.path().is_some()).count(), 6);
}

#[test]
fn a_partial_clone_says_how_much_was_never_fetched() {
    let repository = Repository::new();
    with_history(&repository);
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repository.path.display());
    repository.git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &url, "../partial"]);
    let report = look(history(&repository.beside("partial")));
    assert_eq!(report.findings.len(), 41, "the messages are there");
    let missing = Why::Missing("80 objects of this partial clone were never fetched".to_owned());
    assert_eq!(report.not_looked_into.iter().map(|missed| &missed.why).collect::<Vec<_>>(), [&missing]);
}

fn whence(report: &Report, number: u32) -> Arc<Introduced> {
    let found = report.findings.iter().find(|found| *found.hit.value.expose() == token(number)).unwrap();
    let Origin::Object { whence: Whence::Commit(commit), .. } = &found.places[0].origin else { panic!("{found:?}") };
    Arc::clone(commit)
}

#[test]
fn says_which_commit_brought_a_secret_and_whether_it_is_still_there() {
    let repository = Repository::new();
    repository.write("src/old name", token(1));
    let first = repository.commit("first");
    repository.write("other", format!("x\n {}", token(2)));
    let second = repository.commit("second");
    repository.git(&["mv", "src/old name", "new"]);
    fs::remove_file(repository.path.join("other")).unwrap();
    let third = repository.commit(&format!("third\n\nuses {}", token(3)));
    repository.git(&["checkout", "-q", "-b", "side", &first]);
    repository.write("side", token(4));
    let side = repository.commit("side");
    repository.git(&["checkout", "-q", "main"]);
    for packed in [false, true] {
        if packed {
            repository.git(&["repack", "-q", "-ad"]);
            repository.git(&["pack-refs", "--all"]);
        }
        let report = look(history(&repository.path));
        let of = |number| {
            let found = whence(&report, number);
            (found.commit.to_string(), found.path.as_ref().map(|path| path.display().to_string()), found.in_head)
        };
        assert_eq!(of(1), (first.clone(), Some("src/old name".to_owned()), true));
        assert_eq!(of(2), (second.clone(), Some("other".to_owned()), false));
        assert_eq!(of(3), (third.clone(), None, true));
        assert_eq!(of(4), (side.clone(), Some("side".to_owned()), false));
        assert_eq!(
            (whence(&report, 1).time, whence(&report, 1).author.as_str()),
            (1_700_000_060, "A. Author <a@example.org>")
        );
        let line_of_2 = places(&report.findings).into_iter().find(|(name, _, _)| name.starts_with("other"));
        assert_eq!(line_of_2, Some((format!("other in commit {second}"), 2, 2)));
    }
}

#[test]
fn finds_what_was_rewritten_away_or_never_committed() {
    let repository = Repository::new();
    repository.write("a", token(1));
    repository.commit("with a secret");
    repository.write("a", "clean");
    repository.git(&["add", "a"]);
    repository.git(&["commit", "-q", "--amend", "-m", "without"]);
    repository.write("b", token(2));
    repository.git(&["add", "b"]);
    repository.git(&["rm", "-q", "--cached", "b"]);
    let report = look(history(&repository.path));
    assert_eq!(report.findings.len(), 2);
    for found in &report.findings {
        assert!(found.places[0].origin.to_string().ends_with(", in no commit"), "{}", found.places[0].origin);
    }
}

#[test]
fn a_secret_in_many_versions_is_one_finding_with_the_oldest_place_first() {
    let repository = Repository::new();
    let commit =
        |number| (vec![("config", format!("{}key = {}\n", "line\n".repeat(number), token(1)))], "more".to_owned());
    repository.import(&(0..30).map(commit).collect::<Vec<_>>());
    let commits = repository.git(&["rev-list", "--reverse", "main"]);
    repository.git(&["repack", "-q", "-adf"]);
    let mut settings = settings();
    settings.limits.places = 10;
    let report = scan(vec![history(&repository.path)], &Tokens, &settings, &Progress::silent());
    assert_eq!((report.findings.len(), report.findings[0].places.len(), report.findings[0].more_places), (1, 10, 20));
    let expected: Vec<_> = commits.lines().take(10).map(|commit| format!("config in commit {commit}")).collect();
    assert_eq!(report.findings[0].places.iter().map(|place| place.origin.to_string()).collect::<Vec<_>>(), expected);
}

/// Files of a repository that are damaged one byte at a time.
fn damage(path: &Path, file: &Path, step: usize) {
    let expected = look(history(path));
    let bytes = fs::read(file).unwrap();
    let mut writable = fs::metadata(file).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut writable, 0o600);
    fs::set_permissions(file, writable).unwrap();
    for at in (0..bytes.len()).step_by(step) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(file, &damaged).unwrap();
        let report = look(history(path));
        assert!(!report.not_looked_into.is_empty() || report == expected, "byte {at} of {}", file.display());
    }
    for length in (0..bytes.len()).step_by(step * 7) {
        fs::write(file, &bytes[..length]).unwrap();
        assert!(!look(history(path)).not_looked_into.is_empty(), "cut to {length}");
    }
    fs::write(file, &bytes).unwrap();
    assert_eq!(look(history(path)), expected);
}

#[test]
fn a_damaged_pack_or_index_is_reported_whichever_byte_it_is() {
    let repository = Repository::new();
    for number in 0..3 {
        repository.write("a.txt", version(number));
        repository.commit(&token(number + 10));
    }
    repository.git(&["repack", "-q", "-adf"]);
    let packs = repository.path.join(".git/objects/pack");
    for file in fs::read_dir(packs).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "pack" || extension == "idx") {
            damage(&repository.path, &file, 5);
        }
    }
}

#[test]
fn a_damaged_loose_object_is_reported() {
    let repository = Repository::new();
    repository.write("a.txt", version(1));
    repository.commit("one");
    let id = repository.git(&["rev-parse", "HEAD:a.txt"]);
    let (folder, name) = id.split_at(2);
    damage(&repository.path, &repository.path.join(format!(".git/objects/{folder}/{name}")), 1);
}

#[test]
fn references_that_lead_out_of_the_repository_or_in_circles_are_reported() {
    for (file, text) in [
        ("refs/heads/evil", "ref: ../../../../etc/passwd\n"),
        ("refs/heads/evil", "ref: refs/heads/evil\n"),
        ("refs/heads/evil", "hello\n"),
        ("HEAD", "ref: refs/../../secret\n"),
        ("packed-refs", "hello\n"),
        ("shallow", "x\n"),
    ] {
        let repository = Repository::new();
        repository.write("a", token(1));
        repository.commit("one");
        fs::write(repository.path.join(".git").join(file), text).unwrap();
        let report = look(history(&repository.path));
        assert_eq!(report.findings.len(), 1, "the object is found all the same");
        assert_eq!(report.not_looked_into.is_empty(), file == "shallow", "{file} {text}");
    }
}

#[test]
fn what_is_no_repository_or_borrows_from_nowhere_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(look(history(folder.path())).not_looked_into.len(), 1);
    let repository = Repository::new();
    repository.write("a", token(1));
    repository.commit("one");
    let alternates = repository.path.join(".git/objects/info/alternates");
    fs::write(&alternates, "/nowhere\n../objects\n").unwrap();
    let report = look(history(&repository.path));
    assert_eq!((report.findings.len(), report.not_looked_into.len()), (1, 1));
    fs::remove_file(alternates).unwrap();
    let moved = git_in(&repository.path, &["rev-parse", "--git-dir"], 0);
    assert_eq!(moved, ".git");
}
