//! Compiles the rule files into constants of the program. A rule that does not compile stops the build.

use portcullis_patterns::{Rule, RuleFile, compile_file, embed};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new("rules/secret");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut rules = Vec::new();
    for path in files(folder)? {
        println!("cargo:rerun-if-changed={}", path.display());
        rules.extend(compile(&path).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    let mut ids = BTreeSet::new();
    if let Some(twice) = rules.iter().find(|rule| !ids.insert(rule.id.clone())) {
        return Err(format!("the rule `{}` is there twice", twice.id).into());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not say where to write to")?);
    let (source, automata) = embed(&rules);
    fs::write(out.join("secret_rules.rs"), source)?;
    fs::write(out.join("secret_automata.bin"), automata)?;
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn compile(path: &Path) -> Result<Vec<Rule>, Box<dyn Error>> {
    Ok(compile_file(&RuleFile::parse(&fs::read_to_string(path)?)?)?)
}
