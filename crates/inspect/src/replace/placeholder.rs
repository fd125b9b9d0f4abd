//! What stands in a text instead of a value: `ZQ`, four letters for the kind, ten symbols that are a keyed function of
//! the value, and four that are a keyed check of all before them.
//!
//! It holds nothing of the value: the way back is the session's table, never a calculation.

use super::kind::{CODE_LENGTH, Kind};
use super::symbol::{MARKER, Symbol, spell};
use crate::keyed::Keyed;
use std::fmt;

/// How many symbols are a function of the value.
const ID_LENGTH: usize = 10;
/// How many symbols check the rest.
const CHECK_LENGTH: usize = 4;
/// How many symbols nobody can guess.
pub(crate) const TAG_LENGTH: usize = ID_LENGTH + CHECK_LENGTH;
/// Where the keyed symbols begin.
pub(crate) const TAG_START: usize = MARKER.len() + CODE_LENGTH;
/// How long a placeholder is, in bytes.
pub(crate) const LENGTH: usize = TAG_START + TAG_LENGTH;

/// What stands in a text instead of a value. It is harmless: it can be printed, logged and sent anywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placeholder(Box<str>);

impl Placeholder {
    /// How long a placeholder is, in bytes, unless it keeps the form of the value.
    pub const LENGTH: usize = LENGTH;

    /// The placeholder of a value. `attempt` is 0 unless another value already has that placeholder.
    pub(crate) fn new(keyed: &Keyed, kind: Kind, value: &str, attempt: u32) -> Self {
        let parts: [&[u8]; 3] = [kind.code().as_bytes(), value.as_bytes(), &attempt.to_be_bytes()];
        let id = spell(keyed.number("placeholder", &parts), ID_LENGTH);
        let check = check(keyed, kind.code(), &id);
        Self(format!("{}{}{id}{check}", MARKER.map(char::from).iter().collect::<String>(), kind.code()).into())
    }

    /// A text that stands for a value and has the value's form.
    pub(crate) fn in_form(text: String) -> Self {
        Self(text.into())
    }

    /// The placeholder as it stands in a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(keyed: &Keyed, code: &str, id: &str) -> String {
    spell(keyed.number("placeholder check", &[code.as_bytes(), id.as_bytes()]), CHECK_LENGTH)
}

/// Whether these symbols are a placeholder that was made with this key, whether or not its value is still known.
pub(crate) fn is_genuine(keyed: &Keyed, symbols: &[Symbol; LENGTH]) -> bool {
    let text: String = symbols.iter().copied().map(char::from).collect();
    let (Some(tag), Some(code)) = (text.get(TAG_START..), symbols.get(MARKER.len()..TAG_START)) else { return false };
    // The letters of a kind were folded; the check is over the letters themselves.
    let is_code = |kind: &&Kind| super::symbol::symbols(kind.code()).eq(code.iter().copied());
    let Some(kind) = Kind::ALL.iter().find(is_code) else { return false };
    let Some((id, found)) = tag.split_at_checked(ID_LENGTH) else { return false };
    check(keyed, kind.code(), id) == found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replace::symbol::symbols;
    use portcullis_event::Secret;

    fn keyed(key: u8) -> Keyed {
        Keyed::new(&Secret::new([key; 32]))
    }

    fn folded(placeholder: &Placeholder) -> [Symbol; LENGTH] {
        symbols(placeholder.as_str()).collect::<Vec<_>>().try_into().unwrap()
    }

    #[test]
    fn it_is_one_upper_case_word_of_twenty_letters_and_digits() {
        for kind in Kind::ALL {
            let text = Placeholder::new(&keyed(1), *kind, "hunter2", 0).to_string();
            assert_eq!(text.len(), Placeholder::LENGTH);
            assert!(text.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit()), "{text}");
            assert_eq!(text.get(2..6), Some(kind.code()));
        }
    }

    #[test]
    fn key_kind_value_and_attempt_decide_it() {
        let one = Placeholder::new(&keyed(1), Kind::Token, "a", 0);
        assert_eq!(one, Placeholder::new(&keyed(1), Kind::Token, "a", 0));
        for other in [
            Placeholder::new(&keyed(2), Kind::Token, "a", 0),
            Placeholder::new(&keyed(1), Kind::Secret, "a", 0),
            Placeholder::new(&keyed(1), Kind::Token, "b", 0),
            Placeholder::new(&keyed(1), Kind::Token, "a", 1),
        ] {
            assert_ne!(one.as_str().get(TAG_START..), other.as_str().get(TAG_START..));
        }
    }

    #[test]
    fn the_check_knows_its_own_key_and_every_other_symbol() {
        for kind in Kind::ALL {
            let genuine = folded(&Placeholder::new(&keyed(1), *kind, "hunter2", 0));
            assert!(is_genuine(&keyed(1), &genuine));
            assert!(!is_genuine(&keyed(2), &genuine));
            for place in MARKER.len()..LENGTH {
                let mut other = genuine;
                other[place] = if other[place] == b'7' { b'8' } else { b'7' };
                assert!(!is_genuine(&keyed(1), &other), "symbol {place}");
            }
        }
    }
}
