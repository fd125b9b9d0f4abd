//! Writes the tables as Rust source.

use super::phrase::{Phrase, Scope, Step, Weight};
use super::rule::Rule;
use super::words::{Lexicon, Shared, Word, key::KEYS};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Classes that the code itself asks for, so that they exist whether or not a phrase names them.
const ALWAYS: [&str; 6] = ["lead", "attack-talk", "rot13", "reversed", "address", "harmless"];

pub(crate) fn write(rules: &[Rule], shared: &Shared) -> String {
    let mut lexicon = Lexicon::default();
    for name in ALWAYS {
        let words = shared.words.get(name).unwrap_or_else(|| panic!("the shared words lack {name}"));
        lexicon.class(name, words);
    }
    let phrases: Vec<Phrase> = rules
        .iter()
        .enumerate()
        .flat_map(|(number, rule)| {
            let scope = Scope { rule: number, id: &rule.id, own: &rule.words, shared: &shared.words };
            let lists = [(&rule.phrases, Weight::Full), (&rule.weaker, Weight::Weaker), (&rule.notes, Weight::Note)];
            let all = lists.into_iter().flat_map(|(list, weight)| list.iter().map(move |written| (written, weight)));
            all.map(|(written, weight)| scope.phrase(written, weight, &mut lexicon)).collect::<Vec<_>>()
        })
        .collect();
    let concepts: Vec<(String, usize)> = shared
        .concepts()
        .into_iter()
        .map(|(name, words)| {
            let class = lexicon.class(&format!("concept {name}"), &words);
            (name, class)
        })
        .collect();
    let mut out = String::new();
    constants(&mut out, rules, &lexicon);
    write_rules(&mut out, rules);
    write_words(&mut out, &lexicon);
    let named: BTreeSet<usize> = concepts.iter().map(|(_, class)| *class).collect();
    write_bits(&mut out, &lexicon, &named);
    writeln!(
        out,
        "\n/// The name of each concept, and its class.\npub(crate) static CONCEPTS: &[(&str, usize)] = &{concepts:?};"
    )
    .unwrap();
    write_phrases(&mut out, &phrases, lexicon.classes.len());
    out
}

fn constants(out: &mut String, rules: &[Rule], lexicon: &Lexicon) {
    out.push_str("/// The number of each rule.\npub(crate) mod rule {\n");
    for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.code) {
        writeln!(out, "    /// Text that {}.\n    pub(crate) const {}: usize = {number};", rule.title, rule.constant())
            .unwrap();
    }
    out.push_str("}\n\n/// The number of each class that the code asks for.\npub(crate) mod class {\n");
    for (number, name) in lexicon.classes.iter().enumerate().take(ALWAYS.len()) {
        let constant = name.replace('-', "_").to_uppercase();
        writeln!(out, "    /// `{name}`.\n    pub(crate) const {constant}: usize = {number};").unwrap();
    }
    writeln!(
        out,
        "}}\n\n/// How many words a set of classes has.\npub(crate) const CLASS_WORDS: usize = {};",
        set_words(lexicon)
    )
    .unwrap();
}

fn set_words(lexicon: &Lexicon) -> usize {
    lexicon.classes.len().div_ceil(64)
}

fn write_rules(out: &mut String, rules: &[Rule]) {
    out.push_str("\n/// Every rule, by number.\npub(crate) static RULES: &[Rule] = &[\n");
    for rule in rules {
        let tier = match rule.tier.as_str() {
            "block" => "Block",
            "alert" => "Alert",
            "note" => "Note",
            other => panic!("{}: there is no tier {other}", rule.id),
        };
        let quiet: Vec<&str> = rule.quiet_in.iter().map(|name| place(&rule.id, name)).collect();
        let (id, title, why, blunt, hides, faint) =
            (&rule.id, &rule.title, &rule.why, rule.blunt, rule.code, rule.faint);
        writeln!(out, "    Rule {{ id: {id:?}, title: {title:?}, why: {why:?}, tier: Tier::{tier}, quiet_in: &[{}], blunt: {blunt}, hides: {hides}, faint: {faint} }},", quiet.join(", ")).unwrap();
    }
    out.push_str("];\n");
}

fn place(id: &str, name: &str) -> &'static str {
    match name {
        "user" => "Context::User",
        "tool-result" => "Context::ToolResult",
        "source" => "Context::Source",
        "docs" => "Context::Docs",
        "instructions" => "Context::Instructions",
        other => panic!("{id}: there is no place {other}"),
    }
}

