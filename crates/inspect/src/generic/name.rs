//! The name that a value is given: its words, and which of them says what the value is.

mod vocabulary;

use std::ops::Range;
pub(super) use vocabulary::is_credential_word;
use vocabulary::{AFTER_ABOUT, AFTER_FINE, AFTER_HASHED, BEFORE_ABOUT, BEFORE_OWNER, BEFORE_PUBLIC, word_family};

/// More words than this are no name.
const MOST_WORDS: usize = 14;

/// What a name says that its value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    /// A password.
    Password,
    /// A secret, whatever it is for.
    Secret,
    /// A token.
    Token,
    /// A key that opens an interface.
    ApiKey,
    /// A key that encrypts or signs.
    Key,
    /// Some key: `key` alone.
    PlainKey,
    /// A password and a user, or what stands for them.
    Credential,
    /// What an `Authorization` header holds.
    Auth,
    /// Salt, nonce, pepper.
    Salt,
    /// A cookie or the id of a session.
    Session,
    /// An SNMP community.
    Community,
    /// The words that a wallet is made from.
    Mnemonic,
}

/// A name that may stand for a credential.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) family: Family,
    /// How many words it has.
    pub(super) words: u8,
    /// Words after the decisive one that make the value something about a credential: `password_file`.
    pub(super) after_about: u8,
    /// Words after the decisive one that leave it a credential: `password_prod`.
    pub(super) after_fine: u8,
    /// Words after the decisive one that make the value a hash: `password_md5`.
    pub(super) after_hashed: u8,
    /// Other words after the decisive one.
    pub(super) after_other: u8,
    /// Words before the decisive one that make the value something about a credential: `forgot_password`.
    pub(super) before_about: u8,
    /// Words before the decisive one that say whose credential it is: `db_password`.
    pub(super) before_owner: u8,
    /// Words before the decisive one that make the value public: `public_key`.
    pub(super) before_public: u8,
    /// Other words before the decisive one.
    pub(super) before_other: u8,
}

/// Whether a byte can be part of a name.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$') || byte >= 0x80
}

/// The words of a name.
struct Words {
    ranges: [Range<usize>; MOST_WORDS],
    count: usize,
}

impl Words {
    /// Splits at every byte that is no letter or digit, before a capital after a small letter, and between letters and
    /// digits; none if there are too many words.
    fn split(name: &[u8]) -> Option<Self> {
        let mut words = Self { ranges: [const { 0..0 }; MOST_WORDS], count: 0 };
        let mut start = None;
        for (at, byte) in name.iter().enumerate() {
            let part = byte.is_ascii_alphanumeric() || *byte >= 0x80;
            if let Some(from) = start
                && (!part || starts_word(name, at))
            {
                words.push(from..at)?;
                start = None;
            }
            if part && start.is_none() {
                start = Some(at);
            }
        }
        if let Some(from) = start {
            words.push(from..name.len())?;
        }
        Some(words)
    }

    fn push(&mut self, range: Range<usize>) -> Option<()> {
        *self.ranges.get_mut(self.count)? = range;
        self.count += 1;
        Some(())
    }

    fn get<'n>(&self, name: &'n [u8], which: usize) -> &'n [u8] {
        let range = self.ranges.get(which).cloned().unwrap_or_default();
        name.get(range).unwrap_or_default()
    }
}

/// Whether a new word starts at a letter or digit that follows another.
fn starts_word(name: &[u8], at: usize) -> bool {
    let (Some(byte), Some(before)) = (name.get(at), at.checked_sub(1).and_then(|it| name.get(it))) else {
        return false;
    };
    if before.is_ascii_digit() != byte.is_ascii_digit() {
        return true;
    }
    let next_is_small = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    byte.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_uppercase() && next_is_small)
}

