//! Texts of changes to many files: the form of `apply_patch`, and unified diffs.

use crate::evaluate::{Machine, Value};
use portcullis_event::Hazard;

/// Notes what a patch would do to each file that it names.
pub(super) fn apply(machine: &mut Machine<'_>, text: &str) {
    let mut found = false;
    let mut from = None;
    for line in text.lines() {
        let line = line.trim_end();
        let path = |prefix: &str| line.strip_prefix(prefix).map(|path| Value::from_outside(path.trim()));
        if let Some(path) = path("*** Add File:").or_else(|| path("*** Update File:")) {
            machine.write_file(&path);
            from = Some(path);
            found = true;
        } else if let Some(path) = path("*** Delete File:") {
            machine.delete(&path, false);
            found = true;
        } else if let Some(to) = path("*** Move to:").or_else(|| path("*** Move File:")) {
            if let Some(from) = &from {
                machine.delete(from, false);
            }
            machine.write_file(&to);
            found = true;
        } else if let Some(path) = path("+++ ").or_else(|| path("rename to ")) {
            let name = path.text.split('\t').next().unwrap_or_default();
            if name != "/dev/null" {
                machine.write_file(&Value::from_outside(name.strip_prefix("b/").unwrap_or(name)));
            }
            found = true;
        } else if let Some(path) = path("--- ") {
            let name = path.text.split('\t').next().unwrap_or_default().to_owned();
            from = Some(Value::from_outside(name.strip_prefix("a/").unwrap_or(&name)));
        } else if line.starts_with("deleted file mode")
            && let Some(from) = &from
        {
            machine.delete(from, false);
        }
    }
    if !found {
        machine.danger(Hazard::Unresolved, "a patch names no file that is understood");
    }
}
