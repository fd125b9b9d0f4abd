//! A text for a model: what it says, what it hides, and the commands that it brings.

use super::command::{self, When};
use super::deeds::Deeds;
use super::{front, hidden};
use crate::found::Findings;
use crate::ground::Ground;
use crate::markdown::{Fence, Page, Place};
use crate::prose::{Book, Passages, Role};
use crate::rule;
use crate::wording::{self, Unit};
use portcullis_inspect::Inspection;
use portcullis_inspect::injection::{Context, Opinion};
use std::ops::Range;

/// Languages of listings that a shell runs.
pub(crate) const SHELLS: [&str; 8] = ["bash", "sh", "shell", "zsh", "console", "terminal", "shell-session", ""];
const POWERSHELLS: [&str; 4] = ["powershell", "pwsh", "ps1", "posh"];

/// What a text is looked at with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) book: &'a Book,
    pub(crate) deeds: &'a Deeds,
    pub(crate) ground: &'a Ground,
    /// Finds secrets in values.
    pub(crate) secrets: &'a Inspection,
    /// Another model, which is asked about descriptions of tools. A page for agents instructs them, and it would take that for
    /// an attack.
    pub(crate) opinion: Option<&'a Opinion>,
}

/// Looks into a text. `heads` says whether its front matter means anything to an agent.
pub(crate) fn look(text: &str, path: &str, heads: bool, desk: Desk<'_>, out: &mut Findings) {
    let page = Page::read(text);
    said(text, path, &page, desk, out);
    worded(text, path, &page, desk, out);
    hidden::look(text, path, Context::Instructions, out);
    hidden::set_apart(text, &page, path, out);
    for span in &page.bangs {
        let command = text.get(span.clone()).unwrap_or_default();
        command::look(command, path, span.start, When::ByItself, desk.ground, out);
    }
    listings(text, path, &page, desk, out);
    inline(text, path, &page, desk, out);
    // Whatever reads front matter may read that of any text.
    front::program(text, path, out);
    if heads && let Some(span) = page.front.clone() {
        front::look(text, span, path, desk, out);
    }
}

/// Looks into what a text says.
fn said(text: &str, path: &str, page: &Page, desk: Desk<'_>, out: &mut Findings) {
    let passages = Passages::of(text, &page.blocks);
    for said in desk.book.find(&passages, Role::Page) {
        let place = page.blocks.get(said.block).map(|block| block.place);
        let hidden = place == Some(Place::Comment);
        // A command stands between marks where it is meant to be run.
        let is_shown = !said.command && is_quoted(text, &said.span);
        if !hidden && (is_shown || said.is_in_doubt() && place == Some(Place::Cell)) {
            continue;
        }
        // What begins in one cell of a table and goes on in a quotation of the next is no sentence.
        let value = text.get(said.span.clone()).unwrap_or_default();
        if place == Some(Place::Cell) && value.contains('|') && value.contains(['"', '\u{201c}', '\u{201e}']) {
            continue;
        }
        let place = if hidden { "A comment that no reader sees" } else { "The text" };
        out.add_said(&said, path, said.span.clone(), value, place);
    }
}

/// Looks at how a text is worded, where no rule has anything to say.
fn worded(text: &str, path: &str, page: &Page, desk: Desk<'_>, out: &mut Findings) {
    if out.list.iter().any(|found| found.path == path) {
        return;
    }
    let block = |number: &usize| text.get(page.blocks.get(*number)?.span.clone());
    let shows_attacks = |unit: &Unit| {
        let above = page.blocks.get(unit.block).map_or(&[][..], |it| it.under.as_slice());
        above.iter().chain([&unit.block]).filter_map(block).any(|words| desk.book.talks_of_attacks(words))
    };
    let mut units = wording::units_of(text, page);
    units.retain(|unit| !is_quoted(text, &unit.span) && !shows_attacks(unit));
    if let Some(unit) = wording::harmful(&units) {
        let value = text.get(unit.span.clone()).unwrap_or_default();
        out.add(&rule::WORDING, path, unit.span.clone(), value, WORDED.to_owned());
    }
}

/// What is said of a text that is worded like harm.
pub(crate) const WORDED: &str = "A passage is worded like orders that harm whoever the agent works for.";

/// Whether a passage is quoted, as whoever writes about attacks quotes them.
fn is_quoted(text: &str, span: &Range<usize>) -> bool {
    let before =
        text.get(..span.start).unwrap_or_default().trim_end_matches(|it: char| it.is_alphabetic() || it == ' ');
    let behind = text
        .get(span.end..)
        .unwrap_or_default()
        .trim_start_matches(|it: char| it.is_alphanumeric() || matches!(it, ' ' | '.' | ',' | '!'));
    let near = span.start.saturating_sub(before.len()) <= 16;
    let opens = |mark: char| before.ends_with(mark);
    let closes = |mark: char| behind.starts_with(mark);
    let marks = [('"', '"'), ('\'', '\''), ('`', '`'), ('\u{201c}', '\u{201d}')];
    near && marks.iter().any(|(open, close)| opens(*open) && closes(*close))
}

