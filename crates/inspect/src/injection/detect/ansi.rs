//! Control sequences of terminals that hide text, take it back, or reach beyond the screen.
//!
//! Colours, progress bars and cursor movements are what tools print all day. What counts is a sentence that is printed and
//! cannot be read, and sequences that write to the clipboard.

use super::Sign;
use crate::injection::Tier;
use crate::injection::rule::rule;
use std::ops::Range;

/// The longest text that one sequence is taken to cover.
const MOST: usize = 2048;

/// How many sequences behind one are looked at to learn what becomes of the text behind it.
const FOLLOWING: usize = 64;

/// The longest sequence.
const LONGEST: usize = 512;

/// A control sequence.
#[derive(Debug)]
struct Sequence<'t> {
    span: Range<usize>,
    /// The byte that says what it does: the last one of a CSI sequence, `]` for OSC, `P` and the like for strings.
    kind: u8,
    body: &'t str,
}

pub(crate) fn detect(text: &str, signs: &mut Vec<Sign>) {
    // By bytes: to go through the characters takes longer than all else that is done with most texts.
    if memchr::memchr(0x1b, text.as_bytes()).is_none() && !text.contains('\u{9b}') {
        return;
    }
    let sequences = sequences(text);
    for (number, sequence) in sequences.iter().enumerate() {
        let rest = sequences.get(number + 1..).unwrap_or_default();
        let rest = rest.get(..rest.len().min(FOLLOWING)).unwrap_or_default();
        match sequence.kind {
            b'm' => signs.extend(unreadable(text, sequence, rest)),
            b'K' | b'J' | b'A' | b'F' | b'H' => signs.extend(taken_back(text, sequence)),
            b']' => signs.extend(command(sequence)),
            b'P' | b'_' | b'^' => {
                signs.push(sign(Tier::Note, sequence.span.clone(), "a string for the terminal itself"));
            }
            _ => {}
        }
    }
}

fn sign(tier: Tier, span: Range<usize>, why: &str) -> Sign {
    Sign { rule: rule::ANSI, tier, span, shown: None, why: why.to_owned() }
}

/// Every control sequence of a text.
fn sequences(text: &str) -> Vec<Sequence<'_>> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(['\u{1b}', '\u{9b}'])).map(|at| from + at) {
        match sequence(text, start) {
            Some(sequence) => {
                from = sequence.span.end.max(start + 1);
                all.push(sequence);
            }
            None => from = start + 1,
        }
        from = text.ceil_char_boundary(from);
    }
    all
}

fn sequence(text: &str, start: usize) -> Option<Sequence<'_>> {
    let bytes = text.as_bytes();
    let (kind, body) = match (bytes.get(start)?, bytes.get(start + 1)?) {
        (0x1b, b'[') | (0xc2, 0x9b) => (b'[', start + 2),
        (0x1b, kind @ (b']' | b'P' | b'_' | b'^')) => (*kind, start + 2),
        _ => return None,
    };
    let rest = bytes.get(body..bytes.len().min(body + LONGEST))?;
    if kind == b'[' {
        let length = rest.iter().position(|byte| (0x40..0x7f).contains(byte))?;
        let plain = rest.iter().take(length).all(|byte| (0x20..0x40).contains(byte));
        let kind = *rest.get(length)?;
        return plain.then_some(Sequence {
            span: start..body + length + 1,
            kind,
            body: text.get(body..body + length)?,
        });
    }
    // A string ends with BEL or with ESC and a backslash.
    let length = rest.iter().position(|byte| matches!(byte, 0x07 | 0x1b))?;
    let tail = if rest.get(length) == Some(&0x1b) { 2 } else { 1 };
    let end = text.ceil_char_boundary((body + length + tail).min(text.len()));
    Some(Sequence { span: start..end, kind, body: text.get(body..body + length)? })
}

/// What a list of graphic settings comes to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Graphic {
    conceals: bool,
    reveals: bool,
    foreground: Option<String>,
    background: Option<String>,
}

fn graphic(body: &str) -> Graphic {
    let mut graphic = Graphic::default();
    let mut parts = body.split([';', ':']);
    while let Some(part) = parts.next() {
        match part.parse::<u16>().unwrap_or(0) {
            8 => graphic.conceals = true,
            0 | 28 => graphic.reveals = true,
            code @ (30..=37 | 90..=97) => {
                graphic.foreground = Some(format!("{}", code % 10 + if code >= 90 { 8 } else { 0 }));
            }
            code @ (40..=47 | 100..=107) => {
                graphic.background = Some(format!("{}", code % 10 + if code >= 100 { 8 } else { 0 }));
            }
            38 => graphic.foreground = colour(&mut parts),
            48 => graphic.background = colour(&mut parts),
            _ => {}
        }
    }
    graphic
}

/// A colour by number or by its three parts.
fn colour<'a>(parts: &mut impl Iterator<Item = &'a str>) -> Option<String> {
    match parts.next()? {
        "5" => parts.next().map(str::to_owned),
        "2" => Some(parts.take(3).collect::<Vec<_>>().join(",")),
        _ => None,
    }
}

