//! What the egress broker costs: how fast bytes move through it and what it adds to a fresh connection, against the bare
//! loopback. Each way is measured in turns with the bare one, and CPU time is that of server and broker together.
//!
//! Run it with `cargo run --release -p portcullis-gateway --example egress_bench -- [MEBIBYTES] [ROUNDS]`. It starts itself
//! in a network namespace of its own, with `unshare`, `ip` and `nft`; the program in there is the client.

#![expect(clippy::print_stdout, reason = "this program prints what it measured")]
#![expect(clippy::expect_used, reason = "a measurement that can't be made has nothing to say")]

mod client;
mod namespace;
mod server;

use namespace::Namespace;
use portcullis_event::Host;
use portcullis_gateway::egress::{Answer, Attempt, Egress, Notice, Road, Settings, Table};
use std::sync::Arc;
use std::time::Duration;

/// Lets everything through at once: what is measured is the broker, not policy and ledger.
#[derive(Debug)]
struct OpenRoad;

impl Road for OpenRoad {
    fn ask(&self, _: &Attempt) -> Answer {
        Answer::Allow { named: true }
    }

    fn told(&self, _: &Notice, _: u64) {}
}

/// The name of the server, which leads to this machine.
const NAME: &str = "bench.example";

/// Fresh connections that are opened one after the other, and by a hundred threads each.
const FRESH: usize = 400;
const EACH: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, path] = arguments.as_slice()
        && role == "inside"
    {
        return namespace::inside(path);
    }
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok());
    let (size, rounds) = (number(0).unwrap_or(1024), number(1).unwrap_or(5));
    let port = server::start();
    let mut bare = Namespace::none();
    let mut inside = Namespace::new();
    let doors = inside.doors();
    let name = Host::parse(NAME).expect("a name");
    let resolver = Arc::new(Table([(name, vec!["127.0.0.1".parse().expect("an address")])].into()));
    let settings = Settings { resolver, host_loopback: vec![port], ..Settings::default() };
    let egress = Egress::open(doors, Arc::new(OpenRoad), settings).expect("the broker opens");
    let ways = [
        ("bare", format!("bare 127.0.0.1:{port}")),
        ("CONNECT", format!("connect {NAME}:{port}")),
        ("transparent", format!("transparent {NAME}:{port}")),
        ("SOCKS", format!("socks {NAME}:{port}")),
        ("HTTP GET", format!("get {NAME}:{port}")),
    ];
    for round in 0..rounds {
        for (way, how) in &ways {
            let client = if *way == "bare" { &mut bare } else { &mut inside };
            let before = cpu();
            let seconds = client.ask(&format!("bulk {how} {size}"));
            let used = cpu().saturating_sub(before).as_secs_f64() / f64::from(size) * 1024.0;
            println!(
                "bulk {way} {round}: {:.1} {used:.3}",
                f64::from(size) / seconds.trim().parse::<f64>().expect("seconds")
            );
        }
    }
    for round in 0..rounds {
        for (way, how) in &ways {
            let client = if *way == "bare" { &mut bare } else { &mut inside };
            println!("fresh {way} {round}: {}", client.ask(&format!("fresh {how} 1 {FRESH}")).trim());
            println!("crowd {way} {round}: {}", client.ask(&format!("fresh {how} 100 {EACH}")).trim());
        }
    }
    egress.stop();
}

/// CPU time of this process, to the nanosecond.
fn cpu() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec.unsigned_abs(), u32::try_from(used.tv_nsec).expect("nanoseconds"))
}
