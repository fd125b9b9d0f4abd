//! HTTP/1: what is read of it, what is passed on, and what is answered by the broker itself.

pub mod body;
pub(crate) mod coding;
pub(crate) mod exchange;
pub mod head;
pub(crate) mod proxy;
pub(crate) mod reading;
pub mod target;

use super::refusal::Refusal;

/// The answer to a request that was refused. Nothing follows it on the same connection.
pub(crate) fn answer(refusal: &Refusal, what: &str) -> Vec<u8> {
    let (status, phrase, page) = (refusal.status(), refusal.phrase(), refusal.page(what));
    let length = page.len();
    format!(
        "HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{page}"
    )
    .into_bytes()
}
