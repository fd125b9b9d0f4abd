//! Keys for servers of models that whoever asks does not have: in a request stands a word in the place of the key, and the key
//! takes that place at the last moment, on its way to its own server only.

use crate::egress::http::head::Head;
use crate::wire::Api;
use portcullis_event::{Host, Secret};

/// A key, and what stands for it.
#[derive(Clone)]
pub struct Credential {
    /// What whoever asks was given.
    pub stand_in: String,
    /// The key.
    pub key: Secret<String>,
    /// The one host that may see it.
    pub host: Host,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("host", &self.host).finish_non_exhaustive()
    }
}

/// A key on its way to its server.
#[derive(Debug)]
pub(super) struct Lent {
    /// The header that it goes in.
    pub(super) header: &'static str,
    pub(super) value: Secret<Vec<u8>>,
    /// The one host that may see it.
    pub(super) host: Host,
}

impl Credential {
    /// The key, as an interface has it sent.
    pub(super) fn lent(&self, api: Api) -> Lent {
        let (header, front) = match api {
            Api::Messages => ("x-api-key", ""),
            Api::Gemini => ("x-goog-api-key", ""),
            Api::Chat | Api::Responses | Api::Ollama => ("Authorization", "Bearer "),
        };
        let value = Secret::new([front, self.key.expose()].concat().into_bytes());
        Lent { header, value, host: self.host.clone() }
    }
}

/// The headers that keys are sent in.
const HEADERS: [&str; 4] = ["authorization", "x-api-key", "x-goog-api-key", "api-key"];

/// A header as it is sent on to the server that was asked for as `host`: with the key, where it holds what stands for it.
pub(super) fn put_in(all: &[Credential], host: &Host, name: &str, value: &[u8]) -> Option<Secret<Vec<u8>>> {
    let text = std::str::from_utf8(value).ok().filter(|_| HEADERS.contains(&name))?;
    all.iter().filter(|it| it.host == *host).find_map(|it| {
        let front = text.strip_suffix(it.stand_in.as_str())?;
        let is_whole = front.is_empty() || front.eq_ignore_ascii_case("bearer ");
        is_whole.then(|| Secret::new([front, it.key.expose()].concat().into_bytes()))
    })
}

/// Whether a request to a host brings a key of its own, though there is one for this host: whatever it sends would be somebody
/// else's to read.
pub(super) fn is_foreign(all: &[Credential], host: &Host, head: &Head, path: &str) -> bool {
    if !all.iter().any(|it| it.host == *host) {
        return false;
    }
    let in_header = head.headers.iter().any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        HEADERS.contains(&name.as_str()) && put_in(all, host, &name, value).is_none()
    });
    let query = path.split_once('?').map_or("", |(_, query)| query);
    in_header || query.split('&').any(|part| part.starts_with("key=") || part.starts_with("access_token="))
}
