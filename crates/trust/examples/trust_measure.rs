//! Measures the scanner on labelled sets and on folders of skills: how many of each are reported, by which rules, and how long
//! one takes.
//!
//!     cargo run --example trust_measure -- corpus [PATH]   the corpus of this crate, or labelled sets elsewhere
//!     cargo run --example trust_measure -- folder PATH …   every skill below, taken for honest
//!     cargo run --example trust_measure -- rows PATH …     the words of labelled sets, and of every page below folders, for training
#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use portcullis_trust::{Entry, File, Scanner, Tree};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// One line of a labelled set.
#[derive(Debug, Deserialize)]
struct Sample {
    id: String,
    class: String,
    files: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Count {
    all: usize,
    reported: usize,
    missed: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let scanner = Scanner::new()?;
    match arguments.split_first() {
        Some((first, folders)) if first == "folder" => honest(&scanner, folders),
        Some((first, paths)) if first == "rows" => paths.iter().try_for_each(|path| rows(Path::new(path))),
        other => {
            let own = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
            let path = other.and_then(|(_, paths)| paths.first()).map_or(own, String::as_str);
            corpus(&scanner, Path::new(path))
        }
    }
}

fn corpus(scanner: &Scanner, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.sort();
    for file in files {
        let mut classes: BTreeMap<String, Count> = BTreeMap::new();
        let mut slowest = 0.0_f64;
        for line in std::fs::read_to_string(&file)?.lines().filter(|line| !line.is_empty()) {
            let sample: Sample = serde_json::from_str(line)?;
            let tree = tree(&sample.files);
            let begin = Instant::now();
            let report = scanner.scan(&tree);
            slowest = slowest.max(begin.elapsed().as_secs_f64() * 1e3);
            let count = classes.entry(sample.class).or_default();
            count.all += 1;
            if report.findings.is_empty() {
                count.missed.push(sample.id);
            } else {
                count.reported += 1;
                let rules: Vec<String> =
                    report.findings.iter().map(|it| format!("{}:{:?}", it.hit.rule, it.hit.span)).collect();
                if file.to_string_lossy().contains("honest") {
                    println!("  reported {}: {}", sample.id, rules.join(" "));
                }
            }
        }
        let (all, reported) =
            classes.values().fold((0, 0), |(all, reported), it| (all + it.all, reported + it.reported));
        println!(
            "{}: {reported} of {all} reported, slowest {slowest:.1} ms",
            file.file_name().unwrap_or_default().to_string_lossy()
        );
        for (class, Count { all, reported, missed }) in classes {
            println!("  {class}: {reported} of {all}");
            if file.to_string_lossy().contains("harmful") {
                for id in missed {
                    println!("    missed {id}");
                }
            }
        }
    }
    Ok(())
}

fn tree(files: &BTreeMap<String, String>) -> Tree {
    let mut tree = Tree::default();
    for (path, text) in files {
        tree.insert(path.clone(), Entry::File(whole(text.as_bytes())));
    }
    tree
}

fn whole(bytes: &[u8]) -> File {
    File { bytes: bytes.to_vec(), size: bytes.len() as u64, executable: false, sha256: Sha256::digest(bytes).into() }
}

fn honest(scanner: &Scanner, folders: &[String]) -> Result<(), Box<dyn Error>> {
    let mut skills = Vec::new();
    for folder in folders {
        find(Path::new(folder), &mut skills)?;
    }
    let (mut reported, mut times, mut rules) = (0_usize, Vec::new(), BTreeMap::<String, usize>::new());
    for skill in &skills {
        let mut tree = Tree::default();
        load(skill, skill, &mut tree)?;
        let begin = Instant::now();
        let report = scanner.scan(&tree);
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        if !report.findings.is_empty() {
            reported += 1;
        }
        for found in &report.findings {
            *rules.entry(found.hit.rule.to_string()).or_default() += 1;
            let value: String =
                found.hit.value.expose().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(230).collect();
            println!("{} {} {} | {} | {value}", found.hit.rule, skill.display(), found.path, found.hit.message);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("{} skills, {reported} reported; p50 {:.2} ms, p95 {:.2} ms", skills.len(), at(50), at(95));
    println!("{rules:?}");
    Ok(())
}

/// Prints what the model reads of every page, one JSON object a line.
fn rows(path: &Path) -> Result<(), Box<dyn Error>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let print = |text: &str, label: u8, kind: &str, page: &str| {
        for unit in portcullis_trust::units(text) {
            println!("{}", serde_json::json!({"text": unit.text, "label": label, "kind": kind, "source": page}));
        }
    };
    if path.is_dir() {
        let mut pages = Vec::new();
        pages_below(path, &mut pages)?;
        for page in pages {
            if let Ok(text) = std::fs::read_to_string(&page) {
                print(&text, 0, "page", &format!("page:{}", page.strip_prefix(path)?.display()));
            }
        }
        return Ok(());
    }
    if name.starts_with("made") {
        return made(path);
    }
    let is_harmful = name.starts_with("harmful");
    for line in std::fs::read_to_string(path)?.lines() {
        let Sample { id, class, files } = serde_json::from_str(line)?;
        let (class, source) = (class.as_str(), format!("{name}:{id}"));
        for text in files.iter().filter_map(|(file, text)| words(file, text)) {
            if !is_harmful {
                print(&text, 0, class, &source);
            } else if class.starts_with("prose") || class.starts_with("tool") {
                // Of a harmful page most is harmless, and what is not is said in words only in these classes.
                if let Some(unit) = portcullis_trust::oddest(&text) {
                    println!("{}", serde_json::json!({"text": unit.text, "label": 1, "kind": class, "source": source}));
                }
            }
        }
    }
    Ok(())
}

/// What a page says, or a list of tools about each.
fn words(file: &str, text: &str) -> Option<String> {
    if is_page(Path::new(file)) {
        return Some(text.to_owned());
    }
    let list: serde_json::Value = serde_json::from_str(text).ok().filter(|_| file.contains("tools"))?;
    let mut said = Vec::new();
    descriptions(&list, &mut said);
    Some(said.join("\n\n"))
}

fn descriptions(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| descriptions(item, out)),
        serde_json::Value::Object(members) => {
            out.extend(members.get("description").and_then(serde_json::Value::as_str).map(str::to_owned));
            members.values().for_each(|member| descriptions(member, out));
        }
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}

/// Prints rows that were made of sentences as the model reads them: the longest unit of each is what its label speaks of.
fn made(path: &Path) -> Result<(), Box<dyn Error>> {
    for line in std::fs::read_to_string(path)?.lines() {
        let mut row: serde_json::Value = serde_json::from_str(line)?;
        let Some(text) = row.get_mut("text") else { continue };
        let units = portcullis_trust::units(text.as_str().unwrap_or_default());
        if let Some(unit) = units.into_iter().max_by_key(|unit| unit.text.len()) {
            *text = unit.text.into();
            println!("{row}");
        }
    }
    Ok(())
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "md")
}

fn pages_below(folder: &Path, pages: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            pages_below(&path, pages)?;
        } else if is_page(&path) {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(())
}

fn find(folder: &Path, skills: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    let mut below = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().eq_ignore_ascii_case("skill.md") {
            skills.push(folder.to_owned());
            return Ok(());
        }
        if entry.file_type()?.is_dir() && entry.file_name() != ".git" {
            below.push(entry.path());
        }
    }
    below.sort();
    below.iter().try_for_each(|folder| find(folder, skills))
}

fn load(root: &Path, folder: &Path, tree: &mut Tree) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let path = entry.path();
        let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
        if kind.is_dir() {
            load(root, &path, tree)?;
        } else if kind.is_file() {
            let mut bytes = std::fs::read(&path)?;
            let (size, sha256) = (bytes.len() as u64, Sha256::digest(&bytes).into());
            bytes.truncate(portcullis_trust::LONGEST);
            tree.insert(name, Entry::File(File { bytes, size, executable: false, sha256 }));
        }
    }
    Ok(())
}
