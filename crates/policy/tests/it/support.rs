//! Policies and events in few words.

use portcullis_event::*;
use portcullis_policy::*;

pub(crate) fn path(text: &str) -> AbsPath {
    AbsPath::parse(text).unwrap()
}

pub(crate) fn places() -> Places {
    Places { home: path("/home/ada"), repository: Some(path("/home/ada/work")), cwd: path("/home/ada/work") }
}

pub(crate) fn name_of(layer: Layer) -> &'static str {
    match layer {
        Layer::Organisation => "/etc/portcullis/portcullis.toml",
        Layer::User => "~/.config/portcullis/portcullis.toml",
        Layer::Repository => "portcullis.toml",
    }
}

pub(crate) fn source(layer: Layer, text: &str) -> Source {
    Source::toml(layer, name_of(layer), text)
}

pub(crate) fn load(sources: &[Source]) -> Result<ValidPolicy, Vec<Diagnostic>> {
    ValidPolicy::load(sources, &places())
}

pub(crate) fn layers(sources: &[(Layer, &str)]) -> ValidPolicy {
    let sources: Vec<Source> = sources.iter().map(|(layer, text)| source(*layer, text)).collect();
    match load(&sources) {
        Ok(policy) => policy,
        Err(all) => panic!("{}", all.iter().map(|it| it.render(false)).collect::<Vec<_>>().join("\n\n")),
    }
}

pub(crate) fn policy(text: &str) -> ValidPolicy {
    layers(&[(Layer::User, text)])
}

pub(crate) struct NothingFound;

impl Inspector for NothingFound {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        (event, Vec::new(), Coverage::default())
    }
}

pub(crate) fn by_agent() -> Actor {
    let mut actor = Actor::human(UserName::parse("ada").unwrap());
    actor.agents.push(Agent::new(AgentName::parse("claude-code").unwrap(), None));
    actor
}

pub(crate) fn event(what: impl Into<Body>) -> Event {
    Event::new(EventId::from_bytes([1; 16]), Timestamp::default(), by_agent(), what)
}

pub(crate) fn ask(policy: &ValidPolicy, event: Event) -> Decision {
    policy.decide(&event.inspect(&NothingFound), &Usage::default())
}

pub(crate) fn verdict(policy: &ValidPolicy, what: impl Into<Body>) -> Verdict {
    ask(policy, event(what)).verdict
}

pub(crate) fn read(at: &str) -> Body {
    File::new(FileOp::Read, path(at)).into()
}

pub(crate) fn write(at: &str) -> Body {
    File::new(FileOp::Write, path(at)).into()
}

pub(crate) fn run(command: &str) -> Body {
    let mut process = Process::new(ProcessOp::Start);
    process.argv = command.split_whitespace().map(str::to_owned).collect();
    process.into()
}

pub(crate) fn connect(host: &str, port: u16) -> Body {
    let mut net = Net::new(NetOp::Connect, Host::parse(host).unwrap());
    net.port = Some(port);
    net.into()
}

pub(crate) fn model(provider: &str, name: &str) -> Body {
    let mut llm = Llm::new(LlmOp::Request, provider, ModelId::parse(name).unwrap());
    llm.host = Some(Host::parse("api.example").unwrap());
    llm.into()
}

pub(crate) fn tool(name: &str) -> Body {
    Tool::new(ToolOp::Call, ToolName::parse(name).unwrap()).into()
}
