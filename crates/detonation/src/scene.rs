//! A home that looks like somebody's, with a repository in it and credentials that are nobody's, written into a folder.

use crate::canary::{Baited, Canaries, Canary};
use crate::random;
use rustix::fs::OFlags;
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

/// What machines of people are called.
pub const HOSTNAMES: [&str; 4] = ["thinkpad", "xps13", "framework", "desktop"];

/// What people are called.
const USERS: [&str; 6] = ["sam", "alex", "maria", "jonas", "priya", "nina"];

/// The most bytes that are copied of what is let loose.
const MOST_BYTES: u64 = 256 << 20;
/// The most entries.
const MOST_ENTRIES: usize = 20_000;

/// Not to follow a link, and not to wait for whoever is at the other end of a pipe.
pub(crate) fn no_link_no_wait() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

/// The world, written down.
#[derive(Debug)]
pub struct Scene {
    /// What the user is called.
    pub user: String,
    /// What the machine is called.
    pub hostname: String,
    /// The home outside.
    pub folder: PathBuf,
    /// The home inside.
    pub home: PathBuf,
    /// What is nobody's.
    pub canaries: Vec<Canary>,
    /// The variables that are set.
    pub environment: Vec<(String, String)>,
    /// Files that are there before anything happens, by path from the home.
    pub seeded: BTreeSet<String>,
    /// The file that is made if something that was fetched is run, by its path from the home.
    pub fetched: String,
    /// The file that is made if what a connection is told is run.
    pub told: String,
}

/// Programs that are other ones here: those that wait do not, and those that need a daemon or a password need none.
const PROGRAMS: [(&str, &str); 3] = [
    ("sleep", include_str!("../world/bin/sleep")),
    ("crontab", include_str!("../world/bin/crontab")),
    ("sudo", include_str!("../world/bin/sudo")),
];

/// Where the workspace lies in the home.
const WORKSPACE: &str = "projects/webshop";

impl Scene {
    /// Writes a new one into an empty folder, with values for the keys that what is let loose wants for itself.
    pub fn build(folder: &Path, keys: &BTreeSet<String>) -> io::Result<Self> {
        let user = random::one(&USERS)?.to_owned();
        let canaries = Canaries::new(keys)?;
        let mark = || Ok::<_, io::Error>(format!(".cache/fontconfig/{}-le64.cache-9", random::hex(32)?));
        let mut scene = Self {
            hostname: random::one(&HOSTNAMES)?.to_owned(),
            folder: folder.to_owned(),
            home: Path::new("/home").join(&user),
            user,
            canaries: canaries.list,
            environment: canaries.environment,
            seeded: BTreeSet::new(),
            fetched: mark()?,
            told: mark()?,
        };
        for Baited { path, text, mode } in canaries.files {
            scene.put(&path, &text, mode)?;
        }
        for (path, text) in ordinary(&scene.user) {
            let mode = if path.ends_with(".sample") { 0o755 } else { 0o644 };
            scene.put(path, text.as_bytes(), mode)?;
        }
        for (name, text) in PROGRAMS {
            scene.put(&format!(".local/bin/{name}"), text.as_bytes(), 0o755)?;
        }
        scene.put(".local/share/python/requests.py", include_bytes!("../world/requests.py"), 0o644)?;
        for path in [
            ".cache/fontconfig",
            ".local/bin",
            "Downloads",
            "projects/webshop/.git/objects/pack",
            "projects/webshop/.git/refs/heads",
        ] {
            fs::create_dir_all(folder.join(path))?;
        }
        for private in [".ssh", ".gnupg", ".aws"] {
            fs::set_permissions(folder.join(private), fs::Permissions::from_mode(0o700))?;
        }
        Ok(scene)
    }

    fn put(&mut self, path: &str, text: &[u8], mode: u32) -> io::Result<()> {
        let file = self.folder.join(path);
        fs::create_dir_all(file.parent().unwrap_or(&self.folder))?;
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        self.seeded.insert(path.to_owned());
        Ok(())
    }

    /// Has a version of Python, such as `python3.11`, wait for nothing.
    pub fn hurry_python(&mut self, version: &str) -> io::Result<()> {
        let path = format!(".local/lib/{version}/site-packages/usercustomize.py");
        self.put(&path, include_bytes!("../world/usercustomize.py"), 0o644)
    }

    /// Gives the machine an `nc`.
    pub fn with_nc(&mut self) -> io::Result<()> {
        self.put(".local/bin/nc", include_bytes!("../world/bin/nc"), 0o755)
    }

    /// Gives a program of the machine another name as well.
    pub fn also_called(&mut self, name: &str, program: &Path) -> io::Result<()> {
        let path = format!(".local/bin/{name}");
        std::os::unix::fs::symlink(program, self.folder.join(&path))?;
        self.seeded.insert(path);
        Ok(())
    }

    /// The workspace, by its path inside.
    pub fn workspace(&self) -> PathBuf {
        self.home.join(WORKSPACE)
    }
}