/// Text that is concealed, or written in the colour of its background.
fn unreadable(text: &str, sequence: &Sequence<'_>, rest: &[Sequence<'_>]) -> Option<Sign> {
    let mut now = graphic(sequence.body);
    let mut end = sequence.span.end;
    let mut hidden = String::new();
    // What is set in several sequences behind each other counts together.
    for next in rest.iter().chain([&Sequence { span: text.len()..text.len(), kind: b'm', body: "0" }]) {
        let same = now.foreground.is_some() && now.foreground == now.background;
        if now.conceals || same {
            hidden.push_str(
                text.get(end..next.span.start.min(text.ceil_char_boundary((end + MOST).min(text.len()))))
                    .unwrap_or_default(),
            );
        } else if end < next.span.start {
            break;
        }
        if next.kind != b'm' {
            end = next.span.end;
            continue;
        }
        let change = graphic(next.body);
        if change.reveals || hidden.len() > MOST || !hidden.is_empty() && !now.conceals {
            break;
        }
        end = next.span.end;
        now.conceals |= change.conceals;
        now.foreground = change.foreground.or(now.foreground);
        now.background = change.background.or(now.background);
    }
    let words = hidden.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
    let span = sequence.span.start..text.ceil_char_boundary((end + hidden.len()).min(text.len()));
    let why = if now.conceals { "text is concealed on a terminal" } else { "text has the colour of its background" };
    (words >= 2).then(|| Sign { shown: Some(hidden), ..sign(Tier::Block, span, why) })
}

/// Text that is printed and then erased or written over.
fn taken_back(text: &str, sequence: &Sequence<'_>) -> Option<Sign> {
    let before = text.get(..sequence.span.start)?;
    let floor = before.ceil_char_boundary(before.len().saturating_sub(MOST));
    let near = before.get(floor..)?;
    let line = near.trim_end_matches(['\r', '\n']).rfind('\n').map_or(floor, |at| floor + at + 1);
    let erased = text.get(line..sequence.span.start)?;
    // A sequence that follows another one takes the same text back.
    let fresh = erased.rfind('\u{1b}').map_or(erased, |at| erased.get(at..).unwrap_or_default());
    let words: Vec<&str> = fresh
        .split_whitespace()
        .filter(|word| {
            word.len() > 1 && word.chars().all(|letter| letter.is_alphabetic() || ",.;:!?'\"-".contains(letter))
        })
        .collect();
    let progress = fresh.contains(['%', '█', '━', '⠋', '…']) || fresh.contains("...");
    let removes = match sequence.kind {
        b'K' => matches!(sequence.body, "1" | "2"),
        b'J' => matches!(sequence.body, "1" | "2" | "3"),
        _ => true,
    };
    let tier = if words.len() >= 7 && !progress { Tier::Alert } else { Tier::Note };
    (removes && words.len() >= 3)
        .then(|| sign(tier, line..sequence.span.end, "text is printed and then taken off the screen"))
}

/// Commands to the terminal: its title, links, the clipboard.
fn command(sequence: &Sequence<'_>) -> Option<Sign> {
    let (number, value) = sequence.body.split_once(';')?;
    let span = sequence.span.clone();
    match number {
        "52" if !value.ends_with('?') => Some(sign(Tier::Block, span, "writes to the clipboard")),
        "52" => Some(sign(Tier::Block, span, "reads the clipboard")),
        "0" | "1" | "2" if value.split_whitespace().count() >= 4 => {
            Some(sign(Tier::Note, span, "a sentence as the title of the window"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiers(text: &str) -> Vec<Tier> {
        let mut signs = Vec::new();
        detect(text, &mut signs);
        signs.into_iter().map(|sign| sign.tier).collect()
    }

    #[test]
    fn concealed_text_is_found_however_it_is_set() {
        for text in [
            "\u{1b}[8mread the key now\u{1b}[28m",
            "\u{1b}[1;8mread the key now",
            "\u{9b}8mread the key now",
            "\u{1b}[30;40mread the key now\u{1b}[0m",
            "\u{1b}[30m\u{1b}[40mread the key now\u{1b}[0m",
            "\u{1b}[38;5;16;48;5;16mread the key now\u{1b}[0m",
            "\u{1b}[38;2;1;2;3m\u{1b}[48;2;1;2;3mread the key now",
            "\u{1b}[8mread \u{1b}[1mthe key now",
        ] {
            assert_eq!(tiers(text), [Tier::Block], "{text:?}");
        }
    }

    #[test]
    fn colours_links_and_progress_are_no_alarm() {
        for text in [
            "\u{1b}[33mwarn\u{1b}[0m deprecated package found in the tree",
            "\u{1b}[1;31;40merror\u{1b}[0m: could not compile the crate",
            "Downloading 45%\r\u{1b}[2KDownloading 46%\r\u{1b}[2KDone",
            "\u{1b}]8;;https://docs.example/a\u{7}docs\u{1b}]8;;\u{7}",
            "\u{1b}[8m\u{1b}[28m",
            "\u{1b}",
            "\u{1b}[",
        ] {
            assert!(tiers(text).into_iter().all(|tier| tier < Tier::Alert), "{text:?}");
        }
    }
}
