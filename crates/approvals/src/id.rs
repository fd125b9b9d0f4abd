//! The name of a ticket: short enough to be typed from one terminal into another.
//!
//! It is a name and no secret. Whoever guesses one can look at nothing and answer nothing with it.

use crate::ApprovalsError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Crockford's digits: none of them looks like another.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const LENGTH: usize = 6;

/// The name of a ticket, such as `K7-4F2Q`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketId([u8; LENGTH]);

impl TicketId {
    /// A new one, drawn at random.
    pub(crate) fn fresh() -> Result<Self, ApprovalsError> {
        let mut drawn = [0; LENGTH];
        getrandom::fill(&mut drawn).map_err(|error| ApprovalsError::Randomness(error.to_string()))?;
        // 32 divides 256, so each digit is as likely as any other.
        Ok(Self(drawn.map(|byte| DIGITS.get(usize::from(byte) % DIGITS.len()).copied().unwrap_or(b'0'))))
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, digit) in self.0.iter().enumerate() {
            let hyphen = if number == 2 { "-" } else { "" };
            write!(f, "{hyphen}{}", char::from(*digit))?;
        }
        Ok(())
    }
}

impl FromStr for TicketId {
    type Err = ApprovalsError;

    /// As a person types it: in any case, with or without the hyphen, and with letters that look like a digit.
    fn from_str(text: &str) -> Result<Self, ApprovalsError> {
        let malformed = || ApprovalsError::MalformedId;
        let mut digits = text.bytes().filter(|byte| *byte != b'-').map(|byte| match byte.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            byte => byte,
        });
        let mut id = [0; LENGTH];
        for place in &mut id {
            *place = digits.next().filter(|digit| DIGITS.contains(digit)).ok_or_else(malformed)?;
        }
        if digits.next().is_some() { Err(malformed()) } else { Ok(Self(id)) }
    }
}

impl TryFrom<String> for TicketId {
    type Error = ApprovalsError;

    fn try_from(text: String) -> Result<Self, ApprovalsError> {
        text.parse()
    }
}

impl From<TicketId> for String {
    fn from(id: TicketId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_read_as_people_type_it() {
        let id: TicketId = "K1-0F2Q".parse().unwrap();
        assert_eq!(id.to_string(), "K1-0F2Q");
        for typed in ["k1-0f2q", "K10F2Q", "kl-of2q", "KI0F2Q"] {
            assert_eq!(typed.parse::<TicketId>().unwrap(), id, "{typed}");
        }
        for typed in ["", "K1-0F2", "K1-0F2QQ", "U1-0F2Q", "K1 0F2Q", "K1-0F2é", "K1-0F2Q\n"] {
            assert!(typed.parse::<TicketId>().is_err(), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_drawn_reads_back(_ in 0..64_u8) {
            let id = TicketId::fresh().unwrap();
            prop_assert_eq!(id.to_string().parse::<TicketId>().unwrap(), id);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            drop(text.parse::<TicketId>());
        }
    }
}
