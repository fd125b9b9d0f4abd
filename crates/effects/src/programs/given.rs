//! Words of a command line as most programs read them: options, their values, and the rest.

use crate::evaluate::Value;

/// Options and operands.
#[derive(Debug, Default)]
pub(crate) struct Given {
    options: Vec<(String, Option<Value>)>,
    pub(crate) operands: Vec<Value>,
}

impl Given {
    /// Reads words; `takes` names the options that take a value, such as `-o` and `--output`.
    pub(crate) fn read(words: &[Value], takes: &[&str]) -> Self {
        Self::read_as(words, takes, false)
    }

    /// As [`Self::read`], but what follows the first operand belongs to something else.
    pub(crate) fn read_front(words: &[Value], takes: &[&str]) -> Self {
        Self::read_as(words, takes, true)
    }

    fn read_as(words: &[Value], takes: &[&str], front: bool) -> Self {
        let mut out = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let text = word.text.as_str();
            if text == "--" || (front && !text.starts_with('-')) {
                if text != "--" {
                    out.operands.push(word.clone());
                }
                out.operands.extend(words.cloned());
                return out;
            }
            if text.starts_with("--") {
                out.long(word, takes, &mut words);
            } else if text.len() > 1 && text.starts_with('-') {
                out.short(word, takes, &mut words);
            } else {
                out.operands.push(word.clone());
            }
        }
        out
    }

    fn long(&mut self, word: &Value, takes: &[&str], words: &mut std::slice::Iter<'_, Value>) {
        if let Some((name, value)) = word.text.split_once('=') {
            let value = Value { text: value.to_owned(), taint: word.taint };
            self.options.push((name.to_owned(), Some(value)));
        } else if takes.contains(&word.text.as_str()) {
            self.options.push((word.text.clone(), words.next().cloned()));
        } else {
            self.options.push((word.text.clone(), None));
        }
    }

    fn short(&mut self, word: &Value, takes: &[&str], words: &mut std::slice::Iter<'_, Value>) {
        // Some programs spell long options with one dash.
        if takes.contains(&word.text.as_str()) {
            self.options.push((word.text.clone(), words.next().cloned()));
            return;
        }
        let mut letters = word.text.chars().skip(1);
        while let Some(letter) = letters.next() {
            let name = format!("-{letter}");
            if takes.contains(&name.as_str()) {
                let rest: String = letters.collect();
                let value =
                    if rest.is_empty() { words.next().cloned() } else { Some(Value { text: rest, taint: word.taint }) };
                self.options.push((name, value));
                return;
            }
            self.options.push((name, None));
        }
        if word.text.len() > 2 {
            self.options.push((word.text.clone(), None));
        }
    }

    /// Whether one of these options is given; long ones also when they are cut short.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|(given, _)| names.iter().any(|name| means(given, name)))
    }

    /// The value of the last of these options.
    pub(crate) fn value(&self, names: &[&str]) -> Option<&Value> {
        let found = self.options.iter().filter(|(given, _)| names.iter().any(|name| means(given, name)));
        found.filter_map(|(_, value)| value.as_ref()).next_back()
    }

    /// Every value of these options.
    pub(crate) fn values<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a Value> {
        self.options
            .iter()
            .filter(|(given, _)| names.iter().any(|name| means(given, name)))
            .filter_map(|(_, value)| value.as_ref())
    }

    /// The operand at this place.
    pub(crate) fn operand(&self, at: usize) -> Option<&Value> {
        self.operands.get(at)
    }

    /// The operands from this place on.
    pub(crate) fn operands_from(&self, at: usize) -> &[Value] {
        self.operands.get(at..).unwrap_or_default()
    }

    /// Names of the options that are given.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.options.iter().map(|(name, _)| name.as_str())
    }
}

fn means(given: &str, name: &str) -> bool {
    given == name || (name.starts_with("--") && given.len() > 4 && given.starts_with("--") && name.starts_with(given))
}