impl Name {
    /// Reads a name; none if no word of it says credential.
    pub(super) fn read(name: &[u8]) -> Option<Self> {
        let words = Words::split(name)?;
        let (decisive, family) = (0..words.count).rev().find_map(|which| {
            let before = which.checked_sub(1).map(|it| words.get(name, it)).unwrap_or_default();
            let next = words.get(name, which + 1);
            Some((which, word_family(words.get(name, which), before, next)?))
        })?;
        let mut found = Self::with(family, words.count);
        for which in 0..decisive {
            found.count_before(words.get(name, which));
        }
        for which in decisive + 1..words.count {
            found.count_after(words.get(name, which));
        }
        Some(found)
    }

    fn with(family: Family, words: usize) -> Self {
        Self {
            family,
            words: u8::try_from(words).unwrap_or(u8::MAX),
            after_about: 0,
            after_fine: 0,
            after_hashed: 0,
            after_other: 0,
            before_about: 0,
            before_owner: 0,
            before_public: 0,
            before_other: 0,
        }
    }

    fn count_before(&mut self, word: &[u8]) {
        let counter = if is_one_of(word, BEFORE_PUBLIC) {
            &mut self.before_public
        } else if is_one_of(word, BEFORE_ABOUT) {
            &mut self.before_about
        } else if is_one_of(word, BEFORE_OWNER) || is_credential_word(word) {
            &mut self.before_owner
        } else {
            &mut self.before_other
        };
        *counter += 1;
    }

    fn count_after(&mut self, word: &[u8]) {
        let counter = if is_one_of(word, AFTER_HASHED) {
            &mut self.after_hashed
        } else if is_one_of(word, AFTER_ABOUT) {
            &mut self.after_about
        } else if is_one_of(word, AFTER_FINE) || word.iter().all(u8::is_ascii_digit) {
            &mut self.after_fine
        } else {
            &mut self.after_other
        };
        *counter += 1;
    }
}

fn is_one_of(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(name: &str) -> Option<Family> {
        Name::read(name.as_bytes()).map(|it| it.family)
    }

    #[test]
    fn the_last_credential_word_decides() {
        for (name, expected) in [
            ("password", Family::Password),
            ("DB_PASSWORD", Family::Password),
            ("dbPasswd", Family::Password),
            ("userPass", Family::Password),
            ("mysql_pwd", Family::Password),
            ("passPhrase", Family::Password),
            ("spring.datasource.password", Family::Password),
            ("client-secret", Family::Secret),
            ("SECRET_KEY", Family::Secret),
            ("secretKeyBase", Family::Secret),
            ("access_token", Family::Token),
            ("authtoken", Family::Token),
            ("apiKey", Family::ApiKey),
            ("APIKEY", Family::ApiKey),
            ("x-api-key", Family::ApiKey),
            ("encryption_key", Family::Key),
            ("privateKey", Family::Key),
            ("key", Family::PlainKey),
            ("password_salt", Family::Salt),
            ("aws_credentials", Family::Credential),
            ("Authorization", Family::Auth),
            ("session_cookie", Family::Session),
        ] {
            assert_eq!(family(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn words_that_only_hold_the_letters_of_a_credential_are_none() {
        let names = [
            "monkey",
            "keyboard",
            "compass",
            "bypass",
            "passenger",
            "author",
            "tokenizer",
            "secretary",
            "passed",
            "authors",
        ];
        for name in
            names.iter().chain(&["keyword", "hockey", "turkey", "pass", "credit", "accredited", "result.passed"])
        {
            if *name != "pass" {
                assert_eq!(family(name), None, "{name}");
            }
        }
        assert_eq!(family("pass"), Some(Family::Password));
    }

    #[test]
    fn words_around_the_decisive_one_are_told_apart() {
        let name = Name::read(b"forgot_password_url").unwrap();
        assert_eq!((name.before_about, name.after_about), (1, 1));
        let name = Name::read(b"DB_PASSWORD_PROD").unwrap();
        assert_eq!((name.before_owner, name.after_fine), (1, 1));
        assert_eq!(Name::read(b"public_key").unwrap().before_public, 1);
        assert_eq!(Name::read(b"passwordHash").unwrap().after_hashed, 1);
    }

    #[test]
    fn a_name_of_very_many_words_is_none() {
        assert!(Name::read("a_".repeat(40).as_bytes()).is_none());
    }
}
