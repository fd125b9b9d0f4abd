//! One ticket, in full: what would happen, what it would do, why policy asks, who wants it.
//!
//! All of it was written by an agent, or quotes one. Each line stands behind a bar, so that none can pass for a line of ours, and
//! whatever steers a terminal or is not seen is spelled out.

use crate::output::View;
use crate::page::{Page, Tone};
use crate::time;
use portcullis_approvals::{Request, State, Ticket};
use serde::Serialize;

/// A ticket as a person reads it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Shown<'a> {
    ticket: &'a Ticket,
}

impl<'a> Shown<'a> {
    pub(super) fn new(ticket: &'a Ticket) -> Self {
        Self { ticket }
    }
}

/// Digits of the hash that are shown and asked for by a script.
const DIGITS: usize = 16;

impl View for Shown<'_> {
    fn write(&self, page: &mut Page) {
        let Ticket { id, request, state, .. } = self.ticket;
        page.put(Tone::Strong, id.to_string()).put(Tone::Plain, "  ").put(Tone::Warning, state.word()).end();
        asks(request, page);
        for piece in &request.shown {
            page.put(Tone::Faint, format!("  {}", piece.name)).end();
            behind_a_bar(&piece.text, page);
        }
        if !request.effects.is_empty() {
            page.put(Tone::Faint, "  what it would do").end();
            request.effects.iter().for_each(|effect| behind_a_bar(effect, page));
        }
        for reason in &request.reasons {
            page.put(Tone::Faint, "  why ").put(Tone::Plain, &reason.message).end();
            if let Some(line) = &reason.source {
                page.put(Tone::Faint, "  at  ").put(Tone::Plain, line.to_string()).end();
            }
        }
        if request.needed > 1 {
            let said = state.votes().iter().map(|vote| vote.by.as_str()).collect::<Vec<_>>().join(", ");
            let said = if said.is_empty() { "nobody has yet".to_owned() } else { format!("said so far: {said}") };
            page.put(Tone::Faint, "  who ")
                .put(Tone::Plain, format!("{} people must say yes; {said}", request.needed))
                .end();
        }
        if let Some(capability) = &request.capability {
            page.put(Tone::Faint, "  --like would let pass as well").end();
            behind_a_bar(&capability.label, page);
        }
        let hash: String = request.action.to_string().chars().take(DIGITS).collect();
        page.put(Tone::Faint, "  hash ").put(Tone::Faint, hash).end();
        ended(state, page);
    }
}

/// Who wants it, where, since when.
fn asks(request: &Request, page: &mut Page) {
    let user = request.user.as_ref().map_or("somebody", |user| user.as_str());
    let who = format!("{} for {user}, session {}", request.agent.as_str(), request.session);
    page.put(Tone::Faint, "  by  ").put(Tone::Plain, who).end();
    page.put(Tone::Faint, "  on  ").put(Tone::Plain, time::shown(request.asked)).end();
    if let Some(cwd) = &request.cwd {
        page.put(Tone::Faint, "  in  ").put(Tone::Plain, cwd).end();
    }
    if let Some(repository) = request.repository.as_ref().filter(|it| Some(*it) != request.cwd.as_ref()) {
        page.put(Tone::Faint, "  of  ").put(Tone::Plain, repository).end();
    }
    page.put(Tone::Faint, "  wants to use ").put(Tone::Strong, tool(request)).end();
}

fn tool(request: &Request) -> &str {
    request.title.split_once(": ").map_or(request.title.as_str(), |(tool, _)| tool)
}

/// How it ended, where it did.
fn ended(state: &State, page: &mut Page) {
    let State::Closed(closed) = state else { return };
    if let Some(vote) = &closed.by {
        let note = vote.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        page.put(Tone::Faint, "  end ")
            .put(Tone::Plain, format!("{} by {}{note}", closed.end.word(), vote.by.as_str()))
            .end();
    }
}

/// Blank lines and blanks in a row that push the rest off the screen are told and not shown.
fn behind_a_bar(text: &str, page: &mut Page) {
    let mut empty = 0_usize;
    for line in text.split('\n') {
        if line.trim().is_empty() {
            empty += 1;
            continue;
        }
        tell_empty(&mut empty, page);
        page.put(Tone::Faint, "  | ");
        let mut rest = line;
        while let Some((before, blanks, after)) = long_blank(rest) {
            page.put(Tone::Plain, before).put(Tone::Warning, format!("[{blanks} blanks]"));
            rest = after;
        }
        page.put(Tone::Plain, rest).end();
    }
    tell_empty(&mut empty, page);
}

fn tell_empty(empty: &mut usize, page: &mut Page) {
    match std::mem::take(empty) {
        0 => {}
        1 => drop(page.put(Tone::Faint, "  |").end()),
        many => drop(page.put(Tone::Faint, "  | ").put(Tone::Warning, format!("[{many} empty lines]")).end()),
    }
}

/// The first stretch of more blanks than any indentation has: what stands before it, how many, what comes after.
fn long_blank(line: &str) -> Option<(&str, usize, &str)> {
    const LONGEST: usize = 40;
    let (mut start, mut count) = (0, 0);
    for (at, c) in line.char_indices() {
        if c == ' ' || c == '\t' {
            if count == 0 {
                start = at;
            }
            count += 1;
        } else if count > LONGEST {
            return Some((line.get(..start)?, count, line.get(at..)?));
        } else {
            count = 0;
        }
    }
    None
}

/// What is left of the time, for the question.
pub(super) fn ends(ticket: &Ticket, now: &portcullis_approvals::Moment) -> String {
    time::length(ticket.state.window().remaining(now).as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut page = Page::new(false);
        behind_a_bar(text, &mut page);
        page.as_str().to_owned()
    }

    #[test]
    fn nothing_that_an_agent_wrote_leaves_its_bar_or_pushes_the_rest_away() {
        assert_eq!(shown("one\ntwo"), "  | one\n  | two\n");
        assert_eq!(shown(&format!("ls{}; rm -rf ~", " ".repeat(500))), "  | ls[500 blanks]; rm -rf ~\n");
        assert_eq!(shown(&format!("ls{}rm -rf ~", "\n".repeat(500))), "  | ls\n  | [499 empty lines]\n  | rm -rf ~\n");
        assert_eq!(shown("a\u{1b}[2Kb\rc\u{202e}d"), "  | a\\u{1b}[2Kb\\rc\\u{202e}d\n");
        assert_eq!(shown("    indented"), "  |     indented\n");
    }
}
