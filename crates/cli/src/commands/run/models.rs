//! The gate of models of a run: what the command says to a model is read on its way, whichever program says it.
//!
//! A session over TLS with a server of models ends in the gate, and another leads on to the server. So that programs inside
//! believe it, they are told to trust an authority that is made for this run. Its key stays in this process; its certificate is
//! written once the walls stand, into files that lie there empty until then, so that nobody within the walls was ever a copy
//! of somebody who had the key.

use super::egress::RunRoad;
use super::world::World;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::models::{ModelRoad, fresh_session, replaces, trust};
use crate::surroundings;
use portcullis_event::{Host, Secret};
use portcullis_gateway::egress::Upstream;
use portcullis_gateway::model::{Authority, Credential, Models, Settings, Target, Targets};
use portcullis_sandbox::Mount;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the files are inside.
const INSIDE: &str = "/run/portcullis";

/// Where systems keep whom they trust, in one file.
const SYSTEMS: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Variables that name a file with one more to trust.
const ONE_MORE: [&str; 2] = ["NODE_EXTRA_CA_CERTS", "DENO_CERT"];

/// Variables that name a file with all whom to trust.
const ALL: [&str; 2] = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"];

/// The variables that keys for models are in, and the one server that each is for.
const KEYS: [(&str, &str); 12] = [
    ("ANTHROPIC_API_KEY", "api.anthropic.com"),
    ("ANTHROPIC_AUTH_TOKEN", "api.anthropic.com"),
    ("CLAUDE_CODE_OAUTH_TOKEN", "api.anthropic.com"),
    ("OPENAI_API_KEY", "api.openai.com"),
    ("CODEX_API_KEY", "api.openai.com"),
    ("GEMINI_API_KEY", "generativelanguage.googleapis.com"),
    ("GOOGLE_API_KEY", "generativelanguage.googleapis.com"),
    ("OPENROUTER_API_KEY", "openrouter.ai"),
    ("MISTRAL_API_KEY", "api.mistral.ai"),
    ("DEEPSEEK_API_KEY", "api.deepseek.com"),
    ("GROQ_API_KEY", "api.groq.com"),
    ("XAI_API_KEY", "api.x.ai"),
];

/// How keys begin, the longer ones first.
const BEGINNINGS: [&str; 10] = [
    "sk-ant-api03-",
    "sk-ant-oat01-",
    "sk-ant-",
    "sk-svcacct-",
    "sk-proj-",
    "sk-or-v1-",
    "sk-",
    "gsk_",
    "xai-",
    "AIza",
];

/// Variables that say where a model is asked.
const PLACES: [&str; 6] = [
    "ANTHROPIC_BASE_URL",
    "OPENAI_BASE_URL",
    "OPENAI_API_BASE",
    "GOOGLE_GEMINI_BASE_URL",
    "OPENROUTER_BASE_URL",
    "OLLAMA_HOST",
];

/// The files in which programs find whom they are to trust.
#[derive(Debug, Clone)]
pub(super) struct Trusted {
    /// The authority of the run.
    own: PathBuf,
    /// That, and whomever the system trusts.
    all: PathBuf,
}

impl Trusted {
    /// The files in a folder.
    pub(super) fn within(folder: &Path) -> Self {
        Self { own: folder.join("authority.pem"), all: folder.join("authorities.pem") }
    }

    /// The files as they are seen inside of full walls.
    pub(super) fn inside() -> Self {
        Self::within(Path::new(INSIDE))
    }

    /// Makes the files, with nothing in them.
    pub(super) fn make(&self) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::io("write the session's files", Some(&self.own), &error);
        let made = self.own.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| for_all(&self.own, b"")).and_then(|()| for_all(&self.all, b"")).map_err(failed)
    }

    /// Writes whom to trust.
    fn write(&self, authority: &Authority) -> io::Result<()> {
        let mut all = match of_system() {
            Some(file) => fs::read(file)?,
            None => Vec::new(),
        };
        let own = authority.certificate();
        all.extend_from_slice(own.as_bytes());
        for_all(&self.own, own.as_bytes())?;
        for_all(&self.all, &all)
    }

    /// What tells programs of them.
    pub(super) fn variables(&self) -> Vec<(OsString, OsString)> {
        let named = |names: [&str; 2], file: &Path| names.map(|name| (name.into(), file.as_os_str().to_owned()));
        // Where the system has no such file, programs know by themselves whom to trust.
        let all = of_system().map(|_| named(ALL, &self.all));
        named(ONE_MORE, &self.own).into_iter().chain(all.into_iter().flatten()).collect()
    }
}

