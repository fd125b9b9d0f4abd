//! Compiles the rules for personal data: what they say becomes constants of the program, sorted for looking up.

#[path = "../src/personal/signature.rs"]
#[allow(dead_code, unreachable_pub, reason = "the library shares this file, and uses more of it")]
mod signature;

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Rule {
    id: String,
    title: String,
    severity: String,
    data: String,
    /// The function that says whether a code can have been issued.
    check: Option<String>,
    /// The code that finds it, if it has no forms.
    finder: Option<String>,
    near: String,
    #[serde(default)]
    words: Vec<String>,
    /// Whether its words are looked for everywhere, because nothing else shows the place.
    #[serde(default)]
    trigger: bool,
    /// Whether it has to be asked for.
    #[serde(default)]
    off: bool,
    #[serde(default)]
    forms: Vec<Form>,
    /// These are for the tests.
    #[serde(default, rename = "make")]
    _make: Vec<String>,
    #[serde(rename = "match")]
    _match: Vec<String>,
    #[serde(default, rename = "no_match")]
    _no_match: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    shape: String,
    alone: Option<String>,
}

/// Reads the rule files, and writes the constants.
pub(crate) fn compile(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", folder.display());
    println!("cargo:rerun-if-changed=src/personal/signature.rs");
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    paths.retain(|path| path.extension().is_some_and(|it| it == "toml"));
    paths.sort();
    let mut rules = Vec::new();
    for path in &paths {
        println!("cargo:rerun-if-changed={}", path.display());
        let file: File =
            toml::from_str(&fs::read_to_string(path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        rules.extend(file.rule);
    }
    let mut ids = BTreeSet::new();
    if let Some(twice) = rules.iter().find(|rule| !ids.insert(&rule.id)) {
        return Err(format!("the rule `{}` is there twice", twice.id).into());
    }
    let mut source = rules_source(&rules)?;
    source += &forms_source(&rules)?;
    source += &words_source(&rules)?;
    source += &sources_source(&paths)?;
    fs::write(out.join("personal_rules.rs"), source)?;
    Ok(())
}

/// `high` becomes `High`, `birth-date` becomes `BirthDate`.
fn variant(name: &str) -> String {
    name.split('-')
        .flat_map(|word| word.char_indices().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }))
        .collect()
}

fn rules_source(rules: &[Rule]) -> Result<String, Box<dyn Error>> {
    let mut out = format!("pub(crate) static RULES: [Rule; {}] = [\n", rules.len());
    for rule in rules {
        let check = rule.check.as_ref().map_or("None".to_owned(), |path| format!("Some(crate::personal::{path})"));
        let finder = rule.finder.as_deref().unwrap_or("form");
        if rule.forms.is_empty() == rule.finder.is_none() {
            return Err(format!("the rule `{}` needs either forms or a finder", rule.id).into());
        }
        writeln!(
            out,
            "Rule {{ id: {:?}, title: {:?}, severity: Severity::{}, data: DataClass::{}, check: {check}, finder: Finder::{}, near: Confidence::{}, off: {} }},",
            rule.id,
            rule.title,
            variant(&rule.severity),
            variant(&rule.data),
            variant(finder),
            variant(&rule.near),
            rule.off,
        )?;
    }
    Ok(out + "];\n")
}

/// All ways to write a shape: `s` is a space or a hyphen, `X` a digit or a letter.
fn spelled_out(shape: &str) -> Vec<String> {
    let separators: Vec<String> = if shape.contains('s') {
        vec![shape.replace('s', " "), shape.replace('s', "-")]
    } else {
        vec![shape.to_owned()]
    };
    let mut all = separators;
    while let Some(at) = all.iter().position(|shape| shape.contains('X')) {
        let shape = all.swap_remove(at);
        all.extend([shape.replacen('X', "d", 1), shape.replacen('X', "A", 1)]);
    }
    all
}

fn signature_of(shape: &str) -> Result<u64, Box<dyn Error>> {
    if let Some(length) = shape.strip_prefix('*') {
        return Ok(signature::mixed(length.parse()?));
    }
    Ok(shape.bytes().fold(signature::START, signature::mix))
}

fn forms_source(rules: &[Rule]) -> Result<String, Box<dyn Error>> {
    let mut forms = BTreeSet::new();
    let mut shapes: BTreeMap<u64, String> = BTreeMap::new();
    for (number, rule) in rules.iter().enumerate() {
        for form in &rule.forms {
            // Only digits lead to a form when there is no word.
            if form.alone.is_some()
                && !["ddd", "XXX", "dd dd dd", "dd-dd-dd"].iter().any(|it| form.shape.contains(it))
                && !form.shape.starts_with('*')
            {
                return Err(format!("nothing leads to the form {} of `{}` without a word", form.shape, rule.id).into());
            }
            let alone =
                form.alone.as_ref().map_or("None".to_owned(), |it| format!("Some(Confidence::{})", variant(it)));
            for shape in spelled_out(&form.shape) {
                let signature = signature_of(&shape)?;
                let first = shapes.entry(signature).or_insert_with(|| shape.clone());
                if *first != shape {
                    return Err(format!("{first} and {shape} have the same signature").into());
                }
                forms.insert((signature, number, alone.clone()));
            }
        }
    }
    let mut out = format!("pub(crate) static FORMS: [Form; {}] = [\n", forms.len());
    for (signature, rule, alone) in forms {
        writeln!(out, "Form {{ signature: {signature}, rule: {rule}, alone: {alone} }},")?;
    }
    Ok(out + "];\n")
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || !c.is_ascii()
}

