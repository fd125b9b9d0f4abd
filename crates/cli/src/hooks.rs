//! Git's hooks that stop a secret before it is committed or pushed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use serde::Serialize;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Each hook with what it runs.
const HOOKS: [(&str, &str); 3] = [
    ("pre-commit", "portcullis scan --staged"),
    ("commit-msg", "portcullis scan --message \"$1\""),
    ("pre-push", "portcullis scan --push \"$1\""),
];

/// What was done.
#[derive(Debug, Serialize)]
struct Done {
    hooks: Vec<Hook>,
}

/// One hook.
#[derive(Debug, Serialize)]
struct Hook {
    path: String,
    /// Whether it was written; otherwise somebody else's is there.
    written: bool,
    line: &'static str,
}

/// Writes the hooks of the repository at `root`.
pub(crate) fn install(root: Option<&Path>, invocation: &Invocation) -> Result<Exit, Failure> {
    let root = root.ok_or_else(|| Failure::usage("there is no git repository here"))?;
    let folder = folder(root)?;
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::io("make the folder for hooks", Some(&folder), &error))?;
    let hooks = HOOKS.iter().map(|(name, line)| write(&folder.join(name), line)).collect::<Result<Vec<_>, _>>()?;
    let all = hooks.iter().all(|hook| hook.written);
    invocation.output.show(&Done { hooks })?;
    Ok(if all { Exit::Success } else { Exit::Incomplete })
}

/// Where git looks for hooks: `core.hooksPath`, or else the folder that all working trees share.
fn folder(root: &Path) -> Result<PathBuf, Failure> {
    let asked = std::process::Command::new("git").args(["rev-parse", "--git-path", "hooks"]).current_dir(root).output();
    let output = asked.map_err(|error| Failure::io("ask git where its hooks lie", None, &error))?;
    let answer = String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned();
    if !output.status.success() || answer.is_empty() {
        return Err(Failure::incomplete("git does not say where its hooks lie").at(root.to_string_lossy()));
    }
    Ok(root.join(answer))
}

/// Writes one hook, unless somebody else's is there. One of ours is left as it is: it says the same.
fn write(path: &Path, line: &'static str) -> Result<Hook, Failure> {
    let text = format!(
        "#!/bin/sh\n# Stops a secret before it leaves. Written by `portcullis init --hooks`.\n\
         command -v portcullis >/dev/null || {{ echo 'portcullis is not installed: nothing was scanned' >&2; exit 1; }}\n\
         exec {line}\n"
    );
    let made = OpenOptions::new().write(true).create_new(true).mode(0o755).open(path);
    let written = match made.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::read(path).is_ok_and(|there| there.windows(line.len()).any(|window| window == line.as_bytes()))
        }
        Err(error) => return Err(Failure::io("write the hook", Some(path), &error)),
    };
    Ok(Hook { path: path.to_string_lossy().into_owned(), written, line })
}

impl View for Done {
    fn write(&self, page: &mut Page) {
        for hook in &self.hooks {
            if hook.written {
                page.put(Tone::Good, "installed").put(Tone::Plain, format!("  {}", hook.path)).end();
            } else {
                page.put(Tone::Warning, "left alone")
                    .put(Tone::Plain, format!(" {}: add this line to it:", hook.path))
                    .end();
                page.line(format!("             {}", hook.line));
            }
        }
    }
}
