//! What is remembered of a history, and who would like it to be wrong.

use crate::history::history;
use crate::repository::{Recorder, Repository, git_in, objects};
use crate::sample::{settings, token};
use portcullis_inspect::Looked;
use portcullis_review::{IdentityKey, Look, Progress, Report, Settings, scan};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Looks by rules of another name.
struct Named(Recorder, u8);

impl Look for Named {
    fn look(&self, text: &[u8], hint: Option<&str>) -> Looked {
        self.0.look(text, hint)
    }

    fn version(&self) -> [u8; 32] {
        [self.1; 32]
    }
}

/// A project and the folder in which it is remembered what was clean.
struct Project {
    repository: Repository,
    folder: TempDir,
}

impl Project {
    /// Thirty clean commits, and one with a token.
    fn new() -> Self {
        let project = Self { repository: Repository::new(), folder: tempfile::tempdir().unwrap() };
        let clean = |number: u32| (vec![("a.txt", "line\n".repeat(number as usize + 1))], format!("n {number}"));
        project.repository.import(&(0..30).map(clean).collect::<Vec<_>>());
        project.repository.git(&["reset", "-q", "--hard"]);
        project.repository.write("keys.txt", token(1));
        project.repository.commit("with a token");
        project.repository.git(&["repack", "-q", "-ad"]);
        project
    }

    fn path(&self) -> &Path {
        &self.repository.path
    }

    fn settings(&self) -> Settings {
        Settings { cache: Some(self.folder.path().join("cache")), ..settings() }
    }

    /// Scans, and says how many objects were looked at.
    fn scan_with(&self, settings: &Settings, rules: u8) -> (Report, usize) {
        let look = Named(Recorder::default(), rules);
        let report = scan(vec![history(self.path())], &look, settings, &Progress::silent());
        let count = look.0.seen(&objects(self.path())).1;
        (report, count)
    }

    fn scan(&self) -> (Report, usize) {
        self.scan_with(&self.settings(), 1)
    }

    /// The only file in the cache.
    fn file(&self) -> PathBuf {
        let mut files = fs::read_dir(self.folder.path().join("cache")).unwrap();
        let file = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        file
    }
}

fn tokens(report: &Report) -> Vec<String> {
    let mut tokens: Vec<String> = report.findings.iter().map(|found| found.hit.value.expose().clone()).collect();
    tokens.sort();
    tokens
}

