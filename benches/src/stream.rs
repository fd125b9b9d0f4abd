//! A text that arrives in pieces: whether the same is found however it is cut, and what a piece costs. The peer is a look
//! at the whole text.

use crate::machine::{self, Others};
use crate::report::{Bound, Cell, Format, Report, Row, Table, progress};
use portcullis_inspect::{Hit, Inspection, Kinds};
use portcullis_testkit::dice::Dice;
use std::time::{Duration, Instant};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many ways of cutting are tried
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    cuttings: usize,
}

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Several windows of a stream.
const LENGTH: usize = 72 << 10;

/// How often one text is cut, before another is made.
const EACH: usize = 500;

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("stream", format)?;
    let mut others = Others::watch()?;
    let before = machine::own_cpu()?;
    progress("cuttings");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = arguments.cuttings.div_ceil(threads);
    let (differing, hits) = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|seed| scope.spawn(move || cuttings(seed as u64, share))).collect();
        all.into_iter().filter_map(|it| it.join().ok()).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
    });
    let row = |name: &str, figure: f64| Row { name: name.to_owned(), cells: vec![Cell::Number(figure)] };
    let rows = vec![
        row("ways of cutting tried", whole(share * threads)),
        row("findings in all of them", whole(hits)),
        row("ways that found otherwise than the whole text", whole(differing)),
    ];
    report.table(Table { title: "the same findings".to_owned(), columns: vec!["figure"], rows })?;
    report.goal("ways that found otherwise", Bound::AtMost(0.0), "", whole(differing));
    progress("pieces");
    let mut rows = Vec::new();
    for most in [20, 200, 2000] {
        let times = times(most);
        let micros = |part: usize| times.get(times.len() * part / 1000).map_or(0.0, |time| time.as_secs_f64() * 1e6);
        let cells = vec![Cell::Number(micros(500)), Cell::Number(micros(990)), Cell::Number(micros(999))];
        rows.push(Row { name: format!("1 to {most} bytes"), cells });
        if most <= 200 {
            report.goal(format!("99th percentile, pieces up to {most} bytes"), Bound::AtMost(50.0), "µs", micros(990));
        }
    }
    report.table(Table {
        title: "time for each piece".to_owned(),
        columns: vec!["p50 µs", "p99 µs", "p99.9 µs"],
        rows,
    })?;
    others.ours(machine::own_cpu()?.saturating_sub(before));
    if let Some(warning) = machine::warning(others.share()?) {
        report.remark(warning);
    }
    Ok(report)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn whole(count: usize) -> f64 {
    count as f64
}

/// Prose, code and configuration, with a credential in every few lines.
fn text(dice: &mut Dice, length: usize) -> Vec<u8> {
    let mut text = Vec::new();
    while text.len() < length {
        let name = dice.word("abcdefghijklm", 7);
        let line = match dice.below(60) {
            0 => format!("{name}_token = \"ghp_{}\"\n", dice.word(ALNUM, 36)),
            1 => format!("postgres://{name}:{}@db.internal:5432/app\n", dice.word(ALNUM, 20)),
            2 => format!("DATADOG_API_KEY={}\n", dice.word("0123456789abcdef", 32)),
            3 => format!("password: '{}'\n", dice.word(ALNUM, 14)),
            4 => format!("{{\"data\": \"{}\"}}\n", dice.word(ALNUM, 400)),
            5 => format!("Write to {name}@firm.org, or call +44 20 7946 0{}.\n", 100 + dice.below(900)),
            _ => format!("    let {name} = call(self.{name}, {}); // and so on\n", dice.below(1000)),
        };
        text.extend_from_slice(line.as_bytes());
    }
    text
}

/// Text that steers is left out here: judging it takes as long as everything else together, many times over, and the windows
/// are the same.
const QUICK: Kinds = Kinds { secrets: true, personal_data: true, injection: false };

/// How many of so many ways to cut texts show other findings than the whole, and how many findings there are.
fn cuttings(seed: u64, tries: usize) -> (usize, usize) {
    let (inspection, mut dice) = (Inspection::new(QUICK), Dice::new(seed));
    let (mut differing, mut hits, mut left) = (0, 0, tries);
    while left > 0 {
        let length = LENGTH + dice.below(20_000);
        let text = text(&mut dice, length);
        let expected = inspection.look_at_part(&text, None).hits;
        for _ in 0..EACH.min(left) {
            let longest = dice.one_of(&[40, 700, 9000, 60_000]).to_owned();
            let found = in_pieces(&inspection, &text, || 1 + dice.below(longest));
            hits += found.len();
            differing += usize::from(found != expected);
        }
        left = left.saturating_sub(EACH);
    }
    (differing, hits)
}

fn in_pieces(inspection: &Inspection, text: &[u8], mut next: impl FnMut() -> usize) -> Vec<Hit> {
    let (mut stream, mut hits, mut rest) = (inspection.stream(None), Vec::new(), text);
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(next().min(rest.len()));
        hits.extend(stream.push(piece));
        rest = later;
    }
    hits.extend(stream.finish().hits);
    hits
}

/// What each piece of a long stream costs, sorted.
fn times(most: usize) -> Vec<Duration> {
    let (inspection, mut dice) = (Inspection::new(Kinds::ALL), Dice::new(9));
    let text = text(&mut dice, 8 << 20);
    let (mut stream, mut rest, mut times) = (inspection.stream(None), text.as_slice(), Vec::new());
    while !rest.is_empty() {
        let (piece, later) = rest.split_at((1 + dice.below(most)).min(rest.len()));
        let start = Instant::now();
        let hits = stream.push(piece);
        times.push(start.elapsed());
        drop(hits);
        rest = later;
    }
    times.sort_unstable();
    times
}
