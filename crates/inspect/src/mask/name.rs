//! Names: made-up ones from lists of our own, in the script of the name that they stand for.
//!
//! Each part of a name has one that always takes its place, whether it stands alone, in a full name, or in a text. So a
//! first name in one table and a full name in another one still belong together.

use super::shape::reshaped;
use crate::keyed::Keyed;
use std::sync::LazyLock;

/// Made-up names of one script, sorted by length.
struct Names {
    /// Any letter of the script.
    is_of: fn(char) -> bool,
    all: Vec<&'static str>,
    /// Whether the names are single characters that a name is put together from.
    is_by_character: bool,
}

macro_rules! names {
    ($file:literal, $is_by_character:literal, $is_of:expr) => {{
        let mut names: Vec<&'static str> = include_str!(concat!("names/", $file, ".txt")).split_whitespace().collect();
        names.sort_by_key(|name| (name.chars().count(), *name));
        Names { is_of: $is_of, all: names, is_by_character: $is_by_character }
    }};
}

static SCRIPTS: LazyLock<Vec<Names>> = LazyLock::new(|| {
    vec![
        names!("latin", false, |c| c.is_alphabetic() && u32::from(c) < 0x250 || ('\u{1e00}'..='\u{1eff}').contains(&c)),
        names!("cyrillic", false, |c| ('\u{400}'..='\u{52f}').contains(&c)),
        names!("greek", false, |c| ('\u{370}'..='\u{3ff}').contains(&c)),
        names!("arabic", false, |c| ('\u{600}'..='\u{6ff}').contains(&c)),
        names!("hebrew", false, |c| ('\u{590}'..='\u{5ff}').contains(&c)),
        names!("devanagari", false, |c| ('\u{900}'..='\u{97f}').contains(&c)),
        names!("hiragana", false, |c| ('\u{3041}'..='\u{309f}').contains(&c)),
        names!("kana", false, |c| ('\u{30a0}'..='\u{30ff}').contains(&c)),
        names!("hangul", true, |c| ('\u{ac00}'..='\u{d7a3}').contains(&c)),
        names!("han", true, |c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
    ]
});

/// Titles, which belong to nobody.
const TITLES: &[&str] = &[
    "dr", "prof", "mr", "mrs", "ms", "miss", "sir", "herr", "frau", "mme", "mlle", "monsieur", "madame", "sr", "sra",
    "jr", "ii", "iii", "iv", "phd", "md", "dipl", "ing", "med",
];

/// What stands between names and belongs to nobody, in lower case. With a capital it may be somebody's name.
const PARTICLES: &[&str] = &[
    "von", "van", "der", "den", "de", "del", "della", "da", "di", "do", "dos", "das", "du", "la", "le", "les", "zu",
    "zur", "zum", "bin", "ibn", "al", "el", "und", "and", "et", "y", "e", "o",
];

/// Whether a word of a name belongs to nobody.
pub(super) fn is_kept(word: &str) -> bool {
    PARTICLES.contains(&word) || TITLES.contains(&word.to_lowercase().as_str())
}

/// A name with every part of it made up. A particle that stands alone is somebody's name.
pub(super) fn renamed(keyed: &Keyed, text: &str) -> String {
    let is_alone = text.split(|c| !is_of_a_word(c)).filter(|word| !word.is_empty()).count() < 2;
    replaced_words(keyed, text, |word| !is_alone && is_kept(word))
}

/// A text with every word made up but those that are `kept`.
pub(super) fn replaced_words(keyed: &Keyed, text: &str, kept: impl Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_of_a_word) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = from.find(|c| !is_of_a_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at_checked(end).unwrap_or((from, ""));
        out.push_str(before);
        if kept(word) {
            out.push_str(word);
        } else {
            out.push_str(&part(keyed, word));
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Letters and what changes them.
fn is_of_a_word(c: char) -> bool {
    c.is_alphabetic() || matches!(u32::from(c), 0x300..=0x36F | 0x900..=0x97F | 0x610..=0x65F | 0x591..=0x5C7 | 0x30FC)
}

/// The made-up name that stands for one part of a name. It is not longer than that.
fn part(keyed: &Keyed, word: &str) -> String {
    let length = word.chars().count();
    let Some(script) = word.chars().next().and_then(|c| SCRIPTS.iter().find(|script| (script.is_of)(c))) else {
        return reshaped(keyed, "name", word);
    };
    let lower = word.to_lowercase();
    if script.is_by_character {
        let at = |place: usize| pick(keyed, &script.all, &[lower.as_bytes(), &place.to_be_bytes()]);
        return (0..length).filter_map(at).collect();
    }
    // A little shorter is fine, but much shorter would make all long names alike.
    let up_to = |longest: usize| script.all.partition_point(|name| name.chars().count() <= longest);
    let (first, end) = (up_to(length.saturating_sub(3)), up_to(length));
    let fitting = script.all.get(first..end).unwrap_or_default();
    let longest = script.all.get(first.saturating_sub(64)..first).unwrap_or_default();
    let choices = if fitting.len() >= 16 { fitting } else { longest };
    // The name itself may be among the made-up ones.
    let picked = (0..4_u8).filter_map(|attempt| pick(keyed, choices, &[lower.as_bytes(), &[attempt]]));
    let mut others = picked.filter(|name| name.to_lowercase() != lower);
    match others.next() {
        Some(name) if length > 1 => in_case_of(word, name),
        Some(_) | None => reshaped(keyed, "name", word),
    }
}

fn pick<'n>(keyed: &Keyed, names: &[&'n str], parts: &[&[u8]]) -> Option<&'n str> {
    let number = keyed.number("name", parts) % (names.len().max(1) as u128);
    names.get(usize::try_from(number).ok()?).copied()
}