#[test]
fn what_was_clean_is_not_looked_at_again_and_what_was_found_is_found_again() {
    let project = Project::new();
    let all = objects(project.path()).len();
    let (first, count) = project.scan();
    assert_eq!((count, tokens(&first)), (all, vec![token(1)]));
    let (second, count) = project.scan();
    assert_eq!(
        (count, &second.findings),
        (0, &first.findings),
        "the object with the token is read, and not looked into"
    );
    assert!(second.statistics.known_clean > 0);
    project.repository.write("new", token(2));
    project.repository.commit("another one");
    let (third, count) = project.scan();
    assert_eq!(
        (count, tokens(&third)),
        (2, vec![token(1), token(2)].into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect())
    );
    // Packed anew, the same objects are known by their names.
    project.repository.git(&["repack", "-q", "-adf"]);
    for looked_at in [1, 0] {
        let (again, count) = project.scan();
        assert_eq!((count, &again.findings), (looked_at, &third.findings), "the new token lay in a file of its own");
    }
    assert_eq!(fs::metadata(project.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

/// Where each finding stands, and since when.
fn origins(report: &Report) -> Vec<portcullis_review::Origin> {
    report.findings.iter().flat_map(|found| &found.places).map(|place| place.origin.clone()).collect()
}

#[test]
fn who_brought_what_was_found_is_known_until_the_references_change() {
    let project = Project::new();
    let fresh = || {
        let none = Settings { cache: None, ..project.settings() };
        origins(&project.scan_with(&none, 1).0)
    };
    let check = |what: &str| {
        for _ in 0..2 {
            assert_eq!(origins(&project.scan().0), fresh(), "{what}");
        }
    };
    let git = |arguments: &[&str]| drop(project.repository.git(arguments));
    check("at first");
    project.repository.write("deep/er/copy", token(2));
    project.repository.commit("another token, further down");
    check("after a commit");
    git(&["rm", "-q", "-r", "deep"]);
    project.repository.commit("without it");
    check("after it was removed");
    git(&["branch", "-q", "aside"]);
    git(&["reset", "-q", "--hard", "HEAD~2"]);
    check("while another branch still has it");
    git(&["branch", "-q", "-D", "aside"]);
    check("when no branch has it");
    git(&["checkout", "-q", "--detach", "HEAD~5"]);
    check("with another commit checked out");
    git(&["gc", "-q", "--prune=now"]);
    check("packed anew");
}

#[test]
fn a_cache_holds_no_name_of_a_file_or_a_person() {
    let project = Project::new();
    project.scan();
    let bytes = fs::read(project.file()).unwrap();
    let token = token(1);
    for word in ["keys.txt", "a.txt", "with a token", token.as_str()] {
        assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
    }
}

#[test]
fn under_other_rules_limits_or_keys_nothing_is_known() {
    let project = Project::new();
    let all = project.scan().1;
    assert_eq!(project.scan_with(&project.settings(), 2).1, all, "other rules");
    project.scan();
    let mut limits = project.settings();
    limits.limits.object /= 2;
    assert_eq!(project.scan_with(&limits, 1).1, all, "other limits");
    let another = Settings { identity: IdentityKey::private([8; 32]), ..project.settings() };
    assert_eq!(project.scan_with(&another, 1).1, all, "the key of another user");
    let public = Settings { identity: IdentityKey::public([7; 32]), ..project.settings() };
    for _ in 0..2 {
        assert_eq!(project.scan_with(&public, 1).1, all, "under a key that everybody knows nothing is kept");
    }
    let none = Settings { cache: None, ..project.settings() };
    assert_eq!(project.scan_with(&none, 1).1, all);
}

#[test]
fn a_cache_that_is_not_as_it_was_written_is_as_good_as_none() {
    let project = Project::new();
    let (first, all) = project.scan();
    let file = project.file();
    let good = fs::read(&file).unwrap();
    let mut bad: Vec<Vec<u8>> = (0..good.len()).step_by(97).map(|at| good[..at].to_vec()).collect();
    bad.extend((0..good.len()).step_by(89).map(|at| {
        let mut changed = good.clone();
        changed[at] ^= 1 << (at % 8);
        changed
    }));
    bad.push([good.as_slice(), b"x"].concat());
    bad.push(vec![0; 100]);
    for bytes in bad {
        fs::write(&file, bytes).unwrap();
        let (report, count) = project.scan();
        assert_eq!((count, &report.findings), (all, &first.findings));
    }
    // A link, a folder or a pipe of that name is not read either.
    fs::rename(&file, project.folder.path().join("real")).unwrap();
    symlink(project.folder.path().join("real"), &file).unwrap();
    assert_eq!(project.scan().1, all);
    fs::remove_file(&file).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    assert_eq!(project.scan().1, all);
    // A cache that can't be written is no reason to fail.
    fs::remove_dir_all(project.folder.path().join("cache")).unwrap();
    fs::write(project.folder.path().join("cache"), "").unwrap();
    assert_eq!(project.scan().0.findings, first.findings);
}

#[test]
fn the_cache_of_another_repository_says_nothing_about_this_one() {
    let (project, other) = (Project::new(), Project::new());
    let all = project.scan().1;
    other.scan();
    fs::copy(other.file(), project.file()).unwrap();
    assert_eq!(project.scan().1, all);
}

#[test]
fn a_pack_that_was_written_to_is_checked_and_looked_at_anew() {
    let project = Project::new();
    project.scan();
    let packs = project.path().join(".git/objects/pack");
    let pack = fs::read_dir(packs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().unwrap() == "pack");
    let pack = pack.unwrap();
    let mut bytes = fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::set_permissions(&pack, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&pack, bytes).unwrap();
    for _ in 0..2 {
        assert!(
            !project.scan().0.not_looked_into.is_empty(),
            "a damaged pack is never taken for one that was looked at"
        );
    }
}

#[test]
fn what_comes_by_other_ways_is_looked_at() {
    let project = Project::new();
    project.scan();
    // An object in another folder that the repository borrows from.
    let lender = Repository::new();
    lender.write("x", token(4));
    lender.commit("x");
    fs::write(project.path().join(".git/objects/info/alternates"), lender.path.join(".git/objects").to_str().unwrap())
        .unwrap();
    assert!(tokens(&project.scan().0).contains(&token(4)));
    // A replaced object, and a history that is cut off or grafted: all objects are looked at, whoever leads to them.
    project.repository.write("replacement", token(5));
    let replacement = project.repository.git(&["hash-object", "-w", "replacement"]);
    let replaced = project.repository.git(&["rev-parse", "HEAD:a.txt"]);
    project.repository.git(&["replace", &replaced, &replacement]);
    assert!(tokens(&project.scan().0).contains(&token(5)));
    let shallow = project.repository.beside("shallow");
    git_in(
        &project.repository.beside(""),
        &["clone", "-q", "--depth=1", &format!("file://{}", project.path().display()), "shallow"],
        1_700_000_000,
    );
    let look = Named(Recorder::default(), 1);
    let settings = project.settings();
    scan(vec![history(&shallow)], &look, &settings, &Progress::silent());
    git_in(&shallow, &["fetch", "-q", "--unshallow"], 1_700_000_000);
    let report = scan(vec![history(&shallow)], &Named(Recorder::default(), 1), &settings, &Progress::silent());
    assert!(tokens(&report).contains(&token(1)));
}

#[test]
fn scans_at_the_same_time_do_not_disturb_each_other() {
    let project = Project::new();
    let expected = project.scan_with(&Settings { cache: None, ..project.settings() }, 1).0.findings;
    std::thread::scope(|scope| {
        let all: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (0..5).map(|_| project.scan().0.findings).collect::<Vec<_>>())).collect();
        for one in all {
            assert!(one.join().unwrap().iter().all(|findings| *findings == expected));
        }
    });
    assert_eq!(project.scan().1, 0);
    project.file();
}
