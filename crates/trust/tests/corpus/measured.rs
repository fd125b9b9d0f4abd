//! Holds the scanner to its floors on the labelled files in `corpus/`.

use portcullis_trust::{Entry, File, Scanner, Tree};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;

#[derive(Debug, Deserialize)]
struct Sample {
    id: String,
    class: String,
    files: BTreeMap<String, String>,
}

fn samples(prefix: &str) -> Vec<Sample> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix));
    let lines =
        names.iter().flat_map(|path| fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>());
    lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
}

fn tree(sample: &Sample) -> Tree {
    let mut tree = Tree::default();
    for (path, text) in &sample.files {
        let bytes = text.as_bytes().to_vec();
        let (size, sha256) = (bytes.len() as u64, Sha256::digest(&bytes).into());
        tree.insert(path.clone(), Entry::File(File { bytes, size, executable: false, sha256 }));
    }
    tree
}

/// Those that are reported, and all of them.
fn reported<'s>(scanner: &Scanner, samples: &[&'s Sample]) -> (Vec<&'s str>, usize) {
    let found = samples.iter().filter(|sample| !scanner.scan(&tree(sample)).findings.is_empty());
    (found.map(|sample| sample.id.as_str()).collect(), samples.len())
}

#[test]
fn most_of_what_is_harmful_is_found_and_hardly_anything_that_is_honest() {
    let scanner = Scanner::new().unwrap();
    let (harmful, honest) = (samples("harmful"), samples("honest"));
    assert!(harmful.len() >= 200 && honest.len() >= 200);
    let all: Vec<&Sample> = harmful.iter().collect();
    let (found, of) = reported(&scanner, &all);
    assert!(found.len() * 100 >= of * 90, "{} of {of}", found.len());
    let prose: Vec<&Sample> = harmful.iter().filter(|sample| sample.class.starts_with("prose/")).collect();
    let (found, of) = reported(&scanner, &prose);
    assert!(found.len() * 100 >= of * 85, "{} of {of} in prose", found.len());
    let all: Vec<&Sample> = honest.iter().collect();
    let (found, of) = reported(&scanner, &all);
    assert!(found.len() * 100 <= of * 2, "{found:?} of {of}");
}