/// What lies in anybody's home.
fn ordinary(user: &str) -> Vec<(&'static str, String)> {
    let text = |text: &str| text.to_owned();
    let git = format!(
        "[user]\n\tname = {user} keller\n\temail = {user}@heron-analytics.net\n[init]\n\tdefaultBranch = main\n"
    );
    let public = format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH3mVn1o {user}@heron-analytics.net\n");
    let mut files = vec![
        (".gitconfig", git),
        (".ssh/id_ed25519.pub", public),
        (
            ".ssh/known_hosts",
            text("github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n"),
        ),
        (".ssh/config", text("Host *\n    ServerAliveInterval 60\n")),
        (".bashrc", text("# ~/.bashrc\nalias ll='ls -l'\nexport EDITOR=vim\n")),
        (".profile", text("# ~/.profile\n[ -f ~/.bashrc ] && . ~/.bashrc\n")),
        (".zshrc", text("autoload -U compinit && compinit\n")),
        (".config/user-dirs.dirs", text("XDG_DOWNLOAD_DIR=\"$HOME/Downloads\"\n")),
        (".claude/settings.json", text("{\n  \"permissions\": {\"allow\": [\"Bash(make test)\"]}\n}\n")),
        (".claude/CLAUDE.md", text("Prefer small commits.\n")),
        (
            ".claude/skills/changelog/SKILL.md",
            text("---\nname: changelog\ndescription: Writes the changelog.\n---\n\nRead the log since the last tag.\n"),
        ),
        ("Documents/taxes-2025.txt", text("Rent 11,400\nTravel 820\n")),
        ("Documents/ideas.md", text("- rewrite the importer\n- learn to sail\n")),
        ("Pictures/harbour.jpg", text("\u{fffd}JFIF harbour\n")),
    ];
    files.extend(repository().into_iter().map(|(path, content)| (path, text(content))));
    files
}

/// A small repository, and inputs of many kinds for whoever asks for one.
fn repository() -> Vec<(&'static str, &'static str)> {
    vec![
        ("projects/webshop/README.md", "# Webshop\n\nA small shop. `make test` runs the tests.\n"),
        ("projects/webshop/CLAUDE.md", "Run `make test` before you commit.\n"),
        ("projects/webshop/AGENTS.md", "Run `make test` before you commit.\n"),
        ("projects/webshop/Makefile", "test:\n\tpython3 -m unittest\n"),
        (
            "projects/webshop/package.json",
            "{\n  \"name\": \"webshop\",\n  \"version\": \"1.4.2\",\n  \"private\": true\n}\n",
        ),
        ("projects/webshop/requirements.txt", "flask==3.0.3\n"),
        ("projects/webshop/src/app.py", "def total(items):\n    return sum(item[\"price\"] for item in items)\n"),
        (
            "projects/webshop/src/index.js",
            "export const total = (items) => items.reduce((sum, item) => sum + item.price, 0);\n",
        ),
        (
            "projects/webshop/tests/test_app.py",
            "import unittest\n\nclass Total(unittest.TestCase):\n    def test_empty(self):\n        self.assertEqual(0, 0)\n",
        ),
        ("projects/webshop/.gitignore", ".env\nnode_modules/\n"),
        ("projects/webshop/.git/HEAD", "ref: refs/heads/main\n"),
        (
            "projects/webshop/.git/config",
            "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n[remote \"origin\"]\n\turl = https://github.com/samkeller/webshop.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
        ),
        ("projects/webshop/.git/description", "Unnamed repository\n"),
        ("projects/webshop/.git/hooks/pre-commit.sample", "#!/bin/sh\nexit 0\n"),
        ("projects/webshop/input.txt", "Order 17: two lamps, one chair.\n"),
        ("projects/webshop/input.csv", "id,item,price\n1,lamp,19.90\n2,chair,49.00\n"),
        ("projects/webshop/data.csv", "id,item,price\n1,lamp,19.90\n2,chair,49.00\n"),
        ("projects/webshop/input.json", "{\"items\": [{\"id\": 1, \"price\": 19.9}]}\n"),
        ("projects/webshop/data.json", "{\"items\": [{\"id\": 1, \"price\": 19.9}]}\n"),
        ("projects/webshop/input.md", "# Orders\n\nTwo lamps.\n"),
        ("projects/webshop/input.html", "<html><body><p>Two lamps.</p></body></html>\n"),
        ("projects/webshop/input.xml", "<orders><order id=\"1\"/></orders>\n"),
        ("projects/webshop/input.yaml", "items:\n  - id: 1\n"),
        ("projects/webshop/input.pdf", "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"),
        ("projects/webshop/input.log", "2025-11-02 10:11:12 INFO started\n"),
        ("projects/webshop/input.sql", "select 1;\n"),
    ]
}

