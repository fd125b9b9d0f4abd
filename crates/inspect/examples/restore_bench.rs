//! How well placeholders come back: through every kind of damage, against forgeries, however a stream is cut, and in what
//! time. Prints one line for each figure: a name, a tab, the figure, a tab, how many tries it stands for.
//!
//! Run it with `cargo run --release -p portcullis-inspect --example restore_bench`, or through `./bench restore`.

#![expect(clippy::print_stdout, reason = "this program prints what it measured")]
#![expect(clippy::expect_used, clippy::string_slice, reason = "a measurement, not a gate")]
#![expect(clippy::cast_precision_loss, reason = "figures that are printed with a few digits")]

use portcullis_event::Secret;
use portcullis_inspect::replace::{JsonRestorer, Kind, Restorer, Session, Style, TowardLocal};
use portcullis_testkit::damage::{Damage, Word};
use portcullis_testkit::dice::Dice;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TAG: &str = "23456789BCDFGHJKMNPRSTVWXY";
/// How many placeholders a session holds while times are taken and forgeries are tried.
const VALUES: usize = 10_000;
const TRIES: usize = 1_000_000;

fn main() {
    damage();
    forgeries();
    cuttings();
    for (name, style) in [("marked", Style::Marked), ("in form", Style::InForm)] {
        times(name, style);
    }
}

fn show(name: &str, figure: f64, tries: usize) {
    println!("{name}\t{figure}\t{tries}");
}

fn session(style: Style) -> Arc<Session> {
    Arc::new(Session::new(&Secret::new([1; 32])).with_style(style))
}

fn value(dice: &mut Dice) -> (Kind, String) {
    match dice.below(4) {
        0 => (Kind::Token, format!("ghp_{}", dice.word(ALNUM, 36))),
        1 => (Kind::Password, format!("\"{}\\\n", dice.word(ALNUM, 12))),
        2 => (Kind::Email, format!("{}@firm.org", dice.word("abcdefgh", 9))),
        _ => (Kind::Connection, format!("postgres://u:{}@db.internal:5432/app", dice.word(ALNUM, 20))),
    }
}

fn restored(session: &Arc<Session>, text: &str) -> String {
    session.restore(text, TowardLocal::promise()).0.into_local()
}

/// The share of damaged placeholders that come back, and the share that replacing exact copies would bring back.
fn damage() {
    let (mut dice, session) = (Dice::new(1), session(Style::Marked));
    let mut survive = |damages: &[Damage], tries: usize| {
        let (mut ours, mut exact) = (0, 0);
        for _ in 0..tries {
            let (kind, secret) = value(&mut dice);
            let placeholder = session.placeholder(kind, &secret).expect("there is room");
            let mut word = Word::new(placeholder.as_str());
            for damage in damages {
                damage.apply(&mut word, &mut dice);
            }
            let (before, inside, after) = word.parts();
            let text = format!("size: {before}{inside}{after}. Done.");
            let expected = format!("size: {before}{secret}{after}. Done.");
            ours += usize::from(restored(&session, &text) == expected);
            exact += usize::from(text.replace(placeholder.as_str(), &secret) == expected);
        }
        (ours, exact)
    };
    let all = Damage::all_and_pairs();
    let (mut ours, mut exact, mut tries) = (0, 0, 0);
    for damages in &all {
        let each = if damages.len() == 1 { 1000 } else { 40 };
        let (survived, by_copy) = survive(damages, each);
        if let [only] = damages.as_slice() {
            show(&format!("damage: {}", only.name()), 100.0 * survived as f64 / each as f64, each);
        }
        (ours, exact, tries) = (ours + survived, exact + by_copy, tries + each);
    }
    show("restored of all damages and pairs", 100.0 * ours as f64 / tries as f64, tries);
    show("restored by exact replacement", 100.0 * exact as f64 / tries as f64, tries);
}

fn full(style: Style, dice: &mut Dice) -> (Arc<Session>, Vec<String>) {
    let session = session(style);
    let mut placeholder = || {
        let (kind, secret) = value(dice);
        session.placeholder(kind, &secret).expect("there is room").to_string()
    };
    let all = (0..VALUES).map(|_| placeholder()).collect();
    (session, all)
}

/// Makes a forgery.
type Forge<'a> = &'a dyn Fn(&mut Dice) -> String;

