//! Where copies go.

use crate::failure::Failure;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where the copy of each file goes; nothing means standard output. What is there already is never written over.
pub(super) fn outputs(files: &[PathBuf], output: Option<&Path>) -> Result<Vec<Option<PathBuf>>, Failure> {
    let Some(output) = output else {
        return match files {
            [_] => Ok(vec![None]),
            _ => {
                Err(Failure::usage("several copies can't go to standard output")
                    .fix("name a folder with --output PATH"))
            }
        };
    };
    if files.len() == 1 && !output.is_dir() {
        return Ok(vec![Some(free(output.to_owned())?)]);
    }
    let mut names = BTreeSet::new();
    let mut outputs = Vec::new();
    for file in files {
        let name = file.file_name().ok_or_else(|| Failure::usage("this is no file").at(file.to_string_lossy()))?;
        if !names.insert(name) {
            return Err(Failure::usage("two files have the same name, so their copies would too")
                .at(file.to_string_lossy())
                .fix("copy them one after the other, to different folders"));
        }
        outputs.push(Some(free(output.join(name))?));
    }
    Ok(outputs)
}

fn free(path: PathBuf) -> Result<PathBuf, Failure> {
    if path.symlink_metadata().is_ok() {
        return Err(Failure::usage("there already is a file where the copy should go")
            .at(path.to_string_lossy())
            .fix("name another place, or remove it"));
    }
    Ok(path)
}