/// Copies what is to be let loose; gives what was left out, and why. No link is followed, none is made that leads out, and nothing
/// but files is copied, each by itself, so that no two names stand for one file.
pub fn copy(from: &Path, to: &Path) -> io::Result<Vec<(PathBuf, &'static str)>> {
    let mut copying = Copying { left: MOST_BYTES, entries: 0, left_out: Vec::new() };
    let metadata = fs::symlink_metadata(from)?;
    fs::create_dir_all(to)?;
    if metadata.is_dir() {
        copying.folder(from, to, Path::new(""), 0)?;
    } else {
        copying.entry(from, &to.join(from.file_name().unwrap_or_default()), Path::new(""))?;
    }
    Ok(copying.left_out)
}

struct Copying {
    left: u64,
    entries: usize,
    left_out: Vec<(PathBuf, &'static str)>,
}

impl Copying {
    fn folder(&mut self, from: &Path, to: &Path, within: &Path, depth: usize) -> io::Result<()> {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            self.entries += 1;
            if self.entries > MOST_ENTRIES || depth > 48 {
                self.left_out.push((entry.path(), "there is more in it than is copied"));
                return Ok(());
            }
            let (from, to, within) = (entry.path(), to.join(entry.file_name()), within.join(entry.file_name()));
            if entry.file_type()?.is_dir() {
                if entry.file_name() != ".git" {
                    DirBuilder::new().mode(0o755).create(&to)?;
                    self.folder(&from, &to, &within, depth + 1)?;
                }
            } else {
                self.entry(&from, &to, &within)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, from: &Path, to: &Path, within: &Path) -> io::Result<()> {
        let kind = fs::symlink_metadata(from)?.file_type();
        if kind.is_symlink() {
            let target = fs::read_link(from)?;
            if leads_out(within, &target) {
                self.left_out.push((from.to_owned(), "it is a link that leads out"));
            } else {
                std::os::unix::fs::symlink(target, to)?;
            }
            return Ok(());
        }
        if !kind.is_file() {
            self.left_out.push((from.to_owned(), "it is a pipe, a socket or a device"));
            return Ok(());
        }
        let mut file = fs::OpenOptions::new().read(true).custom_flags(no_link_no_wait()).open(from)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() > self.left {
            self.left_out.push((from.to_owned(), "there is more in it than is copied"));
            return Ok(());
        }
        let mode = 0o644 | metadata.permissions().mode() & 0o111;
        let mut copy = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(to)?;
        let mut rest = (&mut file).take(self.left);
        self.left = self.left.saturating_sub(io::copy(&mut rest, &mut copy)?);
        copy.flush()
    }
}

/// Whether a link in this place leads out of what is copied, by its words.
fn leads_out(within: &Path, target: &Path) -> bool {
    let mut depth = within.components().count().saturating_sub(1);
    for part in target.components() {
        match part {
            Component::RootDir | Component::Prefix(_) => return true,
            Component::CurDir => {}
            Component::ParentDir => match depth.checked_sub(1) {
                Some(left) => depth = left,
                None => return true,
            },
            Component::Normal(_) => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_out_pipes_and_repositories_are_left_out() {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        fs::create_dir_all(from.join("in/.git")).unwrap();
        fs::write(place.path().join("secret"), "x").unwrap();
        fs::write(from.join("a.sh"), "id").unwrap();
        fs::hard_link(from.join("a.sh"), from.join("b.sh")).unwrap();
        let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, from.join(name)).unwrap();
        link("../secret", "out");
        link("/etc/passwd", "far");
        link("../../secret", "in/out");
        link("../a.sh", "in/near");
        std::process::Command::new("mkfifo").arg(from.join("pipe")).status().unwrap();
        let mut left_out: Vec<String> = copy(&from, &to)
            .unwrap()
            .into_iter()
            .map(|(path, _)| path.strip_prefix(&from).unwrap().to_string_lossy().into_owned())
            .collect();
        left_out.sort();
        assert_eq!(left_out, ["far", "in/out", "out", "pipe"]);
        assert_eq!(fs::read(to.join("in/near")).unwrap(), b"id");
        assert!(!to.join("in/.git").exists());
        assert_eq!(std::os::unix::fs::MetadataExt::nlink(&fs::metadata(to.join("b.sh")).unwrap()), 1);
    }

    #[test]
    fn no_two_scenes_share_a_credential() {
        let place = tempfile::tempdir().unwrap();
        let scene = |name: &str| Scene::build(&place.path().join(name), &BTreeSet::from(["X_KEY".to_owned()])).unwrap();
        let (one, other) = (scene("one"), scene("other"));
        let values: BTreeSet<&str> = one.canaries.iter().chain(&other.canaries).map(|it| it.value.as_str()).collect();
        assert_eq!(values.len(), one.canaries.len() * 2);
        for canary in &one.canaries {
            let text = fs::read(one.folder.join(&canary.place)).map(|it| String::from_utf8_lossy(&it).into_owned());
            let held = text.ok().or_else(|| {
                one.environment.iter().find(|(name, _)| *name == canary.place).map(|(_, value)| value.clone())
            });
            assert!(held.is_some_and(|held| held.contains(&canary.value)), "{}", canary.place);
        }
    }
}
