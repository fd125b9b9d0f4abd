//! The head of an answer, as the client is handed it.

use super::server::OWN;
use crate::egress::http::head::Head;

/// How the end of an answer is told.
pub(super) enum Framing {
    Length(usize),
    Chunks,
}

/// The head of an answer for the client: the server's headers, but for those that are between neighbours.
pub(super) fn with_headers(reply: &Head, status: u16, framing: &Framing, keep: bool) -> Vec<u8> {
    let named = reply.words("connection");
    let mut head = Head {
        first: "HTTP/1.1".to_owned(),
        second: status.to_string(),
        third: if status == 200 { "OK".to_owned() } else { reply.third.clone() },
        headers: Vec::new(),
    };
    for (name, value) in &reply.headers {
        let small = name.to_ascii_lowercase();
        if !OWN.contains(&small.as_str()) && small != "content-encoding" && !named.contains(&small) {
            head.headers.push((name.clone(), value.clone()));
        }
    }
    match framing {
        Framing::Length(length) => head.headers.push(("Content-Length".to_owned(), length.to_string().into_bytes())),
        Framing::Chunks => head.headers.push(("Transfer-Encoding".to_owned(), b"chunked".to_vec())),
    }
    if !keep {
        head.headers.push(("Connection".to_owned(), b"close".to_vec()));
    }
    head.bytes()
}
