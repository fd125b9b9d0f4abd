//! What a trigger is, and what to look for near it.

use super::scan::program;

/// What to look for near a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name that a value is given to.
    Name,
    /// A call whose arguments are credentials.
    Call,
    /// A call that takes a key.
    Key,
    /// An option or a command.
    Command,
    /// A program that is told a password.
    Program,
    /// `IDENTIFIED BY`.
    Identified,
    /// User and password before the host of a URL.
    Url,
    /// User and password in another connection string.
    Connection,
    /// A line of a file of passwords.
    PasswordFile,
    /// `Bearer` or `Basic`.
    Scheme,
    /// A hash of a password.
    Hash,
    /// A private key.
    PrivateKey,
}

impl Kind {
    /// The kind of the trigger that these bytes are.
    pub(super) fn of(trigger: &[u8]) -> Self {
        let lower = |at: usize| trigger.get(at).map_or(0, u8::to_ascii_lowercase);
        let says = |word: &str| trigger.eq_ignore_ascii_case(word.as_bytes());
        match lower(0) {
            _ if trigger.ends_with(b"://") => Self::Url,
            b'b' if says("bearer ") || says("basic ") => Self::Scheme,
            b'$' | b'{' => Self::Hash,
            b':' if lower(1) == b'$' => Self::Hash,
            b'p' if says("pbkdf2_") => Self::Hash,
            b':' | b'*' | b']' => Self::PasswordFile,
            b'@' => Self::Connection,
            b't' if says("thin:") => Self::Connection,
            b'p' if says("putty-user-key") => Self::PrivateKey,
            b'"' if says("\"kty\"") => Self::PrivateKey,
            b'i' if says("identified ") => Self::Identified,
            _ if program::begins(trigger) => Self::Program,
            b' ' if lower(1) == b'-' => Self::Command,
            b'-' if says("--user") => Self::Command,
            b'm' if says("mysql") => Self::Command,
            b'c' if says("convertto-securestring") => Self::Command,
            b'n' if says("net use ") => Self::Command,
            b's' if says("stats auth ") => Self::Command,
            b'i' if says("isakmp key ") => Self::Command,
            b'-' if says("-server key ") => Self::Command,
            b'd' if says("database('") => Self::Call,
            b'e' | b'x' if says("eap \"") || says("xauth \"") => Self::Command,
            b'h' | b'j' if says("hmac.new(") || trigger.len() > 7 && says_start(trigger, "jwt.") => Self::Key,
            b'c' if says("createhmac(") => Self::Key,
            // Others that end so are names: `auth(`, `salt(`.
            b'l' | b'c' | b'm' | b'n' | b'w' | b'i' if trigger.ends_with(b"(") => Self::Call,
            b's' | b'a' if says("sequelize(") || says("sql.newinstance(") || says("authenticate(") => Self::Call,
            b'b' if says("bind_s(") => Self::Call,
            b'b' | b'f' | b'n' if says("basic(\"") || says("ftp(\"") || says("ftp('") || says("new user(\"") => {
                Self::Call
            }
            _ => Self::Name,
        }
    }
}

fn says_start(trigger: &[u8], word: &str) -> bool {
    trigger.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generic::TRIGGERS;
    use std::collections::BTreeSet;

    #[test]
    fn every_trigger_is_lower_case_of_four_bytes_or_more_and_there_once() {
        let mut seen = BTreeSet::new();
        for trigger in TRIGGERS {
            assert!(trigger.len() >= 4, "{trigger}");
            assert_eq!(*trigger, trigger.to_ascii_lowercase());
            assert!(seen.insert(trigger), "{trigger} is there twice");
        }
    }

    #[test]
    fn the_kind_does_not_depend_on_the_case() {
        for trigger in TRIGGERS {
            assert_eq!(Kind::of(trigger.as_bytes()), Kind::of(trigger.to_ascii_uppercase().as_bytes()), "{trigger}");
        }
        assert_eq!(Kind::of(b"es://"), Kind::Url);
        assert_eq!(Kind::of(b"connect("), Kind::Call);
        assert_eq!(Kind::of(b"ftp('"), Kind::Call);
        assert_eq!(Kind::of(b"auth("), Kind::Name);
        assert_eq!(Kind::of(b"salt("), Kind::Name);
        assert_eq!(Kind::of(b"clave"), Kind::Name);
        assert_eq!(Kind::of(b"mnemonic"), Kind::Name);
    }
}
