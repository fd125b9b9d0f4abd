//! Compiles `rules/injection/*.toml` and the words they share into tables.

mod phrase;
mod rule;
mod table;
mod words;

use std::path::{Path, PathBuf};
use std::{env, fs};

const RULES: &str = "rules/injection";
const MODEL: &str = "model/injection.bin";
const SHARED_WORDS: &str = "rules/injection-words.toml";

/// Writes `injection.rs` into the folder for generated code. A rule that can't be compiled ends the build.
pub(crate) fn compile() {
    println!("cargo:rerun-if-changed={RULES}");
    println!("cargo:rerun-if-changed={SHARED_WORDS}");
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=src/injection/lexicon/key.rs");
    println!("cargo:rerun-if-changed=src/injection/view/letter.rs");
    let (shared, files) = (read(Path::new(SHARED_WORDS)), files());
    let written: Vec<String> = files.iter().map(|path| read(path)).collect();
    let rules: Vec<rule::Rule> = files.iter().zip(&written).map(|(path, text)| rule::Rule::parse(path, text)).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where generated code goes"));
    let source = table::write(&rules, &words::shared(&shared));
    println!("cargo:rerun-if-changed={MODEL}");
    let model = fs::read(MODEL).unwrap_or_else(|error| panic!("{MODEL}: {error}"));
    // Of what is written by people, so that the same rules stay the same however they are laid out for the search.
    let revision = super::digest(&[(written.concat() + &shared).as_bytes(), &model]);
    let revision = format!(
        "\n/// Tells these rules and weights from others.\npub(crate) static REVISION: &str = \"{revision:016x}\";\n"
    );
    fs::write(out.join("injection.rs"), source + &revision).expect("generated code can be written");
}

fn files() -> Vec<PathBuf> {
    let folder = fs::read_dir(RULES).unwrap_or_else(|error| panic!("{RULES}: {error}"));
    let mut files: Vec<PathBuf> = folder
        .map(|entry| entry.expect("the folder of rules can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
