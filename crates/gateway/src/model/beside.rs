//! What a client asks of a server of models beside asking a model. Most of it goes nowhere: a server that takes files or
//! reports takes them from anybody who has a key for it.

use super::client;
use super::exchange::{Exchange, Refused, words};
use super::target::Target;
use crate::egress::http::head::Head;
use crate::wire::{Api, is_plain};
use std::io;

/// Where a client logs in, and learns who it is.
const LOGINS: [&str; 2] = ["/v1/oauth/", "/api/oauth/"];

impl Exchange<'_, '_> {
    /// Serves what asks no model anything: lists of models pass, a greeting is answered; where the client believes to speak to the
    /// server itself, what is only read passes as well, and a login. All else goes nowhere, telemetry too.
    pub(super) fn beside(&mut self, head: &Head, path: &str, body: Vec<u8>, keep: bool) -> io::Result<bool> {
        let plain = path.split('?').next().unwrap_or_default();
        let is_read = matches!(head.first.as_str(), "HEAD" | "GET");
        if plain == "/" && is_read {
            let length = if head.first == "HEAD" { &b""[..] } else { b"Portcullis\n" };
            self.link.send(&client::answer(200, "text/plain", length, keep), self.idle())?;
            return Ok(keep);
        }
        let served = self.server_beside(head, plain, body.is_empty()).zip(String::from_utf8(body).ok());
        let Some(((api, target), body)) = served else {
            let what = format!("{} {plain}", head.first);
            self.shared.road.refused(&self.client, &format!("{what} asks no model anything"));
            return self.answer(&Refused::new(404, words("this gate has nothing there")), None, keep);
        };
        if let Err(refused) = self.may_use(api) {
            return self.answer(&refused, Some(api), keep);
        }
        let mut reply = match self.forward(head, path, (api, &target), &body) {
            Ok(reply) => reply,
            Err(refused) => return self.answer(&refused, None, keep),
        };
        let whole = reply.whole(self.shared)?;
        self.link.send(&client::answer(reply.status(), &reply.kind(), &whole, keep), self.idle())?;
        self.servers.keep(reply);
        Ok(keep)
    }

    /// Who serves it, if it may be asked at all, and as part of which interface.
    fn server_beside(&self, head: &Head, plain: &str, is_empty: bool) -> Option<(Api, Target)> {
        if !is_plain(plain) {
            return None;
        }
        let is_get = head.first == "GET" && is_empty;
        if self.servers.origin.is_some() {
            let is_login = head.first == "POST" && LOGINS.iter().any(|login| plain.starts_with(login));
            // Which interface it is makes no difference: there is one server.
            return (is_get || is_login)
                .then(|| self.servers.of(Api::Chat))
                .flatten()
                .map(|target| (Api::Chat, target));
        }
        let api = match plain {
            _ if !is_get => return None,
            "/api/tags" | "/api/version" | "/api/ps" => Api::Ollama,
            _ if plain.starts_with("/v1beta/models") => Api::Gemini,
            _ if plain.starts_with("/v1/models") && head.values("anthropic-version").next().is_some() => Api::Messages,
            _ if plain.starts_with("/v1/models") => Api::Chat,
            _ => return None,
        };
        Some((api, self.servers.of(api)?))
    }
}
