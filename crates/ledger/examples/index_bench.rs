//! Builds an index of N made-up but realistic events and asks it what a console asks, and what a console should never
//! have to ask. Prints the rate of building, the size, and the latency of every shape of question.
//!
//! `cargo run --release -p portcullis-ledger --example index_bench -- [N] [FILE]` (10,000,000 and a temporary file)
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a benchmark stops where it fails, prints, and computes with made-up numbers that are small"
)]

use portcullis_event::{
    AbsPath, AgentName, EventId, Host, SessionId, Severity, Timestamp, ToolName, UserName, Verdict,
};
use portcullis_ledger::index::{Index, Located, Query, Source, Split, Width};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// A log that makes up each record when it is read.
struct Generated {
    size: u64,
    spent: Cell<Duration>,
}

impl Source for Generated {
    type Error = std::convert::Infallible;

    fn size(&self) -> Result<u64, Self::Error> {
        Ok(self.size)
    }

    fn read(&self, first: u64, limit: usize) -> Result<Vec<Located>, Self::Error> {
        let start = Instant::now();
        let records = (first..self.size)
            .take(limit)
            .map(|index| Located {
                index,
                segment: (index / 120_000) as u32,
                offset: index % 120_000 * 560,
                bytes: record(index),
            })
            .collect();
        self.spent.set(self.spent.get() + start.elapsed());
        Ok(records)
    }

    fn identity(&self) -> String {
        "bench".to_owned()
    }
}

/// The generator `SplitMix64`: a number that looks random and depends on `seed` only.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One of `n`, the first ones far more often than the last ones.
fn zipf(seed: u64, n: u64) -> u64 {
    let unit = (mix(seed) >> 11) as f64 / (1_u64 << 53) as f64;
    ((n as f64).powf(unit) - 1.0) as u64
}

/// Every 260 ms an event, some 30 days for ten million; now and then the clock is set back by a minute.
fn time(index: u64) -> i64 {
    let back = if mix(index / 50_000).is_multiple_of(20) { 60_000_000 } else { 0 };
    1_790_000_000_000_000 + index as i64 * 260_000 - back
}

fn id(index: u64) -> EventId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&((time(index) as u64 / 1000) << 16 | 0x7000 | mix(index) & 0xFFF).to_be_bytes());
    bytes[8..].copy_from_slice(&(mix(index ^ 0xABCD) >> 2 | 1 << 63).to_be_bytes());
    EventId::from_bytes(bytes)
}

const COMMANDS: [&str; 12] = [
    "cargo test --workspace",
    "cargo build --release",
    "git status --short",
    "git diff HEAD~1",
    "rg -n handler src",
    "npm run lint",
    "pytest -q tests",
    "ls -la",
    "sed -n 1,80p README.md",
    "python3 scripts/gen.py",
    "make check",
    "go vet ./...",
];
const TOOLS: [&str; 10] =
    ["Bash", "Read", "Edit", "Write", "Grep", "Glob", "WebFetch", "Task", "TodoWrite", "mcp__github__get_issue"];
const FOLDERS: [&str; 8] = ["src", "tests", "docs", "src/api", "src/auth", "src/db", "web/components", "scripts"];

/// Half of all events belong to `ann`, who only ever uses `claude-code`; the others never do.
fn actor(session: u64) -> String {
    if mix(session).is_multiple_of(2) { "ann".to_owned() } else { format!("user{}", zipf(session ^ 7, 300)) }
}

fn agent(session: u64) -> &'static str {
    if mix(session).is_multiple_of(2) {
        "claude-code"
    } else {
        ["codex", "cursor", "gemini-cli", "aider"][zipf(session ^ 9, 4) as usize % 4]
    }
}

/// Eight sessions run side by side, four hundred events each.
fn session(index: u64) -> u64 {
    index / 3200 * 8 + mix(index) % 8
}

fn file(index: u64, who: &str) -> String {
    let repository = zipf(index ^ 0x51, 40);
    let name = zipf(index ^ 0x52, 3000);
    format!("/home/{who}/work/repo{repository}/{}/module{name}.rs", FOLDERS[name as usize % 8])
}

fn host(index: u64) -> String {
    match zipf(index ^ 0x61, 2000) {
        0 => "api.anthropic.com".to_owned(),
        1 => "api.github.com".to_owned(),
        2 => "packages.example".to_owned(),
        n => format!("cdn{}.example{}.com", n % 7, n),
    }
}

