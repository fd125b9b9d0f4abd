//! Prints how many records per second the log takes from N writers, and how long one waits.
use portcullis_ledger::{Log, Options, disk::RealDisk};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() {
    let writers: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(128);
    let seconds: u64 = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(3);
    let folder = tempfile::tempdir_in(".").unwrap();
    let log = Arc::new(Log::open(Arc::new(RealDisk), folder.path(), Options::default()).unwrap());
    let record = sample();
    println!("record {} bytes", record.encode().unwrap().len());
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let threads: Vec<_> = (0..writers).map(|_| {
        let (log, record) = (log.clone(), record.clone());
        std::thread::Builder::new().stack_size(256 << 10).spawn(move || {
            let mut waits = Vec::new();
            while Instant::now() < end {
                let begun = Instant::now();
                log.append(record.clone()).unwrap();
                waits.push(begun.elapsed());
            }
            waits
        }).unwrap()
    }).collect();
    let mut waits: Vec<Duration> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
    let wall = start.elapsed();
    waits.sort();
    println!("{writers} writers: {:.0}/s p50 {:?} p99 {:?}", waits.len() as f64 / wall.as_secs_f64(), waits[waits.len()/2], waits[waits.len()*99/100]);
}

fn sample() -> portcullis_event::Record {
    use portcullis_event::*;
    let mut actor = Actor::human(UserName::parse("alice").unwrap());
    actor.agents.push(Agent::new(AgentName::parse("claude-code").unwrap(), Some(SessionId::parse("0f8c2d9e-session").unwrap())));
    let mut process = Process::new(ProcessOp::Start);
    process.argv = ["cargo", "nextest", "run", "--workspace"].map(String::from).to_vec();
    process.executable = AbsPath::parse("/usr/bin/cargo").ok();
    let event = Event::new(EventId::fresh(), std::time::SystemTime::now().into(), actor, process);
    let reason = Reason { check: CheckId::parse("commands").unwrap(), verdict: Verdict::Allow, message: "cargo is allowed".into(), source: Some(SourceLine { file: "/etc/portcullis/portcullis.toml".into(), line: 12, column: 3 }), fix: None, rest: Rest::new() };
    Record { v: 1, event, findings: vec![], coverage: Coverage::default(), decision: Decision::strictest(Mode::Enforce, "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c", vec![reason], vec![]), rest: Rest::new() }
}
