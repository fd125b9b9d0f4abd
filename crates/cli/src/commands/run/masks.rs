//! Secret files of the workspace, and what is shown in their place.
//!
//! Names that policy denies are looked for once, before the start. In the place of each file stands one that says so;
//! in the place of a folder an empty one. The real ones are not part of the tree inside, so no link, no descriptor and
//! no other path leads to them.

use super::clean_code::CleanCode;
use super::world::World;
use crate::failure::Failure;
use portcullis_event::{AbsPath, Reason, Verdict};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Folders that hold so many files that looking at each name would be felt, and none that a person wrote.
const SKIPPED: &[&str] = &["objects"];

/// How deep folders are looked into.
const DEEPEST: usize = 64;

/// Stores of public packages in a home folder, with so many files that looking at each name would be felt.
const STORES: &[&str] = &[
    ".cargo/registry",
    ".cargo/git",
    ".rustup/toolchains",
    ".npm/_cacache",
    "go/pkg/mod",
    ".cache/go-build",
    ".cache/pip",
    ".cache/uv",
    ".cache/yarn",
    ".cache/pnpm",
    ".local/share/pnpm/store",
    ".local/share/uv",
    ".nvm/versions",
    ".npm-global/lib",
    ".volta/tools",
    ".bun/install",
    ".asdf/installs",
    ".pyenv/versions",
    ".pyenv/plugins",
    ".rbenv/versions",
    ".sdkman/candidates",
];

/// What is masked in a folder.
#[derive(Debug, Default)]
pub(super) struct Masks {
    /// The folder that lies over the real one, if anything is masked.
    pub(super) folder: Option<PathBuf>,
    /// What is masked, below the real folder, and why.
    pub(super) paths: Vec<(PathBuf, Reason)>,
}

impl World<'_> {
    /// Looks for what must not be seen below `real`, and writes what is shown instead into a folder of the session.
    pub(super) fn masks(&self, real: &Path, name: &str, deepest: usize) -> Result<Masks, Failure> {
        let mut masks = Masks::default();
        let code = CleanCode::new(self.policy, real);
        let mut left = vec![(PathBuf::new(), 0)];
        while let Some((folder, depth)) = left.pop() {
            // A folder that can't be read by us can't be read inside either.
            let Ok(entries) = fs::read_dir(real.join(&folder)) else { continue };
            for entry in entries.flatten() {
                let path = folder.join(entry.file_name());
                let Ok(kind) = entry.file_type() else { continue };
                let whole = real.join(&path);
                let against = if whole == self.state { Some(state_of_ours()) } else { self.against(&whole) };
                if let Some(reason) = against.filter(|_| !(kind.is_file() && code.is(&path))) {
                    masks.paths.push((path, reason));
                } else if kind.is_dir() && depth < deepest.min(DEEPEST) && !self.is_skipped(&folder, &whole) {
                    left.push((path, depth + 1));
                }
            }
        }
        if !masks.paths.is_empty() {
            masks.folder = Some(self.write_masks(real, name, &masks)?);
        }
        Ok(masks)
    }

    /// Why a path may not be seen, if it may not. A person can't be asked before the start, so that is a no as well.
    pub(super) fn against(&self, path: &Path) -> Option<Reason> {
        // What has no name that policy could speak about is shown by nobody's word.
        let Ok(path) = AbsPath::from_os(path) else { return Some(nameless()) };
        self.policy.against_file(&path, false)
    }

    /// What policy denies by a line that names it, and not just because no line opens it.
    pub(super) fn against_by_name(&self, path: &Path) -> Option<Reason> {
        let is_named = |path: AbsPath| self.policy.names_against_file(&path);
        self.against(path).filter(|_| AbsPath::from_os(path).is_ok_and(is_named))
    }

    /// Git's own stores of objects have no names that rules speak about; those of packages hold what everybody has, if
    /// they are where package managers put them, and not where a repository can.
    fn is_skipped(&self, folder: &Path, whole: &Path) -> bool {
        let name = whole.file_name();
        let below_home = whole.strip_prefix(self.home()).ok().filter(|_| !whole.starts_with(self.workspace));
        (folder.ends_with(".git") && SKIPPED.iter().any(|skipped| name == Some(std::ffi::OsStr::new(skipped))))
            || below_home.is_some_and(|below| STORES.iter().any(|store| below == Path::new(store)))
    }

    fn write_masks(&self, real: &Path, name: &str, masks: &Masks) -> Result<PathBuf, Failure> {
        let folder = self.session.path().join("masks").join(name);
        let failed =
            |error: io::Error| Failure::io("write what is shown in the place of secrets", Some(&folder), &error);
        make(&folder).map_err(failed)?;
        for (path, reason) in &masks.paths {
            let mask = folder.join(path);
            lead_to(real, &folder, path).map_err(failed)?;
            cover(&real.join(path), &mask, reason).map_err(failed)?;
        }
        Ok(folder)
    }
}

/// Writes what is shown in the place of something real: an empty folder, or a file that says why.
pub(super) fn cover(real: &Path, mask: &Path, reason: &Reason) -> io::Result<()> {
    let Ok(kind) = fs::symlink_metadata(real).map(|it| it.file_type()) else { return Ok(()) };
    if kind.is_dir() {
        make(mask)?;
        // Whatever is below the real folder of this name is not merged with it.
        rustix::fs::setxattr(mask, "user.overlay.opaque", b"y", rustix::fs::XattrFlags::empty())?;
        return Ok(());
    }
    fs::write(mask, instead(mask, reason))?;
    fs::set_permissions(mask, fs::Permissions::from_mode(0o444))
}

/// The folders above a mask, with the permissions of the real ones.
fn lead_to(real: &Path, folder: &Path, path: &Path) -> io::Result<()> {
    let mut above: Vec<&Path> = path.ancestors().skip(1).filter(|it| !it.as_os_str().is_empty()).collect();
    above.reverse();
    for part in above {
        make(&folder.join(part))?;
        fs::set_permissions(folder.join(part), fs::metadata(real.join(part))?.permissions())?;
    }
    fs::set_permissions(folder, fs::metadata(real)?.permissions())
}

fn nameless() -> Reason {
    never("its name can't be read by any rule")
}

fn state_of_ours() -> Reason {
    never("it holds the ledger and its keys")
}

/// What no policy opens.
fn never(why: &str) -> Reason {
    Reason {
        check: files_check(),
        verdict: Verdict::Deny,
        message: why.to_owned(),
        source: None,
        fix: None,
        rest: portcullis_event::Rest::new(),
    }
}

fn make(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().recursive(true).mode(0o755).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// What stands in the place of a file: a line that a person, an agent and most parsers can read.
pub(super) fn instead(path: &Path, reason: &Reason) -> String {
    let line = reason.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
    let text = format!("masked by Portcullis: {}{line}", reason.message);
    match path.extension().and_then(|it| it.to_str()) {
        Some("json") => format!("{{\"portcullis\": {}}}\n", serde_json::Value::from(text)),
        _ => format!("# {text}\n"),
    }
}

#[expect(clippy::expect_used, reason = "the id is a literal")]
fn files_check() -> portcullis_event::CheckId {
    portcullis_event::CheckId::parse("files").expect("a literal is a valid id")
}
