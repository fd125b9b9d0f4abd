//! Prints how long one record takes to encode and to decode, in nanoseconds of CPU time.
//!
//! `cargo run --release -p portcullis-event --example encode_speed`

use portcullis_event::Record;
use portcullis_testkit::records::sample;
use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;

/// Nanoseconds per tick of `/proc/self/stat`, which counts in hundredths of a second on every Linux.
const TICK: f64 = 1e7;
const ROUNDS: u32 = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    writeln!(out, "{:<10} {:>6} {:>12} {:>12}", "kind", "bytes", "encode ns", "decode ns")?;
    for kind in ["note", "process", "file", "llm"] {
        let mut record = sample(kind);
        // The typical record: no trace, no sandbox.
        record.event.place.sandbox = None;
        (record.event.trace, record.event.span) = (None, None);
        let bytes = record.encode()?;
        let encode = nanoseconds_each(|| drop(black_box(black_box(&record).encode())))?;
        let decode = nanoseconds_each(|| drop(black_box(Record::decode(black_box(&bytes)))))?;
        writeln!(out, "{kind:<10} {:>6} {encode:>12.0} {decode:>12.0}", bytes.len())?;
    }
    Ok(())
}

fn nanoseconds_each(mut work: impl FnMut()) -> Result<f64, Box<dyn Error>> {
    let before = cpu_ticks()?;
    for _ in 0..ROUNDS {
        work();
    }
    Ok((cpu_ticks()? - before) * TICK / f64::from(ROUNDS))
}

/// CPU time that this process has used so far: fields 14 and 15, user and system.
fn cpu_ticks() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Result<Vec<f64>, _> = after_name.split_whitespace().skip(11).take(2).map(str::parse).collect();
    Ok(ticks?.iter().sum())
}
