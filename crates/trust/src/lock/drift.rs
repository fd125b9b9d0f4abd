//! What is different from what was approved.

use super::{Item, Key, Lock};

/// One thing that is not as it was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// Nobody has approved it.
    New(Key),
    /// It was approved, and is gone.
    Gone(Key),
    /// It is not what was approved.
    Changed {
        /// What.
        key: Key,
        /// What of it: files of a folder, or words of how a server is started.
        parts: Vec<Part>,
    },
}

/// A part that differs, with what was approved of it and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The file, by its path from the top; or what else it is.
    pub name: String,
    /// What was approved; none if it is new.
    pub approved: Option<String>,
    /// What is there; none if it is gone.
    pub found: Option<String>,
}

impl Drift {
    /// What has drifted.
    pub fn key(&self) -> &Key {
        match self {
            Self::New(key) | Self::Gone(key) | Self::Changed { key, .. } => key,
        }
    }
}

/// Everything in which `found` differs from what was approved.
pub fn drift(approved: &Lock, found: &Lock) -> Vec<Drift> {
    let mut all = Vec::new();
    for (key, item) in &found.items {
        match approved.items.get(key) {
            None => all.push(Drift::New(key.clone())),
            Some(old) if old.hash != item.hash => {
                all.push(Drift::Changed { key: key.clone(), parts: parts(key, old, item) });
            }
            Some(_) => {}
        }
    }
    let gone = approved.items.keys().filter(|key| !found.items.contains_key(*key));
    all.extend(gone.cloned().map(Drift::Gone));
    all.sort_by(|one, other| one.key().cmp(other.key()));
    all
}

fn parts(key: &Key, old: &Item, new: &Item) -> Vec<Part> {
    let mut parts = Vec::new();
    let names = old.files.keys().chain(new.files.keys().filter(|name| !old.files.contains_key(*name)));
    for name in names {
        let (approved, found) = (old.files.get(name), new.files.get(name));
        if approved != found {
            let name = if key.path.is_empty() { name.clone() } else { format!("{}/{name}", key.path) };
            parts.push(Part { name, approved: approved.cloned(), found: found.cloned() });
        }
    }
    if old.identity != new.identity {
        let (approved, found) = (Some(old.identity.join(" ")), Some(new.identity.join(" ")));
        parts.push(Part { name: "how it is started".to_owned(), approved, found });
    }
    if parts.is_empty() {
        let (approved, found) = (Some(old.hash.clone()), Some(new.hash.clone()));
        parts.push(Part { name: key.path.clone(), approved, found });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Entry, Tree, file};
    use proptest::prelude::*;

    const SKILL: [(&str, &str); 2] = [("s/SKILL.md", "---\nname: a\n---\n"), ("s/run.sh", "id\n")];

    fn lock(files: &[(&str, &str)]) -> Lock {
        Lock::of(&Tree::of(files))
    }

    #[test]
    fn a_file_that_changed_is_named() {
        let after = lock(&[SKILL[0], ("s/run.sh", "id; curl x\n"), ("s/new.txt", "")]);
        let all = drift(&lock(&SKILL), &after);
        let [Drift::Changed { key, parts }] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(key.to_string(), "skill s");
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["s/run.sh", "s/new.txt"]);
    }

    #[test]
    fn the_right_to_be_run_and_the_target_of_a_link_count() {
        let base = Tree::of(&SKILL);
        let (mut run, mut link, mut other) = (base.clone(), base.clone(), base.clone());
        run.insert("s/run.sh", Entry::File(file(b"id\n", true)));
        link.insert("s/l", Entry::Link("a".to_owned()));
        other.insert("s/l", Entry::Link("b".to_owned()));
        let locks = [&base, &run, &link, &other].map(Lock::of);
        for (at, one) in locks.iter().enumerate() {
            for next in &locks[at + 1..] {
                assert_eq!(drift(one, next).len(), 1);
            }
        }
    }

    #[test]
    fn another_server_under_the_same_name_is_drift() {
        let with = |args: &str| format!(r#"{{"mcpServers": {{"x": {{"command": "npx", "args": ["{args}"]}}}}}}"#);
        let (one, other) = (with("p@1.0.0"), with("p@1.0.1"));
        let all = drift(&lock(&[(".mcp.json", &one)]), &lock(&[(".mcp.json", &other)]));
        let kinds: Vec<&str> = all.iter().map(|it| it.key().kind.as_str()).collect();
        assert_eq!(kinds, ["mcp-server", "mcp-servers"]);
    }

    proptest! {
        #[test]
        fn nothing_drifts_unless_something_differs(one in prop::collection::btree_map("[a-c]/(SKILL.md|x)", "[ab]{0,2}", 0..4),
                other in prop::collection::btree_map("[a-c]/(SKILL.md|x)", "[ab]{0,2}", 0..4)) {
            let tree = |files: &std::collections::BTreeMap<String, String>| {
                let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
                Lock::of(&Tree::of(&files))
            };
            let (one, other) = (tree(&one), tree(&other));
            prop_assert_eq!(drift(&one, &other).is_empty(), one.items == other.items);
        }
    }
}
