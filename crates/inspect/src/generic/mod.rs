//! Credentials that no vendor's form betrays: passwords, assignments, userinfo in URLs, headers, credential files.
//!
//! A trigger leads to the shapes around it (`scan`): a name, an operator and a value, in the ways that languages and
//! settings write them. What can be no credential is let go at once (`reject`). What is left is told to a small model
//! (`feature`, `model`), which was trained on code and settings and lies in the program; its score decides how sure
//! the finding is.

mod candidate;
mod certain;
mod encrypted;
mod feature;
mod form;
mod lookalike;
mod measure;
mod model;
mod name;
mod place;
mod rarity;
mod reject;
mod scan;
mod shape;
mod structure;
mod surroundings;
mod template;
mod trigger;
mod triggers;
mod typed;
mod verdict;
mod view;
mod weigh;
mod words;

pub use candidate::{Candidate, Rule};
pub use triggers::TRIGGERS;
pub use weigh::{Weighed, feature_names, judge_all, weigh};

use place::{Format, Place};
use std::ops::Range;
use trigger::Kind;
use view::View;

/// How far from a trigger [`judge`] looks, either way.
pub const REACH: usize = 2048;

/// What is known of a text beside its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The name or path of the file that it comes from.
    pub hint: Option<&'a str>,
    place: Place,
}

impl<'a> Context<'a> {
    /// What the name or path of a file says; it is read once.
    pub fn of(hint: Option<&'a str>) -> Self {
        Self { hint, place: Place::of(hint) }
    }
}

/// Whether anybody could have made a value that this rule found: a hash, a key, what somebody thought up. What a program
/// drew may have come from a vendor.
pub(crate) fn is_homemade(rule: Rule, value: &[u8]) -> bool {
    match rule {
        Rule::PasswordHash | Rule::PrivateKey | Rule::LookAlike => true,
        Rule::Uuid => false,
        Rule::BasicCredentials => value.splitn(2, |byte| *byte == b':').last().is_some_and(typed::is_typed),
        Rule::Password
        | Rule::Secret
        | Rule::Token
        | Rule::ApiKey
        | Rule::Key
        | Rule::UrlCredentials
        | Rule::BearerToken => typed::is_typed(value),
    }
}

/// Judges what stands near a trigger. Depends on nothing but the context and the bytes within [`REACH`] of the trigger.
pub fn judge(text: &[u8], trigger: Range<usize>, context: &Context<'_>, out: &mut Vec<Candidate>) {
    let first = trigger.start.saturating_sub(REACH);
    let last = trigger.end.saturating_add(REACH).min(text.len());
    let (Some(window), Some(word)) = (text.get(first..last), text.get(trigger.clone())) else { return };
    let view = View::new(window);
    let kind = Kind::of(word);
    let found = out.len();
    let trigger = trigger.start - first..trigger.end - first;
    structure::find(view, trigger.clone(), kind, out);
    // What a package manager wrote names hashes of packages, and no passwords.
    if context.place.format != Format::Lock || kind == Kind::Url {
        scan::shapes(view, trigger, kind, context.place, &mut |shape| {
            out.extend(verdict::on(view, &shape, context.place));
        });
    }
    for candidate in out.iter_mut().skip(found) {
        candidate.span = candidate.span.start + first..candidate.span.end + first;
    }
}
