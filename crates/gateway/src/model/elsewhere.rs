//! Models that are asked elsewhere: a name that clients ask for leads to a server, and to a name there. The request stays what it
//! is but for that name, and nothing that the client has for its own server goes to another one.

use super::credential::{Credential, Lent};
use super::exchange::{Exchange, Refused};
use super::target::Target;
use crate::egress::http::head::Head;
use crate::json::{Document, Edits, quoted};
use crate::wire::{Api, Route};
use portcullis_event::Secret;

/// A model that is asked elsewhere.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// The name that clients ask for.
    pub model: String,
    /// The server.
    pub target: Target,
    /// What the model is called there.
    pub name: String,
    /// The key for the server.
    pub key: Option<Secret<String>>,
}

/// What of a request's head says how it is meant. All else is for the server that the client believes to ask: nobody can list the
/// headers in which programs say who they are.
const GOES_ALONG: [&str; 6] =
    ["accept", "anthropic-beta", "anthropic-version", "content-type", "openai-beta", "user-agent"];

/// A request that was led elsewhere.
pub(super) struct Led {
    pub(super) route: Route,
    pub(super) source: String,
    pub(super) to: Option<Elsewhere>,
}

impl Exchange<'_, '_> {
    /// Where a model is asked instead, if somebody said so. Where the client believes to speak to a server itself, it does.
    pub(super) fn elsewhere(&self, model: &str) -> Option<Elsewhere> {
        if self.servers.origin.is_some() {
            return None;
        }
        self.shared.looking().elsewhere.iter().find(|it| it.model == model).cloned()
    }

    /// Leads a request to where its model is asked. What can't be read is left to whoever reads it next.
    pub(super) fn led(&self, route: Route, source: String) -> Result<Led, Refused> {
        if self.shared.looking().elsewhere.is_empty() {
            return Ok(Led { route, source, to: None });
        }
        let Ok(document) = Document::read(&source) else { return Ok(Led { route, source, to: None }) };
        let model = route.read(&document).model;
        let Some(to) = model.and_then(|model| self.elsewhere(&model)) else {
            return Ok(Led { route, source, to: None });
        };
        let mut edits = Edits::default();
        if let Some(named) = document.root().get("model") {
            edits.put(named.span(), quoted(&to.name));
        }
        let unable = || self.refuses(400, "its model can't be led elsewhere");
        let edited = edits.applied(&source).ok_or_else(unable)?;
        let model = route.model.is_some().then(|| to.name.clone());
        Ok(Led { route: Route { model, ..route }, source: edited, to: Some(to) })
    }
}

/// A request's head, as another server than the client's own may see it. Whether it is compressed was looked at before.
pub(super) fn for_another(head: &Head) -> Head {
    let mut head = head.clone();
    head.headers.retain(|(name, _)| GOES_ALONG.iter().any(|it| name.eq_ignore_ascii_case(it)));
    head
}

impl Elsewhere {
    /// The request's path, with the name of the model if it stands there, and without what is for another server.
    pub(super) fn path(&self, path: &str) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = path.replace(&format!("/models/{}:", self.model), &format!("/models/{}:", self.name));
        let is_key = |part: &&str| part.starts_with("key=") || part.starts_with("access_token=");
        let query: Vec<&str> = query.split('&').filter(|part| !part.is_empty() && !is_key(part)).collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// The key that goes along.
    pub(super) fn lent(&self, api: Api) -> Option<Lent> {
        let key = self.key.clone()?;
        Some(Credential { stand_in: String::new(), key, host: self.target.host.clone() }.lent(api))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::http::head::{Read, request};

    #[test]
    fn nothing_that_is_for_another_server_goes_along() {
        let target = Target::parse("http://127.0.0.1:1", "self-hosted").unwrap();
        let to = Elsewhere { model: "fast".to_owned(), target, name: "qwen3".to_owned(), key: None };
        let text =
            b"POST /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nCOOKIE: y\r\nX-Api-Key: z\r\nX-Who-I-Am: z\r\nAccept: b\r\n\r\n";
        let Ok(Read::Whole(head, _)) = request(text) else { panic!() };
        let names: Vec<String> = for_another(&head).headers.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Accept"]);
        assert_eq!(
            to.path("/v1beta/models/fast:generateContent?key=x&alt=sse"),
            "/v1beta/models/qwen3:generateContent?alt=sse"
        );
        assert_eq!(to.path("/v1/chat/completions?access_token=x"), "/v1/chat/completions");
        assert!(to.lent(Api::Chat).is_none());
    }
}
