//! `[files]`: which files may be read and written.
//!
//! What may be written may be read. `deny` beats everything, `protect` beats `write`, `ask` beats what is allowed.

use super::answers::file_of;
use super::{Answers, Asked};
use crate::pattern::Breadth;
use crate::pattern::path::PathSet;
use crate::rules::{List, Rule, Said};
use crate::source::Origin;
use crate::tier::Tier;
use portcullis_event::{AbsPath, Body, FileOp, Verdict};

/// What is done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    /// Reading the names in a folder: what is in the files stays there, so only what denies stops it.
    Names,
    /// Reading what somebody has looked into, and found no secret in.
    ReadInspected,
    Write,
}

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    match asked.body() {
        Body::File(file) => {
            let access = match file.op {
                FileOp::Read => Access::Read,
                FileOp::List => Access::Names,
                // A link gives a file a second name, under which it could be changed.
                FileOp::Write | FileOp::Delete | FileOp::Rename | FileOp::Link | FileOp::Mode => Access::Write,
            };
            for path in [&file.path].into_iter().chain(&file.to) {
                path_answer(tier, path, access, out, true);
            }
        }
        // What the tool does with the files is not known here; at the least it may not touch what is masked.
        Body::Tool(tool) => masked(tier, &tool.paths, out),
        Body::Llm(llm) => masked(tier, &llm.files, out),
        Body::Git(git) => masked(tier, &git.paths, out),
        Body::Process(_)
        | Body::Net(_)
        | Body::Secret(_)
        | Body::Db(_)
        | Body::Socket(_)
        | Body::Package(_)
        | Body::Config(_)
        | Body::Session(_)
        | Body::Finding(_)
        | Body::Approval(_)
        | Body::Incident(_)
        | Body::Policy(_)
        | Body::Ledger(_)
        | Body::Note(_)
        | Body::Opaque(_) => {}
    }
}

fn masked(tier: &Tier, paths: &[AbsPath], out: &mut Answers) {
    for path in paths {
        path_answer(tier, path, Access::Read, out, false);
    }
}

/// Whether nothing that [`path_answer`] would say of a storey stands against a file; no words are made. Of what was looked
/// into it knows nothing, and says no. The highest storey has to open the file; the others only need not stand against it.
pub(crate) fn is_open(tier: &Tier, path: &AbsPath, access: Access, highest: bool) -> bool {
    let files = &tier.files;
    let hit = |list: &Option<List<PathSet>>| find(list.as_ref(), path).is_some();
    let (allowing, speaks) = match access {
        Access::Read => (hit(&files.write) || hit(&files.read), &files.read),
        Access::Write => (hit(&files.write), &files.write),
        Access::Names | Access::ReadInspected => return false,
    };
    let is_protected = access == Access::Write && hit(&files.protect);
    (allowing || (speaks.is_none() && !highest)) && !is_protected && !hit(&files.deny) && !hit(&files.ask)
}

fn find<'a>(list: Option<&'a List<PathSet>>, path: &AbsPath) -> Option<&'a Rule> {
    list?.find(path, Breadth::Broad)
}

pub(crate) fn path_answer(tier: &Tier, path: &AbsPath, access: Access, out: &mut Answers, is_gate: bool) {
    let files = &tier.files;
    let (verb, key, allowing) = match access {
        Access::Read | Access::ReadInspected => ("reading", "files.read", [files.write.as_ref(), files.read.as_ref()]),
        Access::Names => ("listing", "files.read", [files.write.as_ref(), files.read.as_ref()]),
        Access::Write => ("writing", "files.write", [files.write.as_ref(), None]),
    };
    let protected = if access == Access::Write { find(files.protect.as_ref(), path) } else { None };
    let meets_by_name_only = |rule: &&Rule| {
        let named = files.inspect.as_ref().is_some_and(|list| list.find(path, Breadth::Narrow).is_some());
        access == Access::ReadInspected && rule.text.contains('*') && named
    };
    let denied = find(files.deny.as_ref(), path).filter(|rule| !meets_by_name_only(rule));
    let stopping = [
        (denied, "files.deny", Verdict::Deny),
        (protected, "files.protect", Verdict::Deny),
        (find(files.ask.as_ref(), path), "files.ask", Verdict::Ask),
    ];
    let mut decided = false;
    for (rule, list, verdict) in stopping {
        let Some(rule) = rule else { continue };
        out.consider(Said { verdict, rule: Some(rule), origin: &rule.origin });
        if !decided {
            let does = if verdict == Verdict::Ask { "needs a person's yes" } else { "is denied" };
            let why = rule.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let message = format!("{verb} {path} {does} by `{}`{why}", rule.text);
            say(out, is_gate, verdict, message, &rule.origin, Some(remove(&rule.text, list, &rule.origin)));
        }
        decided = true;
    }
    if let Some(rule) = allowing.into_iter().find_map(|list| find(list, path)) {
        out.consider(Said { verdict: Verdict::Allow, rule: Some(rule), origin: &rule.origin });
        if !decided && is_gate {
            let message = format!("{verb} {path} is allowed by `{}`", rule.text);
            out.gate(Verdict::Allow, message, Some(&rule.origin), None);
        }
        return;
    }
    let speaks = match access {
        Access::Read | Access::ReadInspected => &files.read,
        Access::Write => &files.write,
        Access::Names => {
            if !decided && is_gate {
                let origin = files.read.as_ref().map(|list| &list.origin);
                out.gate(Verdict::Allow, format!("the names in {path} may be read"), origin, None);
            }
            return;
        }
    };
    if let (false, Some(list)) = (decided, speaks) {
        let fix = Some(format!("add `{path}` to `{key}` in {}", file_of(&list.origin)));
        let message = format!("{verb} {path} is denied: it is not on the list `{key}`");
        out.consider(Said { verdict: Verdict::Deny, rule: None, origin: &list.origin });
        say(out, is_gate, Verdict::Deny, message, &list.origin, fix);
    }
}

fn say(out: &mut Answers, is_gate: bool, verdict: Verdict, message: String, origin: &Origin, fix: Option<String>) {
    if is_gate {
        out.gate(verdict, message, Some(origin), fix);
    } else {
        out.guard(verdict, message, Some(origin), fix);
    }
}

fn remove(text: &str, list: &str, origin: &Origin) -> String {
    if origin.text.name.starts_with("preset:") {
        format!("add `!{text}` to `{list}` in the highest policy")
    } else {
        format!("remove `{text}` at {origin}")
    }
}
