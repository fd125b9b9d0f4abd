//! Messages of web sockets (RFC 6455), without extensions. Pure: bytes come in, messages come out.

/// A message, put together from its frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Anything else than text.
    Binary,
    /// A word about the connection: its kind, and what it says.
    Control(Control, Vec<u8>),
}

/// What is said about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Nothing follows.
    Close,
    /// An answer is wanted.
    Ping,
    /// The answer.
    Pong,
}

/// Who sends: a client masks what it says, a server does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A client, with the mask of this frame.
    Client([u8; 4]),
    /// A server.
    Server,
}

/// What is at the front of what was read.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Too little to tell.
    Wait,
    /// So many bytes, and the message that they end, if they end one.
    Took(usize, Option<Message>),
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Lengths that say how many bytes the real length has.
const IN_TWO: u8 = 0x7e;
const IN_EIGHT: u8 = 0x7f;

/// The longest word about a connection.
const LONGEST_CONTROL: usize = 125;

/// Reads what one side sends.
#[derive(Debug)]
pub struct Reader {
    /// Whether it has to mask.
    masked: bool,
    longest: usize,
    /// What came of a message, and whether it is text.
    partial: Option<(Vec<u8>, bool)>,
}

impl Reader {
    /// Of what a client sends, in messages of so many bytes at most.
    pub fn of_client(longest: usize) -> Self {
        Self { masked: true, longest, partial: None }
    }

    /// Of what a server sends.
    pub fn of_server(longest: usize) -> Self {
        Self { masked: false, longest, partial: None }
    }

    /// What is at the front of `held`. What it says counts as used.
    pub fn step(&mut self, held: &[u8]) -> Result<Step, &'static str> {
        let Some(([first, second], rest)) = held.split_first_chunk::<2>() else { return Ok(Step::Wait) };
        let (first, second) = (*first, *second);
        if first & 0x70 != 0 {
            return Err("it uses an extension that nobody agreed to");
        }
        if (second & 0x80 != 0) != self.masked {
            return Err("it is masked where it must not be, or not where it must");
        }
        let Some((length, rest)) = length(second & 0x7f, rest)? else { return Ok(Step::Wait) };
        if length > self.longest {
            return Err("a message is longer than this gate reads");
        }
        let Some((mask, rest)) = mask(self.masked, rest) else { return Ok(Step::Wait) };
        let Some(payload) = rest.get(..length) else { return Ok(Step::Wait) };
        let payload: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        let used = held.len() - rest.len() + length;
        let message = self.frame(first & 0x0f, first & 0x80 != 0, payload)?;
        Ok(Step::Took(used, message))
    }

    fn frame(&mut self, kind: u8, is_last: bool, payload: Vec<u8>) -> Result<Option<Message>, &'static str> {
        let control = match kind {
            CLOSE => Control::Close,
            PING => Control::Ping,
            PONG => Control::Pong,
            CONTINUATION | TEXT | BINARY => return self.part(kind, is_last, payload),
            _ => return Err("it has a kind that there is not"),
        };
        if !is_last || payload.len() > LONGEST_CONTROL {
            return Err("a word about the connection is too long");
        }
        Ok(Some(Message::Control(control, payload)))
    }

    fn part(&mut self, kind: u8, is_last: bool, payload: Vec<u8>) -> Result<Option<Message>, &'static str> {
        let (mut whole, is_text) = match (self.partial.take(), kind) {
            (Some(partial), CONTINUATION) => partial,
            (None, TEXT | BINARY) => (Vec::new(), kind == TEXT),
            (Some(_), _) => return Err("a message begins within another"),
            (None, _) => return Err("it goes on with a message that did not begin"),
        };
        if whole.len() + payload.len() > self.longest {
            return Err("a message is longer than this gate reads");
        }
        whole.extend(payload);
        if !is_last {
            self.partial = Some((whole, is_text));
            return Ok(None);
        }
        if !is_text {
            return Ok(Some(Message::Binary));
        }
        String::from_utf8(whole).map(|text| Some(Message::Text(text))).map_err(|_| "its text is no text")
    }
}

