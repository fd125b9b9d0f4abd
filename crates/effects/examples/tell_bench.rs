//! How long it takes to tell what commands would do: those of the corpus one by one, and long ones that are built to be slow.
//! `./bench effects` runs it.

use portcullis_effects::{FixedWorld, Shell, of_command};
use portcullis_event::AbsPath;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = AbsPath::parse("/home/dev/app")?;
    let world = FixedWorld::new(root.clone(), AbsPath::parse("/home/dev")?, Some(root));
    let mut times = Vec::new();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus"))? {
        for line in std::fs::read_to_string(file?.path())?.lines() {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let command = row.get("command").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            times.push(measured(&command, &world));
        }
    }
    show("a command of the corpus", times);
    for (name, piece, count) in [
        ("100 KB: a;", "a;", 50_000),
        ("100 KB: a|", "a|", 50_000),
        ("100 KB: rm -rf x*", "rm -rf x* ", 10_000),
        ("100 KB: $(", "$(", 50_000),
        ("100 KB: braces", "{a,b}", 20_000),
        ("100 KB: here-documents", "cat <<E\nx\nE\n", 8_000),
        ("100 KB: rm f;", "rm file;", 12_000),
        ("100 KB: quotes", "echo 'a' \"b\";", 8_000),
    ] {
        let text = piece.repeat(count);
        show(name, (0..5).map(|_| measured(&text, &world)).collect());
    }
    Ok(())
}

fn measured(command: &str, world: &FixedWorld) -> Duration {
    let start = Instant::now();
    std::hint::black_box(of_command(command, Shell::Bash, world));
    start.elapsed()
}

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn show(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| {
        times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    println!("{name}: median {:?}, p99 {:?} ({} times)", at(50), at(99), times.len());
}
