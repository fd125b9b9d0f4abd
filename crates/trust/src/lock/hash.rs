//! Hashes of trees: of names, contents, the right to be run, and links, each with its length, so that nothing can pass for
//! something else.

use crate::tree::{Entry, Tree};
use portcullis_event::hex::Hex;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

const DOMAIN: &[u8] = b"portcullis tree v1\0";

/// What a lock says of an entry.
pub(super) fn line(entry: &Entry) -> String {
    match entry {
        Entry::File(file) => {
            let run = if file.executable { " x" } else { "" };
            format!("sha256:{}{run}", Hex(&file.sha256))
        }
        Entry::Link(target) => format!("link:{target}"),
    }
}

/// The hash of everything below a folder, and what it is made from.
pub(super) fn tree(tree: &Tree, folder: &str) -> (String, BTreeMap<String, String>) {
    let lines: BTreeMap<String, String> =
        tree.below(folder).map(|(path, entry)| (path.to_owned(), line(entry))).collect();
    (of_lines(DOMAIN, lines.iter().flat_map(|(path, line)| [path.as_str(), line.as_str()])), lines)
}

/// The hash of texts, each with its length before it.
pub(super) fn of_lines<'t>(domain: &[u8], texts: impl Iterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new_with_prefix(domain);
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    format!("sha256:{}", Hex(&hash.finalize()))
}
