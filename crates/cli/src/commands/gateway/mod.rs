//! `portcullis gateway`: stands between agents and models, as a server on this machine.

mod elsewhere;
mod live;
mod roads;

use crate::budgets::Budgets;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::interface::Interface;
use crate::invocation::Invocation;
use crate::keys::FileKeeper;
use crate::models::{ModelRoad, fresh_session, replaces, trust};
use crate::output::{Output, View};
use crate::page::{Page, Tone};
use crate::person::Person;
use crate::{ready, surroundings, time};
use clap::Args;
use live::Live;
use portcullis_event::{AgentName, Secret};
use portcullis_gateway::egress::Upstream;
use portcullis_gateway::model::{self, Credential, Models, Settings, Target, Targets};
use portcullis_gateway::wire::Api;
use portcullis_sandbox::Signals;
use roads::Roads;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Stands between agents and models: replaces what must not leave, puts it back, rules about calls of tools, records.
#[derive(Debug, Args)]
pub(crate) struct Gateway {
    /// Where to listen; only addresses of this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// Where an interface is served, such as `chat=https://models.example`; may be given several times
    #[arg(long = "upstream", value_name = "INTERFACE=URL", value_parser = upstream)]
    upstreams: Vec<(Interface, String)>,
    /// The variable that holds the key for an interface's server, such as `chat=MY_KEY`, if it is not the usual one of the provider:
    /// where a client shows a key of this gateway in the place of its provider's, this one goes on
    #[arg(long = "credential", value_name = "INTERFACE=VARIABLE", value_parser = credential)]
    credentials: Vec<(Interface, String)>,
    /// How long what is under way may go on once the gateway is asked to end
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time::seconds)]
    drain: u64,
    /// Who uses it, if that is to be on the record instead of what the client says
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
}

fn upstream(text: &str) -> Result<(Interface, String), String> {
    let (interface, url) = Interface::split(text)?;
    Target::parse(url, "self-hosted").map_err(|why| format!("`{url}` can't be used: {why}"))?;
    Ok((interface, url.to_owned()))
}

fn credential(text: &str) -> Result<(Interface, String), String> {
    let (interface, variable) = Interface::split(text)?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if variable.is_empty() || !variable.bytes().all(is_word) {
        return Err(format!("`{variable}` is no name of a variable"));
    }
    Ok((interface, variable.to_owned()))
}

/// What a user needs to know to use it.
#[derive(Debug, Serialize)]
struct Listening {
    url: String,
    /// What agents are told, each by the variable that it reads.
    variables: Vec<String>,
}

