//! Compiles the rule files into constants of the program. A rule that does not compile stops the build.

use portcullis_patterns::{Rule, RuleFile, Table, Word, compile_file, embed};
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "build/injection/mod.rs"]
#[expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a rule that can't be compiled ends the build, and the panic says which"
)]
mod injection;
#[path = "build/personal.rs"]
mod personal;
#[path = "src/injection/tells.rs"]
mod tells;
#[path = "src/generic/triggers.rs"]
#[allow(unreachable_pub, reason = "the library shares this file, and there it is public")]
mod triggers;

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
    write(&rules)?;
    injection::compile();
    personal::compile(Path::new("rules/personal"), &out()?)
}

fn out() -> Result<PathBuf, Box<dyn Error>> {
    Ok(PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not say where to write to")?))
}

fn write(rules: &[Rule]) -> Result<(), Box<dyn Error>> {
    let out = out()?;
    let words = words(rules);
    let anchored: Vec<Word> = words.keys().map(|text| Word::new(text)).collect();
    let table = Table::build(rules.iter(), anchored.iter().map(|word| word.anchors.as_ref()));
    let embedded = embed(rules, &table);
    let source = format!("pub(crate) const COUNT: usize = {};\n", rules.len()) + &words_source(&words)?;
    let all = [source.as_bytes(), embedded.rules.as_slice(), embedded.automata.as_slice()];
    let revision = format!("pub(crate) static REVISION: &str = \"{:016x}\";\n", digest(&all));
    fs::write(out.join("secret_words.rs"), source + &revision)?;
    fs::write(out.join("secret_rules.bin"), embedded.rules)?;
    fs::write(out.join("secret_automata.bin"), embedded.automata)?;
    for (name, bytes) in ["marks", "slots", "entries"].iter().zip(embedded.table) {
        fs::write(out.join(format!("secret_{name}.bin")), bytes)?;
    }
    Ok(())
}

/// Tells one set of rules from another (FNV-1a). Nobody gains anything by making two sets look the same.
fn digest(all: &[&[u8]]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    all.iter().copied().flatten().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Who asks for a word: some rules, by their numbers, and perhaps the search for generic credentials or that for what is
/// said to an agent.
#[derive(Default)]
struct Asking {
    rules: Vec<usize>,
    trigger: bool,
    /// How it is written where it tells something, and whether that counts in prose only.
    tells: Vec<(&'static str, bool)>,
}

fn words(rules: &[Rule]) -> BTreeMap<String, Asking> {
    let mut words: BTreeMap<String, Asking> = BTreeMap::new();
    for (number, rule) in rules.iter().enumerate() {
        for word in rule.near.iter() {
            words.entry(word.text.to_string()).or_default().rules.push(number);
        }
    }
    for trigger in triggers::TRIGGERS {
        words.entry((*trigger).to_owned()).or_default().trigger = true;
    }
    let tells = [(tells::TELLS, false), (tells::TELLS_IN_PROSE, true)];
    for (tell, prose) in tells.into_iter().flat_map(|(all, prose)| all.iter().map(move |tell| (*tell, prose))) {
        words.entry(tell.to_ascii_lowercase()).or_default().tells.push((tell, prose));
    }
    words
}

/// The words without a pointer in each: thousands of those would have to be set right whenever the program starts. Texts
/// and rules lie one after the other, a word says where; few words tell something, and they point into a small table.
fn words_source(words: &BTreeMap<String, Asking>) -> Result<String, Box<dyn Error>> {
    let (mut texts, mut rules, mut tells, mut all) =
        (String::new(), Vec::<usize>::new(), String::from("&[], "), String::new());
    let mut told: u8 = 0;
    for (text, asking) in words {
        let tell = |(text, prose): &(&str, bool)| format!("Tell {{ text: {text:?}, prose: {prose} }}, ");
        let tells_here = if asking.tells.is_empty() { 0 } else { told.checked_add(1).ok_or("too many words tell")? };
        if tells_here > 0 {
            told = tells_here;
            write!(tells, "&[{}], ", asking.tells.iter().map(tell).collect::<String>())?;
        }
        let (length, many) = (u8::try_from(text.len())?, u16::try_from(asking.rules.len())?);
        let (text_at, rules_at, trigger) = (texts.len(), rules.len(), asking.trigger);
        writeln!(
            all,
            "Asked {{ text_at: {text_at}, rules_at: {rules_at}, rules: {many}, length: {length}, trigger: {trigger}, \
             tells: {tells_here} }},"
        )?;
        texts.push_str(text);
        rules.extend(&asking.rules);
    }
    Ok(format!(
        "pub(crate) static WORDS: [Asked; {}] = [\n{all}];\n\
         pub(crate) static TEXTS: &[u8] = &{:?};\n\
         pub(crate) static NUMBERS: &[u16] = &{rules:?};\n\
         pub(crate) static TELLS: [&[Tell]; {}] = [{tells}];\n",
        words.len(),
        texts.as_bytes(),
        usize::from(told) + 1,
    ))
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
