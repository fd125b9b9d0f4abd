//! The policy: is there one, is it valid, does something in it have no effect?

use super::Check;
use crate::invocation::Invocation;
use crate::policy_files::PolicyFiles;
use portcullis_event::Mode;
use portcullis_policy::{ValidPolicy, Workspace};

/// All checks of this area.
pub(crate) fn check(invocation: &Invocation) -> Vec<Check> {
    vec![policy(invocation)]
}

fn policy(invocation: &Invocation) -> Check {
    const ID: &str = "policy";
    let files = match PolicyFiles::find(invocation) {
        Ok(files) => files,
        Err(failure) => {
            let place = failure.place.map_or_else(String::new, |place| format!("{place}: "));
            return Check::fail(ID, format!("{place}{}", failure.what), failure.fix.join("; "));
        }
    };
    let policy = match ValidPolicy::load(&files.sources, &files.places) {
        Ok(policy) => policy,
        Err(problems) => {
            let found = format!("not valid ({} problems), so everything is denied", problems.len());
            return Check::fail(ID, found, "portcullis policy check");
        }
    };
    let warnings = policy.warnings().count();
    if warnings > 0 {
        return Check::warn(
            ID,
            format!("valid, but {warnings} lines have no effect or look wrong"),
            "portcullis policy check",
        );
    }
    if policy.workspace() == Workspace::Live {
        return Check::ok(ID, "valid; runs work in your files themselves (`[sandbox] workspace = \"live\"`)");
    }
    match (files.sources.len(), policy.mode()) {
        (_, Mode::Observe) => Check::warn(
            ID,
            "valid, but only observes: nothing is denied",
            "set mode = \"enforce\" when the pilot is over",
        ),
        (0, Mode::Enforce) => Check::ok(ID, "no file; the preset `standard` is in force"),
        (1, Mode::Enforce) => Check::ok(ID, "valid, 1 file"),
        (count, Mode::Enforce) => Check::ok(ID, format!("valid, {count} files")),
    }
}
