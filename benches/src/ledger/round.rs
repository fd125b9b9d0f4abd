//! Contenders take turns, round after round, so that whatever else the machine does hits all of them.

use crate::figures::{Spread, micros, number, percentile};
use crate::machine::{self, Others};
use crate::report::{Cell, Row, progress};
use anyhow::anyhow;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// What one contender did in one round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Round {
    pub(crate) events: u64,
    pub(crate) wall: Duration,
    /// CPU time of everything that took part, servers and clients included.
    pub(crate) cpu: Duration,
    /// How long each event took, as far as that is known.
    pub(crate) waits: Vec<Duration>,
}

/// Something that makes events durable.
pub(crate) trait Contender {
    fn name(&self) -> String;
    fn round(&mut self, time: Duration) -> anyhow::Result<Round>;
}

/// How often and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rounds: u32,
    pub(crate) time: Duration,
}

/// All rounds of one contender.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) name: String,
    rounds: Vec<Figures>,
}

#[derive(Debug, Clone, Copy)]
struct Figures {
    rate: f64,
    cpu: f64,
    p50: f64,
    p99: f64,
}

impl From<Round> for Figures {
    fn from(mut round: Round) -> Self {
        round.waits.sort_unstable();
        let wait = |percent| if round.waits.is_empty() { f64::NAN } else { micros(percentile(&round.waits, percent)) };
        Self {
            rate: number(round.events) / round.wall.as_secs_f64(),
            cpu: micros(round.cpu) / number(round.events),
            p50: wait(50),
            p99: wait(99),
        }
    }
}

/// Has every contender do a round by turns.
pub(crate) fn interleave(
    contenders: &mut [Box<dyn Contender>],
    plan: Plan,
    others: &mut Others,
) -> anyhow::Result<Vec<Measured>> {
    let mut all: Vec<Measured> =
        contenders.iter().map(|contender| Measured { name: contender.name(), rounds: Vec::new() }).collect();
    for turn in 1..=plan.rounds {
        for (contender, measured) in contenders.iter_mut().zip(&mut all) {
            let round = contender.round(plan.time)?;
            others.ours(round.cpu);
            let figures = Figures::from(round);
            progress(&format!("round {turn}/{}: {}: {:.0}/s", plan.rounds, measured.name, figures.rate));
            measured.rounds.push(figures);
        }
    }
    Ok(all)
}

impl Measured {
    /// Events per second, by the clock.
    pub(crate) fn rate(&self) -> Spread {
        Spread::of(self.rounds.iter().map(|round| round.rate))
    }

    /// How many times our rate is another's, round by round.
    pub(crate) fn rate_over(&self, other: &Self) -> Spread {
        Spread::of(self.rounds.iter().zip(&other.rounds).map(|(us, them)| us.rate / them.rate))
    }

    /// How many times another's CPU time per event is ours.
    pub(crate) fn cpu_saved_over(&self, other: &Self) -> Spread {
        Spread::of(self.rounds.iter().zip(&other.rounds).map(|(us, them)| them.cpu / us.cpu))
    }

    /// How many times our middle wait is another's.
    pub(crate) fn wait_over(&self, other: &Self) -> Spread {
        Spread::of(self.rounds.iter().zip(&other.rounds).map(|(us, them)| us.p50 / them.p50))
    }

    /// A row of [`COLUMNS`]; the ratios are those of `us` over this one.
    pub(crate) fn row(&self, us: &Self) -> Row {
        let spread = |of: fn(&Figures) -> f64| {
            let spread = Spread::of(self.rounds.iter().map(of));
            if spread.median.is_finite() { Cell::Rounds(spread) } else { Cell::Nothing }
        };
        Row {
            name: self.name.clone(),
            cells: vec![
                spread(|round| round.rate),
                spread(|round| round.cpu),
                spread(|round| round.p50),
                spread(|round| round.p99),
                Cell::Ratio { ratio: us.rate_over(self).median },
                Cell::Ratio { ratio: us.cpu_saved_over(self).median },
            ],
        }
    }
}

/// What [`Measured::row`] fills.
pub(crate) const COLUMNS: [&str; 6] =
    ["events/s", "CPU µs/event", "p50 µs", "p99 µs", "our rate is", "its CPU is ours"];

/// Runs `count` threads for a while. Each makes itself ready with `prepare`; all start together.
pub(crate) fn threads<W, P>(count: u64, time: Duration, prepare: P) -> anyhow::Result<Round>
where
    P: Fn(u64) -> anyhow::Result<W> + Sync,
    W: FnMut(u64) -> anyhow::Result<()>,
{
    let ready = Barrier::new(usize::try_from(count)? + 1);
    let (ready, prepare) = (&ready, &prepare);
    std::thread::scope(|scope| {
        let spawn = |number: u64| {
            let builder = std::thread::Builder::new().stack_size(512 << 10);
            builder.spawn_scoped(scope, move || writer(prepare(number), number, ready, time))
        };
        let writers = (0..count).map(spawn).collect::<Result<Vec<_>, _>>()?;
        ready.wait();
        let (start, cpu_before) = (Instant::now(), machine::own_cpu()?);
        let mut waits = Vec::new();
        for writer in writers {
            waits.extend(writer.join().map_err(|_| anyhow!("a writer panicked"))??);
        }
        let cpu = machine::own_cpu()?.saturating_sub(cpu_before);
        Ok(Round { events: waits.len() as u64, wall: start.elapsed(), cpu, waits })
    })
}

fn writer<W: FnMut(u64) -> anyhow::Result<()>>(
    prepared: anyhow::Result<W>,
    number: u64,
    ready: &Barrier,
    time: Duration,
) -> anyhow::Result<Vec<Duration>> {
    // Whoever fails to get ready still has to come, or nobody starts.
    ready.wait();
    let mut work = prepared?;
    let (start, mut waits, mut turn) = (Instant::now(), Vec::new(), number * 17);
    while start.elapsed() < time {
        let begun = Instant::now();
        work(turn)?;
        waits.push(begun.elapsed());
        turn += 1;
    }
    Ok(waits)
}
