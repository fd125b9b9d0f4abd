//! What is said at an entry: one message each way, and how a guest ended.

use super::Guest;
use crate::exit::Exit;
use crate::spec::Terminal;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// The longest message. More than this does not go through such a socket everywhere.
pub(super) const LONGEST: usize = 96 << 10;

/// How many words and variables there may be.
const MOST: usize = 4096;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) guest: Guest,
    /// Which of the three standard streams are to be the terminal.
    pub(super) on_terminal: [bool; 3],
}

/// What is answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// It was started; with it comes the outer end of its terminal, if it has one.
    Started,
    /// It ended.
    Ended(Exit),
    /// It could not be started.
    Refused(String),
}

impl Request {
    /// As bytes; `None` if that is too much for one message.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        let Guest { command, environment, folder, terminal } = &self.guest;
        let (rows, columns) = match terminal {
            Terminal::Own { rows, columns } => (*rows, *columns),
            Terminal::None => (0, 0),
        };
        let mask = self.on_terminal.iter().rev().fold(0u8, |mask, on| mask << 1 | u8::from(*on));
        let mut bytes = vec![mask, u8::from(matches!(terminal, Terminal::Own { .. }))];
        bytes.extend(rows.to_le_bytes());
        bytes.extend(columns.to_le_bytes());
        bytes.extend(u16::try_from(command.len()).ok()?.to_le_bytes());
        let variables = environment.iter().flat_map(|(name, value)| [name, value]);
        for text in [folder.as_os_str()].into_iter().chain(command.iter().chain(variables).map(OsString::as_os_str)) {
            // What holds a zero byte can be neither a word nor a variable.
            if text.as_bytes().contains(&0) {
                return None;
            }
            bytes.extend(text.as_bytes());
            bytes.push(0);
        }
        (bytes.len() <= LONGEST).then_some(bytes)
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let ([mask, has_terminal], rest) = bytes.split_first_chunk::<2>()?;
        let (rows, rest) = rest.split_first_chunk::<2>()?;
        let (columns, rest) = rest.split_first_chunk::<2>()?;
        let (count, rest) = rest.split_first_chunk::<2>()?;
        let mut texts = rest.strip_suffix(&[0])?.split(|byte| *byte == 0).map(|text| OsString::from_vec(text.to_vec()));
        let folder = texts.next()?.into();
        let count = usize::from(u16::from_le_bytes(*count));
        let command: Vec<OsString> = texts.by_ref().take(count).collect();
        let variables: Vec<OsString> = texts.take(MOST + 1).collect();
        if command.len() != count || count == 0 || variables.len() > MOST || !variables.len().is_multiple_of(2) {
            return None;
        }
        let pairs = variables.chunks_exact(2).filter_map(|pair| match pair {
            [name, value] => Some((name.clone(), value.clone())),
            _ => None,
        });
        let own = Terminal::Own { rows: u16::from_le_bytes(*rows), columns: u16::from_le_bytes(*columns) };
        let terminal = if *has_terminal == 1 { own } else { Terminal::None };
        let guest = Guest { command, environment: pairs.collect(), folder, terminal };
        Some(Self { guest, on_terminal: [0, 1, 2].map(|bit| mask & 1 << bit != 0) })
    }
}

impl Answer {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Started => vec![b'S'],
            Self::Ended(Exit::Status(status)) => [b"E".as_slice(), &status.to_le_bytes()].concat(),
            Self::Ended(Exit::Signal(signal)) => [b"K".as_slice(), &signal.to_le_bytes()].concat(),
            Self::Refused(why) => [b"R", why.as_bytes().get(..1000).unwrap_or(why.as_bytes())].concat(),
        }
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (word, rest) = bytes.split_first()?;
        let number = || rest.try_into().ok().map(i32::from_le_bytes);
        Some(match word {
            b'S' => Self::Started,
            b'E' => Self::Ended(Exit::Status(number()?)),
            b'K' => Self::Ended(Exit::Signal(number()?)),
            b'R' => Self::Refused(String::from_utf8_lossy(rest).into_owned()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words() -> impl Strategy<Value = Vec<OsString>> {
        proptest::collection::vec("[^\0]{0,8}".prop_map(OsString::from), 1..5)
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_what_is_heard(
            command in words(), values in words(), mask in any::<[bool; 3]>(), size in any::<Option<(u16, u16)>>(),
        ) {
            let environment: Vec<_> = values.into_iter().map(|value| (OsString::from("NAME"), value)).collect();
            let terminal = size.map_or(Terminal::None, |(rows, columns)| Terminal::Own { rows, columns });
            let guest = Guest { command, environment, folder: "/a b".into(), terminal };
            let heard = Request::parse(&Request { guest: guest.clone(), on_terminal: mask }.to_bytes().unwrap()).unwrap();
            prop_assert_eq!(heard.guest.command, guest.command);
            prop_assert_eq!(heard.guest.environment, guest.environment);
            prop_assert_eq!((heard.guest.folder, heard.guest.terminal), (guest.folder, guest.terminal));
            prop_assert_eq!(heard.on_terminal, mask);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            drop(Request::parse(&bytes));
            drop(Answer::parse(&bytes));
        }
    }

    #[test]
    fn what_is_too_long_or_holds_a_zero_byte_is_not_asked_for() {
        let guest = |word: String| Guest {
            command: vec![word.into()],
            environment: Vec::new(),
            folder: "/".into(),
            terminal: Terminal::None,
        };
        let bytes = |word: String| Request { guest: guest(word), on_terminal: [false; 3] }.to_bytes();
        assert!(bytes("x".repeat(LONGEST)).is_none());
        assert!(bytes("a\0b".to_owned()).is_none());
        assert!(bytes("x".repeat(LONGEST / 2)).is_some());
    }
}
