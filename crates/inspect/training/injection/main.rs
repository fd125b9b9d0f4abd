//! Makes the model of `portcullis_inspect::injection` anew, and the texts that it is measured with.
//!
//! ```sh
//! cargo run --release -p portcullis-inspect --example injection_training -- rows test > rows.jsonl
//! cargo run --release -p portcullis-inspect --example injection_training -- train \
//!     --data labelled.jsonl --clean ~/.cargo/registry/src --clean /usr/share/doc --clean prose/fortunes --clean prose/handbooks \
//!     --out crates/inspect/model/injection.bin
//! ```
//!
//! `rows train|test` writes one JSON object per line: `text`, `label` (1 is an attack), `kind`, `source`. The sentences
//! come from the grammars in `grammar/`; `test` shares no sentence, list or carrier with `train`. `rows FOLDER` writes those of
//! another grammar.
//!
//! `measure` prints what the built-in model and the rules find in the rows of `test`, in every `--data FILE`, how many
//! false alarms there are below every `--clean DIR`, and how fast that goes. `./bench injection` shows it.
//!
//! `signals FILE` prints what the rules see in each row of such a file.
//!
//! `wording` learns the linear part alone, for another kind of text: see `wording.rs`.
//!
//! `train` learns from the rows of `train`, from every `--data FILE` in the same form, and from the text files below every
//! `--clean DIR`, which are taken to be harmless. Prose must be among them, cut into files of a page each: Debian's packages
//! `fortunes*`, `anarchism`, `debian-handbook`, `debian-faq` and `developers-reference` hold some in ten languages. Nothing of those files is kept but the weights. It prints what is found in
//! texts that were left out of the training, a fifth at a time: whole collections with `--leave-out source`, else texts of
//! each collection, and in the rows of every `--held FILE`. The same input gives the same weights.
#![expect(clippy::print_stdout, reason = "a program that prints tables")]

mod disguise;
mod folds;
mod grammar;
mod judge;
mod linear;
mod measure;
mod random;
mod report;
mod row;
mod sample;
mod train;
mod wording;

use anyhow::{Context as _, bail};
use portcullis_inspect::injection::Context;
use std::path::{Path, PathBuf};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["rows", split @ ("train" | "test")] => {
            for row in grammar::Grammar::read(&folder().join(split))?.rows(split) {
                println!("{}", row.to_json());
            }
            Ok(())
        }
        ["rows", grammar] => {
            let rows = grammar::Grammar::read(Path::new(grammar))?.rows("train");
            // Pages that hide something are found by what they hide.
            rows.iter().filter(|row| !row.kind.starts_with("hidden:")).for_each(|row| println!("{}", row.to_json()));
            Ok(())
        }
        ["signals", file] => signals(Path::new(file)),
        ["measure", rest @ ..] => measure::run(&options(rest)?),
        ["train", rest @ ..] => train::run(&options(rest)?),
        ["wording", rest @ ..] => wording::run(&options(rest)?),
        _ => bail!(
            "usage: rows train|test|FOLDER, signals FILE, measure [--data FILE]… [--clean DIR]…, train [--data FILE]… [--clean DIR]… [--held FILE]… [--leave-out source|text] [--out FILE], or wording [--data FILE]… [--held FILE]… [--out FILE]"
        ),
    }
}

/// Prints what the rules see in each row, for whoever improves them.
fn signals(file: &Path) -> anyhow::Result<()> {
    for row in row::read(file)? {
        let found = portcullis_inspect::injection::signals(&row.text, Context::Unknown);
        let found: Vec<serde_json::Value> = found
            .iter()
            .map(|it| serde_json::json!([it.rule.id, format!("{:?}", it.tier), it.span.start, it.span.end, it.why]))
            .collect();
        let (text, kind, source) = (&row.text, &row.kind, &row.source);
        let row = serde_json::json!({"text": text, "label": u8::from(row.attack), "kind": kind, "source": source, "signals": found});
        println!("{row}");
    }
    Ok(())
}

/// Where the grammars lie.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("training/injection/grammar")
}

/// What to train with.
#[derive(Debug, Default)]
struct Options {
    data: Vec<PathBuf>,
    clean: Vec<PathBuf>,
    out: Option<PathBuf>,
    /// Rows that are only measured.
    held: Vec<PathBuf>,
    leave_out: folds::LeaveOut,
}

fn options(words: &[&str]) -> anyhow::Result<Options> {
    let mut options = Options::default();
    for pair in words.chunks(2) {
        let [name, value] = pair else { bail!("{pair:?} lacks a value") };
        let path = PathBuf::from(value);
        match *name {
            "--data" => options.data.push(path),
            "--clean" => options.clean.push(path),
            "--leave-out" if *value == "source" => options.leave_out = folds::LeaveOut::Source,
            "--leave-out" if *value == "text" => options.leave_out = folds::LeaveOut::Text,
            "--held" => options.held.push(path),
            "--out" => options.out = Some(path),
            other => bail!("there is no option {other}"),
        }
    }
    for path in options.data.iter().chain(&options.clean).chain(&options.held) {
        path.metadata().with_context(|| path.display().to_string())?;
    }
    Ok(options)
}
