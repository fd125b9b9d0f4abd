//! What whoever watches the gate may ask it: whether it lives, whether it can work, and what it has counted. None of that needs a
//! key, names one, or is on the record.

use super::client;
use super::exchange::Exchange;
use crate::egress::http::body::Body;
use crate::egress::http::head::Head;
use std::io;
use std::sync::atomic::Ordering;

/// Whether the gate can work now, and if not, why.
pub type Ready = dyn Fn() -> Result<(), String> + Send + Sync;

impl Exchange<'_, '_> {
    /// Answers such a question; nothing if it is none.
    pub(super) fn health(&mut self, head: &Head, body: Body, keep: bool) -> Option<io::Result<bool>> {
        // Where the client believes to speak to a server, that one's paths are the server's.
        let is_asked = self.servers.origin.is_none() && head.first == "GET" && body == Body::None;
        let (status, kind, text) = match head.second.as_str() {
            _ if !is_asked => return None,
            "/healthz" => (200, "text/plain", "ok\n".to_owned()),
            "/readyz" => match self.ready() {
                Ok(()) => (200, "text/plain", "ready\n".to_owned()),
                Err(why) => (503, "text/plain", format!("{why}\n")),
            },
            "/metrics" => (200, "text/plain; version=0.0.4", self.shared.metrics.text(self.shared)),
            _ => return None,
        };
        let answer = client::answer(status, kind, text.as_bytes(), keep);
        Some(self.link.send(&answer, self.idle()).map(|()| keep))
    }

    fn ready(&self) -> Result<(), String> {
        if self.shared.drains.load(Ordering::Acquire) {
            return Err("it ends: what is under way goes on".to_owned());
        }
        self.shared.settings.ready.as_ref().map_or(Ok(()), |ready| ready())
    }
}