/// How many forgeries of each sort restored anything.
fn forgeries() {
    let mut dice = Dice::new(2);
    let (session, all) = full(Style::Marked, &mut dice);
    let other = Session::new(&Secret::new([2; 32]));
    let sorts: [(&str, Forge<'_>); 4] = [
        ("guessed", &|dice| format!("ZQ{}{}", dice.one_of(Kind::ALL).code(), dice.word(TAG, 14))),
        ("near misses", &|dice| {
            let mut near = dice.one_of(&all).clone();
            for place in [6 + dice.below(7), 13 + dice.below(7)] {
                let others: Vec<char> = TAG.chars().filter(|c| !near[place..].starts_with(*c)).collect();
                near.replace_range(place..=place, &dice.one_of(&others).to_string());
            }
            near
        }),
        ("spliced", &|dice| {
            // Six symbols of each at least: with fewer it may be one of them with a single wrong symbol, which is repaired.
            let cut = 12 + dice.below(3);
            format!("{}{}", &dice.one_of(&all)[..cut], &dice.one_of(&all)[cut..])
        }),
        ("from another session", &|dice| {
            let (kind, secret) = value(dice);
            let keep = dice.below(50_000);
            other.placeholder(kind, &format!("{secret}{keep}")).map_or_else(|_| String::new(), |it| it.to_string())
        }),
    ];
    let mut total = 0;
    for (name, forge) in sorts {
        // A session keeps no more than 100,000 values, so that many can be replayed.
        let tries = if name == "from another session" { 90_000 } else { TRIES };
        let mut hits = 0;
        for _ in 0..tries {
            let forged = forge(&mut dice);
            let is_real = name == "spliced" && all.contains(&forged);
            hits += usize::from(!is_real && restored(&session, &forged) != forged);
        }
        show(&format!("forged: {name}"), hits as f64, tries);
        total += tries;
    }
    show("forgeries tried", total as f64, total);
}

/// How many cuttings of a stream gave another text than the whole.
fn cuttings() {
    let mut dice = Dice::new(3);
    let session = session(Style::Marked);
    let (mut text_differs, mut json_differs) = (0, 0);
    for _ in 0..TRIES / 100 {
        let mut text = String::new();
        for _ in 0..=dice.below(3) {
            let (kind, secret) = value(&mut dice);
            let mut word = Word::new(session.placeholder(kind, &secret).expect("there is room").as_str());
            for _ in 0..dice.below(3) {
                dice.one_of(Damage::ALL).apply(&mut word, &mut dice);
            }
            let (before, inside, after) = word.parts();
            let around = dice.one_of(&["z", "Zq ", "\\u00", "&#9", "**", "é "]);
            text.extend(["the size ", around, before.as_ref(), inside.as_ref(), after.as_ref()]);
        }
        let source = format!("{{\"a\":\"{}\"}}", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
        let whole = restored(&session, &text);
        let whole_json = json(&session, &[&source]);
        for _ in 0..50 {
            let longest = 1 + dice.below(30);
            let mut restorer = Restorer::new(Arc::clone(&session), TowardLocal::promise());
            let mut out: String = dice.chunks(&text, longest).iter().map(|it| restorer.push(it).into_local()).collect();
            out.push_str(restorer.finish().0.for_local());
            text_differs += usize::from(out != whole);
            json_differs += usize::from(json(&session, &dice.chunks(&source, longest)) != whole_json);
        }
    }
    show("cuttings of text that differ", text_differs as f64, TRIES / 2);
    show("cuttings of JSON that differ", json_differs as f64, TRIES / 2);
}

fn json(session: &Arc<Session>, chunks: &[&str]) -> String {
    let mut restorer = JsonRestorer::document(Arc::clone(session), TowardLocal::promise());
    let mut out: String = chunks.iter().map(|it| restorer.push(it).into_local()).collect();
    out.push_str(restorer.finish().0.for_local());
    out
}

/// What a chunk of a stream costs.
fn times(name: &str, style: Style) {
    let mut dice = Dice::new(4);
    let (session, all) = full(style, &mut dice);
    let prose = "Here is the size of the zone: the quick brown fox jumps over the lazy dog, 1,234 times; x = f(y) \\ z % 5 & more.\n";
    let mut text = String::new();
    while text.len() < 4 << 20 {
        text += prose;
        if dice.once_in(4) {
            text += &dice.one_of(&all)[..];
        }
    }
    let chunks = dice.chunks(&text, 200);
    let source = format!("{{\"a\":\"{}\"}}", text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\""));
    let json_chunks = dice.chunks(&source, 200);

    let mut restorer = Restorer::new(Arc::clone(&session), TowardLocal::promise());
    percentiles(&format!("text, {name}"), &text, &chunks, |chunk| restorer.push(chunk).for_local().len());
    let mut restorer = JsonRestorer::document(Arc::clone(&session), TowardLocal::promise());
    percentiles(&format!("JSON, {name}"), &source, &json_chunks, |chunk| restorer.push(chunk).for_local().len());
    if style == Style::Marked {
        let beginnings: String = (0..100_000).map(|_| &dice.one_of(&all)[..19]).collect();
        let chunks = dice.chunks(&beginnings, 200);
        let mut restorer = Restorer::new(Arc::clone(&session), TowardLocal::promise());
        percentiles("text, nothing but beginnings", &beginnings, &chunks, |chunk| {
            restorer.push(chunk).for_local().len()
        });
    }
}

fn percentiles(name: &str, text: &str, chunks: &[&str], mut push: impl FnMut(&str) -> usize) {
    let mut times: Vec<Duration> = Vec::with_capacity(chunks.len());
    let start = Instant::now();
    let mut out = 0;
    for chunk in chunks {
        let start = Instant::now();
        out += push(chunk);
        times.push(start.elapsed());
    }
    let all = start.elapsed();
    assert!(out > 0, "something came out");
    times.sort_unstable();
    let micros = |share: usize| times.get(times.len() * share / 100).map_or(0.0, |time| time.as_secs_f64() * 1e6);
    show(&format!("chunk p50 µs: {name}"), micros(50), times.len());
    show(&format!("chunk p99 µs: {name}"), micros(99), times.len());
    show(&format!("MB per second: {name}"), text.len() as f64 / 1e6 / all.as_secs_f64(), times.len());
}
