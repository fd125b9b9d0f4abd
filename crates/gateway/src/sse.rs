//! A stream of events, as a server sends them (`text/event-stream`), cut into its events and put together again.

/// The longest event that is held.
const LONGEST: usize = 16 << 20;

/// One event, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// As it was written, with the empty line behind it.
    raw: String,
    /// What its lines of data say, put together.
    data: Option<String>,
    /// It is a line of a stream that has one document in each.
    is_line: bool,
}

/// Why a stream can't be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An event does not end.
    #[error("an event of the stream is longer than 16 MiB")]
    TooLong,
    /// It is no text.
    #[error("an event of the stream is not UTF-8")]
    NotText,
}

impl Event {
    /// An event with a name and data, as this program writes it.
    pub fn new(name: Option<&str>, data: &str) -> Self {
        let name = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
        let raw = format!("{name}{}\n", data_lines(data));
        Self { raw, data: Some(data.to_owned()), is_line: false }
    }

    /// What its lines of data say; `None` if it has none.
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// As it is written.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The same event with other data. Its other lines stay what they are.
    #[must_use]
    pub fn with_data(&self, data: &str) -> Self {
        if self.is_line {
            return Self { raw: format!("{data}\n"), data: Some(data.to_owned()), is_line: true };
        }
        let mut raw = String::with_capacity(self.raw.len() + data.len());
        let mut is_written = false;
        for line in self.lines() {
            if field(line) != Some("data") {
                raw.push_str(line);
                raw.push('\n');
            } else if !is_written {
                raw.push_str(&data_lines(data));
                is_written = true;
            }
        }
        raw.push('\n');
        Self { raw, data: Some(data.to_owned()), is_line: false }
    }

    fn of_line(raw: String) -> Self {
        let data = raw.trim().to_owned();
        Self { raw, data: (!data.is_empty()).then_some(data), is_line: true }
    }

    fn of(raw: String) -> Self {
        let mut event = Self { raw, data: None, is_line: false };
        let mut data: Option<String> = None;
        for line in event.lines().filter(|line| field(line) == Some("data")) {
            let value = line.split_once(':').map_or("", |(_, value)| value.strip_prefix(' ').unwrap_or(value));
            match &mut data {
                None => data = Some(value.to_owned()),
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
            }
        }
        event.data = data;
        event
    }

    /// Its lines, but for the empty one behind it.
    fn lines(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.raw.as_str();
        std::iter::from_fn(move || {
            let end = rest.find(['\r', '\n'])?;
            let line = rest.get(..end)?;
            let ends_in_two = rest.get(end..end + 2) == Some("\r\n");
            rest = rest.get(end + 1 + usize::from(ends_in_two)..)?;
            Some(line)
        })
        .filter(|line| !line.is_empty())
    }
}

/// The name of the field that a line is of; `None` for a comment.
fn field(line: &str) -> Option<&str> {
    let name = line.split_once(':').map_or(line, |(name, _)| name);
    Some(name.strip_prefix('\u{feff}').unwrap_or(name)).filter(|name| !name.is_empty())
}

fn data_lines(data: &str) -> String {
    let mut lines = String::with_capacity(data.len() + 7);
    for line in data.split('\n') {
        lines.push_str("data: ");
        lines.push_str(line);
        lines.push('\n');
    }
    lines
}

/// Cuts a stream into events.
#[derive(Debug, Default)]
pub struct Events {
    held: Vec<u8>,
    /// Up to here everything was taken.
    taken: usize,
    /// Up to here no end of an event was found.
    searched: usize,
    /// Whether what was searched has more than empty lines, which belong to the event behind them.
    has_line: bool,
    /// Each line is one.
    in_lines: bool,
}

impl Events {
    /// Cuts a stream of documents into its lines.
    pub fn in_lines() -> Self {
        Self { in_lines: true, ..Self::default() }
    }

    /// Takes the next piece of the stream.
    pub fn push(&mut self, piece: &[u8]) {
        self.held.drain(..std::mem::take(&mut self.taken));
        self.held.extend_from_slice(piece);
    }

    /// The next whole event, if it is there.
    pub fn take(&mut self) -> Result<Option<Event>, Broken> {
        let Some(length) = self.length() else {
            return if self.left() > LONGEST { Err(Broken::TooLong) } else { Ok(None) };
        };
        let raw = self.rest().get(..length).unwrap_or_default();
        let raw = std::str::from_utf8(raw).map_err(|_| Broken::NotText)?.to_owned();
        self.taken += length;
        (self.searched, self.has_line) = (0, false);
        Ok(Some(if self.in_lines { Event::of_line(raw) } else { Event::of(raw) }))
    }

