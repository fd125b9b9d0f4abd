//! What is staged, what a range of commits brings, what is about to be pushed, what a message says.

use crate::repository::Repository;
use crate::sample::{look, token};
use portcullis_review::{Commits, Message, Push, Range, Report, Source, Staged};
use std::fs;
use std::path::Path;

/// Each finding by the number of its token, the origin of its first place, and whether the change brings it.
fn found(report: &Report, numbers: std::ops::Range<u32>) -> Vec<(u32, String, bool)> {
    let number = |value: &str| numbers.clone().find(|number| token(*number) == value).unwrap();
    let mut found: Vec<_> = report
        .findings
        .iter()
        .map(|found| (number(found.hit.value.expose()), found.places[0].origin.to_string(), found.introduced()))
        .collect();
    found.sort();
    assert_eq!(report.not_looked_into, []);
    found
}

fn staged(path: &Path) -> Report {
    look(Source::Staged(Staged { repository: path.to_owned() }))
}

fn range(path: &Path, commits: Commits) -> Report {
    look(Source::Range(Range { repository: path.to_owned(), commits }))
}

fn between(path: &Path, text: &str) -> Report {
    range(path, Commits::Between(text.to_owned()))
}

/// A repository in which some things are staged in every way that there is.
fn with_staged() -> Repository {
    let repository = Repository::new();
    repository.write("old", format!("{}\nx\n", token(1)));
    repository.write("same/file", token(2));
    repository.write("deep/er/file", "a\nb\n");
    repository.write("moved", format!("{}\n", token(3)));
    repository.write("mode", token(4));
    repository.commit("one");
    repository.write("old", format!("{}\nx\n{}\n", token(1), token(5)));
    repository.write("deep/er/file", format!("a\nb\nc {}\n", token(6)));
    repository.write("new folder/new", token(7));
    repository.git(&["mv", "moved", "elsewhere"]);
    repository.git(&["add", "-A"]);
    repository.write("not staged", token(8));
    repository.write("intended", token(9));
    repository.git(&["add", "-N", "intended"]);
    repository.write("old", format!("{}\n", token(10)));
    repository
}

fn expected() -> Vec<(u32, String, bool)> {
    let all = [
        (1, "old", false),
        (3, "elsewhere", false),
        (5, "old", true),
        (6, "deep/er/file", true),
        (7, "new folder/new", true),
    ];
    all.map(|(number, path, introduced)| (number, path.to_owned(), introduced)).into()
}

#[test]
fn what_is_staged_is_found_and_only_added_lines_count_as_brought() {
    let repository = with_staged();
    assert_eq!(found(&staged(&repository.path), 0..20), expected());
    assert_eq!(found(&staged(&repository.path.join("deep")), 0..20), expected(), "from a folder below");
}

#[test]
fn reads_every_version_of_the_staging_area() {
    for settings in [
        &["update-index", "--index-version", "2"][..],
        &["update-index", "--index-version", "3"],
        &["update-index", "--index-version", "4"],
        &["update-index", "--split-index"],
        &["-c", "index.skipHash=true", "update-index", "--force-write-index"],
        &["-c", "index.threads=2", "update-index", "--force-write-index"],
        &["update-index", "--untracked-cache"],
    ] {
        let repository = with_staged();
        repository.git(settings);
        assert_eq!(found(&staged(&repository.path), 0..20), expected(), "{settings:?}");
    }
}

#[test]
fn a_split_staging_area_keeps_changing() {
    let repository = Repository::new();
    (0..200).for_each(|number| repository.write(&format!("f{number:03}"), format!("{number}")));
    repository.commit("one");
    repository.git(&["update-index", "--split-index"]);
    repository.git(&["config", "splitIndex.maxPercentChange", "100"]);
    repository.write("f000", token(1));
    repository.write("f150", token(2));
    repository.write("g", token(3));
    repository.git(&["rm", "-q", "f100", "f101"]);
    repository.git(&["add", "f000", "f150", "g"]);
    let all = [(1, "f000"), (2, "f150"), (3, "g")].map(|(number, path)| (number, path.to_owned(), true));
    assert_eq!(found(&staged(&repository.path), 0..20), all);
}

#[test]
fn folders_that_are_not_checked_out_are_compared_as_a_whole() {
    let repository = Repository::new();
    repository.write("in/a", "x");
    repository.write("out/b", token(1));
    repository.write("out/deep/c", "x");
    repository.commit("one");
    repository.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    repository.write("in/a", token(2));
    repository.git(&["add", "in/a"]);
    assert_eq!(found(&staged(&repository.path), 0..20), [(2, "in/a".to_owned(), true)]);
}

