//! Makes texts from grammars.

use crate::disguise;
use crate::random::{Random, hash};
use crate::row::Row;
use anyhow::Context as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

type Lists = BTreeMap<String, Vec<String>>;

/// A file of sentences, of carriers, or of lists.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    label: Option<u8>,
    #[serde(default)]
    family: String,
    /// How many texts are made from each line, if it has more to choose from than others.
    each: Option<usize>,
    /// The carriers that the sentences may stand in; all of them if it is empty.
    #[serde(default)]
    carriers: Vec<String>,
    #[serde(default)]
    lines: Vec<String>,
    #[serde(default)]
    carrier: Vec<Carrier>,
    #[serde(default)]
    slots: Lists,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Carrier {
    name: String,
    texts: Vec<String>,
}

/// All files of a folder.
#[derive(Debug, Default)]
pub(crate) struct Grammar {
    families: Vec<File>,
    carriers: Vec<Carrier>,
    carrier_lists: Lists,
    lists: Lists,
}

/// How many texts are made from each line of a grammar: in carriers, and disguised.
const PLAIN: usize = 34;
const DISGUISED: usize = 8;

impl Grammar {
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut grammar = Self::default();
        let entries: Result<Vec<_>, _> =
            std::fs::read_dir(folder).with_context(|| folder.display().to_string())?.collect();
        let mut paths: Vec<_> = entries?.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path)?;
            let file: File = toml::from_str(&text).with_context(|| path.display().to_string())?;
            if file.label.is_some() {
                grammar.families.push(file);
            } else if file.carrier.is_empty() {
                grammar.lists.extend(file.slots);
            } else {
                grammar.carriers.extend(file.carrier);
                grammar.carrier_lists.extend(file.slots);
            }
        }
        Ok(grammar)
    }

    /// Every text that is made of the grammar, the same every time.
    pub(crate) fn rows(&self, split: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        for family in &self.families {
            for (number, line) in family.lines.iter().enumerate() {
                let mut random = Random::new(hash(&format!("{split}/{}/{number}", family.family)));
                let attack = family.label == Some(1);
                let plain = family.each.unwrap_or(if attack { PLAIN } else { PLAIN * 2 / 3 });
                // A line without choices gives the same sentence each time.
                let plain = if line.contains('{') { plain } else { plain.div_ceil(2) };
                rows.extend((0..plain).map(|_| self.plain(split, family, (number, line), &mut random)));
                if attack {
                    rows.extend(
                        (0..DISGUISED).map(|turn| self.disguised(split, family, (number, line), turn, &mut random)),
                    );
                }
            }
        }
        rows
    }

    fn sentence(&self, family: &File, line: &str, random: &mut Random) -> String {
        expand(line, &[&family.slots, &self.lists], random, 0)
    }

    /// A text in which the sentence stands in the open.
    fn plain(&self, split: &str, family: &File, (number, line): (usize, &str), random: &mut Random) -> Row {
        let sentence = self.sentence(family, line, random);
        let (text, carrier, span) = self.carry(family, &sentence, random);
        let attack = family.label == Some(1);
        let kind = if attack { format!("{}:{carrier}", family.family) } else { format!("benign:{}", family.family) };
        Row {
            text,
            attack,
            kind,
            source: format!("made-{split}-{carrier}"),
            group: format!("{}/{number}", family.family),
            span: span.filter(|_| attack),
        }
    }

    /// A text in which the sentence is hidden or encoded.
    fn disguised(
        &self,
        split: &str,
        family: &File,
        (number, line): (usize, &str),
        turn: usize,
        random: &mut Random,
    ) -> Row {
        let sentence = self.sentence(family, line, random);
        let (name, disguise) =
            disguise::ALL.get((number + turn * 7) % disguise::ALL.len()).copied().unwrap_or(("none", str::to_owned));
        let (text, carrier, _) = self.carry(family, &disguise(&sentence), random);
        Row {
            text,
            attack: true,
            kind: format!("hidden:{name}"),
            source: format!("made-{split}-{carrier}"),
            group: format!("{}/{number}", family.family),
            span: None,
        }
    }

    /// Puts a sentence into a carrier, and says where it stands.
    fn carry(
        &self,
        family: &File,
        sentence: &str,
        random: &mut Random,
    ) -> (String, String, Option<std::ops::Range<usize>>) {
        let fallback = Carrier { name: "bare".to_owned(), texts: vec!["{payload}".to_owned()] };
        let fits = |carrier: &&Carrier| family.carriers.is_empty() || family.carriers.contains(&carrier.name);
        let carriers: Vec<&Carrier> = self.carriers.iter().filter(fits).collect();
        let carrier = random.one_of(&carriers).copied().unwrap_or(&fallback);
        let template = random.one_of(&carrier.texts).map_or("{payload}", String::as_str);
        let (before, rest) = template.split_once("{payload").unwrap_or((template, "}"));
        let (how, after) = rest.split_once('}').unwrap_or(("", ""));
        let written = match how {
            ":json" => serde_json::Value::from(sentence).to_string().trim_matches('"').to_owned(),
            ":#" => sentence.replace('\n', "\n# "),
            _ => sentence.to_owned(),
        };
        let before = expand(before, &[&self.carrier_lists], random, 0);
        let after = expand(after, &[&self.carrier_lists], random, 0);
        let span = before.len()..before.len() + written.len();
        (format!("{before}{written}{after}"), carrier.name.clone(), Some(span))
    }
}

/// Replaces `{name}` by a line of that list, `{a|b}` by one of the words, as long as there is something to replace.
fn expand(template: &str, lists: &[&Lists], random: &mut Random, depth: usize) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, group) = rest.split_at(open);
        out.push_str(before);
        let close = closing(group);
        if let Some(text) = close.and_then(|close| chosen(group.get(1..close)?, lists, random, depth)) {
            out.push_str(&text);
            rest = close.and_then(|close| group.get(close + 1..)).unwrap_or_default();
        } else {
            out.push('{');
            rest = group.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

/// Where the brace that opens a group is closed.
fn closing(group: &str) -> Option<usize> {
    let mut depth = 0;
    group.char_indices().find_map(|(at, letter)| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

/// What a group stands for, if it is one of ours and not code.
fn chosen(group: &str, lists: &[&Lists], random: &mut Random, depth: usize) -> Option<String> {
    if depth > 5 {
        return None;
    }
    if let Some(list) = lists.iter().find_map(|lists| lists.get(group)) {
        let line = random.one_of(list)?;
        return Some(expand(line, lists, random, depth + 1));
    }
    let alternatives = alternatives(group);
    let code = group.contains("<|") || group.contains('\n') || group.contains("||");
    if alternatives.len() < 2 || code {
        return None;
    }
    let one = *random.one_of(&alternatives)?;
    Some(expand(one, lists, random, depth + 1))
}

/// The parts between the signs that stand in no inner group.
fn alternatives(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            '|' if depth == 0 => {
                parts.extend(group.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(group.get(start..));
    parts
}
