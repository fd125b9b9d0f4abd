//! The files below a folder, where all of them are few and known by their names.

use crate::origin::Origin;
use crate::report::Why;
use crate::worker::Worker;
use std::path::{Path, PathBuf};

/// The files below a folder, in order. Links are not followed. A folder that is not there holds none.
pub(crate) fn below(root: &Path, worker: &mut Worker<'_>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                worker.not_looked_into(Origin::File { path: folder }, Why::Unreadable(error.to_string()));
                continue;
            }
        };
        for entry in entries {
            let kind = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)));
            match kind {
                Ok((path, kind)) if kind.is_dir() => waiting.push(path),
                Ok((path, kind)) if kind.is_file() => found.push(path),
                Ok(_) => {}
                Err(error) => {
                    let why = Why::Unreadable(error.to_string());
                    worker.not_looked_into(Origin::File { path: folder.clone() }, why);
                }
            }
        }
    }
    found.sort();
    found
}
