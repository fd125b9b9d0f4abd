//! What a repository looks like from outside: where its root is, what it is written in, where it is pushed to. Read
//! from names and git's own files; nothing of the repository is run, and nothing of what it says is trusted.

mod git;
pub(crate) mod linked;

use portcullis_policy::RepositoryFacts;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What stands for a repository in a name of a folder.
pub(crate) fn name_for(root: &Path) -> String {
    let digest: [u8; 32] = Sha256::digest(root.as_os_str().as_bytes()).into();
    let half = digest.first_chunk().copied().map_or(0, u128::from_be_bytes);
    format!("{half:032x}")
}

/// A manifest or lockfile, and what it says about the folder that it lies in.
struct Sign {
    file: &'static str,
    language: &'static str,
    package_manager: Option<&'static str>,
}

const fn sign(file: &'static str, language: &'static str, package_manager: Option<&'static str>) -> Sign {
    Sign { file, language, package_manager }
}

/// One entry per file name; a name that begins with a dot stands for every file with that ending.
const SIGNS: &[Sign] = &[
    sign("Cargo.toml", "rust", Some("cargo")),
    sign("package.json", "javascript", None),
    sign("package-lock.json", "javascript", Some("npm")),
    sign("yarn.lock", "javascript", Some("yarn")),
    sign("pnpm-lock.yaml", "javascript", Some("pnpm")),
    sign("bun.lock", "javascript", Some("bun")),
    sign("bun.lockb", "javascript", Some("bun")),
    sign("deno.json", "javascript", Some("deno")),
    sign("tsconfig.json", "typescript", None),
    sign("pyproject.toml", "python", None),
    sign("requirements.txt", "python", Some("pip")),
    sign("setup.py", "python", Some("pip")),
    sign("Pipfile", "python", Some("pipenv")),
    sign("poetry.lock", "python", Some("poetry")),
    sign("uv.lock", "python", Some("uv")),
    sign("go.mod", "go", Some("go")),
    sign("Gemfile", "ruby", Some("bundler")),
    sign("composer.json", "php", Some("composer")),
    sign("pom.xml", "java", Some("maven")),
    sign("build.gradle", "java", Some("gradle")),
    sign("build.gradle.kts", "kotlin", Some("gradle")),
    sign("CMakeLists.txt", "c", None),
    sign(".csproj", "csharp", Some("nuget")),
    sign(".sln", "csharp", Some("nuget")),
    sign("Package.swift", "swift", Some("swift")),
    sign("mix.exs", "elixir", Some("mix")),
    sign("Dockerfile", "docker", None),
    sign("main.tf", "terraform", None),
];

/// Folders that hold other people's code, or what was built.
const NOT_OURS: &[&str] = &["node_modules", "target", "vendor", "dist", "build", "venv", "third_party"];
/// Folders whose names say that production depends on them.
const SENSITIVE: &[&str] = &[
    "deploy",
    "deployment",
    "infra",
    "infrastructure",
    "terraform",
    "k8s",
    "kubernetes",
    "helm",
    "prod",
    "production",
];
/// How deep to look, and at how many entries: enough for a workspace, little enough to be instant.
const DEPTH: usize = 3;
const ENTRIES: usize = 5_000;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Repository {
    /// What it is written in, such as `rust`.
    pub(crate) languages: BTreeSet<String>,
    /// What installs its dependencies, such as `cargo`.
    pub(crate) package_managers: BTreeSet<String>,
    /// The hosts that it is pushed to or fetched from.
    pub(crate) remote_hosts: BTreeSet<String>,
    /// The branch that everything is merged into.
    pub(crate) default_branch: Option<String>,
    /// Folders that hold things for production.
    pub(crate) sensitive_folders: BTreeSet<String>,
}

/// The repository that work in `folder` belongs to: the outermost one around it, because otherwise a nested `git init`
/// would hide the policy of the repository around it. Two limits keep it from growing too wide: the user's home and
/// what lies above it never count (dotfiles are often kept in git), and a repository of another user counts only if it
/// is the nearest one, so that nobody can plant one in `/tmp` that swallows yours.
pub(crate) fn root_of(folder: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let above_home = |it: &Path| home.is_some_and(|home| home.starts_with(it)) && !it.as_os_str().is_empty();
    let mut roots = folder.ancestors().filter(|it| it.join(".git").exists());
    let nearest = roots.next()?;
    let mine = rustix::process::geteuid().as_raw();
    let is_mine = |it: &Path| it.join(".git").symlink_metadata().is_ok_and(|git| git.uid() == mine);
    let outermost = roots.filter(|it| !above_home(it) && is_mine(it)).last();
    Some(outermost.unwrap_or(nearest).to_owned())
}

