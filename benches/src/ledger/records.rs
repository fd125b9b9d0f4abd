//! The input that every contender is given: records as an agent's day makes them, some 600 bytes each.

use anyhow::Context as _;
use portcullis_event::{
    AbsPath, Actor, Agent, AgentName, Body, CheckId, Coverage, Decision, Event, EventId, File, FileOp, Host, Mode, Net,
    NetOp, ParseError, Process, ProcessOp, Reason, Record, Rest, SCHEMA_VERSION, SessionId, SourceLine, Timestamp,
    Tool, ToolName, ToolOp, UserName, Verdict,
};
use std::time::SystemTime;

/// How many different records there are. Ids and times are new each time.
const DIFFERENT: u32 = 240;

const POLICY: &str = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c";

/// Records to append, over and over.
#[derive(Debug, Clone)]
pub(crate) struct Records(Vec<Record>);

impl Records {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self((0..DIFFERENT).map(record).collect::<Result<_, _>>()?))
    }

    /// The `turn`-th record, with an id and a time of its own.
    pub(crate) fn get(&self, turn: u64) -> anyhow::Result<Record> {
        let place = usize::try_from(turn % u64::from(DIFFERENT))?;
        let record = self.0.get(place).context("there are too few records")?;
        Ok(now(record.clone()))
    }

    /// How long a record is on average, encoded.
    pub(crate) fn average_length(&self) -> anyhow::Result<usize> {
        let lengths = self.0.iter().map(|record| Ok(record.encode()?.len())).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(lengths.iter().sum::<usize>() / lengths.len().max(1))
    }
}

/// One record, for a process that needs no other.
pub(crate) fn one() -> anyhow::Result<Record> {
    Ok(now(record(0)?))
}

fn now(mut record: Record) -> Record {
    record.event.id = EventId::fresh();
    record.event.time = SystemTime::now().into();
    record
}

fn record(n: u32) -> Result<Record, ParseError> {
    let mut event = Event::new(EventId::from_bytes([0; 16]), Timestamp::from_micros(0), actor(n)?, body(n)?);
    event.place.machine = Some("build-7".to_owned());
    event.place.repo = Some(AbsPath::parse(&format!("/home/user{}/work/shop", n % 12))?);
    let verdict = if n.is_multiple_of(25) { Verdict::Deny } else { Verdict::Allow };
    let reason = Reason {
        check: CheckId::parse("paths")?,
        verdict,
        message: "it is below the repository".to_owned(),
        source: Some(SourceLine { file: "portcullis.toml".to_owned(), line: 12 + n % 40, column: 3 }),
        fix: None,
        rest: Rest::new(),
    };
    Ok(Record {
        v: SCHEMA_VERSION,
        event,
        findings: Vec::new(),
        coverage: Coverage::default(),
        decision: Decision::strictest(Mode::Enforce, POLICY, vec![reason], Vec::new()),
        rest: Rest::new(),
    })
}

fn actor(n: u32) -> Result<Actor, ParseError> {
    let mut actor = Actor::human(UserName::parse(format!("user{}", n % 12))?);
    let session = SessionId::parse(format!("0f8c2d9e-{:04}-4a51-9d3c", n % 40))?;
    actor.agents.push(Agent::new(AgentName::parse("claude-code")?, Some(session)));
    Ok(actor)
}

fn body(n: u32) -> Result<Body, ParseError> {
    let path = AbsPath::parse(&format!("/home/user{}/work/shop/src/module{n}.rs", n % 12))?;
    Ok(match n % 4 {
        0 => File { bytes: Some(u64::from(n) * 311), ..File::new(FileOp::Read, path) }.into(),
        1 => {
            let argv = ["cargo", "nextest", "run", "--package", &format!("shop-{n}")].map(str::to_owned).to_vec();
            Process { argv, executable: AbsPath::parse("/usr/bin/cargo").ok(), ..Process::new(ProcessOp::Start) }.into()
        }
        2 => Tool { paths: vec![path], ..Tool::new(ToolOp::Call, ToolName::parse("Edit")?) }.into(),
        _ => Net {
            port: Some(443),
            protocol: Some("https".to_owned()),
            method: Some("GET".to_owned()),
            url_path: Some(format!("/v1/items/{n}")),
            ..Net::new(NetOp::Request, Host::parse("packages.example")?)
        }
        .into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_of_realistic_size_and_have_ids_of_their_own() {
        let records = Records::new().unwrap();
        let length = records.average_length().unwrap();
        assert!((450..700).contains(&length), "{length} bytes");
        assert_ne!(records.get(1).unwrap().event.id, records.get(1).unwrap().event.id);
        assert_ne!(records.get(0).unwrap().event.what, records.get(1).unwrap().event.what);
    }
}
