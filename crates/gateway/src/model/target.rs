//! Where each interface is served.

use crate::egress::authority;
use crate::wire::Api;
use portcullis_event::Host;
use std::collections::BTreeMap;

/// A server of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// Whether it is spoken to over TLS.
    pub tls: bool,
    /// What stands in front of every path.
    pub path: String,
    /// Who serves it, as policy names them.
    pub provider: String,
}

/// Where each interface is served, and where requests go that were meant for a known server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    by_api: BTreeMap<Api, Target>,
    instead: BTreeMap<Host, Target>,
}

impl Target {
    /// Reads an address such as `https://api.example:8443/prefix`.
    pub fn parse(url: &str, provider: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = url.split_once("://").ok_or("it does not begin with https:// or http://")?;
        let (tls, port) = match scheme {
            "https" => (true, 443),
            "http" => (false, 80),
            _ => return Err("it does not begin with https:// or http://"),
        };
        let (place, path) =
            rest.split_once('/').map_or((rest, String::new()), |(place, path)| (place, format!("/{path}")));
        if path.contains(['?', '#']) || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("its path holds what a path does not");
        }
        let (host, port) = authority::parse(place, Some(port))?;
        // A name that leads elsewhere than to this machine is not spoken to in clear.
        if !tls && !host.is_loopback() {
            return Err("only a server on this machine can be spoken to without TLS");
        }
        Ok(Self { host, port, tls, path: path.trim_end_matches('/').to_owned(), provider: provider.to_owned() })
    }

    /// As a `Host` header names it.
    pub(crate) fn authority(&self) -> String {
        let Self { host, port, tls, .. } = self;
        let usual = if *tls { 443 } else { 80 };
        if *port == usual { host.to_string() } else { format!("{host}:{port}") }
    }
}

impl Default for Targets {
    /// The providers' own servers, and an Ollama on this machine.
    fn default() -> Self {
        let known = [
            (Api::Messages, "https://api.anthropic.com", "anthropic"),
            (Api::Chat, "https://api.openai.com", "openai"),
            (Api::Responses, "https://api.openai.com", "openai"),
            (Api::Gemini, "https://generativelanguage.googleapis.com", "google"),
            (Api::Ollama, "http://127.0.0.1:11434", "ollama"),
        ];
        let by_api = known
            .into_iter()
            .filter_map(|(api, url, provider)| Some((api, Target::parse(url, provider).ok()?)))
            .collect();
        Self { by_api, instead: BTreeMap::new() }
    }
}

impl Targets {
    /// Has an interface served elsewhere.
    pub fn set(&mut self, api: Api, target: Target) {
        self.by_api.insert(api, target);
    }

    /// Where an interface is served.
    pub fn of(&self, api: Api) -> Option<&Target> {
        self.by_api.get(&api)
    }

    /// Has requests go elsewhere that were meant for this host.
    pub fn lead(&mut self, from: Host, target: Target) {
        self.instead.insert(from, target);
    }

    /// Where requests go in the place of this host, if somebody said so.
    pub(super) fn instead_of(&self, host: &Host) -> Option<&Target> {
        self.instead.get(host)
    }
}
