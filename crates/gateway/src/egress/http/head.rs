//! The head of an HTTP/1 message, read so that nobody else can read it differently.
//!
//! Lenient readers are how one request becomes two: a line that ends in a bare line feed, a header that is continued on
//! the next line, a space in front of a colon. Each of those is refused here and not mended.

/// Longest head.
pub(crate) const LONGEST: usize = 64 << 10;

/// Most headers.
const MOST_HEADERS: usize = 256;

/// The head of a message: its first line in three parts, and its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The method of a request, the version of an answer.
    pub first: String,
    /// The target of a request, the status of an answer.
    pub second: String,
    /// The version of a request, the phrase of an answer.
    pub third: String,
    /// Names as they were written, and values without white space around them.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// What became of reading a head.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    /// There is more to come.
    Partial,
    /// The head, and how many bytes it took.
    Whole(Head, usize),
}

/// Reads the head of a request from the front of `bytes`.
pub fn request(bytes: &[u8]) -> Result<Read, &'static str> {
    let Some((lines, length)) = lines(bytes)? else { return Ok(Read::Partial) };
    let (first, rest) = lines.split_first().ok_or("it has no first line")?;
    let first = std::str::from_utf8(first).map_err(|_| "its first line is not text")?;
    let mut parts = first.split(' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("its first line is not a method, a target and a version");
    };
    if method.is_empty() || method.len() > LONGEST_METHOD || !method.bytes().all(is_token) {
        return Err("its method is not a word");
    }
    if target.is_empty() || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("its target holds characters that a URL does not");
    }
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err("its version is not HTTP/1.1 or HTTP/1.0");
    }
    let headers = headers(rest)?;
    Ok(Read::Whole(
        Head { first: method.to_owned(), second: target.to_owned(), third: version.to_owned(), headers },
        length,
    ))
}

/// Reads the head of an answer from the front of `bytes`.
pub fn reply(bytes: &[u8]) -> Result<Read, &'static str> {
    let Some((lines, length)) = lines(bytes)? else { return Ok(Read::Partial) };
    let (first, rest) = lines.split_first().ok_or("it has no first line")?;
    let first = String::from_utf8_lossy(first);
    let (version, after) = first.split_once(' ').ok_or("its first line is not a version and a status")?;
    let (status, phrase) = after.split_once(' ').unwrap_or((after, ""));
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err("its version is not HTTP/1.1 or HTTP/1.0");
    }
    if status.len() != 3 || !status.bytes().all(|byte| byte.is_ascii_digit()) || status.starts_with('0') {
        return Err("its status is not a number of three digits");
    }
    let headers = headers(rest)?;
    let [first, second, third] = [version, status, phrase].map(str::to_owned);
    Ok(Read::Whole(Head { first, second, third, headers }, length))
}

/// Whether this is the beginning of a request that some server might answer; `None` if it is not enough to tell. It is more
/// generous than [`request`], which then refuses what only lenient servers understand.
pub fn looks_like_request(bytes: &[u8]) -> Option<bool> {
    // Many servers skip empty lines in front.
    let bytes = bytes.trim_ascii_start();
    if bytes.starts_with(b"PRI * HTTP/2.0") {
        return Some(false);
    }
    let method = bytes.iter().take_while(|byte| byte.is_ascii_uppercase() || **byte == b'-').count();
    match bytes.get(method) {
        None if method <= LONGEST_METHOD => return None,
        Some(next) if next.is_ascii_whitespace() && (1..=LONGEST_METHOD).contains(&method) => {}
        None | Some(_) => return Some(false),
    }
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        let is_text = !bytes.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
        // A first line that never ends is left to the reader of heads, which refuses it.
        return if is_text && bytes.len() <= LONGEST { None } else { Some(is_text) };
    };
    let line = bytes.get(..end).unwrap_or_default();
    Some(line.windows(5).any(|part| part.eq_ignore_ascii_case(b"HTTP/")))
}

/// Longest method.
const LONGEST_METHOD: usize = 32;

type Lines<'a> = Vec<&'a [u8]>;

/// The lines up to the empty one, and how many bytes all of that is. Each ends in CR LF; neither stands alone.
fn lines(bytes: &[u8]) -> Result<Option<(Lines<'_>, usize)>, &'static str> {
    let (mut lines, mut at) = (Vec::new(), 0);
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { break };
        match (rest.get(end), rest.get(end + 1)) {
            (Some(b'\r'), Some(b'\n')) => {}
            (Some(b'\r'), None) => break,
            _ => return Err("a line of it ends in something else than CR LF"),
        }
        at += end + 2;
        match rest.get(..end) {
            Some([]) | None => return if at > LONGEST { Err("it is too long") } else { Ok(Some((lines, at))) },
            Some(line) => lines.push(line),
        }
        if lines.len() > MOST_HEADERS {
            return Err("it has too many headers");
        }
    }
    if bytes.len() >= LONGEST { Err("it is too long") } else { Ok(None) }
}

