//! What sort of value a placeholder stands for, in four letters that a model can read.

use super::symbol::Symbol;
use crate::Hit;
use portcullis_event::FindingKind;

/// How many letters name the sort.
pub(crate) const CODE_LENGTH: usize = 4;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// What sort of value a placeholder stands for. The placeholder shows it, so that a model can reason about a value
        /// that it never sees.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The four letters that stand in the placeholder.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }

        /// The codes as symbols.
        const CODES: &[[Symbol; CODE_LENGTH]] = &[$(folded($code.as_bytes())),*];
    };
}

/// The symbols of a code, as [`fold`](super::symbol::fold) gives them.
const fn folded(code: &[u8]) -> [Symbol; CODE_LENGTH] {
    match code {
        [a, b, c, d] => [fold_letter(*a), fold_letter(*b), fold_letter(*c), fold_letter(*d)],
        _ => [0; CODE_LENGTH],
    }
}

const fn fold_letter(letter: u8) -> Symbol {
    match letter {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    }
}

kinds! {
    /// A key or token of an API.
    Token = "TOKN";
    /// A password or passphrase.
    Password = "PASS";
    /// A private key.
    PrivateKey = "PKEY";
    /// An address with credentials in it, such as that of a database.
    Connection = "CONN";
    /// Any other secret.
    Secret = "SECR";
    /// An e-mail address.
    Email = "MAIL";
    /// A telephone number.
    Phone = "TELE";
    /// The number of a payment card.
    Card = "CARD";
    /// A bank account.
    Account = "BANK";
    /// The name of a person.
    Name = "NAME";
    /// A postal address.
    Address = "ADDR";
    /// A number that the state gave to a person.
    NationalId = "IDNO";
    /// A date of a person's life.
    Date = "DATE";
    /// The address of a machine.
    Host = "HOST";
    /// The name of an account.
    User = "USER";
    /// Any other data about a person.
    Personal = "PERS";
}

/// Words of rule ids that tell the kind, the more particular first.
const SECRET_WORDS: &[(&str, Kind)] = &[
    ("private-key", Kind::PrivateKey),
    ("pem", Kind::PrivateKey),
    ("ssh-key", Kind::PrivateKey),
    ("connection", Kind::Connection),
    ("database-url", Kind::Connection),
    ("dsn", Kind::Connection),
    ("url", Kind::Connection),
    ("passphrase", Kind::Password),
    ("password", Kind::Password),
    ("passwd", Kind::Password),
    ("token", Kind::Token),
    ("key", Kind::Token),
    ("jwt", Kind::Token),
    ("bearer", Kind::Token),
];

const PERSONAL_WORDS: &[(&str, Kind)] = &[
    ("email", Kind::Email),
    ("e-mail", Kind::Email),
    ("phone", Kind::Phone),
    ("card", Kind::Card),
    ("iban", Kind::Account),
    ("bic", Kind::Account),
    ("bank", Kind::Account),
    ("account", Kind::Account),
    ("birth", Kind::Date),
    ("date", Kind::Date),
    ("ip-address", Kind::Host),
    ("ipv4", Kind::Host),
    ("ipv6", Kind::Host),
    ("mac-address", Kind::Host),
    ("address", Kind::Address),
    ("street", Kind::Address),
    ("postcode", Kind::Address),
    ("user", Kind::User),
    ("person", Kind::Name),
    ("name", Kind::Name),
    ("ssn", Kind::NationalId),
    ("passport", Kind::NationalId),
    ("tax", Kind::NationalId),
    ("licence", Kind::NationalId),
    ("national", Kind::NationalId),
    ("-id", Kind::NationalId),
];

impl Kind {
    /// The kind of what was found, by the name of the rule that found it.
    pub fn of(hit: &Hit) -> Self {
        let (words, otherwise) = match hit.kind {
            FindingKind::Secret => (SECRET_WORDS, Self::Secret),
            FindingKind::PersonalData => (PERSONAL_WORDS, Self::Personal),
            FindingKind::Marker => (&[][..], Self::Name),
            FindingKind::Injection
            | FindingKind::Code
            | FindingKind::Dependency
            | FindingKind::AgentConfig
            | FindingKind::Change => (&[][..], Self::Secret),
        };
        let rule = hit.rule.as_str();
        words.iter().find(|(word, _)| rule.contains(word)).map_or(otherwise, |(_, kind)| *kind)
    }

    /// In how many places `symbols` differ from the nearest code that begins like them.
    pub(crate) fn distance(symbols: &[Symbol]) -> usize {
        let to = |code: &[Symbol; CODE_LENGTH]| code.iter().zip(symbols).filter(|(one, other)| one != other).count();
        CODES.iter().map(to).min().unwrap_or(CODE_LENGTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::{Confidence, RuleId, Secret, Severity};

    fn found(kind: FindingKind, rule: &str) -> Kind {
        let rule = RuleId::parse(rule).unwrap();
        let (severity, confidence) = (Severity::High, Confidence::High);
        let (message, value) = (String::new(), Secret::new(String::new()));
        Kind::of(&Hit { rule, kind, severity, confidence, message, span: 0..0, value, why: vec![], cwe: None })
    }

    #[test]
    fn every_code_has_four_letters_that_no_other_has() {
        let codes: std::collections::BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), Kind::ALL.len());
        assert!(codes.iter().all(|code| code.len() == CODE_LENGTH && code.bytes().all(|it| it.is_ascii_uppercase())));
        assert!(codes.iter().all(|code| !code.contains(['Z', 'Q'])), "the marker's letters mark the start only");
        let symbols = |kind: &Kind| crate::replace::symbol::symbols(kind.code()).collect::<Vec<_>>();
        assert!(Kind::ALL.iter().zip(CODES).all(|(kind, code)| symbols(kind) == code));
    }

    #[test]
    fn the_rule_tells_the_kind() {
        assert_eq!(found(FindingKind::Secret, "github-classic-token"), Kind::Token);
        assert_eq!(found(FindingKind::Secret, "private-key"), Kind::PrivateKey);
        assert_eq!(found(FindingKind::Secret, "generic-password"), Kind::Password);
        assert_eq!(found(FindingKind::Secret, "something"), Kind::Secret);
        assert_eq!(found(FindingKind::PersonalData, "email-address"), Kind::Email);
        assert_eq!(found(FindingKind::PersonalData, "postal-address"), Kind::Address);
        assert_eq!(found(FindingKind::PersonalData, "shoe-size"), Kind::Personal);
        assert_eq!(found(FindingKind::Injection, "hidden-text"), Kind::Secret);
    }

    #[test]
    fn the_distance_to_the_nearest_code_counts_what_differs() {
        assert_eq!(Kind::distance(b""), 0);
        assert_eq!(Kind::distance(b"MA1"), 0);
        assert_eq!(Kind::distance(b"MA11"), 0);
        assert_eq!(Kind::distance(b"MX11"), 1);
        assert_eq!(Kind::distance(b"7777"), 4);
    }
}
