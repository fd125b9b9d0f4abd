//! Arithmetic: what numbers come out of it matters little. But a name in it stands for what its value says, that value
//! is arithmetic again, and a subscript is expanded before it is a number: so text that was quoted may run.

use super::machine::Machine;
use super::value::{Value, markers};

/// So many names lead from one to the next.
const DEEPEST: usize = 4;
/// So many names of one text are looked at.
const MOST_NAMES: usize = 64;

impl Machine<'_> {
    /// What a text is worth as arithmetic.
    pub(crate) fn arithmetic(&mut self, text: &Value) -> Value {
        self.look_into(text, 0);
        self.worth(text)
    }

    /// A name that may have a subscript, which is expanded when the name is used.
    pub(crate) fn use_name(&mut self, name: &Value) {
        if let Some((_, subscript)) = name.text.split_once('[') {
            self.look_into(&Value { text: subscript.to_owned(), taint: name.taint }, 0);
        }
    }

    /// What stands in `[[ … ]]` or behind `test`: some of what is compared there is arithmetic, and some names are used.
    pub(crate) fn test_words(&mut self, words: &[Value]) {
        const USING: [&str; 8] = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R"];
        if words.iter().any(|word| USING.contains(&word.text.as_str())) {
            for word in words {
                self.arithmetic(word);
            }
        }
    }

    fn look_into(&mut self, text: &Value, depth: usize) {
        if depth > DEEPEST {
            self.unresolved("names stand for names too often to be followed");
            return;
        }
        if !self.burn(text.text.len().min(256)) {
            return;
        }
        if names(&text.text).nth(MOST_NAMES).is_some() {
            self.unresolved("there are too many names in arithmetic");
        }
        if text.text.contains("$(") || text.text.contains('`') || text.text.contains("${") {
            self.expand_text(text);
        }
        for name in names(&text.text).take(MOST_NAMES) {
            let Some(values) = self.scope.get(name) else { continue };
            let values = values.iter().filter(|value| names(&value.text).next().is_some() && !value.is(name));
            for (at, value) in values.enumerate() {
                if at == MOST_NAMES {
                    self.unresolved("there are too many values in arithmetic");
                    break;
                }
                self.look_into(value, depth + 1);
            }
        }
    }

    fn worth(&self, text: &Value) -> Value {
        let text = text.text.trim();
        if is_decimal(text) {
            return Value::of(text);
        }
        let of_name = names(text).next().filter(|name| *name == text).and_then(|name| self.scope.get(name));
        match of_name.as_deref() {
            Some([only]) if is_decimal(only.text.trim()) => Value::of(only.text.trim()),
            Some(_) | None => Value::of(markers::NAME),
        }
    }
}

/// Whether a text is a number as it stands. One that begins with a zero is octal.
fn is_decimal(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    text.parse::<i64>().is_ok() && (digits.len() == 1 || !digits.starts_with('0'))
}

/// The names of variables in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}
