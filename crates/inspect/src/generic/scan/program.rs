//! Programs that are told a password on their command line: the option that it follows, or its place among the words.
//! Nothing else stands there, so hardly any of it is left to be judged.

use super::Visit;
use super::literal::{Stop, bare, quoted};
use crate::generic::shape::{Literal, Operator, Shape, Source};
use crate::generic::view::{View, find, holds};
use std::ops::Range;

/// So far along its line a command is read.
const COMMAND: usize = 240;

/// Where the password of a program stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// It is the word behind an option.
    Word,
    /// Behind the sign that parts it from a user, in the word behind an option.
    Behind(u8),
    /// Between the slash behind a user and the `@` before a database, in the first word.
    Logon,
    /// It is the second word.
    Second,
    /// Behind `>`: what Redis gives an account.
    Account,
    /// Behind each name of an algorithm.
    Algorithms,
}

/// A program: how its command begins, the options that a password follows, and how.
type Program = (&'static str, &'static [&'static str], Takes);

/// The programs. Each begins with a literal that is a trigger.
#[rustfmt::skip]
const PROGRAMS: &[Program] = &[
    ("smbclient ", &[" -U ", " -U", " --user=", " --user "], Takes::Behind(b'%')),
    ("rpcclient ", &[" -U ", " -U"], Takes::Behind(b'%')),
    ("winexe ", &[" -U ", " -U"], Takes::Behind(b'%')),
    ("smbget ", &[" -U ", " -U"], Takes::Behind(b'%')),
    ("unzip ", &[" -P "], Takes::Word),
    ("zip -", &[" -P ", "P "], Takes::Word),
    ("7z a ", &[" -p"], Takes::Word),
    ("7z x ", &[" -p"], Takes::Word),
    ("7za a ", &[" -p"], Takes::Word),
    ("rar a ", &[" -hp", " -p"], Takes::Word),
    ("openssl enc ", &[" -k "], Takes::Word),
    ("openssl aes", &[" -k "], Takes::Word),
    ("openssl des", &[" -k "], Takes::Word),
    ("schtasks ", &[" /rp "], Takes::Word),
    ("cmdkey ", &[" /pass:", " /p:"], Takes::Word),
    ("freerdp ", &[" /p:"], Takes::Word),
    ("rdesktop ", &[" -p "], Takes::Word),
    (" -pw ", &[" "], Takes::Word),
    ("sshpass ", &[" -p ", " -p"], Takes::Word),
    ("mosquitto_pub ", &[" -P "], Takes::Word),
    ("mosquitto_sub ", &[" -P "], Takes::Word),
    ("ipmitool ", &[" -P "], Takes::Word),
    ("snmpwalk ", &[" -A ", " -X "], Takes::Word),
    ("snmpget ", &[" -A ", " -X "], Takes::Word),
    ("snmpset ", &[" -A ", " -X "], Takes::Word),
    ("rclone obscure ", &[" "], Takes::Word),
    ("net user ", &[], Takes::Second),
    ("wpa_passphrase ", &[], Takes::Second),
    ("sqlplus ", &[], Takes::Logon),
    ("sqlldr ", &[], Takes::Logon),
    ("expdp ", &[], Takes::Logon),
    ("impdp ", &[], Takes::Logon),
    (" on >", &[], Takes::Account),
    ("createuser ", &[], Takes::Algorithms),
    // How these are called ends with more than a blank: they stand in lists of words too.
    ("redis-cli", &[" -a ", " --pass "], Takes::Word),
    ("ldapsearch", &[" -w "], Takes::Word),
    ("ldapadd", &[" -w "], Takes::Word),
    ("ldapmodify", &[" -w "], Takes::Word),
    ("sqlcmd", &[" -P "], Takes::Word),
];

/// Algorithms that SNMP derives keys with.
#[rustfmt::skip]
const ALGORITHMS: &[&str] = &[
    "md5", "sha", "sha-224", "sha-256", "sha-384", "sha-512", "des", "aes", "aes-192", "aes-256", "aes128", "aes256",
];

/// Whether a trigger is how the command of such a program begins.
pub(in crate::generic) fn begins(trigger: &[u8]) -> bool {
    program(trigger).is_some()
}

fn program(trigger: &[u8]) -> Option<&'static Program> {
    PROGRAMS.iter().find(|(name, ..)| trigger.eq_ignore_ascii_case(name.as_bytes()))
}

/// Visits what a program is told.
pub(super) fn visit(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let Some((name, options, takes)) = program(view.slice(trigger.clone())) else { return };
    let first = view.at(trigger.start);
    // `wlfreerdp` and `gzip` are longer; others are whole words, and options are written with small letters.
    let begins = !first.is_ascii_alphanumeric()
        || !view.before(trigger.start).is_ascii_alphanumeric()
        || matches!(*name, "freerdp " | "zip -");
    if !begins || first == b' ' && view.slice(trigger.clone()).iter().any(u8::is_ascii_uppercase) {
        return;
    }
    // The blank behind the name stands before an option as well.
    let from = trigger.end - usize::from(view.before(trigger.end) == b' ');
    let line = view.line_after(from);
    let line = line.get(..line.len().min(COMMAND)).unwrap_or_default();
    match takes {
        Takes::Word | Takes::Behind(_) => {
            for option in *options {
                if let Some(at) = behind_option(line, option) {
                    let Some(word) = word(view, from + at) else { continue };
                    tell(view, &trigger, within(view, word, *takes), visit);
                    return;
                }
            }
        }
        Takes::Logon => {
            let at = view.skip_blanks(trigger.end);
            let at = if view.says(at, "-s ") || view.says(at, "-l ") { view.skip_blanks(at + 3) } else { at };
            tell(view, &trigger, word(view, at).and_then(|word| logon(view, &word)), visit);
        }
        Takes::Second => {
            let second = word(view, trigger.end).and_then(|first| word(view, view.skip_blanks(first.end)));
            let is_option = |word: &Literal| matches!(view.at(word.value.start), b'/' | b'*' | b'-' | b'|' | b'<');
            tell(view, &trigger, second.filter(|it| !is_option(it)), visit);
        }
        Takes::Account => {
            let before = view.line_before(trigger.start);
            if before.trim_ascii_start().starts_with(b"user ") || holds(before, "setuser ") {
                tell(view, &trigger, Some(bare(view, trigger.end, Stop::Settings)), visit);
            }
        }
        Takes::Algorithms => algorithms(view, &trigger, visit),
    }
}

/// `createUser name SHA "x" AES "y"`.
fn algorithms(view: View<'_>, trigger: &Range<usize>, visit: Visit<'_>) {
    let mut at = trigger.end;
    let mut follows = false;
    for _ in 0..8 {
        let Some(word) = word(view, view.skip_blanks(at)) else { return };
        at = word.end;
        let text = view.slice(word.value.clone());
        let is_algorithm = ALGORITHMS.iter().any(|it| text.eq_ignore_ascii_case(it.as_bytes()));
        if follows && !is_algorithm {
            tell(view, trigger, Some(word), visit);
        }
        follows = is_algorithm;
    }
}

/// Where the word behind an option starts, on a command line or in a list of its words: `-a x`, `"-a", "x"`.
fn behind_option(line: &[u8], option: &str) -> Option<usize> {
    if let Some(at) = find(line, option.as_bytes()) {
        return Some(at + option.len());
    }
    let listed = ["\"", option.trim_ascii(), "\", "].concat();
    find(line, listed.as_bytes()).filter(|_| option.ends_with(' ')).map(|at| at + listed.len())
}

/// The part of a word that is the password.
fn within(view: View<'_>, word: Literal, takes: Takes) -> Option<Literal> {
    let Takes::Behind(sign) = takes else { return Some(word) };
    let at = view.slice(word.value.clone()).iter().position(|byte| *byte == sign)?;
    Some(Literal { value: word.value.start + at + 1..word.value.end, ..word })
}

/// `user/x@database`, `user/x`.
fn logon(view: View<'_>, word: &Literal) -> Option<Literal> {
    let text = view.slice(word.value.clone());
    let slash = text.iter().position(|byte| *byte == b'/').filter(|at| *at > 0)?;
    let end = text.iter().rposition(|byte| *byte == b'@').filter(|at| *at > slash).unwrap_or(text.len());
    Some(Literal { value: word.value.start + slash + 1..word.value.start + end, ..word.clone() })
}

fn tell(view: View<'_>, trigger: &Range<usize>, literal: Option<Literal>, visit: Visit<'_>) {
    let Some(literal) = literal else { return };
    let value = view.slice(literal.value.clone());
    let is_port = value.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'/'));
    let is_other = matches!(value.first(), Some(b'/' | b'-' | b'$' | b'~' | b'%' | b'*' | b'&' | b'|' | b'<'));
    if value.len() >= 4 && !is_port && !is_other {
        visit(Shape::of(Source::Certain, trigger.clone(), Operator::Flag, literal));
    }
}

/// A word of a command, in quotes or bare.
fn word(view: View<'_>, at: usize) -> Option<Literal> {
    quoted(view, at).or_else(|| Some(bare(view, at, Stop::Settings)).filter(|it| !it.value.is_empty()))
}