#[test]
fn before_the_first_commit_all_that_is_staged_is_new() {
    for format in ["sha1", "sha256"] {
        let repository = Repository::with(&["init", "-q", "-b", "main", &format!("--object-format={format}"), "work"]);
        assert_eq!(found(&staged(&repository.path), 0..20), []);
        repository.write("a/b", token(1));
        repository.git(&["add", "-A"]);
        assert_eq!(found(&staged(&repository.path), 0..20), [(1, "a/b".to_owned(), true)]);
    }
}

#[test]
fn a_merge_brings_only_what_neither_side_had() {
    let repository = Repository::new();
    repository.write("file", "a\n\n\n\n\n\n\nb\n");
    repository.commit("base");
    repository.git(&["checkout", "-q", "-b", "side"]);
    repository.write("file", format!("a\n\n\n\n\n\n\nb\n{}\n", token(1)));
    repository.write("of side", token(2));
    repository.commit("side");
    repository.git(&["checkout", "-q", "main"]);
    repository.write("file", format!("{}\na\n\n\n\n\n\n\nb\n", token(3)));
    repository.commit("main");
    repository.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    repository.write("evil", token(4));
    repository.git(&["add", "-A"]);
    let expected = [(1, "file", false), (3, "file", false), (4, "evil", true)];
    let expected = expected.map(|(number, path, new)| (number, path.to_owned(), new));
    assert_eq!(found(&staged(&repository.path), 0..20), expected);
    repository.git(&["commit", "-q", "-m", "merged"]);
    let of_merge = found(&between(&repository.path, "HEAD^2...HEAD"), 0..20);
    assert!(of_merge.iter().any(|(number, _, introduced)| *number == 4 && *introduced));
    assert!(!of_merge.iter().any(|(number, _, introduced)| *number == 2 && *introduced));
}

#[test]
fn a_damaged_staging_area_is_reported_whichever_byte_it_is() {
    let repository = with_staged();
    let file = repository.path.join(".git/index");
    let bytes = fs::read(&file).unwrap();
    let expected = staged(&repository.path);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&file, &damaged).unwrap();
        let report = staged(&repository.path);
        assert!(!report.not_looked_into.is_empty(), "byte {at}");
        // Without its checksum it may make sense, but it must never make us stumble.
        let length = damaged.len();
        damaged[length - 20..].fill(0);
        fs::write(&file, &damaged).unwrap();
        staged(&repository.path);
    }
    fs::write(&file, &bytes).unwrap();
    assert_eq!(staged(&repository.path), expected);
}

/// Four commits, of which the second brings a secret and the third takes it away.
fn with_commits() -> (Repository, Vec<String>) {
    let repository = Repository::new();
    repository.write("a", format!("{}\n", token(1)));
    let mut commits = vec![repository.commit("one")];
    repository.write("a", format!("{}\n{}\n", token(1), token(2)));
    commits.push(repository.commit(&format!("two {}", token(9))));
    repository.write("a", format!("{}\n", token(1)));
    commits.push(repository.commit("three"));
    repository.write("b", token(3));
    commits.push(repository.commit("four"));
    (repository, commits)
}

#[test]
fn a_range_brings_what_its_commits_add_also_what_a_later_one_removes() {
    let (repository, commits) = with_commits();
    let expected = vec![
        (1, format!("a in commit {}", commits[1]), false),
        (2, format!("a in commit {}", commits[1]), true),
        (3, format!("b in commit {}", commits[3]), true),
        (9, format!("the message of commit {}", commits[1]), true),
    ];
    let first = commits[0].get(..7).unwrap();
    for text in [format!("{first}..HEAD"), format!("{}..", commits[0]), "HEAD~3..main".to_owned(), "@~3..@".to_owned()]
    {
        let mut report = found(&between(&repository.path, &text), 0..20);
        // Which of the two versions comes first depends on their names.
        report.iter_mut().filter(|(number, ..)| *number == 1).for_each(|found| found.1.clone_from(&expected[0].1));
        assert_eq!(report, expected, "{text}");
    }
    let since = range(&repository.path, Commits::Since("HEAD^^{commit}".to_owned()));
    assert_eq!(found(&since, 0..20), [expected[2].clone()]);
    assert_eq!(between(&repository.path, "HEAD").findings.len(), 4);
    assert_eq!(between(&repository.path, "HEAD..HEAD").findings, []);
    repository.git(&["tag", "-a", "-m", "x", "v1", &commits[0]]);
    assert_eq!(found(&between(&repository.path, "v1..HEAD"), 0..20).len(), 4);
}

