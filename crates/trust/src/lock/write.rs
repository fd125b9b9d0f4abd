//! Writes a lock: the same lock is always the same text.

use super::{Item, Key, Lock, VERSION};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const HEAD: &str = "# What agents go by in this repository, as it was approved. Written by `portcullis trust lock`;\n\
                    # `portcullis trust verify` says what is different now.\n";

impl Lock {
    /// The lock as a text.
    pub fn render(&self) -> String {
        let mut text = format!("{HEAD}version = {VERSION}\n");
        for (Key { kind, path, name }, Item { hash, files, identity, tools }) in &self.items {
            text.push_str("\n[[item]]\n");
            put(&mut text, "kind", kind);
            put(&mut text, "path", path);
            if !name.is_empty() {
                put(&mut text, "name", name);
            }
            put(&mut text, "hash", hash);
            if !identity.is_empty() {
                let words: Vec<String> = identity.iter().map(|word| quoted(word)).collect();
                let _ = writeln!(text, "identity = [{}]", words.join(", "));
            }
            table(&mut text, "files", files);
            table(&mut text, "tools", tools);
        }
        text
    }
}

fn table(text: &mut String, name: &str, rows: &BTreeMap<String, String>) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "[item.{name}]");
    for (key, value) in rows {
        let _ = writeln!(text, "{} = {}", quoted(key), quoted(value));
    }
}

fn put(text: &mut String, key: &str, value: &str) {
    // INVARIANT: writing to a String can't fail.
    let _ = writeln!(text, "{key} = {}", quoted(value));
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            it if it.is_control() || is_unseen(it) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(it));
            }
            it => quoted.push(it),
        }
    }
    quoted.push('"');
    quoted
}

/// What nobody would see in a review.
fn is_unseen(it: char) -> bool {
    matches!(it, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use proptest::prelude::*;

    #[test]
    fn a_lock_is_read_back_as_it_was_written() {
        let tree = Tree::of(&[
            ("AGENTS.md", "Build with make."),
            (".claude/skills/a/SKILL.md", "---\nname: a\n---\n"),
            (".claude/skills/a/s.sh", "id"),
            (
                ".mcp.json",
                r#"{"mcpServers": {"x": {"command": "npx", "args": ["p@1.0.0", "--api-key", "k1", "--token=k2"], "env": {"KEY": "v"}}}}"#,
            ),
        ]);
        let lock = Lock::of(&tree);
        let kinds: Vec<&str> = lock.items.keys().map(|key| key.kind.as_str()).collect();
        assert_eq!(kinds, ["instructions", "mcp-server", "mcp-servers", "skill"]);
        let text = lock.render();
        assert_eq!(Lock::parse(&text).unwrap(), lock);
        assert!(!text.contains("k1") && !text.contains("k2"), "the value of a switch is not written down: {text}");
        assert!(!text.contains("\"v\""), "a value of a variable is not written down: {text}");
    }

    proptest! {
        #[test]
        fn every_name_can_be_read_back(name in "\\PC{0,12}|[\u{0}-\u{7f}\u{202e}\u{e0001}]{0,12}") {
            let mut lock = Lock::default();
            let key = Key { kind: "skill".to_owned(), path: name.clone(), name: name.clone() };
            let files = BTreeMap::from([(name.clone(), name)]);
            lock.items.insert(key, Item { hash: "h".to_owned(), files, ..Item::default() });
            prop_assert_eq!(Lock::parse(&lock.render()), Ok(lock));
        }
    }
}
