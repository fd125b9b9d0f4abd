//! What of a tree is locked.

use super::hash;
use super::{Item, Key, Lock};
use crate::kind::Kind;
use crate::read;
use crate::scan::{brought_by, roots};
use crate::server::{Launch, Server};
use crate::tree::{Entry, File, Tree};
use std::collections::BTreeSet;

const SERVER: &[u8] = b"portcullis server v1\0";

impl Lock {
    /// Everything of a tree that agents go by, as it is now.
    pub fn of(tree: &Tree) -> Self {
        let mut lock = Self::default();
        // A skill within a plugin is locked with the plugin.
        let all = roots(tree);
        let outermost = all.iter().filter(|root| root.is_empty() || brought_by(&all, root).is_none());
        let outermost: BTreeSet<String> = outermost.cloned().collect();
        for root in &outermost {
            lock.folder(tree, root);
        }
        for (path, entry) in tree.entries() {
            let Some(kind) = Kind::of(path) else { continue };
            let is_covered = brought_by(&outermost, path).is_some();
            match entry {
                Entry::File(file) => {
                    if !is_covered {
                        lock.file(path, kind, entry);
                    }
                    lock.servers(path, kind, file);
                }
                Entry::Link(_) if !is_covered => lock.file(path, kind, entry),
                Entry::Link(_) => {}
            }
        }
        lock
    }

    fn folder(&mut self, tree: &Tree, root: &str) {
        let is_plugin = tree.below(root).any(|(path, _)| Kind::of(path) == Some(Kind::Plugin));
        let kind = if is_plugin { "plugin" } else { "skill" };
        let (hash, files) = hash::tree(tree, root);
        self.add(kind, root, "", Item { hash, files, ..Item::default() });
    }

    fn file(&mut self, path: &str, kind: Kind, entry: &Entry) {
        // A package is an ordinary file of a project, which its own lockfile pins.
        if kind != Kind::Package {
            self.add(kind.category(), path, "", Item { hash: hash::line(entry), ..Item::default() });
        }
    }

    fn servers(&mut self, path: &str, kind: Kind, file: &File) {
        if !matches!(kind, Kind::Servers | Kind::Settings | Kind::Plugin) {
            return;
        }
        let Some(node) = str::from_utf8(&file.bytes).ok().and_then(|text| read::by_name(path, text).ok()) else {
            return;
        };
        for server in Server::of_file(&node) {
            let mut identity = match &server.launch {
                Launch::Command { words } => launch(words),
                Launch::Url(url) => vec![format!("url:{url}")],
            };
            // Values may be secrets; which variables there are is what matters.
            let mut names: Vec<String> =
                server.environment.iter().map(|(name, _)| format!("variable:{name}")).collect();
            names.sort_unstable();
            identity.extend(names);
            let hash = hash::of_lines(SERVER, identity.iter().map(String::as_str));
            self.add("mcp-server", path, &server.name, Item { hash, identity, ..Item::default() });
        }
    }

    fn add(&mut self, kind: &str, path: &str, name: &str, item: Item) {
        let key = Key { kind: kind.to_owned(), path: path.to_owned(), name: name.to_owned() };
        self.items.insert(key, item);
    }

    /// Takes over what was seen of the tools of servers that are the same as before.
    pub fn keep_tools_of(&mut self, before: &Self) {
        for (key, item) in &mut self.items {
            if let Some(old) = before.items.get(key).filter(|old| old.hash == item.hash) {
                item.tools.clone_from(&old.tools);
            }
        }
    }
}

/// The words that a server is started with, as they are written down: the value of a switch that is called like a secret is not.
pub fn launch(words: &[String]) -> Vec<String> {
    let mut hides_next = false;
    let written = words.iter().map(|word| {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let is_secret = is_secret_name(name);
        let hidden = std::mem::replace(&mut hides_next, is_secret && word.starts_with('-') && value.is_empty());
        match (hidden, is_secret && !value.is_empty()) {
            (true, _) => format!("word-hash:{}", hash::of_lines(SERVER, std::iter::once(word.as_str()))),
            (_, true) => format!("word:{name}=hash:{}", hash::of_lines(SERVER, std::iter::once(value))),
            (false, false) => format!("word:{word}"),
        }
    });
    written.collect()
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "key", "secret", "password", "passwd", "auth", "header", "credential"]
        .iter()
        .any(|part| name.contains(part))
}
