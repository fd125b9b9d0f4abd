//! What a text has an agent run: what runs when it is loaded, its listings, its sentences.

use super::{Cause, Step, Told, files, words};
use crate::check::front;
use crate::check::page::{SHELLS, shows_attacks, without_prompts};
use crate::markdown::{Fence, Page, Place};
use crate::prose::Book;
use crate::server::Server;

/// Words of headings under which it is said how to install something.
const INSTALL: [&str; 9] = [
    "install",
    "setup",
    "set up",
    "prerequisite",
    "requirement",
    "dependenc",
    "getting started",
    "before you",
    "bootstrap",
];

/// The steps of a text. `heads` says whether an agent goes by it, rather than being sent there.
pub(super) fn steps(told: Told<'_>, heads: bool, book: &Book, out: &mut Vec<Step>) {
    let page = Page::read(told.text);
    if heads && let Some(span) = page.front.clone() {
        let node = front::read(told.text, span);
        if let Some(hooks) = node.get("hooks") {
            files::hooks(told, hooks, out);
        }
        for servers in ["mcpServers", "mcp-servers"].iter().filter_map(|name| node.get(name)) {
            for server in Server::all(servers) {
                files::server(told, &server, out);
            }
        }
    }
    if heads {
        for span in &page.bangs {
            let command = told.text.get(span.clone()).unwrap_or_default();
            out.push(told.step(Cause::Load, span.clone(), words::resolved(command, told)));
        }
    }
    for fence in &page.fences {
        listing(told, &page, fence, book, out);
    }
    if heads {
        sentences(told, &page, book, out);
    }
}

fn listing(told: Told<'_>, page: &Page, fence: &Fence, book: &Book, out: &mut Vec<Step>) {
    let code = told.text.get(fence.span.clone()).unwrap_or_default();
    if !fence.runs && shows_attacks(told.text, page, fence, book) {
        return;
    }
    let is_shell = SHELLS.contains(&fence.language.as_str());
    let shell = match fence.language.as_str() {
        // A listing without a language is as often a tree of files, or what a program says.
        "" if !fence.runs && !words::begins_with_program(code, told.tree) => return,
        "console" | "terminal" | "shell-session" if code.lines().any(|line| line.starts_with("$ ")) => {
            only_prompts(code)
        }
        _ if is_shell || fence.runs => without_prompts(code),
        "python" | "py" | "python3" => format!("python3 - <<'END_OF_LISTING'\n{code}\nEND_OF_LISTING\n"),
        "javascript" | "js" => format!("node - <<'END_OF_LISTING'\n{code}\nEND_OF_LISTING\n"),
        _ => return,
    };
    let under = |words: &[&str]| {
        fence.under.iter().filter_map(|number| told.text.get(page.blocks.get(*number)?.span.clone())).any(|heading| {
            let heading = heading.to_lowercase();
            words.iter().any(|word| heading.contains(word))
        })
    };
    let cause = if fence.runs {
        Cause::Load
    } else if under(&INSTALL) {
        Cause::Install
    } else {
        Cause::Use
    };
    out.push(told.step(cause, fence.span.clone(), words::resolved(&shell, told)));
}

/// The commands of a listing that shows a session: what stands behind a prompt. The rest is what programs said.
fn only_prompts(code: &str) -> String {
    let mut lines = String::new();
    let mut goes_on = false;
    for line in code.lines() {
        let command = line.strip_prefix("$ ").or_else(|| goes_on.then_some(line));
        if let Some(command) = command {
            lines.push_str(command);
            lines.push('\n');
        }
        goes_on = command.is_some_and(|command| command.ends_with('\\'));
    }
    lines
}

/// Verbs that stand before a command that is to be run.
const VERBS: [&str; 12] =
    ["run", "execute", "call", "invoke", "launch", "start", "type", "issue", "use", "running", "executing", "do"];

/// Commands that stand in a sentence that tells to run them.
fn sentences(told: Told<'_>, page: &Page, book: &Book, out: &mut Vec<Step>) {
    for block in page.blocks.iter().filter(|block| matches!(block.place, Place::Text | Place::Item | Place::Comment)) {
        let text = told.text.get(block.span.clone()).unwrap_or_default();
        if !text.contains('`') || book.talks_of_attacks(text) {
            continue;
        }
        let (mut at, mut before) = (block.span.start, "");
        for (number, piece) in text.split('`').enumerate() {
            let end = at + piece.len();
            if number % 2 == 1 && is_told(before) && words::is_command(piece, told.tree) {
                out.push(told.step(Cause::Sentence, at..end, words::resolved(piece, told)));
            }
            if number % 2 == 0 {
                before = piece;
            }
            at = end + 1;
        }
    }
}

/// Whether what comes next is something to run, by the last words before it.
fn is_told(before: &str) -> bool {
    let sentence = before.rsplit(['.', ';', '!', '?']).next().unwrap_or_default().to_lowercase();
    let mut last: Vec<&str> = sentence.split(|it: char| !it.is_alphabetic() && it != '\'').collect();
    last.retain(|word| !word.is_empty());
    let never = last.iter().any(|word| matches!(*word, "never" | "not" | "don't" | "avoid"));
    !never && last.iter().rev().take(4).any(|word| VERBS.contains(word))
}