/// Languages that write without spaces: their words are looked for inside longer runs.
fn is_unspaced(word: &str) -> bool {
    word.chars().any(|c| matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'))
}

/// The words that a phrase consists of, and the phrase written as one word.
fn phrases(phrase: &str) -> Vec<Vec<String>> {
    let lower = phrase.to_lowercase();
    let words: Vec<String> =
        lower.split(|c| !is_letter(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let joined = words.concat();
    if words.len() > 1 && joined.len() > 5 { vec![words, vec![joined]] } else { vec![words] }
}

fn words_source(rules: &[Rule]) -> Result<String, Box<dyn Error>> {
    let mut words: BTreeMap<Vec<String>, (BTreeSet<usize>, bool)> = BTreeMap::new();
    let mut unspaced: BTreeMap<String, (BTreeSet<usize>, bool)> = BTreeMap::new();
    let mut marks = vec![0_u64; signature::MARKS / 64];
    for (number, rule) in rules.iter().enumerate() {
        for text in &rule.words {
            let trigger = rule.trigger;
            let all = if is_unspaced(text) { vec![] } else { phrases(text) };
            if all.is_empty() {
                let entry = unspaced.entry(text.clone()).or_default();
                entry.0.insert(number);
                entry.1 |= trigger;
            }
            if trigger {
                mark(all.iter().filter_map(|it| it.first()).map(String::as_str).chain([text.as_str()]), &mut marks);
            }
            for phrase in all {
                let entry = words.entry(phrase).or_default();
                entry.0.insert(number);
                entry.1 |= trigger;
            }
        }
    }
    let first = |words: &Vec<String>| signature::word(words.first().map_or(&[][..], String::as_bytes));
    let mut sorted: Vec<_> = words.into_iter().map(|(words, of)| (first(&words), words, of)).collect();
    sorted.sort();
    let mut out = format!("pub(crate) static WORDS: [Phrase; {}] = [\n", sorted.len());
    for (first, words, (rules, trigger)) in sorted {
        let rules: Vec<usize> = rules.into_iter().collect();
        writeln!(out, "Phrase {{ first: {first}, words: &{words:?}, rules: &{rules:?}, trigger: {trigger} }},")?;
    }
    writeln!(out, "];\npub(crate) static UNSPACED: [Unspaced; {}] = [", unspaced.len())?;
    for (text, (rules, trigger)) in unspaced {
        let rules: Vec<usize> = rules.into_iter().collect();
        writeln!(out, "Unspaced {{ text: {text:?}, rules: &{rules:?}, trigger: {trigger} }},")?;
    }
    writeln!(out, "];\npub(crate) static MARKS: [u64; {}] = {marks:?};", marks.len())?;
    Ok(out)
}

/// Marks the first four bytes of words, and the four that begin with the second: the search looks at every second place.
fn mark<'a>(words: impl Iterator<Item = &'a str>, marks: &mut [u64]) {
    for word in words {
        for start in 0..2 {
            let rest = word.as_bytes().get(start..).unwrap_or_default();
            for four in fours(rest) {
                let place = signature::mark(four);
                if let Some(bits) = marks.get_mut(place / 64) {
                    *bits |= 1 << (place % 64);
                }
            }
        }
    }
}

/// The first four bytes; what may follow a shorter word fills them up.
fn fours(bytes: &[u8]) -> Vec<[u8; 4]> {
    const AFTER: &[u8] = b" \t\n\r:=\"'-_./(#)<>,;s0123456789";
    match bytes.first_chunk::<4>() {
        Some(four) => vec![*four],
        None => AFTER.iter().flat_map(|after| fours(&[bytes, &[*after]].concat())).collect(),
    }
}

/// The rule files themselves, for the tests that run their examples.
fn sources_source(paths: &[std::path::PathBuf]) -> Result<String, Box<dyn Error>> {
    let folder = env::var("CARGO_MANIFEST_DIR")?;
    let mut out = "#[cfg(test)]\npub(crate) static SOURCES: &[&str] = &[\n".to_owned();
    for path in paths {
        let path = Path::new(&folder).join(path).display().to_string();
        writeln!(out, "include_str!({path:?}),")?;
    }
    Ok(out + "];\n")
}
