//! The git folder of a working tree that lies elsewhere, as that of a linked working tree or of a submodule does.
//!
//! A file `.git` names a folder, and whoever made the working tree wrote that file: an unpacked archive may name any
//! folder of the user's. So the folder counts only if it says itself that it belongs to this working tree.

use super::git::read_small;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder that holds the commits of the working tree at `root`, if it lies outside of it and belongs to it.
pub(crate) fn git_folder(root: &Path) -> Option<PathBuf> {
    let root = fs::canonicalize(root).ok()?;
    let file = root.join(".git");
    if !fs::symlink_metadata(&file).ok()?.is_file() {
        return None;
    }
    let named = line(&file)?;
    let folder = fs::canonicalize(root.join(named.strip_prefix("gitdir:")?.trim_start())).ok()?;
    let common = match line(&folder.join("commondir")) {
        Some(common) => of_linked_tree(&folder, &common, &file)?,
        None => of_submodule(folder, &root)?,
    };
    let apart = !common.starts_with(&root) && !root.starts_with(&common);
    (apart && looks_like_one(&common)).then_some(common)
}

/// Where git keeps what belongs to the working tree at `root` alone, its index first of all. Nothing says that it is really its own.
pub(crate) fn own_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if fs::symlink_metadata(&git).ok()?.is_dir() {
        return Some(git);
    }
    fs::canonicalize(root.join(line(&git)?.strip_prefix("gitdir:")?.trim_start())).ok()
}

/// The common folder of a linked working tree: the tree's own folder lies in it, and names the tree.
fn of_linked_tree(folder: &Path, common: &str, file: &Path) -> Option<PathBuf> {
    let common = fs::canonicalize(folder.join(common)).ok()?;
    let names_back = fs::canonicalize(folder.join(line(&folder.join("gitdir"))?)).ok()? == file;
    let within = folder.parent()? == common.join("worktrees");
    (names_back && within).then_some(common)
}

/// The folder of a submodule, whose settings name the working tree.
fn of_submodule(folder: PathBuf, root: &Path) -> Option<PathBuf> {
    let settings = read_small(&folder.join("config"))?;
    let mut named = settings.lines().filter_map(|line| line.trim().strip_prefix("worktree"));
    let path = named.next()?.trim_start().strip_prefix('=')?.trim();
    (fs::canonicalize(folder.join(path)).ok()? == root).then_some(folder)
}

fn looks_like_one(folder: &Path) -> bool {
    let is =
        |name: &str, test: fn(&fs::Metadata) -> bool| folder.join(name).symlink_metadata().is_ok_and(|it| test(&it));
    is("HEAD", fs::Metadata::is_file) && is("objects", fs::Metadata::is_dir) && is("refs", fs::Metadata::is_dir)
}

/// The only line of a small file.
fn line(path: &Path) -> Option<String> {
    Some(read_small(path)?.lines().next()?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A repository in `main/.git` with a linked tree `tree`.
    fn linked(root: &Path) {
        write(root, "main/.git/HEAD", "ref: refs/heads/main\n");
        fs::create_dir_all(root.join("main/.git/objects")).unwrap();
        fs::create_dir_all(root.join("main/.git/refs")).unwrap();
        write(root, "main/.git/worktrees/tree/commondir", "../..\n");
        write(root, "main/.git/worktrees/tree/gitdir", &format!("{}/tree/.git\n", root.display()));
        write(root, "tree/.git", "gitdir: ../main/.git/worktrees/tree\n");
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        (folder, root)
    }

    #[test]
    fn a_linked_tree_and_a_submodule_lead_to_their_repository() {
        let (_folder, root) = folder();
        linked(&root);
        assert_eq!(git_folder(&root.join("tree")), Some(root.join("main/.git")));
        assert_eq!(git_folder(&root.join("main")), None);
        let module = "outer/.git/modules/part";
        write(&root, &format!("{module}/HEAD"), "ref: refs/heads/main\n");
        write(&root, &format!("{module}/config"), "[core]\n\tworktree = ../../../../part\n");
        fs::create_dir_all(root.join(module).join("objects")).unwrap();
        fs::create_dir_all(root.join(module).join("refs")).unwrap();
        write(&root, "part/.git", "gitdir: ../outer/.git/modules/part\n");
        assert_eq!(git_folder(&root.join("part")), Some(root.join(module)));
    }

    #[test]
    fn a_folder_that_does_not_say_so_itself_is_not_shown() {
        let (_folder, root) = folder();
        linked(&root);
        write(&root, "home/.ssh/id", "secret");
        // Straight to what is wanted.
        write(&root, "one/.git", "gitdir: ../home/.ssh\n");
        assert_eq!(git_folder(&root.join("one")), None);
        // By a folder of its own that names it as the common one.
        write(&root, "two/fake/worktrees/x/commondir", "../../../../home/.ssh\n");
        write(&root, "two/fake/worktrees/x/gitdir", "../../../.git\n");
        write(&root, "two/.git", "gitdir: fake/worktrees/x\n");
        assert_eq!(git_folder(&root.join("two")), None);
        // Another tree's repository.
        write(&root, "three/.git", "gitdir: ../main/.git/worktrees/tree\n");
        assert_eq!(git_folder(&root.join("three")), None);
        // Straight to a repository that is nobody's tree.
        write(&root, "four/.git", "gitdir: ../main/.git\n");
        assert_eq!(git_folder(&root.join("four")), None);
        write(&root, "five/.git", "nothing of the sort\n");
        assert_eq!(git_folder(&root.join("five")), None);
    }
}