/// Writes a file that everybody may read.
fn for_all(file: &Path, text: &[u8]) -> io::Result<()> {
    fs::write(file, text)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644))
}

/// Where the system keeps whom it trusts; where the user says otherwise, that.
fn of_system() -> Option<PathBuf> {
    let named = env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    named.into_iter().chain(SYSTEMS.map(PathBuf::from)).find(|file| file.is_file())
}

impl World<'_> {
    /// The files outside.
    pub(super) fn trusted(&self) -> Trusted {
        Trusted::within(&self.session.path().join("authority"))
    }

    /// The files, shown inside.
    pub(super) fn trusted_mounts(&self) -> Result<[Mount; 2], Failure> {
        let (outside, inside) = (self.trusted(), Trusted::inside());
        outside.make()?;
        let show = |from: PathBuf, at: PathBuf| Mount::Show { from: self.own(from), at, writable: false };
        Ok([show(outside.own, inside.own), show(outside.all, inside.all)])
    }
}

/// A key that is set outside, and what stands for it inside.
#[derive(Debug, Clone)]
pub(super) struct StandIn {
    pub(super) variable: &'static str,
    credential: Credential,
}

/// What stands for the keys that are set outside. Those that were asked for by name are handed in as they are.
pub(super) fn stand_ins(asked: &[(OsString, OsString)]) -> Vec<StandIn> {
    let is_asked = |variable: &str| asked.iter().any(|(name, _)| name == variable);
    let stand_in = |(variable, host): (&'static str, &str)| {
        // A key of a gateway of ours is for that gateway, and no provider may see it.
        let is_theirs = |key: &String| !key.is_empty() && !portcullis_gateway::who::is_one(key);
        let key = env::var(variable).ok().filter(|key| is_theirs(key) && !is_asked(variable))?;
        let (stand_in, host) = (in_place_of(&key), Host::parse(host).ok()?);
        Some(StandIn { variable, credential: Credential { stand_in, key: Secret::new(key), host } })
    };
    KEYS.into_iter().filter_map(stand_in).collect()
}

impl StandIn {
    /// The variable inside.
    pub(super) fn set(&self) -> (OsString, OsString) {
        (self.variable.into(), (&self.credential.stand_in).into())
    }
}

/// What stands for a key: it begins as the key does, since programs look at that, and is the same in every run, since they ask
/// once whether a key is meant. Keys are long and random, so that nothing is to be learnt from it.
fn in_place_of(key: &str) -> String {
    use sha2::Digest as _;
    let beginning = BEGINNINGS.into_iter().find(|beginning| key.starts_with(beginning)).unwrap_or_default();
    let hash = sha2::Sha256::new_with_prefix("portcullis: what stands for a key").chain_update(key).finalize();
    hash.iter().take(20).fold(format!("{beginning}standin"), |text, byte| format!("{text}{byte:02x}"))
}

/// A server of models, and who is asked in its place.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere(Host, Target);

/// Reads such a pair, as an option has it.
pub(super) fn upstream(text: &str) -> Result<Elsewhere, String> {
    let (name, url) = text.split_once('=').ok_or("it is no HOST=URL")?;
    let host = Host::parse(name).map_err(|error| format!("`{name}` is no host: {error}"))?;
    let target = Target::parse(url, "self-hosted").map_err(|why| format!("`{url}` can't be used: {why}"))?;
    Ok(Elsewhere(host, target))
}