    /// What is left when the stream has ended: an event without an end is none.
    pub fn left(&self) -> usize {
        self.held.len().saturating_sub(self.taken)
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.taken..).unwrap_or_default()
    }

    /// How long the first event is, its empty line included. A line ends in LF, CR LF, or CR. A CR at the very end may be half
    /// of a CR LF, so it waits.
    fn length(&mut self) -> Option<usize> {
        loop {
            let rest = self.held.get(self.taken + self.searched..)?;
            let line = if self.in_lines { memchr::memchr(b'\n', rest) } else { memchr::memchr2(b'\r', b'\n', rest) };
            let Some(line) = line else {
                self.has_line |= !rest.is_empty();
                self.searched += rest.len();
                return None;
            };
            if self.in_lines {
                return Some(self.searched + line + 1);
            }
            self.has_line |= line > 0;
            self.searched += line;
            let rest = rest.get(line..)?;
            let first = line_end(rest)?;
            let behind = rest.get(first..)?;
            if self.has_line && matches!(behind.first()?, b'\r' | b'\n') {
                return Some(self.searched + first + line_end(behind)?);
            }
            self.searched += first;
        }
    }
}

/// How long the end of a line at the front is; `None` if that is not certain yet.
fn line_end(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\r', b'\n', ..] => Some(2),
        [b'\n', ..] | [b'\r', _, ..] => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(stream: &[u8], cut: usize) -> Vec<Event> {
        let (mut events, mut found) = (Events::default(), Vec::new());
        for piece in stream.chunks(cut) {
            events.push(piece);
            while let Some(event) = events.take().unwrap() {
                found.push(event);
            }
        }
        found
    }

    #[test]
    fn events_are_cut_however_their_lines_end() {
        for end in ["\n", "\r\n", "\r"] {
            let stream = ["event: a", "data: {\"x\":", "data:1}", "", ": comment", "", "data: b", "", "x"].join(end);
            for cut in 1..stream.len() {
                let found = all(stream.as_bytes(), cut);
                assert_eq!(found.len(), 3, "{end:?} {cut}");
                assert_eq!(found[0].data(), Some("{\"x\":\n1}"));
                assert_eq!(found[1].data(), None);
                assert_eq!(found[2].data(), Some("b"));
                let raw: String = found.iter().map(Event::raw).collect();
                assert!(stream.starts_with(&raw));
            }
        }
    }

    #[test]
    fn other_data_leaves_the_other_lines() {
        let event = all(b"id: 7\nevent: a\ndata: x\ndata: y\nretry: 3\n\n", 100).remove(0);
        assert_eq!(event.with_data("z").raw(), "id: 7\nevent: a\ndata: z\nretry: 3\n\n");
        assert_eq!(event.with_data("z\nw").data(), Some("z\nw"));
        assert_eq!(Event::new(Some("a"), "x").raw(), "event: a\ndata: x\n\n");
    }

    #[test]
    fn what_never_ends_or_is_no_text_is_an_error() {
        let mut events = Events::default();
        events.push(&vec![b'x'; LONGEST + 1]);
        assert_eq!(events.take(), Err(Broken::TooLong));
        let mut events = Events::default();
        events.push(b"data: \xff\n\n");
        assert_eq!(events.take(), Err(Broken::NotText));
    }

    #[test]
    fn empty_lines_without_end_are_gone_through_once() {
        // Were each of them looked at again for the next one, this would take hours.
        for piece in [&b"\n"[..], b"\r\n", b"\r"] {
            let mut events = Events::default();
            for _ in 0..6 {
                events.push(&piece.repeat((1 << 20) / piece.len()));
                assert_eq!(events.take(), Ok(None));
            }
            events.push(b"data: x\n\n");
            assert_eq!(events.take().unwrap().unwrap().data(), Some("x"));
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_cuts_make_no_difference(stream in "(data: ?[ab]|event:x|:c|\r\n|\n|\r|\u{feff}| ){0,30}", cut in 1..9_usize) {
            let whole = all(stream.as_bytes(), stream.len().max(1));
            prop_assert_eq!(&all(stream.as_bytes(), cut), &whole);
            let raw: String = whole.iter().map(Event::raw).collect();
            prop_assert!(stream.starts_with(&raw));
        }

        #[test]
        fn what_is_written_is_read(data in "[a\n{}]{0,12}") {
            let event = Event::new(None, &data);
            let found = all(event.raw().as_bytes(), 3);
            prop_assert_eq!(found, vec![event]);
        }
    }
}
