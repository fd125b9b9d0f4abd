//! Measures how many skills of the corpora that reading is measured with are reported by reading, by letting them loose, and by
//! either. Most of their harm is in prose, which steers nobody where nobody reads it.
//!
//!     cargo build && cargo run --example detonation_measure
#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One line of a labelled set.
#[derive(Debug, Deserialize)]
struct Sample {
    id: String,
    files: BTreeMap<String, String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // This program lies beside the one that it measures.
    let here = std::env::current_exe()?;
    let program = here.ancestors().nth(2).map(|folder| folder.join("portcullis")).ok_or("there is no program")?;
    let corpus = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../trust/corpus"));
    let mut files: Vec<PathBuf> =
        fs::read_dir(corpus)?.map(|it| Ok(it?.path())).collect::<Result<_, std::io::Error>>()?;
    files.sort();
    for file in files {
        measure(&program, &file)?;
    }
    Ok(())
}

fn measure(program: &Path, corpus: &Path) -> Result<(), Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    let (mut all, mut read, mut loose, mut either) = (0, 0, 0, 0);
    for line in fs::read_to_string(corpus)?.lines().filter(|line| !line.is_empty()) {
        let sample: Sample = serde_json::from_str(line)?;
        let folder = place.path().join(&sample.id);
        for (path, text) in &sample.files {
            let file = folder.join(path);
            fs::create_dir_all(file.parent().unwrap_or(&folder))?;
            fs::write(file, text)?;
        }
        let is_read = is_reported(program, place.path(), "scan", &folder)?;
        let is_loose = is_reported(program, place.path(), "detonate", &folder)?;
        all += 1;
        read += usize::from(is_read);
        loose += usize::from(is_loose);
        either += usize::from(is_read || is_loose);
    }
    let name = corpus.file_name().unwrap_or_default().to_string_lossy();
    println!("{name}: of {all} reading reports {read}, letting loose {loose}, either {either}");
    Ok(())
}

fn is_reported(program: &Path, place: &Path, how: &str, skill: &Path) -> Result<bool, Box<dyn Error>> {
    let mut command = Command::new(program);
    command.env("PORTCULLIS_HOME", place.join("state")).args(["trust", how, "--format", "json"]).arg(skill);
    let output = command.current_dir(place).output()?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| format!("{}: {}", skill.display(), String::from_utf8_lossy(&output.stderr)))?;
    Ok(report.get("findings").and_then(Value::as_array).is_some_and(|found| !found.is_empty()))
}
