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

fn samples(name: &str) -> Vec<Sample> {
    let text = fs::read_to_string(format!("{}/corpus/{name}.jsonl", env!("CARGO_MANIFEST_DIR"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
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
fn reported<'s>(scanner: &Scanner, samples: impl Iterator<Item = &'s Sample>) -> (Vec<&'s str>, usize) {
    let samples: Vec<&Sample> = samples.collect();
    let found = samples.iter().filter(|sample| !scanner.scan(&tree(sample)).findings.is_empty());
    (found.map(|sample| sample.id.as_str()).collect(), samples.len())
}

/// What is known of a set, in percent: how much of it is found at least, in all and of what is said in words, and how much of
/// its honest half is reported at most. The rules were written with the first two at hand; the others were written by people
/// who had not seen the rules. The model was trained on the first six, and half of the seventh was looked at since.
const SETS: [(u8, [usize; 3]); 7] = [
    (1, [95, 95, 5]),
    (2, [92, 95, 2]),
    (3, [90, 95, 4]),
    (4, [90, 90, 4]),
    (5, [92, 95, 5]),
    (6, [94, 95, 5]),
    (7, [77, 74, 5]),
];

#[test]
fn what_is_harmful_is_found_and_what_is_honest_is_left_alone() {
    let scanner = Scanner::new().unwrap();
    for (set, [least, least_in_words, most_honest]) in SETS {
        let (harmful, honest) = (samples(&format!("harmful-{set}")), samples(&format!("honest-{set}")));
        assert!(harmful.len() > 100 && honest.len() > 90);
        let (found, of) = reported(&scanner, harmful.iter());
        assert!(found.len() * 100 >= of * least, "{set}: {} of {of}", found.len());
        let (found, of) = reported(&scanner, harmful.iter().filter(|sample| sample.class.starts_with("prose/")));
        assert!(found.len() * 100 >= of * least_in_words, "{set}: {} of {of} in words", found.len());
        let (found, of) = reported(&scanner, honest.iter());
        assert!(found.len() * 100 <= of * most_honest, "{set}: {found:?} of {of}");
    }
}
