//! References: names for commits.

use super::ObjectId;
use super::repository::{Repository, read};
use crate::report::Why;
use std::collections::BTreeMap;
use std::path::Path;

/// How often one reference may stand for another.
const DEPTH: usize = 5;

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Object(ObjectId),
    Reference(String),
}

/// All references below `refs/`, by name.
pub(crate) fn all(repository: &Repository) -> Result<BTreeMap<String, ObjectId>, Why> {
    check_format(repository)?;
    let mut found = packed(repository)?;
    let mut loose = Vec::new();
    for folder in [&repository.common_dir, &repository.git_dir] {
        list(&folder.join("refs"), "refs", &mut loose)?;
    }
    for name in loose {
        match resolve(repository, &name)? {
            Some(id) => drop(found.insert(name, id)),
            // What leads nowhere is no way to an object: a branch without a commit yet.
            None => drop(found.remove(&name)),
        }
    }
    Ok(found)
}

/// The object that a reference leads to, by its whole name, such as `HEAD` or `refs/heads/main`.
pub(crate) fn resolve(repository: &Repository, name: &str) -> Result<Option<ObjectId>, Why> {
    check_format(repository)?;
    let mut name = name.to_owned();
    for _ in 0..DEPTH {
        let target = loose(repository, &name)?;
        match target {
            Some(Target::Object(id)) => return Ok(Some(id)),
            Some(Target::Reference(other)) => name = other,
            None => return Ok(packed(repository)?.get(&name).copied()),
        }
    }
    Err(Why::Corrupt(format!("the reference {} leads in a circle", crate::printable(name))))
}

/// The reference that `HEAD` stands for, if a branch is checked out.
pub(crate) fn branch(repository: &Repository) -> Result<Option<String>, Why> {
    check_format(repository)?;
    Ok(match loose(repository, "HEAD")? {
        Some(Target::Reference(name)) => Some(name),
        Some(Target::Object(_)) | None => None,
    })
}

fn check_format(repository: &Repository) -> Result<(), Why> {
    match repository.config.get("extensions.refstorage").map(str::to_ascii_lowercase).as_deref() {
        None | Some("files") => Ok(()),
        Some(other) => Err(Why::Unsupported(format!("references that are stored as {}", crate::printable(other)))),
    }
}

/// Whether a name can't lead out of the folder of references.
pub(crate) fn is_safe(name: &str) -> bool {
    let pseudo = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let below = name.starts_with("refs/")
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && !name.contains(['\0', '\n']);
    (pseudo || below) && !name.is_empty()
}

fn loose(repository: &Repository, name: &str) -> Result<Option<Target>, Why> {
    if !is_safe(name) {
        return Err(Why::Corrupt(format!(
            "the reference {} has a name that no reference may have",
            crate::printable(name)
        )));
    }
    for folder in [&repository.git_dir, &repository.common_dir] {
        let Some(text) = read(&folder.join(name))? else { continue };
        let line = text.trim_ascii_end();
        let target = match line.strip_prefix(b"ref:") {
            Some(other) => std::str::from_utf8(other.trim_ascii()).ok().map(|name| Target::Reference(name.to_owned())),
            None => ObjectId::from_hex(line).map(Target::Object),
        };
        let corrupt = || Why::Corrupt(format!("the reference {} does not name an object", crate::printable(name)));
        return target.map(Some).ok_or_else(corrupt);
    }
    Ok(None)
}

fn packed(repository: &Repository) -> Result<BTreeMap<String, ObjectId>, Why> {
    let text = repository.read_common("packed-refs")?.unwrap_or_default();
    let mut found = BTreeMap::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        // `#` starts a comment; `^` says what the tag of the line before leads to.
        if line.starts_with(b"#") || line.starts_with(b"^") {
            continue;
        }
        let space = memchr::memchr(b' ', line);
        let parts = space.and_then(|space| Some((ObjectId::from_hex(line.get(..space)?)?, line.get(space + 1..)?)));
        let Some((id, name)) = parts else {
            return Err(Why::Corrupt("packed-refs has a line that is no reference".to_owned()));
        };
        found.insert(String::from_utf8_lossy(name).into_owned(), id);
    }
    Ok(found)
}

/// The names of the references that lie in files below `folder`.
fn list(folder: &Path, name: &str, found: &mut Vec<String>) -> Result<(), Why> {
    let unreadable = |error: std::io::Error| Why::Unreadable(error.to_string());
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let Some(part) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let (path, name) = (entry.path(), format!("{name}/{part}"));
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            list(&path, &name, found)?;
        } else if kind.is_file() && part.strip_suffix(".lock").is_none() {
            found.push(name);
        }
    }
    Ok(())
}
