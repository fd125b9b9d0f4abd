//! How `xargs` and `env -S` split a text into words: each with quotes of its own.

use crate::evaluate::{Machine, Value};

/// The words that `xargs` reads: blanks separate them unless quotes or backslashes keep them together.
pub(super) fn as_xargs(input: &Value) -> Vec<Value> {
    let mut words = Words::new(input);
    let mut chars = input.text.chars();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                words.begin();
            }
            (None, '\\') => words.extend(chars.next()),
            (None, ' ' | '\t' | '\n' | '\0') => words.end(),
            (_, c) => words.extend(Some(c)),
        }
    }
    words.finish()
}

/// The words that `env -S` reads.
pub(super) fn as_env(machine: &mut Machine<'_>, text: &Value) -> Vec<Value> {
    let mut words = Words::new(text);
    let mut rest = text.text.as_str();
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                words.begin();
            }
            (None, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}') => words.end(),
            (None, '#') if words.is_between() => break,
            (Some('\''), c) if c != '\\' => words.extend(Some(c)),
            (_, '$') => {
                let name = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
                if let Some((name, behind)) = name {
                    let value = machine.variable(name);
                    words.push(&value);
                    rest = behind;
                } else {
                    words.extend(Some('$'));
                }
            }
            (_, '\\') => {
                let Some(escaped) = rest.chars().next() else { break };
                rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
                match (quote, escaped) {
                    (None, '_') => words.end(),
                    (_, 'c') => break,
                    (_, escaped) => words.extend(Some(meant(escaped))),
                }
            }
            (_, c) => words.extend(Some(c)),
        }
    }
    words.finish()
}

fn meant(escaped: char) -> char {
    match escaped {
        '_' => ' ',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        other => other,
    }
}

/// Words that are put together letter by letter.
#[derive(Debug)]
struct Words<'a> {
    of: &'a Value,
    done: Vec<Value>,
    open: Option<Value>,
}

impl<'a> Words<'a> {
    fn new(of: &'a Value) -> Self {
        Self { of, done: Vec::new(), open: None }
    }

    fn begin(&mut self) -> &mut Value {
        self.open.get_or_insert_with(|| Value::default().tainted(self.of.taint))
    }

    fn extend(&mut self, c: Option<char>) {
        self.begin().text.extend(c);
    }

    fn push(&mut self, value: &Value) {
        self.begin().push(value);
    }

    fn end(&mut self) {
        self.done.extend(self.open.take());
    }

    fn is_between(&self) -> bool {
        self.open.is_none()
    }

    fn finish(mut self) -> Vec<Value> {
        self.end();
        self.done
    }
}