fn headers(lines: &[&[u8]]) -> Result<Vec<(String, Vec<u8>)>, &'static str> {
    lines.iter().map(|line| header(line)).collect()
}

fn header(line: &[u8]) -> Result<(String, Vec<u8>), &'static str> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err("a header is continued on a second line");
    }
    let colon = line.iter().position(|byte| *byte == b':').ok_or("a header has no colon")?;
    let (name, value) = (line.get(..colon).unwrap_or_default(), line.get(colon + 1..).unwrap_or_default());
    if name.is_empty() || !name.iter().copied().all(is_token) {
        return Err("the name of a header is not a word");
    }
    if value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return Err("the value of a header holds a control character");
    }
    Ok((String::from_utf8_lossy(name).into_owned(), value.trim_ascii().to_vec()))
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl Head {
    /// The values of all headers of this name.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    /// The only value of a header: `None` if there is none, an error if there are several.
    pub fn only<'a>(&'a self, name: &'a str) -> Result<Option<&'a [u8]>, &'static str> {
        let mut values = self.values(name);
        let first = values.next();
        if values.next().is_some() { Err("a header that may stand once stands there twice") } else { Ok(first) }
    }

    /// The words of a list that may be spread over several headers, in lower case.
    pub fn words(&self, name: &str) -> Vec<String> {
        let texts = self.values(name).map(|value| String::from_utf8_lossy(value).to_ascii_lowercase());
        texts.flat_map(|text| text.split(',').map(|word| word.trim().to_owned()).collect::<Vec<_>>()).collect()
    }

    /// The head as it is sent.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} {}\r\n", self.first, self.second, self.third).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_head_is_read_and_what_follows_is_left() {
        let text = b"GET http://a.example/b HTTP/1.1\r\nHost: a.example\r\nX:  y \t\r\nEmpty:\r\n\r\nrest";
        let Ok(Read::Whole(head, length)) = request(text) else { panic!("{:?}", request(text)) };
        assert_eq!(length, text.len() - 4);
        assert_eq!((head.first.as_str(), head.second.as_str()), ("GET", "http://a.example/b"));
        assert_eq!(head.only("HOST"), Ok(Some(b"a.example".as_slice())));
        assert_eq!(head.only("x"), Ok(Some(b"y".as_slice())));
        for end in 0..length {
            assert_eq!(request(&text[..end]), Ok(Read::Partial), "{end}");
        }
    }

    #[test]
    fn what_lenient_readers_mend_is_refused() {
        for bad in [
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\n\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
            "GET / HTTP/1.1\r\n A: b\r\n\r\n",
            "GET / HTTP/1.1\r\nA : b\r\n\r\n",
            "GET / HTTP/1.1\r\nA\r\n\r\n",
            "GET / HTTP/1.1\r\n: b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding\x0b: chunked\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1 \r\n\r\n",
            "GET\t/ HTTP/1.1\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET / http/1.1\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\n\r\n",
            "GE(T / HTTP/1.1\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\n\r\n",
            " GET / HTTP/1.1\r\n\r\n",
        ] {
            assert!(request(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_head_has_a_longest_size_and_a_most_number_of_headers() {
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(LONGEST));
        assert!(request(long.as_bytes()).is_err());
        assert!(request(&long.as_bytes()[..LONGEST]).is_err());
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS));
        assert!(request(many.as_bytes()).is_err());
    }

    #[test]
    fn an_answer_may_have_no_phrase_and_needs_a_status() {
        let Ok(Read::Whole(head, _)) = reply(b"HTTP/1.1 204\r\n\r\n") else { panic!() };
        assert_eq!((head.second.as_str(), head.third.as_str()), ("204", ""));
        assert!(reply(b"HTTP/1.1 2xx OK\r\n\r\n").is_err());
        assert!(reply(b"ICY 200 OK\r\n\r\n").is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_and_read_again_as_it_was(bytes in "[ -~\r\n\t:]{0,120}", head in any::<bool>()) {
            let text = if head { format!("GET /a HTTP/1.1\r\n{bytes}\r\n\r\n") } else { bytes };
            if let Ok(Read::Whole(head, length)) = request(text.as_bytes()) {
                prop_assert!(length <= text.len());
                let again = head.bytes();
                prop_assert_eq!(request(&again), Ok(Read::Whole(head, again.len())));
            }
        }

        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            drop(request(&bytes));
            drop(reply(&bytes));
        }
    }
}
