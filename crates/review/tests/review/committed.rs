//! What commits hold that were made in a layer.

use crate::repository::{Repository, git_in};
use portcullis_review::committed::brought;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What a layer over the repository would hold of its git folder after `work` was done in it.
fn layer(repository: &Repository, work: impl FnOnce(&Path)) -> PathBuf {
    let (inside, layer) = (repository.beside("inside"), repository.beside("layer"));
    copy(&repository.path, &inside);
    work(&inside);
    fs::create_dir(&layer).unwrap();
    keep_what_differs(&inside.join(".git"), &repository.path.join(".git"), &layer);
    layer
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() { copy(&entry.path(), &to) } else { drop(fs::copy(entry.path(), to)) }
    }
}

fn keep_what_differs(new: &Path, old: &Path, to: &Path) {
    for entry in fs::read_dir(new).unwrap().map(Result::unwrap) {
        let (new, old, to) = (entry.path(), old.join(entry.file_name()), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            keep_what_differs(&new, &old, &to);
        } else if fs::read(&old).ok() != fs::read(&new).ok() {
            fs::copy(&new, &to).unwrap();
        }
    }
}

fn git(inside: &Path, arguments: &[&str]) -> String {
    git_in(inside, arguments, 1_800_000_000)
}

fn write(inside: &Path, name: &str, text: &str) {
    let path = inside.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn sample() -> Repository {
    let repository = Repository::new();
    repository.write("src/lib.rs", "one\n");
    repository.write(".github/workflows/old.yml", "old\n");
    repository.commit("first");
    repository
}

fn paths(repository: &Repository, layer: &Path) -> Vec<String> {
    let found = brought(&repository.path, layer).unwrap();
    found.into_iter().map(|path| String::from_utf8(path).unwrap()).collect()
}

#[test]
fn a_commit_brings_what_it_changes_and_nothing_else() {
    let repository = sample();
    let layer = layer(&repository, |inside| {
        write(inside, "src/lib.rs", "two\n");
        write(inside, "src/new.rs", "new\n");
        git(inside, &["add", "-A"]);
        git(inside, &["commit", "-q", "-m", "work"]);
    });
    assert_eq!(paths(&repository, &layer), ["src/lib.rs", "src/new.rs"]);
}

#[test]
fn a_file_is_found_that_a_later_commit_takes_away_again_or_that_no_branch_leads_to() {
    let repository = sample();
    let layer = layer(&repository, |inside| {
        write(inside, ".github/workflows/evil.yml", "run\n");
        git(inside, &["add", "-A"]);
        git(inside, &["commit", "-q", "-m", "in"]);
        git(inside, &["rm", "-q", ".github/workflows/evil.yml"]);
        git(inside, &["commit", "-q", "-m", "out"]);
        git(inside, &["checkout", "-q", "--detach"]);
        write(inside, ".husky/pre-commit", "run\n");
        git(inside, &["add", "-A"]);
        git(inside, &["commit", "-q", "-m", "aside"]);
        git(inside, &["checkout", "-q", "main"]);
        git(inside, &["reflog", "expire", "--expire=now", "--all"]);
    });
    assert_eq!(paths(&repository, &layer), [".github/workflows/evil.yml", ".husky/pre-commit"]);
}

#[test]
fn what_is_staged_counts_as_well() {
    let repository = sample();
    let layer = layer(&repository, |inside| {
        write(inside, "Makefile", "all:\n");
        git(inside, &["add", "Makefile"]);
        fs::remove_file(inside.join("Makefile")).unwrap();
    });
    assert_eq!(paths(&repository, &layer), ["Makefile"]);
}

#[test]
fn what_is_staged_in_a_linked_working_tree_counts_against_what_is_checked_out_there() {
    let repository = sample();
    repository.git(&["branch", "other"]);
    repository.write("src/lib.rs", "later\n");
    repository.commit("later");
    repository.git(&["worktree", "add", "-q", "../linked", "other"]);
    let (inside, layer) = (repository.beside("inside"), repository.beside("layer"));
    copy(&repository.path, &inside);
    // The copy of the linked tree belongs to the copy of the repository.
    let linked = repository.beside("linked");
    fs::write(linked.join(".git"), format!("gitdir: {}\n", inside.join(".git/worktrees/linked").display())).unwrap();
    write(&linked, ".envrc", "run\n");
    git(&linked, &["add", "-A"]);
    fs::create_dir(&layer).unwrap();
    keep_what_differs(&inside.join(".git"), &repository.path.join(".git"), &layer);
    assert_eq!(paths(&repository, &layer), [".envrc"]);
}

#[test]
fn merges_tags_packs_and_a_first_commit_are_looked_into() {
    let repository = sample();
    let layer = layer(&repository, |inside| {
        git(inside, &["checkout", "-q", "-b", "side"]);
        write(inside, "side.rs", "side\n");
        git(inside, &["add", "-A"]);
        git(inside, &["commit", "-q", "-m", "side"]);
        git(inside, &["tag", "-a", "v1", "-m", "one"]);
        git(inside, &["checkout", "-q", "main"]);
        write(inside, "main.rs", "main\n");
        git(inside, &["add", "-A"]);
        git(inside, &["commit", "-q", "-m", "main"]);
        git(inside, &["merge", "-q", "--no-edit", "side"]);
        git(inside, &["checkout", "-q", "--orphan", "other"]);
        git(inside, &["rm", "-q", "-rf", "."]);
        write(inside, "root.rs", "root\n");
        git(inside, &["add", "-A"]);
        git(inside, &["commit", "-q", "-m", "root"]);
        git(inside, &["checkout", "-q", "main"]);
        git(inside, &["gc", "-q"]);
    });
    assert_eq!(paths(&repository, &layer), ["main.rs", "root.rs", "side.rs"]);
}

#[test]
fn nothing_is_brought_by_moving_a_branch_or_by_looking() {
    let repository = sample();
    let second = repository.commit("second");
    let layer = layer(&repository, |inside| {
        git(inside, &["reset", "-q", "--hard", "HEAD~1"]);
        git(inside, &["branch", "kept", second.trim()]);
        git(inside, &["status"]);
    });
    assert_eq!(paths(&repository, &layer), Vec::<String>::new());
}

#[test]
fn an_object_under_the_name_of_another_is_refused() {
    let repository = sample();
    let head = repository.git(&["rev-parse", "HEAD"]);
    let layer = layer(&repository, |_| {});
    let (folder, name) = head.trim().split_at(2);
    let folder = layer.join("objects").join(folder);
    fs::create_dir_all(&folder).unwrap();
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    deflated.write_all(b"blob 4\0evil").unwrap();
    fs::write(folder.join(name), deflated.finish().unwrap()).unwrap();
    assert!(brought(&repository.path, &layer).is_err());
}

#[test]
fn what_is_staged_is_not_hidden_by_what_the_index_says_about_itself() {
    let repository = sample();
    let layer = layer(&repository, |inside| {
        write(inside, ".envrc", "run\n");
        git(inside, &["add", "-N", ".envrc"]);
        let blob = git(inside, &["hash-object", "-w", ".envrc"]);
        let script = format!("printf '100644 {blob} 2\\tMakefile\\n' | git update-index --index-info");
        std::process::Command::new("sh").current_dir(inside).args(["-c", &script]).status().unwrap();
    });
    assert_eq!(paths(&repository, &layer), [".envrc", "Makefile"]);
}

#[test]
fn a_tree_that_names_the_same_one_over_and_over_is_not_walked_to_its_end() {
    let repository = sample();
    let layer = layer(&repository, |inside| {
        write(inside, "leaf.rs", "x\n");
        let blob = git(inside, &["hash-object", "-w", "leaf.rs"]);
        let mut made = format!("100644 blob {blob}");
        for _ in 0..8 {
            let lines: Vec<String> = (0..20).map(|name| format!("{made}\tn{name}\n")).collect();
            fs::write(inside.join("lines"), lines.concat()).unwrap();
            let script = "git mktree < lines";
            let output = std::process::Command::new("sh").current_dir(inside).args(["-c", script]).output().unwrap();
            made = format!("040000 tree {}", String::from_utf8(output.stdout).unwrap().trim());
        }
        let tree = made.rsplit(' ').next().unwrap().to_owned();
        git(inside, &["-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "x", &tree]);
    });
    assert!(brought(&repository.path, &layer).is_err());
}

#[test]
fn what_can_not_be_told_is_an_error() {
    let repository = sample();
    let borrowing = layer(&repository, |inside| {
        fs::create_dir_all(inside.join(".git/objects/info")).unwrap();
        write(inside, ".git/objects/info/alternates", "/nowhere/objects\n");
    });
    assert!(brought(&repository.path, &borrowing).is_err());
    let repository = sample();
    let damaged = layer(&repository, |inside| write(inside, ".git/index", "DIRC nonsense"));
    assert!(brought(&repository.path, &damaged).is_err());
    let repository = sample();
    let incomplete = layer(&repository, |inside| {
        write(inside, "x.rs", "x\n");
        git(inside, &["add", "-A"]);
        git(inside, &["commit", "-q", "-m", "x"]);
        let tree = git(inside, &["rev-parse", "HEAD^{tree}"]);
        let (folder, name) = tree.trim().split_at(2);
        fs::remove_file(inside.join(".git/objects").join(folder).join(name)).unwrap();
    });
    assert!(brought(&repository.path, &incomplete).is_err());
}