fn body(index: u64, who: &str) -> String {
    let pick = mix(index ^ 0x71);
    match pick % 100 {
        0..28 => format!(
            r#"{{"bytes":{},"kind":"file","op":"{}","path":"{}"}}"#,
            pick >> 40,
            ["read", "read", "write", "list"][pick as usize / 100 % 4],
            file(index, who)
        ),
        28..48 => {
            let words: Vec<String> =
                COMMANDS[zipf(index ^ 0x72, 12) as usize].split(' ').map(|word| format!("{word:?}")).collect();
            let rare = if index < 1000 { r#","zebra""# } else { "" };
            format!(
                r#"{{"argv":[{}{rare},"--seed","{}"],"executable":"/usr/bin/env","kind":"process","op":"start"}}"#,
                words.join(","),
                zipf(index ^ 0x73, 50_000)
            )
        }
        48..66 => format!(
            r#"{{"kind":"tool","name":"{}","op":"{}","paths":["{}"]}}"#,
            TOOLS[zipf(index ^ 0x74, 10) as usize],
            ["call", "result"][pick as usize / 100 % 2],
            file(index, who)
        ),
        66..82 => format!(
            r#"{{"host":"{}","kind":"net","method":"GET","op":"request","port":443,"protocol":"https","status":200,"url_path":"/v1/items/{}"}}"#,
            host(index),
            zipf(index ^ 0x75, 100_000)
        ),
        82..95 => format!(
            r#"{{"files":["{}"],"host":"api.anthropic.com","kind":"llm","model":"claude-sonnet-5","op":"request","provider":"anthropic","tokens_in":{}}}"#,
            file(index, who),
            pick >> 48
        ),
        95..98 => format!(
            r#"{{"commits":["{:040x}"],"kind":"git","op":"commit","refs":["refs/heads/agent/topic{}"]}}"#,
            mix(index),
            zipf(index, 500)
        ),
        98 => format!(
            r#"{{"destination":"api.github.com","kind":"secret","name":"github-token-{}","op":"use"}}"#,
            zipf(index, 40)
        ),
        _ => format!(
            r#"{{"kind":"note","text":"please look at change {} again before it is merged"}}"#,
            zipf(index, 9000)
        ),
    }
}

fn record(index: u64) -> Vec<u8> {
    let session = session(index);
    let (who, agent) = (actor(session), agent(session));
    let roll = mix(index ^ 0x81) % 1000;
    let (verdict, message) = match roll {
        0..20 => ("deny", "the path is outside of the task"),
        20..50 => ("ask", "writing here needs an approval"),
        _ => ("allow", "inside of the task"),
    };
    let severity = ["info", "low", "medium", "high", "critical"][match roll {
        0..2 => 4,
        2..10 => 3,
        10..40 => 2,
        40..100 => 1,
        _ => 0,
    }];
    let finding = if roll % 50 == 3 {
        r#","findings":[{"confidence":"high","message":"a token of GitHub","rule":"github-token","severity":"medium","type":"secret"}]"#
    } else {
        ""
    };
    format!(
        r#"{{"decision":{{"mode":"enforce","policy":"{:064x}","reasons":[{{"check":"paths","message":"{message}","source":{{"column":1,"file":"portcullis.toml","line":12}},"verdict":"{verdict}"}}],"verdict":"{verdict}"}},"event":{{"actor":{{"agents":[{{"name":"{agent}","session":"s-{session}"}}],"human":"{who}"}},"class":{{"severity":"{severity}"}},"id":"{}","place":{{"cwd":"/home/{who}/work","machine":"build-7"}},"time":{},"trace":"{:032x}","what":{}}}{finding},"v":1}}"#,
        7, id(index), time(index), u128::from(mix(index / 12)), body(index, &who)
    )
    .into_bytes()
}

/// Calls `ask` many times and prints the median, the 99th percentile, and how much was found.
fn measure(name: &str, mut ask: impl FnMut(u64) -> usize) {
    let found = ask(0);
    let mut times: Vec<Duration> = (0..300)
        .map(|turn| {
            let start = Instant::now();
            ask(turn);
            start.elapsed()
        })
        .collect();
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("{name:<58} {:>9.3} {:>9.3} {found:>8}", ms(times[150]), ms(times[297]));
}

fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn build(path: &std::path::Path, log: &Generated) -> Index {
    let mut index = Index::open(path).unwrap();
    let (start, cpu_before) = (Instant::now(), cpu());
    let done = index.catch_up(log, &mut |_, _| {}).unwrap();
    assert_eq!((done.added, done.unreadable), (log.size, 0), "every made-up event is one that can be read");
    let (wall, spent, generating) = (start.elapsed().as_secs_f64(), cpu() - cpu_before, log.spent.get().as_secs_f64());
    let n = log.size as f64;
    let bytes = std::fs::metadata(path).unwrap().len() as f64;
    println!(
        "built {n} events: {:.0}/s of CPU, {:.0}/s by the clock (making them up not counted), {:.1} bytes each",
        n / (spent - generating),
        n / (wall - generating),
        bytes / n
    );
    index
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let size: u64 = arguments.next().map_or(10_000_000, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = arguments.next().map_or_else(|| folder.path().join("index.db"), Into::into);
    let log = Generated { size, spent: Cell::default() };
    let index = build(&path, &log);
    println!("{:<58} {:>9} {:>9} {:>8}", "question", "p50 ms", "p99 ms", "found");
    ask_pages(&index, size);
    let denied = Query { verdicts: vec![Verdict::Deny], limit: 50, ..Query::default() };
    measure("open the index and ask once, as a command does", |_| page(&Index::open(&path).unwrap(), &denied));
    ask_counts(&index, size);
    ask_charts(&index, size);
}

fn page(index: &Index, query: &Query) -> usize {
    index.query(query).unwrap().rows.len()
}

fn text(words: &str) -> Query {
    Query { text: words.to_owned(), limit: 50, ..Query::default() }
}

fn ask_pages(index: &Index, size: u64) {
    let some = Query { limit: 50, ..Query::default() };
    let user = |name: &str| UserName::parse(name).ok();
    let agent = |name: &str| AgentName::parse(name).ok();
    let day = 86_400_000_000;
    let shapes: Vec<(&str, Query)> = vec![
        ("newest 50", some.clone()),
        ("newest 50 denied", Query { verdicts: vec![Verdict::Deny], ..some.clone() }),
        (
            "session, oldest first, 400 rows",
            Query { session: SessionId::parse("s-1234").ok(), newest_first: false, limit: 400, ..some.clone() },
        ),
        (
            "actor, kind, one day in the middle",
            Query {
                actor: user("ann"),
                kinds: vec!["net".into()],
                since: Some(Timestamp::from_micros(time(size / 2))),
                until: Some(Timestamp::from_micros(time(size / 2) + day)),
                ..some.clone()
            },
        ),
        ("host and below", Query { host: Host::parse("example1500.com").ok(), ..some.clone() }),
        (
            "folder and below, denied",
            Query {
                path: AbsPath::parse("/home/ann/work/repo3/src/auth").ok(),
                verdicts: vec![Verdict::Deny],
                ..some.clone()
            },
        ),
        (
            "severity at least high, two kinds",
            Query { severity_at_least: Some(Severity::High), kinds: vec!["llm".into(), "tool".into()], ..some.clone() },
        ),
        ("id", Query { id: Some(id(size / 3)), ..some.clone() }),
        ("word in every second event", text("rs")),
        ("rare word", text("module2900")),
        ("three words", text("cargo test seed")),
        ("prefix", text("zeb* cargo")),
        ("short prefix", text("4*")),
        ("worst: 50% and 25% that never meet", Query { actor: user("ann"), agent: agent("codex"), ..some.clone() }),
        (
            "worst: 50%, 28% and a tool of other kinds",
            Query {
                actor: user("ann"),
                kinds: vec!["file".into()],
                tool: ToolName::parse("Bash").ok(),
                ..some.clone()
            },
        ),
        (
            "worst: six common filters that never meet",
            Query {
                actor: user("ann"),
                agent: agent("codex"),
                kinds: vec!["file".into(), "tool".into(), "process".into()],
                path: AbsPath::parse("/home").ok(),
                verdicts: vec![Verdict::Allow, Verdict::Ask],
                text: "inside task".into(),
                ..some.clone()
            },
        ),
        ("worst: common words that never meet", text("home usr inside approval")),
        ("worst: only in the oldest 1000, newest first", text("zebra seed inside")),
        (
            "worst: common, before the oldest second",
            Query { until: Some(Timestamp::from_micros(time(4))), actor: user("ann"), ..some.clone() },
        ),
        (
            "worst: short prefix that never meets the rest (cut short)",
            Query { actor: user("ann"), agent: agent("codex"), text: "c*".into(), ..some.clone() },
        ),
        ("worst: short prefixes that never meet (cut short)", text("4* zeb* 5* c*")),
    ];
    for (name, query) in &shapes {
        measure(name, |_| page(index, query));
    }
    measure("random session", |turn| {
        page(
            index,
            &Query { session: SessionId::parse(format!("s-{}", mix(turn) % (size / 400))).ok(), ..some.clone() },
        )
    });
    measure("random id", |turn| page(index, &Query { id: Some(id(mix(turn) % size)), ..some.clone() }));
    measure("random two words", |turn| {
        page(index, &text(&format!("module{} {}", zipf(turn, 3000), FOLDERS[turn as usize % 4])))
    });
}

fn ask_counts(index: &Index, size: u64) {
    let count = |query: &Query| usize::try_from(index.count(query).unwrap().found).unwrap();
    measure("count: a word in every second event", |_| count(&text("rs")));
    measure("count: two common filters", |_| {
        count(&Query { actor: UserName::parse("ann").ok(), kinds: vec!["file".into()], ..Query::default() })
    });
    let since = Some(Timestamp::from_micros(time(size - size / 30)));
    measure("count: denied, last day", |_| count(&Query { verdicts: vec![Verdict::Deny], since, ..Query::default() }));
}

fn ask_charts(index: &Index, size: u64) {
    let end = Timestamp::from_micros(time(size));
    let ago = |hours: i64| Timestamp::from_micros(time(size) - hours * 3_600_000_000);
    let bars = |since, width, split| index.histogram(since, end, width, split).unwrap().len();
    measure("chart: 7 days by hour and verdict", |_| bars(ago(168), Width::Hour, Split::Verdict));
    measure("chart: 6 hours by minute and kind", |_| bars(ago(6), Width::Minute, Split::Kind));
    measure("chart: 30 days by day and agent", |_| bars(ago(720), Width::Day, Split::Agent));
}
