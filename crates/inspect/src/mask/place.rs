//! Where somebody lives: streets, towns and postcodes of the same shape that are made up.

use super::name::replaced_words;
use super::shape::reshaped;
use crate::keyed::Keyed;

/// What stands in addresses and says nothing about where.
const KEPT: &[&str] = &[
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "av",
    "lane",
    "ln",
    "drive",
    "dr",
    "court",
    "ct",
    "square",
    "sq",
    "boulevard",
    "blvd",
    "way",
    "place",
    "pl",
    "close",
    "terrace",
    "highway",
    "hwy",
    "park",
    "apt",
    "apartment",
    "suite",
    "ste",
    "unit",
    "floor",
    "fl",
    "flat",
    "building",
    "bldg",
    "po",
    "box",
    "north",
    "south",
    "east",
    "west",
    "n",
    "s",
    "e",
    "w",
    "ne",
    "nw",
    "se",
    "sw",
    "straße",
    "strasse",
    "str",
    "weg",
    "platz",
    "allee",
    "gasse",
    "ring",
    "ufer",
    "damm",
    "haus",
    "nr",
    "no",
    "rue",
    "avenida",
    "chemin",
    "impasse",
    "place",
    "quai",
    "via",
    "viale",
    "piazza",
    "corso",
    "calle",
    "plaza",
    "paseo",
    "carrer",
    "rua",
    "travessa",
    "ulica",
    "ul",
    "улица",
    "ул",
    "проспект",
    "пр",
    "дом",
    "д",
    "кв",
    "straat",
    "laan",
    "gracht",
    "gata",
    "gatan",
    "vej",
    "vägen",
    "von",
    "van",
    "der",
    "den",
    "de",
    "del",
    "della",
    "da",
    "di",
    "do",
    "dos",
    "das",
    "du",
    "la",
    "le",
    "les",
    "des",
    "l",
    "d",
    "an",
    "am",
    "im",
    "in",
    "bei",
    "und",
    "and",
    "et",
    "of",
    "the",
    "c",
    "o",
];

/// Endings of German and Nordic names of streets, which are one word with the name.
const ENDINGS: &[&str] =
    &["straße", "strasse", "str", "weg", "platz", "allee", "gasse", "ring", "gatan", "vej", "straat", "laan"];

/// An address, or a line of one: other numbers and names, the same words around them.
pub(super) fn elsewhere(keyed: &Keyed, text: &str) -> String {
    let renamed = replaced_words(keyed, text, |word| KEPT.contains(&word.to_lowercase().as_str()));
    // The words that are one with their ending: the ending comes back where the name has room for it.
    let with_endings = with_endings(text, &renamed);
    renumber(keyed, &with_endings)
}

/// A postcode of the same shape.
pub(super) fn postcode(keyed: &Keyed, text: &str) -> String {
    reshaped(keyed, "postcode", text)
}

fn with_endings(text: &str, renamed: &str) -> String {
    let mut words: Vec<String> = renamed.split(' ').map(str::to_owned).collect();
    for (was, word) in text.split(' ').zip(&mut words) {
        let bare = was.trim_end_matches(['.', ',']);
        let lower = bare.to_lowercase();
        let Some(ending) = ENDINGS.iter().find(|ending| lower.len() > ending.len() + 2 && lower.ends_with(**ending))
        else {
            continue;
        };
        let room = bare.chars().count() - ending.chars().count();
        let punctuation = was.get(bare.len()..).unwrap_or_default();
        let stem: String = word.trim_end_matches(['.', ',']).chars().take(room).collect();
        *word = format!("{stem}{ending}{punctuation}");
    }
    words.join(" ")
}

/// Every number becomes another one of the same length that does not begin with zero.
fn renumber(keyed: &Keyed, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at_checked(end).unwrap_or((from, ""));
        out.push_str(before);
        out.push_str(&super::number::renumbered(keyed, "address", digits));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;

    fn other(text: &str) -> String {
        elsewhere(&Keyed::new(&Secret::new([1; 32])), text)
    }

    #[test]
    fn an_address_stays_one() {
        let made = other("12 Baker Street, Apt. 4, London");
        assert!(made.contains(" Street, Apt. ") && !made.contains("Baker") && !made.contains("London"), "{made}");
        let made = other("Goethestraße 17, 10115 Berlin");
        assert!(made.contains("straße ") && !made.contains("Goethe") && !made.contains("Berlin"), "{made}");
        assert!(made.chars().count() <= "Goethestraße 17, 10115 Berlin".chars().count());
        assert_eq!(other("Berlin"), other("Berlin"));
    }
}