impl Gateway {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        if !self.listen.ip().is_loopback() {
            return Err(Failure::usage("the gateway listens on this machine only")
                .at(self.listen.to_string())
                .because("whoever reaches it speaks to models in your name")
                .fix("use an address such as 127.0.0.1:8787"));
        }
        // Before any thread is started: they all leave these signals to this one.
        let signals = Signals::catch().map_err(|error| Failure::incomplete(error.to_string()))?;
        let named = self.agent.as_deref().map(AgentName::parse).transpose();
        let named = named.map_err(|error| Failure::usage(format!("this is no name of an agent: {error}")))?;
        let targets = self.targets()?;
        let gate = Gate::open(invocation)?;
        let (replaces, requires_keys) = (replaces(gate.policy()), gate.policy().requires_keys());
        let opinion = gate.opinion().cloned();
        let budgets = Budgets::open(invocation.home()?, gate.policy(), invocation.output)?;
        let keeper = Arc::new(FileKeeper::new(invocation.home()?, requires_keys, invocation.output));
        let origin = (surroundings::actor()?, surroundings::place(invocation));
        let folders = (surroundings::home(invocation)?, invocation.home()?.path().to_owned());
        let roads = Arc::new(Roads::new(ModelRoad::new(Arc::new(gate), origin, folders, named)));
        let lends = self.lends(&targets)?;
        let elsewhere = elsewhere::of_policy(roads.now().gate().policy())?;
        let mut settings = Settings::new(targets, replaces, fresh_session()?);
        (settings.lends, settings.limits) = (lends, Some(budgets.limits()));
        (settings.elsewhere, settings.opinion) = (elsewhere, opinion);
        settings.ready = Some(ready::of(&invocation.home()?));
        settings.keeper = Some(Arc::clone(&keeper) as _);
        settings.proxy = Upstream::of_environment(|name| std::env::var(name).ok()).map_err(Failure::usage)?;
        settings.tls = trust(invocation.output);
        let failed = |error| Failure::io("listen", None, &error).at(self.listen.to_string());
        let listener = TcpListener::bind(self.listen).map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let models = Models::new(Arc::clone(&roads) as _, settings).map_err(failed)?;
        let gate = model::Gate::open(listener, models).map_err(failed)?;
        let variables = [
            ("ANTHROPIC_BASE_URL", ""),
            ("OPENAI_BASE_URL", "/v1"),
            ("GOOGLE_GEMINI_BASE_URL", ""),
            ("OLLAMA_HOST", ""),
        ];
        let variables = variables.map(|(name, path)| format!("{name}={url}{path}")).to_vec();
        invocation.output.put(&Listening { url, variables })?;
        listen_to_the_person(Arc::clone(&roads), invocation.output);
        let live = Live { invocation, roads, keeper, budgets, gate };
        live.wait(&signals)?;
        let left = live.gate.drain(Duration::from_secs(self.drain), || live::is_asked_again(&signals));
        if left > 0 {
            invocation.output.remark(&format!("{left} requests were still under way, and were cut"));
        }
        live.gate.stop();
        Ok(Exit::Success)
    }

    /// The keys that go along where a client shows one of ours. A provider's own goes to that provider and to nobody else, unless
    /// it is named for another server.
    fn lends(&self, targets: &Targets) -> Result<BTreeMap<Api, Credential>, Failure> {
        let mut lends = BTreeMap::new();
        for interface in Interface::ALL {
            let Some(target) = targets.of(interface.api()) else { continue };
            let named = self.credentials.iter().rev().find(|(it, _)| *it == interface).map(|(_, variable)| variable);
            let key = match named {
                Some(variable) => Some(of_environment(variable).ok_or_else(|| {
                    Failure::usage(format!("the variable {variable} holds no key for {}", interface.name())).fix(
                        format!(
                            "set it where the gateway is started, or leave --credential {}=… out",
                            interface.name()
                        ),
                    )
                })?),
                None if model::provider_of(&target.host).is_some() => {
                    interface.variables().iter().find_map(|variable| of_environment(variable))
                }
                None => None,
            };
            if let Some(key) = key {
                lends.insert(interface.api(), Credential { stand_in: String::new(), key, host: target.host.clone() });
            }
        }
        Ok(lends)
    }

    fn targets(&self) -> Result<Targets, Failure> {
        let mut targets = Targets::default();
        for (interface, url) in &self.upstreams {
            let provider = match targets.of(interface.api()) {
                Some(usual) if Target::parse(url, "").is_ok_and(|it| it.host == usual.host) => usual.provider.clone(),
                // Whoever else it is, policy knows it as one of the user's own.
                Some(_) | None => "self-hosted".to_owned(),
            };
            let target = Target::parse(url, &provider).map_err(|why| Failure::usage(why).at(url.clone()))?;
            targets.set(interface.api(), target);
        }
        Ok(targets)
    }
}

/// A key that can stand in a header.
fn of_environment(variable: &str) -> Option<Secret<String>> {
    let key = std::env::var(variable).ok()?;
    let key = key.trim();
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Secret::new(key.to_owned()))
}

/// What a person types at the terminal of the gateway to begin anew.
const CLEAR: &str = "clear";

/// Takes the labels off the session when the person at this terminal says so. An agent has no such terminal: it speaks to the gateway
/// over the network.
fn listen_to_the_person(roads: Arc<Roads>, output: Output) {
    if !io::stdin().is_terminal() {
        return;
    }
    let listen = move || {
        for line in io::stdin().lines().map_while(Result::ok).filter(|line| line.trim() == CLEAR) {
            drop(line);
            match Person::here().map_err(|failure| failure.what).and_then(|_| roads.now().clear()) {
                Ok(cleared) if cleared.is_empty() => output.remark("this session has no labels"),
                Ok(cleared) => output.remark(&format!("cleared: {}", cleared.join("; "))),
                Err(why) => output.remark(&why),
            }
        }
    };
    // Without the thread nothing is cleared; the labels stay.
    drop(std::thread::Builder::new().name("terminal".to_owned()).spawn(listen));
}

impl View for Listening {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "listening").put(Tone::Plain, format!(" at {}", self.url)).end();
        for variable in &self.variables {
            page.put(Tone::Faint, "  export ").put(Tone::Plain, variable).end();
        }
    }
}
