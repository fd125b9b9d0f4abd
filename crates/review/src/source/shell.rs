//! What was typed into shells and into programs that keep a history: commands hold what people paste.

use crate::origin::Origin;
use crate::position::Before;
use crate::window::Window;
use crate::worker::{About, Worker};
use std::path::Path;

/// How a history is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As it was typed.
    Plain,
    /// zsh: some bytes are written as a mark and the byte with one bit turned.
    Zsh,
    /// fish: `- cmd: …` with `\n` and `\\`.
    Fish,
    /// libedit: `\040` and the like for spaces and line ends.
    Octal,
}

/// Files below the home folder.
const FILES: [(&str, Form); 36] = [
    (".bash_history", Form::Plain),
    (".local/state/bash/history", Form::Plain),
    (".zsh_history", Form::Zsh),
    (".zhistory", Form::Zsh),
    (".histfile", Form::Zsh),
    (".local/state/zsh/history", Form::Zsh),
    (".local/share/zsh/history", Form::Zsh),
    (".local/share/fish/fish_history", Form::Fish),
    (".sh_history", Form::Plain),
    (".ash_history", Form::Plain),
    (".ksh_history", Form::Plain),
    (".history", Form::Plain),
    (".config/nushell/history.txt", Form::Plain),
    (".local/share/powershell/PSReadLine/ConsoleHost_history.txt", Form::Plain),
    (".python_history", Form::Plain),
    (".local/state/python_history", Form::Plain),
    (".node_repl_history", Form::Plain),
    (".irb_history", Form::Plain),
    (".local/share/irb/history", Form::Plain),
    (".php_history", Form::Octal),
    (".Rhistory", Form::Plain),
    (".psql_history", Form::Plain),
    (".mysql_history", Form::Octal),
    (".mariadb_history", Form::Octal),
    (".rediscli_history", Form::Plain),
    (".valkeycli_history", Form::Plain),
    (".sqlite_history", Form::Plain),
    (".local/state/sqlite_history", Form::Plain),
    (".duckdb_history", Form::Plain),
    (".dbshell", Form::Plain),
    (".mongodb/mongosh/mongosh_repl_history", Form::Plain),
    (".mongorc_history", Form::Plain),
    (".influx_history", Form::Plain),
    (".lesshst", Form::Plain),
    (".viminfo", Form::Plain),
    (".wget-hsts", Form::Plain),
];

pub(crate) fn scan(worker: &mut Worker<'_>) {
    let Some(home) = worker.shared.settings.surroundings.home.clone() else { return };
    for (name, form) in FILES {
        let path = home.join(name);
        // What is not there was never used, and who links it to /dev/null keeps none.
        match crate::git::read(&path) {
            Ok(Some(bytes)) => history(&path, &bytes, form, worker),
            Ok(None) => {}
            Err(why) => worker.not_looked_into(Origin::File { path }, why),
        }
    }
}

fn history(path: &Path, bytes: &[u8], form: Form, worker: &mut Worker<'_>) {
    let origin = || Origin::File { path: path.to_owned() };
    let about = About::whole(&origin, None);
    match form {
        Form::Plain => worker.text(bytes, about),
        // These keep the lines, so that the places are right.
        Form::Zsh => worker.text(&unmetafied(bytes), about),
        Form::Octal => worker.text(&without_octal(bytes), about),
        Form::Fish => {
            let mut before = Before::default();
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let text = fish(line);
                let window = Window::whole(&text);
                worker.decoded(&window, about, before);
                before.bytes += line.len() as u64;
                before.lines += 1;
            }
            worker.done(bytes.len() as u64);
        }
    }
}

/// zsh writes a byte that means something to it as 0x83 and the byte with bit 5 turned.
fn unmetafied(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            0x83 => out.extend(rest.next().map(|byte| byte ^ 0x20)),
            _ => out.push(*byte),
        }
    }
    out
}

/// A space for each `\040`, so that words stay apart. A line end stays on its line.
fn without_octal(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let escaped = match after {
            [high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', end @ ..] if *byte == b'\\' => {
                rest = end;
                Some((high - b'0') << 6 | (middle - b'0') << 3 | (low - b'0'))
            }
            _ => None,
        };
        out.push(match escaped {
            Some(b'\n') => b' ',
            Some(byte) => byte,
            None => *byte,
        });
    }
    out
}

/// A line of fish: what was typed, with its line ends.
fn fish(line: &[u8]) -> Vec<u8> {
    let line = line.strip_prefix(b"- cmd: ").unwrap_or(line);
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => match rest.next() {
                Some(b'n') => out.push(b'\n'),
                Some(b'\\') | None => out.push(b'\\'),
                Some(other) => out.extend([b'\\', *other]),
            },
            _ => out.push(*byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_what_each_shell_does() {
        assert_eq!(unmetafied(b"a\x83\xa3b\x83"), b"a\x83b");
        assert_eq!(without_octal(b"set\\040x\\012y\\9\\04"), b"set x y\\9\\04");
        assert_eq!(fish(b"- cmd: a\\nb\\\\c\\d\n"), b"a\nb\\c\\d\n");
    }
}
