//! Ignore files, compared with what git makes of them.

use crate::paths::paths;
use crate::repository::Repository;
use crate::sample::{Tokens, settings, token};
use portcullis_review::{Paths, Progress, Report, Source, scan};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Which files were looked into, relative to the folder: each holds a token.
fn seen(report: &Report, root: &Path) -> BTreeSet<String> {
    let root = root.canonicalize().unwrap();
    let places = report.findings.iter().flat_map(|found| &found.places);
    let paths = places.map(|place| place.origin.path().unwrap().canonicalize().unwrap());
    paths.map(|path| path.strip_prefix(&root).unwrap().display().to_string()).collect()
}

fn look(path: &Path, home: &Path) -> Report {
    let mut settings = settings();
    settings.surroundings.home = Some(home.to_owned());
    scan(vec![paths(path)], &Tokens, &settings, &Progress::silent())
}

/// What git would add, or has added.
fn of_git(repository: &Repository) -> BTreeSet<String> {
    let list = repository.git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    list.split('\0').filter(|name| !name.is_empty() && !name.ends_with(".gitignore")).map(str::to_owned).collect()
}

/// Fills a repository with files, each of which holds a token.
fn fill(repository: &Repository, names: &[&str]) {
    for name in names {
        repository.write(name, token(1));
    }
}

#[test]
fn leaves_out_what_git_leaves_out() {
    let repository = Repository::new();
    fill(
        &repository,
        &["a.log", "keep.log", "b.txt", "build/x", "src/build/y", "src/a.log", "deep/er/and/z.tmp", "q/a"],
    );
    repository.write(".gitignore", "*.log\n!keep.log\n/build/\n**/and/*.tmp\nq/*\n");
    repository.write("src/.gitignore", "!a.log\n");
    repository.write(".git/info/exclude", "b.txt\n");
    let home = tempfile::tempdir().unwrap();
    assert_eq!(seen(&look(&repository.path, home.path()), &repository.path), of_git(&repository));
    let inside = repository.path.join("src");
    assert_eq!(seen(&look(&inside, home.path()), &inside), ["a.log", "build/y"].map(str::to_owned).into());
    let all = Paths { roots: vec![repository.path.clone()], heed_ignore_files: false, inside_git: false };
    let report = scan(vec![Source::Paths(all)], &Tokens, &settings(), &Progress::silent());
    assert_eq!(seen(&report, &repository.path).len(), 8);
}

#[test]
fn what_git_tracks_is_scanned_whatever_an_ignore_file_says() {
    let repository = Repository::new();
    fill(&repository, &["tracked.env", "out/tracked", "out/deep/tracked", "out/other", "out/empty/other", "x/y"]);
    repository.git(&["add", "-f", "tracked.env", "out/tracked", "out/deep/tracked"]);
    repository.write(".gitignore", "*.env\nout/\n");
    repository.write(".ignore", "*\n");
    repository.write("new.env", token(1));
    let home = tempfile::tempdir().unwrap();
    let report = look(&repository.path, home.path());
    let expected = ["out/deep/tracked", "out/tracked", "tracked.env"];
    assert_eq!(seen(&report, &repository.path), expected.map(str::to_owned).into());
    // Also when what is tracked can't be known.
    fs::write(repository.path.join(".git/index"), "not an index").unwrap();
    assert_eq!(seen(&look(&repository.path, home.path()), &repository.path).len(), 7);
}

#[test]
fn rules_of_the_user_apply_and_those_around_another_repository_do_not() {
    let repository = Repository::new();
    fill(&repository, &["a.one", "a.two", "a.three"]);
    repository.git(&["init", "-q", "inner"]);
    fill(&repository, &["inner/a.one", "inner/a.three", "inner/b.four"]);
    repository.write(".gitignore", "*.three\n");
    repository.write("inner/.gitignore", "*.four\n");
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join(".config/git")).unwrap();
    fs::write(home.path().join(".config/git/ignore"), "*.one\n").unwrap();
    let found = |home: &Path| seen(&look(&repository.path, home), &repository.path);
    assert_eq!(found(home.path()), ["a.two", "inner/a.three"].map(str::to_owned).into());
    fs::write(home.path().join(".gitconfig"), "[core]\nexcludesFile = ~/mine\n").unwrap();
    fs::write(home.path().join("mine"), "*.two\n").unwrap();
    assert_eq!(found(home.path()), ["a.one", "inner/a.one", "inner/a.three"].map(str::to_owned).into());
}

#[test]
fn a_gitignore_outside_a_repository_says_nothing_and_a_plain_one_does() {
    let folder = crate::paths::tree(&[("a", &token(1)), ("b", &token(1)), (".gitignore", "a\n"), (".ignore", "b\n")]);
    assert_eq!(seen(&look(folder.path(), folder.path()), folder.path()), ["a".to_owned()].into());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, ..ProptestConfig::default() })]
    #[test]
    fn any_rules_mean_what_they_mean_to_git(
        top in prop::collection::vec("!?/?(\\*\\*/|a/|b/)?[ab*?]{1,3}(\\[ab\\]|\\[!a\\]|\\\\a|\\*\\*)?(/\\*\\*|/)?", 1..5),
        below in prop::collection::vec("!?/?[ab*]{1,2}/?", 0..3),
    ) {
        // Two stars inside of a name are one star by git's manual. By its code, what stands literally before them is cut off
        // first where the rule has a slash, so that `/a**` crosses folders, and `a**/**` matches a file `a` as well.
        let is_glued = |rule: &str| {
            let mut before = rule.match_indices("**").filter_map(|(at, _)| rule.get(..at));
            before.any(|before| !before.is_empty() && !before.ends_with(['/', '*', '!']))
        };
        prop_assume!(!top.iter().any(|rule| is_glued(rule) && rule.trim_end_matches('/').contains('/')));
        let repository = Repository::new();
        fill(&repository, &["a", "b/a", "b/b", "ab/a", "ab/b/ab", "ba/ab/a", "ba/b", "bb", "aab", "b/aa/b", "b/bb/a/b"]);
        repository.write(".gitignore", top.join("\n"));
        repository.write("b/.gitignore", below.join("\n"));
        let home = tempfile::tempdir().unwrap();
        prop_assert_eq!(seen(&look(&repository.path, home.path()), &repository.path), of_git(&repository), "{:?} {:?}", top, below);
    }
}