/// What a run needs to know before it can read what is said to models.
#[derive(Debug)]
pub(super) struct OfModels {
    pub(super) stand_ins: Vec<StandIn>,
    pub(super) trusted: Trusted,
    pub(super) elsewhere: Vec<Elsewhere>,
    /// Where the agent that is started asks its maker's models.
    pub(super) own: Option<Host>,
}

/// Begins to read what is said to models.
pub(super) fn open(road: &RunRoad, invocation: &Invocation, of_models: OfModels) -> Result<Models, Failure> {
    let OfModels { stand_ins, trusted, elsewhere, own } = of_models;
    let failed = |error: io::Error| Failure::incomplete(format!("nobody can read what is said to models: {error}"));
    let gate = road.gate();
    let folders = (surroundings::home(invocation)?, invocation.home()?.path().to_owned());
    let of_run = ModelRoad::new(Arc::clone(gate), road.origin(), folders, None);
    let mut targets = Targets::default();
    for Elsewhere(host, target) in elsewhere {
        targets.lead(host, target);
    }
    let mut settings = Settings::new(targets, replaces(gate.policy()), fresh_session()?);
    settings.opinion = gate.opinion().cloned();
    settings.hosts = PLACES.iter().filter_map(|name| host_of(&env::var(name).ok()?)).collect();
    settings.credentials = stand_ins.into_iter().map(|it| it.credential).collect();
    settings.proxy = Upstream::of_environment(|name| env::var(name).ok()).map_err(Failure::incomplete)?;
    settings.tls = trust(invocation.output);
    settings.authority = authority(&settings.hosts).map_err(failed)?.map(Arc::new);
    if let Some(authority) = &settings.authority {
        trusted.write(authority).map_err(failed)?;
    }
    // What can't be read is asked about like any other host.
    if let Some(own) = own.filter(|_| settings.authority.is_some()) {
        road.has_models_at(own);
    }
    let reading = of_run.reading();
    let models = Models::new(Arc::new(of_run), settings).map_err(failed)?;
    if let Some(reading) = reading {
        road.goes_by(reading, models.clone());
    }
    Ok(models)
}

/// The authority of the run, where TLS can be spoken at all.
fn authority(hosts: &[Host]) -> io::Result<Option<Authority>> {
    if !crate::verify::has_the_instructions() {
        return Ok(None);
    }
    Authority::new(hosts, Arc::new(rustls_graviola::default_provider())).map(Some)
}

/// The host of an address, if it is a name.
fn host_of(url: &str) -> Option<Host> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.split(['/', '?']).next()?;
    let name = place.rsplit_once(':').map_or(place, |(name, _)| name);
    Host::parse(name).ok().filter(|host| host.address().is_none() && !host.is_loopback() && !host.is_of_the_machine())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_key_begins_like_it_and_holds_nothing_of_it() {
        let key = ["sk-ant-", "api03-", &"Zk3".repeat(31), "AA"].concat();
        let stand_in = in_place_of(&key);
        assert!(stand_in.starts_with("sk-ant-api03-standin") && !stand_in.contains("Zk3"), "{stand_in}");
        assert_eq!(stand_in, in_place_of(&key));
        assert_ne!(stand_in, in_place_of(&key.replace("Zk3", "Zk4")));
        assert!(in_place_of("AIzaSomething").starts_with("AIzastandin"));
        assert!(in_place_of("hunter-2-hunter").starts_with("standin"));
    }

    #[test]
    fn a_place_is_a_host_if_it_has_a_name() {
        let host = |url: &str| host_of(url).map(|host| host.to_string());
        assert_eq!(host("https://models.corp.example:8443/v1").as_deref(), Some("models.corp.example"));
        assert_eq!(host("models.corp.example").as_deref(), Some("models.corp.example"));
        for none in
            ["http://127.0.0.1:8787", "http://localhost:1", "http://host.portcullis.internal:99/v1", "", "https://"]
        {
            assert_eq!(host(none), None, "{none}");
        }
    }

    #[test]
    fn every_key_is_for_a_known_server_of_models() {
        for (_, host) in KEYS {
            assert!(portcullis_gateway::model::provider_of(&Host::parse(host).unwrap()).is_some(), "{host}");
        }
    }
}
