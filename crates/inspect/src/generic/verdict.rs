//! From a shape to a candidate: what is out of the question, what everybody knows, and what the model says of the rest.

use super::candidate::{Candidate, Rule};
use super::feature::{Features, Seen};
use super::form::Form;
use super::measure::Measure;
use super::name::Family;
use super::place::{Format, Place};
use super::shape::{Operator, Shape, Source};
use super::surroundings::is_test_vector;
use super::view::{View, holds};
use super::{certain, encrypted, lookalike, model, reject};
use crate::engine::is_published;
use portcullis_event::{Confidence, Secret};

/// The measure and the form of a value, unless it is out of the question.
pub(super) fn worth_asking(view: View<'_>, value: &[u8], shape: &Shape) -> Option<(Measure, Form)> {
    if reject::at_sight(value, shape) || belongs_to_image(view, shape) || lets_everybody_in(view, shape) {
        return None;
    }
    let measure = Measure::of(value);
    let form = Form::of(value, &measure);
    (!reject::by_form(view, value, shape, form, &measure)).then_some((measure, form))
}

/// The verdict on a shape.
pub(super) fn on(view: View<'_>, shape: &Shape, place: Place) -> Option<Candidate> {
    let value = view.slice(shape.literal.value.clone());
    let (measure, form) = worth_asking(view, value, shape)?;
    let found = |rule, confidence, score, why| Candidate {
        rule,
        span: shape.literal.value.clone(),
        confidence,
        score,
        value: Secret::new(String::from_utf8_lossy(value).into_owned()),
        why,
    };
    if takes_numbers(shape) && matches!(form, Form::Hex | Form::Base64) && is_test_vector(view, shape) {
        return None;
    }
    if is_published(value) || encrypted::opens_nothing(view, shape, value, form) || belongs_to_page(view, shape) {
        return None;
    }
    if is_known(value, shape, &measure)
        || is_sample(view, shape, value, place)
        || matches!(shape.source, Source::Userinfo)
            && place.format != Format::Credentials
            && names_example(view, shape.literal.end)
    {
        let plain = !place.is_locale && is_plain(shape);
        return plain.then(|| {
            found(Rule::LookAlike, Confidence::Low, None, vec!["everybody knows this value, or it asks to be replaced"])
        });
    }
    if matches!(shape.source, Source::Name(name) if name.family == Family::Mnemonic) {
        // `test test … junk`, `abandon … about`: every tool for tests knows them.
        if repeats_words(value) {
            return None;
        }
        return Some(found(
            Rule::Key,
            Confidence::High,
            None,
            vec!["it is the row of words that a wallet is made from"],
        ));
    }
    let verdict = model::judge(&Features::of(&Seen { view, shape, value, measure: &measure, form, place }));
    let judged = confidence(verdict.score);
    let is_unsure = judged.is_none_or(|it| it < Confidence::Medium);
    let least = is_unsure.then(|| certain::least(view, shape, value, form, place)).flatten();
    let confidence = judged.max(least)?;
    let mut why = verdict.why();
    if least > judged {
        why.insert(0, "it stands where a password is given");
        why.truncate(model::REASONS);
    }
    let rule = if form == Form::Uuid { Rule::Uuid } else { rule(shape.source) };
    let confidence = if has_no_name(view, shape) { Confidence::Low } else { confidence };
    // A salt by itself opens nothing.
    let is_salt = matches!(shape.source, Source::Name(name) if name.family == Family::Salt);
    let confidence = if is_salt { confidence.min(Confidence::Medium) } else { confidence };
    // Most UUIDs only name something.
    let confidence = if rule == Rule::Uuid { confidence.min(Confidence::Medium) } else { confidence };
    Some(found(rule, confidence, Some(verdict.score), why))
}

/// Whether a value is one of those that samples are written with, in a sample; or that of an account which everybody
/// knows: `guest:guest@localhost`, Vagrant's own.
fn is_sample(view: View<'_>, shape: &Shape, value: &[u8], place: Place) -> bool {
    if !lookalike::stands_in(value) {
        return false;
    }
    let user = view.slice(shape.name.clone()).rsplit(|byte| b"/:".contains(byte)).next().unwrap_or_default();
    let same = shape.operator == Operator::Userinfo && user.eq_ignore_ascii_case(value);
    place.is_test || place.is_example || same || value.eq_ignore_ascii_case(b"vagrant")
}

/// Whether a nonce belongs to a part of a page, which everybody is shown: `<script nonce="x">`.
fn belongs_to_page(view: View<'_>, shape: &Shape) -> bool {
    let before = view.line_before(shape.name.start);
    let tag = before.iter().rposition(|byte| *byte == b'<').and_then(|at| before.get(at..)).unwrap_or_default();
    let opens = ["<script", "<style", "<link"].iter().any(|it| holds(tag, it)) && !tag.contains(&b'>');
    opens && view.slice(shape.name.clone()).eq_ignore_ascii_case(b"nonce")
}

/// Whether a row of words holds hardly any different ones.
fn repeats_words(value: &[u8]) -> bool {
    let mut words: Vec<&[u8]> = value.split(|byte| *byte == b' ').collect();
    let all = words.len();
    words.sort_unstable();
    words.dedup();
    words.len() * 2 < all
}

/// How far before a name an address or a user is looked for.
const ADDRESS: usize = 160;

