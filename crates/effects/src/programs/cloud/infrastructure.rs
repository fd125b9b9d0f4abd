//! Tools that make and unmake servers from what a project describes.

use super::{has, words_of};
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::Hazard;

pub(super) fn tell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words_of(call);
    let given: Vec<&str> = words.iter().map(String::as_str).collect();
    let has_word = |names: &[&str]| given.iter().take(3).any(|word| names.contains(word));
    let is_plan = given.first() == Some(&"plan") || (has_word(&["destroy"]) && has(call, &["--preview-only"]));
    if is_plan {
        return Value::hole();
    }
    if (given.contains(&"stack") && has_word(&["rm"]))
        || (given.contains(&"workspace") && has_word(&["delete"]))
        || (given.contains(&"state") && has_word(&["delete", "unprotect"]))
        || has_word(&["destroy", "destroy-all", "remove", "down", "delete"])
        || has(call, &["-destroy", "--destroy"])
    {
        machine.danger(Hazard::Infrastructure, format!("`{}` destroys what it manages", call.name()));
    } else if given.first() == Some(&"state") && has_word(&["rm", "push", "mv", "replace-provider"])
        || has_word(&["force-unlock", "taint"])
    {
        machine.danger(Hazard::Infrastructure, "what is known of servers is changed by hand");
    } else if has_word(&["apply", "deploy", "up", "import", "refresh", "run-all"]) {
        machine.danger(Hazard::Deployment, format!("`{}` changes servers", call.name()));
    }
    if given.first() == Some(&"output") && has(call, &["-raw", "-json"]) {
        return Value::hole().tainted(Taint::SECRET);
    }
    Value::hole()
}