impl Repository {
    /// Looks at the repository whose root is `root`.
    pub(crate) fn look(root: &Path) -> Self {
        let mut found = Self::default();
        let mut left = ENTRIES;
        found.look_at_folder(root, DEPTH, &mut left);
        found.sensitive_folders =
            SENSITIVE.iter().filter(|name| is_folder(&root.join(name))).map(|name| (*name).to_owned()).collect();
        if let Some(folder) = git::folder(root) {
            found.remote_hosts =
                git::read_small(&folder.join("config")).map(|text| git::remote_hosts(&text)).unwrap_or_default();
            found.default_branch = git::default_branch(&folder);
        }
        found
    }

    /// What the template of a policy asks for.
    pub(crate) fn facts(&self) -> RepositoryFacts {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect();
        RepositoryFacts {
            languages: list(&self.languages),
            package_managers: list(&self.package_managers),
            remote_hosts: list(&self.remote_hosts),
            default_branch: self.default_branch.clone(),
            sensitive_folders: list(&self.sensitive_folders),
        }
    }

    fn look_at_folder(&mut self, folder: &Path, depth: usize, left: &mut usize) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let Some(fewer) = left.checked_sub(1) else { return };
            *left = fewer;
            // The type of a link is that of the link, so nothing outside of the repository is looked at.
            let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
            if kind.is_file() {
                self.look_at_file(&name);
            } else if kind.is_dir() && depth > 1 && !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()) {
                self.look_at_folder(&entry.path(), depth - 1, left);
            }
        }
    }

    fn look_at_file(&mut self, name: &str) {
        let fits = |sign: &&Sign| name == sign.file || (sign.file.starts_with('.') && name.ends_with(sign.file));
        for sign in SIGNS.iter().filter(fits) {
            self.languages.insert(sign.language.to_owned());
            self.package_managers.extend(sign.package_manager.map(str::to_owned));
        }
    }
}

/// Whether it is a folder itself, not a link to one.
fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_repository_is_read_off_its_files() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, "crates/a/Cargo.toml", "");
        write(root, "web/package.json", "");
        write(root, "web/pnpm-lock.yaml", "");
        write(root, "web/node_modules/x/go.mod", "");
        write(root, "deploy/Dockerfile", "");
        write(root, "one/two/three/four/Gemfile", "");
        write(root, "src/App.csproj", "");
        write(root, ".git/config", "[remote \"origin\"]\n\turl = git@Git.example.org:team/app.git\n");
        write(root, ".git/HEAD", "ref: refs/heads/feature\n");
        write(root, ".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/trunk\n");
        let expected = Repository {
            languages: set(&["csharp", "docker", "javascript", "rust"]),
            package_managers: set(&["cargo", "nuget", "pnpm"]),
            remote_hosts: set(&["git.example.org"]),
            default_branch: Some("trunk".to_owned()),
            sensitive_folders: set(&["deploy"]),
        };
        assert_eq!(Repository::look(root), expected);
    }

    #[test]
    fn a_worktree_leads_to_the_repository_that_it_belongs_to() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, "main/.git/config", "[remote \"o\"]\nurl=https://u:p@example.com:8443/x\n");
        write(root, "main/.git/worktrees/w/commondir", "../..\n");
        write(root, "main/.git/HEAD", "ref: refs/heads/main\n");
        write(root, "w/.git", "gitdir: ../main/.git/worktrees/w\n");
        let found = Repository::look(&root.join("w"));
        assert_eq!((found.remote_hosts, found.default_branch), (set(&["example.com"]), Some("main".to_owned())));
    }

    #[test]
    fn a_nested_repository_does_not_hide_the_one_around_it() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, ".git/HEAD", "");
        write(root, "sub/.git/HEAD", "");
        assert_eq!(root_of(&root.join("sub"), None), Some(root.to_owned()));
        assert_eq!(
            root_of(&root.join("sub"), Some(root)),
            Some(root.join("sub")),
            "a home full of dotfiles is no project"
        );
        assert_eq!(root_of(root.parent().unwrap(), None), None);
    }
}