fn confidence(score: i32) -> Option<Confidence> {
    match score {
        _ if score >= model::HIGH => Some(Confidence::High),
        _ if score >= model::MEDIUM => Some(Confidence::Medium),
        _ if score >= model::LOW => Some(Confidence::Low),
        _ => None,
    }
}

/// Whether the user before a password in a URL is called `user`: so it is in documents, and in tests of what reads URLs.
fn has_no_name(view: View<'_>, shape: &Shape) -> bool {
    let name = view.slice(shape.name.clone());
    let user = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let called = ["user", "username", "usr", "user1"].iter().any(|it| user.eq_ignore_ascii_case(it.as_bytes()));
    matches!(shape.source, Source::Userinfo) && called
}

/// Whether a value is a parameter of the address of a drawing: `badge.svg?token=…` shows everybody a number.
fn belongs_to_image(view: View<'_>, shape: &Shape) -> bool {
    let before = view.behind(shape.name.start, ADDRESS);
    let address =
        before.rsplit(|byte| byte.is_ascii_whitespace() || b"\"'<>()".contains(byte)).next().unwrap_or_default();
    let path = address.strip_suffix(b"?").unwrap_or_default();
    path.ends_with(b".svg") && holds(path, "badge") && holds(path, "://")
}

/// Whether a password is that of somebody without a name, on the same line: `login("anonymous", "guest")`.
fn lets_everybody_in(view: View<'_>, shape: &Shape) -> bool {
    let is_password = matches!(shape.source, Source::Name(name) if name.family == Family::Password);
    let before = view.line_before(shape.literal.value.start);
    let near = before.get(before.len().saturating_sub(ADDRESS)..).unwrap_or_default();
    // Nothing but a comma and the name of what follows stands between the two.
    let between = |user: &str| {
        let at = near.windows(user.len()).rposition(|part| part == user.as_bytes())?;
        near.get(at + user.len()..)
    };
    let leads_on = |rest: &[u8]| rest.len() <= 32 && !rest.iter().any(|byte| b"{}[]();".contains(byte));
    let users = ["\"anonymous\"", "'anonymous'"];
    (is_password || shape.operator == Operator::Comma) && users.into_iter().filter_map(between).any(leads_on)
}

/// Whether a name is one that tests of ciphers give their numbers.
fn takes_numbers(shape: &Shape) -> bool {
    matches!(shape.source, Source::Name(name) if matches!(name.family, Family::Key | Family::PlainKey | Family::Salt))
}

/// Whether a host is one of those that documentation, and tests of what reads URLs, are written with.
fn names_example(view: View<'_>, at: usize) -> bool {
    let host = view.ahead(at, 80);
    let length = host.iter().skip(1).take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
    let host = host.get(1..=length).unwrap_or_default();
    let is_made_up = MADE_UP_HOSTS.iter().any(|made_up| host.eq_ignore_ascii_case(made_up.as_bytes()));
    is_made_up || host.len() == 1 || holds(host, "example.") || host.ends_with(b".invalid") || host.ends_with(b".test")
}

/// Hosts that stand for another one.
const MADE_UP_HOSTS: &[&str] = &[
    "example",
    "host",
    "hostname",
    "myhost",
    "somehost",
    "foo",
    "bar",
    "foo.com",
    "bar.com",
    "foo.bar",
    "foobar.com",
    "domain",
    "domain.com",
    "domain.tld",
    "host.com",
    "hostname.com",
    "yourhost",
    "your-host",
    "site.com",
    "test.com",
];

/// Whether everybody knows a value. People do choose `12345678` for a password, so a sequence counts for keys only.
fn is_known(value: &[u8], shape: &Shape, measure: &Measure) -> bool {
    let chosen = match shape.source {
        Source::Name(name) => name.family == Family::Password && value.len() < 12,
        Source::Login | Source::Certain | Source::Identified | Source::Userinfo | Source::PasswordFile => {
            value.len() < 12
        }
        Source::Bearer => false,
    };
    lookalike::asks(value) || !chosen && lookalike::is_known(value, measure)
}

/// Whether a value is plainly given to a name: what else stands near a look-alike is not weighed.
fn is_plain(shape: &Shape) -> bool {
    let assigns = match shape.operator {
        Operator::Assign
        | Operator::Colon
        | Operator::Arrow
        | Operator::Pair
        | Operator::Flag
        | Operator::Userinfo
        | Operator::Comma
        | Operator::Call
        | Operator::Element => true,
        Operator::Compare | Operator::Space | Operator::Is => false,
    };
    let about = match shape.source {
        Source::Name(name) => {
            name.after_about + name.before_about + name.before_public > 0
                || matches!(name.family, Family::PlainKey | Family::Session | Family::Community)
        }
        Source::Login
        | Source::Certain
        | Source::Identified
        | Source::Userinfo
        | Source::PasswordFile
        | Source::Bearer => false,
    };
    assigns && !about
}

fn rule(source: Source) -> Rule {
    match source {
        Source::Name(name) => match name.family {
            Family::Password | Family::Community => Rule::Password,
            Family::Secret | Family::Credential | Family::Auth => Rule::Secret,
            Family::Token | Family::Session => Rule::Token,
            Family::ApiKey => Rule::ApiKey,
            Family::Key | Family::PlainKey | Family::Salt | Family::Mnemonic => Rule::Key,
        },
        Source::Login | Source::Certain | Source::Identified | Source::PasswordFile => Rule::Password,
        Source::Userinfo => Rule::UrlCredentials,
        Source::Bearer => Rule::BearerToken,
    }
}