/// A name in upper case, lower case or as it is, like the word.
fn in_case_of(word: &str, name: &str) -> String {
    let has = |is: fn(char) -> bool| word.chars().any(is);
    match (has(char::is_uppercase), has(char::is_lowercase)) {
        (true, false) if word.chars().count() > 1 => name.to_uppercase(),
        (false, true) => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;
    use std::collections::BTreeSet;

    fn other(text: &str) -> String {
        renamed(&Keyed::new(&Secret::new([1; 32])), text)
    }

    #[test]
    fn a_part_of_a_name_always_becomes_the_same() {
        let full = other("Dr. Anna von Schmidt-Meyer");
        assert!(full.starts_with("Dr. ") && full.contains(" von "), "{full}");
        assert_eq!(full, format!("Dr. {} von {}-{}", other("Anna"), other("Schmidt"), other("Meyer")));
        assert_eq!(other("SCHMIDT"), other("Schmidt").to_uppercase());
        assert_eq!(other("schmidt"), other("Schmidt").to_lowercase());
        assert_ne!(other("Anna"), "Anna");
        assert!(["Al", "Van", "de"].iter().all(|name| other(name) != *name) && !other("Al Li").contains("Al"));
    }

    #[test]
    fn a_made_up_name_is_in_the_script_of_the_name_and_not_longer() {
        for name in [
            "Bartholomäus",
            "Иванов",
            "Παπαδόπουλος",
            "محمد",
            "כהן",
            "शर्मा",
            "サクラ",
            "さくら",
            "김민준",
            "王小明",
            "Li",
            "Extraordinarilylongname",
        ] {
            let made = other(name);
            let script = |c: char| SCRIPTS.iter().position(|script| (script.is_of)(c));
            assert_eq!(made.chars().next().and_then(script), name.chars().next().and_then(script), "{name} {made}");
            assert!(made.chars().count() <= name.chars().count(), "{name} {made}");
            assert_ne!(made, name);
        }
    }

    #[test]
    fn different_names_rarely_become_the_same() {
        let names =
            ["Anna", "Ben", "Carla", "David", "Emma", "Felix", "Greta", "Hannah", "Ida", "Jonas", "Klara", "Leon"];
        let all: BTreeSet<String> = names.iter().map(|name| other(name)).collect();
        assert!(all.len() >= names.len() - 1, "{all:?}");
    }
}