fn set(classes: impl IntoIterator<Item = usize>, words: usize) -> String {
    let mut set = vec![0u64; words];
    for class in classes {
        set[class / 64] |= 1 << (class % 64);
    }
    format!("{set:?}")
}

fn write_words(out: &mut String, lexicon: &Lexicon) {
    let mut by_key: BTreeMap<u16, Vec<(&Word, &BTreeSet<usize>)>> = BTreeMap::new();
    for (word, classes) in &lexicon.words {
        by_key.entry(word.key()).or_default().push((word, classes));
    }
    // Those with a first word of the same length beside each other, and among them those that go on with the same letter: after
    // a word as frequent as `the` few of a hundred are looked at.
    for words in by_key.values_mut() {
        words.sort_by_key(|(word, _)| {
            let (first, second, _) = word.second();
            (first, second & 0xff)
        });
    }
    out.push_str(
        "\n/// Every word, those with the same key beside each other.\npub(crate) static WORDS: &[Word] = &[\n",
    );
    let mut texts = String::new();
    let rows =
        by_key.values().flat_map(|words| words.iter().enumerate().map(move |(at, row)| (row, alike(&words[at..]))));
    for ((word, classes), alike) in rows {
        let classes = set(classes.iter().copied(), set_words(lexicon));
        let ((start, mask), (first, second, second_mask)) = (word.start(), word.second());
        writeln!(
            out,
            "    Word {{ text_at: {}, length: {}, head: {}, stem: {}, exact: {}, known: {}, alike: {alike}, start: {start}, mask: {mask}, first: {first}, second: {second}, second_mask: {second_mask}, classes: Classes({classes}) }},",
            texts.len(),
            word.text.len(),
            word.head,
            word.stem,
            word.exact,
            word.known()
        )
        .unwrap();
        texts.push_str(&word.text);
    }
    let mut first = 0;
    let firsts: Vec<usize> = (0..KEYS)
        .map(|key| {
            let here = first;
            first += u16::try_from(key).ok().and_then(|key| by_key.get(&key)).map_or(0, Vec::len);
            here
        })
        .collect();
    writeln!(
        out,
        "];\n\n/// The texts of all words, one after the other.\npub(crate) static WORD_TEXTS: &str = {texts:?};\n\n/// Where the words of each key begin.\npub(crate) static BY_KEY: [u16; {KEYS}] = {firsts:?};"
    )
    .unwrap();
}

/// How many words have a first word as long as that of the first one, before another comes.
fn alike(words: &[(&Word, &BTreeSet<usize>)]) -> usize {
    let first = |word: &Word| word.second().0;
    words.iter().take_while(|(word, _)| first(word) == first(words[0].0)).count()
}

fn write_bits(out: &mut String, lexicon: &Lexicon, concepts: &BTreeSet<usize>) {
    let mut bits = vec![0u64; KEYS / 64];
    for word in lexicon.words.keys() {
        bits[usize::from(word.key()) / 64] |= 1 << (word.key() % 64);
    }
    let number = KEYS / 64;
    writeln!(
        out,
        "\n/// One bit for each key that some word has.\npub(crate) static ANY_WORD: [u64; {number}] = {bits:?};"
    )
    .unwrap();
    let all = set(concepts.iter().copied(), set_words(lexicon));
    writeln!(out, "\n/// The classes of all concepts.\npub(crate) static OF_CONCEPTS: Classes = Classes({all});")
        .unwrap();
}

fn write_phrases(out: &mut String, phrases: &[Phrase], classes: usize) {
    let words = classes.div_ceil(64);
    out.push_str("\n/// Every phrase.\npub(crate) static PHRASES: &[Phrase] = &[\n");
    for phrase in phrases {
        write!(out, "    Phrase {{ rule: {}, weight: Weight::{:?}, steps: &[", phrase.rule, phrase.weight).unwrap();
        for Step { gap, classes, optional, starts_clause } in &phrase.steps {
            let classes = set(classes.iter().copied(), words);
            write!(out, "Step {{ gap: Gap::{gap:?}, classes: Classes({classes}), optional: {optional}, starts_clause: {starts_clause} }}, ").unwrap();
        }
        out.push_str("] },\n");
    }
    out.push_str(
        "];\n\n/// The phrases that begin with a word of each class.\npub(crate) static BY_FIRST: &[&[u16]] = &[\n",
    );
    for class in 0..classes {
        let starts = |phrase: &(usize, &Phrase)| phrase.1.steps[0].classes.contains(&class);
        let numbers: Vec<usize> = phrases.iter().enumerate().filter(starts).map(|(number, _)| number).collect();
        writeln!(out, "    &{numbers:?},").unwrap();
    }
    out.push_str("];\n");
}