/// Looks into the commands of listings, except those that are shown as what attacks look like.
fn listings(text: &str, path: &str, page: &Page, desk: Desk<'_>, out: &mut Findings) {
    for fence in &page.fences {
        let code = text.get(fence.span.clone()).unwrap_or_default();
        let when = if fence.runs { When::ByItself } else { When::Told };
        if !fence.runs && shows_attacks(text, page, fence, desk.book) {
            continue;
        }
        desk.deeds.look_at_listing(code, path, fence.span.start, out);
        let is_powershell = POWERSHELLS.contains(&fence.language.as_str());
        if !fence.runs && !is_powershell && !SHELLS.contains(&fence.language.as_str()) {
            continue;
        }
        if is_powershell {
            command::look_powershell(code, path, fence.span.start, when, desk.ground, out);
        } else {
            command::look(&without_prompts(code), path, fence.span.start, when, desk.ground, out);
        }
    }
}

/// Whether a listing is shown as what an attack looks like, by the words before it and above it.
pub(crate) fn shows_attacks(text: &str, page: &Page, fence: &Fence, book: &Book) -> bool {
    let before = page.blocks.iter().rev().find(|block| block.span.end <= fence.span.start);
    let above = fence.under.iter().filter_map(|number| page.blocks.get(*number));
    let mut words = before.into_iter().chain(above).filter_map(|block| text.get(block.span.clone()));
    words.any(|words| book.talks_of_attacks(words))
}

/// Looks into commands that stand within a sentence, between backquotes.
fn inline(text: &str, path: &str, page: &Page, desk: Desk<'_>, out: &mut Findings) {
    for block in page.blocks.iter().filter(|block| matches!(block.place, Place::Text | Place::Item | Place::Quote)) {
        let words = text.get(block.span.clone()).unwrap_or_default();
        if !words.contains('`') {
            continue;
        }
        let above = block.under.iter().filter_map(|number| text.get(page.blocks.get(*number)?.span.clone()));
        if above.chain([words]).any(|words| desk.book.talks_of_attacks(words)) {
            continue;
        }
        for (at, piece) in commands(words) {
            let (skipped, command) = without_schedule(piece);
            let when = if skipped > 0 { When::ByItself } else { When::Told };
            command::look(command, path, block.span.start + at + skipped, when, desk.ground, out);
        }
    }
}

/// The commands that stand within sentences, between backquotes, each with its place.
pub(crate) fn commands(words: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let pieces = words.split('`').enumerate().map(move |(number, piece)| {
        let begin = at;
        at += piece.len() + 1;
        (number, begin, piece)
    });
    pieces.filter(|(number, _, piece)| number % 2 == 1 && is_command(piece)).map(|(_, begin, piece)| (begin, piece))
}

/// Programs that send, fetch or run.
const PROGRAMS: [&str; 20] = [
    "curl",
    "wget",
    "bash",
    "sh",
    "python3",
    "python",
    "node",
    "nc",
    "ncat",
    "find",
    "rm",
    "cat",
    "env",
    "printenv",
    "tar",
    "echo",
    "powershell",
    "pwsh",
    "eval",
    "sudo",
];

/// Whether a piece of code is a command that does more than start one program.
fn is_command(piece: &str) -> bool {
    let (_, command) = without_schedule(piece);
    let first = command.split_whitespace().next().unwrap_or_default();
    // `curl … | sh` fetches nothing: whoever leaves the address out shows what such a command looks like.
    let has_address = command.replace("...", "").contains(['/', '$', '.', '~']);
    if matches!(first, "curl" | "wget") && !has_address {
        return false;
    }
    PROGRAMS.contains(&first)
        && ["|", "$(", ";", " > ", "<(", "-d ", "-delete", "/dev/tcp", " -enc"]
            .iter()
            .any(|sign| command.contains(sign))
}

/// A line of a crontab without the times that it begins with, and how long these are.
fn without_schedule(piece: &str) -> (usize, &str) {
    let is_time =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || b"*/,-".contains(&byte));
    let mut rest = piece;
    for _ in 0..5 {
        match rest.split_once(' ') {
            Some((word, behind)) if is_time(word) => rest = behind,
            _ => return (0, piece),
        }
    }
    (piece.len() - rest.len(), rest)
}

/// The commands of a listing, with a blank for the sign that a shell shows before each. Of items of lists, which a shell would
/// take for patterns of names, nothing is left.
pub(crate) fn without_prompts(code: &str) -> String {
    let is_item = |line: &str| ["* ", "/* ", "**"].iter().any(|sign| line.trim_start().starts_with(sign));
    let lines = code.split_inclusive('\n').map(|line| match line.strip_prefix("$ ") {
        Some(rest) => format!("  {rest}"),
        None if is_item(line) => line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect(),
        None => line.to_owned(),
    });
    lines.collect()
}