#[test]
fn what_names_no_commit_is_reported() {
    let (repository, _) = with_commits();
    for text in [
        "nowhere..HEAD",
        "HEAD~9",
        "HEAD^3",
        "HEAD@{1}",
        "../../etc/passwd",
        "a..b..c",
        "abcd",
        "-1",
        "",
        "HEAD^{tree}",
    ] {
        let report = between(&repository.path, text);
        assert_eq!(report.not_looked_into.is_empty(), text.is_empty(), "{text}");
    }
}

#[test]
fn knows_what_the_upstream_and_the_remotes_do_not_have() {
    let (repository, commits) = with_commits();
    repository.git(&["clone", "-q", ".", "../clone"]);
    let clone = repository.beside("clone");
    let git = |arguments: &[&str]| crate::repository::git_in(&clone, arguments, 1_800_000_000);
    fs::write(clone.join("c"), token(4)).unwrap();
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "five"]);
    let fifth = git(&["rev-parse", "HEAD"]);
    let expected = vec![(4, format!("c in commit {fifth}"), true)];
    assert_eq!(found(&range(&clone, Commits::NotUpstream), 0..20), expected);
    assert_eq!(found(&between(&clone, "@{u}..HEAD"), 0..20), expected);
    git(&["checkout", "-q", "-b", "follows-nothing"]);
    assert_eq!(found(&range(&clone, Commits::NotUpstream), 0..20), expected);

    let push = |updates: String, remote: &str| {
        let push = Push { repository: clone.clone(), remote: remote.to_owned(), updates: updates.into_bytes() };
        look(Source::Push(push))
    };
    let zero = "0".repeat(40);
    let unknown = "1".repeat(40);
    let new = format!("refs/heads/new {fifth} refs/heads/new {zero}\n");
    assert_eq!(found(&push(new.clone(), "origin"), 0..20), expected);
    assert_eq!(push(new, "elsewhere").findings.len(), 5, "another remote has nothing yet");
    let update = format!("refs/heads/main {fifth} refs/heads/main {}\n", commits[3]);
    assert_eq!(found(&push(update, "elsewhere"), 0..20), expected);
    let forced = format!("refs/heads/main {fifth} refs/heads/main {unknown}\n(delete) {zero} refs/heads/x {fifth}\n");
    assert_eq!(push(forced, "origin").findings.len(), 0, "what is deleted there is there");
    assert_eq!(push("nonsense\n".to_owned(), "origin").not_looked_into.len(), 1);
    assert_eq!(push(String::new(), "origin"), Report::default());
}

#[test]
fn a_message_is_scanned_but_not_the_change_that_git_shows_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("COMMIT_EDITMSG");
    let scissors = "# ------------------------ >8 ------------------------";
    let text = format!("one {}\n\n# comment\n{scissors}\n# Do not.\ndiff --git a/x b/x\n-{}\n", token(1), token(2));
    fs::write(&file, text).unwrap();
    let report = look(Source::Message(Message { file: file.clone() }));
    let name = file.display().to_string();
    assert_eq!(found(&report, 0..20), [(1, name.clone(), true), (2, name, false)]);
    fs::remove_file(&file).unwrap();
    assert_eq!(look(Source::Message(Message { file })).not_looked_into.len(), 1);
}

#[test]
fn clocks_that_go_backwards_hide_nothing() {
    let repository = Repository::new();
    let mut commits = Vec::new();
    for number in 0..30 {
        repository.write("a", format!("{}{}\n", "x\n".repeat(number as usize), token(number + 1)));
        repository.git(&["add", "-A"]);
        let time = 1_700_000_000 - u64::from(number % 7) * 1_000_000;
        let path = &repository.path;
        crate::repository::git_in(path, &["commit", "-q", "-m", "x"], time);
        commits.push(repository.git(&["rev-parse", "HEAD"]));
    }
    for (at, commit) in commits.iter().enumerate() {
        let report = between(&repository.path, &format!("{commit}..HEAD"));
        let brought = report.findings.iter().filter(|found| found.introduced()).count();
        assert!(brought >= 29 - at, "{brought} after {at}");
    }
}