/// How long the payload is, and what follows.
fn length(short: u8, rest: &[u8]) -> Result<Option<(usize, &[u8])>, &'static str> {
    let (length, rest) = match short {
        IN_TWO => match rest.split_first_chunk::<2>() {
            Some((bytes, rest)) => (u64::from(u16::from_be_bytes(*bytes)), rest),
            None => return Ok(None),
        },
        IN_EIGHT => match rest.split_first_chunk::<8>() {
            Some((bytes, rest)) => (u64::from_be_bytes(*bytes), rest),
            None => return Ok(None),
        },
        short => (u64::from(short), rest),
    };
    let length = usize::try_from(length).map_err(|_| "a message is longer than this gate reads")?;
    Ok(Some((length, rest)))
}

/// The mask, which does nothing where there is none, and what follows.
fn mask(masked: bool, rest: &[u8]) -> Option<([u8; 4], &[u8])> {
    if masked { rest.split_first_chunk::<4>().map(|(mask, rest)| (*mask, rest)) } else { Some(([0; 4], rest)) }
}

/// A message as it is sent, in one frame.
pub fn frame(sender: Sender, message: &Message) -> Vec<u8> {
    let (kind, payload) = match message {
        Message::Text(text) => (TEXT, text.as_bytes()),
        Message::Binary => (BINARY, &[][..]),
        Message::Control(Control::Close, payload) => (CLOSE, payload.as_slice()),
        Message::Control(Control::Ping, payload) => (PING, payload.as_slice()),
        Message::Control(Control::Pong, payload) => (PONG, payload.as_slice()),
    };
    let (bit, mask) = match sender {
        Sender::Client(mask) => (0x80, Some(mask)),
        Sender::Server => (0, None),
    };
    let mut out = Vec::with_capacity(payload.len() + 14);
    out.push(0x80 | kind);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..IN_TWO), _) => out.push(bit | short),
        (_, Ok(long)) => {
            out.push(bit | IN_TWO);
            out.extend_from_slice(&long.to_be_bytes());
        }
        (_, Err(_)) => {
            out.push(bit | IN_EIGHT);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    match mask {
        Some(mask) => {
            out.extend_from_slice(&mask);
            out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        }
        None => out.extend_from_slice(payload),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(reader: &mut Reader, mut bytes: &[u8]) -> Result<Vec<Message>, &'static str> {
        let mut messages = Vec::new();
        while let Step::Took(count, message) = reader.step(bytes)? {
            messages.extend(message);
            bytes = &bytes[count..];
        }
        Ok(messages)
    }

    #[test]
    fn what_is_not_agreed_on_is_refused() {
        for (bytes, masked) in [
            (vec![0xc1, 0], false),
            (vec![0x81, 0x80, 0, 0, 0, 0], false),
            (vec![0x81, 0], true),
            (vec![0x83, 0], false),
            (vec![0x80, 0], false),
            (vec![0x89, 126, 0, 126], false),
            (vec![0x09, 0], false),
            (vec![0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], false),
            (vec![0x81, 1, 0xff], false),
            (vec![0x01, 0, 0x81, 0], false),
        ] {
            let mut reader = Reader { masked, longest: 100, partial: None };
            let padded = [bytes.as_slice(), &[0; 200]].concat();
            assert!(all(&mut reader, &padded).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_message_in_pieces_is_put_together_and_a_word_may_come_between() {
        let bytes = [&[0x01, 2][..], b"he", &[0x89, 1], b"?", &[0x80, 3], b"llo"].concat();
        let messages = all(&mut Reader::of_server(100), &bytes).unwrap();
        assert_eq!(messages, [Message::Control(Control::Ping, b"?".to_vec()), Message::Text("hello".to_owned())]);
    }

    proptest! {
        #[test]
        fn what_is_sent_is_what_is_read(text in ".{0,300}", more in 0_usize..70_000, mask in any::<Option<[u8; 4]>>(), cut in any::<prop::sample::Index>()) {
            let message = Message::Text(format!("{text}{}", "x".repeat(more)));
            let sender = mask.map_or(Sender::Server, Sender::Client);
            let bytes = frame(sender, &message);
            let mut reader = Reader { masked: mask.is_some(), longest: 1 << 20, partial: None };
            prop_assert_eq!(reader.step(&bytes[..cut.index(bytes.len())]), Ok(Step::Wait));
            prop_assert_eq!(reader.step(&bytes), Ok(Step::Took(bytes.len(), Some(message))));
        }

        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200), masked: bool) {
            let mut reader = Reader { masked, longest: 64, partial: None };
            all(&mut reader, &bytes).ok();
            prop_assert!(reader.partial.is_none_or(|(partial, _)| partial.len() <= 64));
        }
    }
}
