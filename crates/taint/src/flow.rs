//! Whether a call carries private text that was read: in what it is given, or by way of a file.

use crate::files::Files;
use crate::forms;
use crate::label::Label;
use crate::reading::of_file;
use crate::rules::{Places, Rules};
use crate::session::Given;
use crate::traces::{Found, Traces};
use portcullis_effects::What;
use portcullis_event::AbsPath;
use serde_json::Value;

/// What a call carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Carried {
    /// Pieces of private text, if there are any.
    Pieces(Found),
    /// It can't be said: it is too long, or more was read than is known.
    Untold,
}

/// Private text in what a call is given.
pub(crate) fn in_words(call: &Given<'_>, traces: &Traces) -> Carried {
    if traces.is_empty() {
        return Carried::Pieces(Found::default());
    }
    let mut texts = Vec::new();
    gather(call.input, &mut texts);
    for effect in &call.effects.list {
        if let What::Execute { argv } = &effect.what {
            texts.extend(argv.iter().cloned());
        }
    }
    in_texts(&texts, traces)
}

/// Private text in texts that go out together.
pub(crate) fn in_texts(texts: &[String], traces: &Traces) -> Carried {
    if texts.iter().map(String::len).sum::<usize>() > forms::LONGEST {
        return Carried::Untold;
    }
    let forms: Option<Vec<Vec<String>>> = texts.iter().map(|text| forms::of(text)).collect();
    // Pieces of one text in many members are put together as well.
    let whole = forms::of(&texts.concat());
    let (Some(forms), Some(whole)) = (forms, whole) else { return Carried::Untold };
    let found = traces.find(forms.iter().flatten().chain(&whole).map(String::as_str));
    if found.sources.is_empty() && traces.is_full() { Carried::Untold } else { Carried::Pieces(found) }
}

fn gather(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Number(number) => out.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, out)),
        Value::Object(members) => {
            for (name, inner) in members {
                out.push(name.clone());
                gather(inner, out);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// A private file that a call reads, or hands to a program that sends.
pub(crate) fn by_file(call: &Given<'_>, files: &Files, rules: &dyn Rules, places: &Places) -> Option<AbsPath> {
    let is_private = |path: &AbsPath| of_file(path, files, rules, places).holds(Label::Sensitive);
    call.effects.list.iter().find_map(|effect| match &effect.what {
        What::Read { file } => Some(&file.path).filter(|path| is_private(path)).cloned(),
        What::Tool { paths, .. } => paths.iter().find(|path| is_private(path)).cloned(),
        What::Execute { argv } => argv.iter().skip(1).find_map(|word| named(word, files, rules, places)),
        What::List { .. }
        | What::Write { .. }
        | What::Delete { .. }
        | What::Mode { .. }
        | What::Network { .. }
        | What::Git { .. }
        | What::Credential { .. }
        | What::Environment { .. }
        | What::Package { .. }
        | What::Danger { .. } => None,
    })
}

/// The private file that a word names: one that the session filled, or one that is written as a path.
fn named(word: &str, files: &Files, rules: &dyn Rules, places: &Places) -> Option<AbsPath> {
    let word = word.rsplit_once('=').map_or(word, |(_, value)| value);
    let name = word.trim_start_matches('@');
    let path = match name.strip_prefix("~/") {
        Some(rest) => places.home.join(rest).ok()?,
        None => places.cwd.join(name).ok()?,
    };
    let is_path = name.starts_with(['/', '~', '.']) || name.len() < word.len();
    let is_ours = files.labels_of_this(&path).holds(Label::Sensitive);
    (is_ours || is_path && rules.is_sensitive_file(&path)).then_some(path)
}
