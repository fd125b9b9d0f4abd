//! How long a decision takes: a policy of 500 rules, a mixed set of events. Prints the median and the 99th percentile,
//! and what reading the policy and a question about roles cost.
//!
//! Run it with `cargo run --release -p portcullis-policy --example decide_bench`.

#![expect(clippy::print_stdout, reason = "this program prints what it measured")]
#![expect(clippy::expect_used, reason = "a measurement that can't be made has nothing to say")]

use portcullis_event::{AbsPath, AgentName, Coverage, Event, Finding, Inspected, Inspector, Risk, UserName};
use portcullis_policy::{Action, ApprovalTarget, Layer, Places, Role, Source, Usage, ValidPolicy, shorthand};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

struct NothingFound;

impl Inspector for NothingFound {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        (event, Vec::new(), Coverage::default())
    }
}

/// 500 rules of every sort, beyond those of the preset.
fn rules() -> String {
    let mut out = String::new();
    let mut section = |head: &str, count: usize, pattern: &dyn Fn(usize) -> String| {
        let entries: Vec<String> = (0..count).map(|number| format!("\"{}\"", pattern(number))).collect();
        let _ = writeln!(out, "{head} = [{}]", entries.join(", "));
    };
    section("files.deny", 60, &|n| format!("./services/s{n}/**/*.secret{n}"));
    section("files.write", 40, &|n| format!("~/shared/project{n}"));
    section("files.protect", 30, &|n| format!("*generated{n}*.rs"));
    section("commands.ask", 60, &|n| format!("tool{n} deploy --target prod{n}"));
    section("commands.deny", 40, &|n| format!("danger{n}"));
    section("network.allow", 80, &|n| format!("api{n}.example.com"));
    section("network.deny", 30, &|n| format!("*.tracker{n}.example"));
    section("network.ask", 20, &|n| format!("10.{n}.0.0/16"));
    section("tools.ask", 30, &|n| format!("server{n}/*"));
    section("mcp.allow", 20, &|n| format!("server{n}"));
    section("packages.deny", 50, &|n| format!("npm:bad-package-{n}"));
    section("models.deny", 10, &|n| format!("provider{n}/*"));
    section("skills.deny", 20, &|n| format!("skill-{n}@<2.0.0"));
    section("secrets.ask", 10, &|n| format!("team{n}/*"));
    out
}

fn events(places: &Places) -> Vec<Event> {
    let agent = AgentName::parse("claude-code").expect("a name");
    let questions = [
        ("read", "src/main.rs"),
        ("read", "services/s59/deep/down/x.secret59"),
        ("write", "src/deep/er/and/deeper/file.rs"),
        ("read", "~/.ssh/id_rsa"),
        ("run", "cargo test --workspace"),
        ("run", "tool59 deploy --target prod59"),
        ("run", "env A=1 sudo rm -rf /"),
        ("connect", "api79.example.com:443"),
        ("connect", "a.b.tracker29.example:443"),
        ("connect", "10.19.3.4:22"),
        ("connect", "unknown.example:443"),
        ("tool", "Bash"),
        ("tool", "server29/do"),
        ("model", "anthropic/claude-sonnet-5"),
        ("install", "npm:bad-package-49@1.0.0"),
        ("install", "npm:left-pad@1.3.0"),
        ("push", "origin/main"),
        ("skill", "skill-19@1.0.0"),
        ("secret", "team9/database"),
        ("query", "read:public.users"),
    ];
    questions
        .iter()
        .map(|(verb, what)| shorthand::event(&agent, shorthand::body(verb, what, places).expect("a question")))
        .collect()
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("{what}: median {:?}, p99 {:?} ({} times)", at(50), at(99), times.len());
}

fn measure(times: usize, mut what: impl FnMut()) -> Vec<Duration> {
    (0..times)
        .map(|_| {
            let start = Instant::now();
            what();
            start.elapsed()
        })
        .collect()
}

fn main() {
    let path = |text| AbsPath::parse(text).expect("a path");
    let places =
        Places { home: path("/home/ada"), repository: Some(path("/home/ada/work")), cwd: path("/home/ada/work") };
    let sources = [Source::toml(Layer::User, "portcullis.toml", rules())];
    let policy = ValidPolicy::load(&sources, &places).expect("a valid policy");
    let inspected: Vec<Inspected> = events(&places).into_iter().map(|event| event.inspect(&NothingFound)).collect();
    let usage = Usage::default();
    let mut all = Vec::new();
    for event in &inspected {
        all.extend(measure(20_000, || drop(std::hint::black_box(policy.decide(event, &usage)))));
    }
    report("decide, 500 rules over the preset `standard`", all);
    report("load, no file", measure(200, || drop(std::hint::black_box(ValidPolicy::load(&[], &places)))));
    report("load, 500 rules", measure(200, || drop(std::hint::black_box(ValidPolicy::load(&sources, &places)))));
    report(
        "compile the policies about roles",
        measure(100, || {
            let fresh = ValidPolicy::load(&[], &places).expect("a valid policy");
            drop(std::hint::black_box(fresh.check_roles()));
        }),
    );
    let who = UserName::parse("bob").expect("a name");
    let on = ApprovalTarget {
        kind: "git".to_owned(),
        risk: Risk::High,
        environment: Some("dev".to_owned()),
        requester: UserName::parse("ada").ok(),
    };
    let question = || drop(std::hint::black_box(policy.may(&who, &[Role::Approver], Action::Approve, &on)));
    report("a question about roles", measure(20_000, question));
}
