//! What a server offers, in its answer to a question for a list, and the list with what may not be used taken out.

use super::road::{Offer, OfferKind, Road, Standing};
use crate::json::{Document, Edits, Value, quoted};
use std::collections::BTreeMap;

/// More of a kind nobody offers.
const MOST: usize = 4096;

/// A list in which something is offered.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    pub(super) kind: OfferKind,
    /// The member that holds it.
    member: &'static str,
}

pub(super) const TOOLS: List = List { kind: OfferKind::Tool, member: "tools" };
pub(super) const PROMPTS: List = List { kind: OfferKind::Prompt, member: "prompts" };

/// Everything of a kind that was offered, by its name.
pub(super) type Standings = BTreeMap<String, Standing>;

/// Looks at all that is offered in `result`; notes the standing of each, and edits the list so that a model reads nothing that was
/// not approved.
pub(super) fn look(list: List, result: Value<'_>, road: &dyn Road, standings: &mut Standings, edits: &mut Edits) {
    let Some(all) = result.get(list.member) else { return };
    let (mut names, mut offered, mut kept): (Vec<String>, Vec<Value<'_>>, Vec<String>) = Default::default();
    let mut is_changed = false;
    for item in all.items() {
        let name = item.text_of("name").filter(|name| is_plain(name)).map(String::from);
        match name {
            Some(name) if !names.contains(&name) && names.len() < MOST => {
                names.push(name);
                offered.push(item);
            }
            Some(name) => {
                road.refused(&format!("`{name}` is offered twice, or behind very much"));
                is_changed = true;
            }
            None => {
                road.refused("something is offered without a name, or under one that is no word");
                is_changed = true;
            }
        }
    }
    let offers: Vec<Offer<'_>> = names
        .iter()
        .zip(&offered)
        .map(|(name, item)| Offer { kind: list.kind, name, definition: item.raw() })
        .collect();
    let mut answers = road.offered(&offers).into_iter();
    for (name, item) in names.into_iter().zip(offered) {
        let standing = answers.next().unwrap_or_else(|| Standing::Blocked("nobody ruled about it".to_owned()));
        kept.push(match &standing {
            Standing::Approved => item.raw().to_owned(),
            Standing::Blocked(words) => {
                is_changed = true;
                closed(list.kind, &name, words)
            }
        });
        standings.insert(name, standing);
    }
    if is_changed || !all.is_list() {
        edits.put(all.span(), format!("[{}]", kept.join(",")));
    }
}

/// What stands in the place of something that may not be used: a model that wants to can say why it does not.
fn closed(kind: OfferKind, name: &str, words: &str) -> String {
    let (name, words) = (quoted(name), quoted(words));
    let schema = if kind == OfferKind::Tool { r#","inputSchema":{"type":"object"}"# } else { "" };
    format!(r#"{{"name":{name},"description":{words}{schema}}}"#)
}

/// Whether a name is one word, which can't say anything else.
pub(super) fn is_plain(name: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(is_fine)
}

/// Looks at what a server says of itself to a model. Gives where that stands, if it may not be read.
pub(super) fn instructions(document: &Document<'_>, result: Value<'_>, road: &dyn Road, edits: &mut Edits) {
    let Some(said) = result.get("instructions") else { return };
    let definition = document.source().get(said.span()).unwrap_or_default();
    let offer = Offer { kind: OfferKind::Instructions, name: "", definition };
    let answer = road.offered(&[offer]).into_iter().next();
    match answer {
        Some(Standing::Approved) => {}
        Some(Standing::Blocked(words)) => edits.put(said.span(), quoted(&format!("[{words}]"))),
        None => edits.put(said.span(), quoted("")),
    }
}
