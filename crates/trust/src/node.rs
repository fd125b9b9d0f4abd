//! A tree of values, each with its place, whatever format it was written in.

use std::ops::Range;

/// Nothing that is read here is nested deeper.
pub(crate) const DEEPEST: usize = 64;

/// A value and the bytes that it stands in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A text, a number, a word: as it is meant, without quotes.
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Node {
    /// The member of a table. The last one counts, as it does for nearly every reader.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().rev().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// The member under the first of these names that there is.
    pub(crate) fn first_of(&self, names: &[&str]) -> Option<&Self> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Its members, if it is a table.
    pub(crate) fn members(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Table(members) => members,
            Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// Its items, if it is a list.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Text(_) | Value::Table(_) => &[],
        }
    }

    /// Its text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Table(_) => None,
        }
    }

    /// Whether it says yes.
    pub(crate) fn is_true(&self) -> bool {
        self.text() == Some("true")
    }

    /// The texts of a list, or of one text with commas or blanks between its words.
    pub(crate) fn words(&self) -> Vec<(String, Range<usize>)> {
        match &self.value {
            Value::List(items) => {
                items.iter().filter_map(|item| Some((item.text()?.to_owned(), item.span.clone()))).collect()
            }
            Value::Text(text) => split(text).into_iter().map(|word| (word, self.span.clone())).collect(),
            Value::Table(_) => Vec::new(),
        }
    }

    /// Every text in it, with the name that it stands under.
    pub(crate) fn texts<'a>(&'a self, name: &'a str, out: &mut Vec<(&'a str, &'a Self)>) {
        match &self.value {
            Value::Text(_) => out.push((name, self)),
            Value::List(items) => items.iter().for_each(|item| item.texts(name, out)),
            Value::Table(members) => members.iter().for_each(|(key, node)| node.texts(key, out)),
        }
    }

    /// Moves every place in it, for a text that is part of a larger one.
    pub(crate) fn shift(&mut self, by: usize) {
        self.span = self.span.start + by..self.span.end + by;
        match &mut self.value {
            Value::Text(_) => {}
            Value::List(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Value::Table(members) => members.iter_mut().for_each(|(_, node)| node.shift(by)),
        }
    }
}

/// Words with commas or blanks between them; what stands in parentheses belongs together.
fn split(text: &str) -> Vec<String> {
    let (mut words, mut word, mut depth) = (Vec::new(), String::new(), 0_usize);
    for character in text.chars() {
        depth = match character {
            '(' => depth + 1,
            ')' => depth.saturating_sub(1),
            _ => depth,
        };
        if depth == 0 && (character == ',' || character.is_whitespace()) {
            words.push(std::mem::take(&mut word));
        } else {
            word.push(character);
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_at_commas_and_blanks_but_not_in_parentheses() {
        let node = Node { span: 0..1, value: Value::Text("Read, Bash(git add *), Write Edit".to_owned()) };
        let words: Vec<String> = node.words().into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["Read", "Bash(git add *)", "Write", "Edit"]);
    }
}
