//! What the kernel says of the machine and of who used its processors.

use crate::figures::number;
use anyhow::Context as _;
use serde::Serialize;
use std::fs;
use std::time::Duration;

/// What `/proc/PID/stat` counts in: hundredths of a second on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// Above this share of the processors that others used, a report warns.
const BUSY: f64 = 0.05;

/// The machine that a report is from.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) cores: u64,
    pub(crate) processor: String,
    pub(crate) kernel: String,
    pub(crate) load_average: String,
}

impl Machine {
    pub(crate) fn here() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let information = text("/proc/cpuinfo");
        let value_of = |name: &str| {
            let line = information.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(": ")).map_or_else(|| "unknown".to_owned(), |(_, it)| it.to_owned())
        };
        Self {
            cores: cores(),
            processor: value_of("model name"),
            kernel: text("/proc/sys/kernel/osrelease"),
            load_average: text("/proc/loadavg"),
        }
    }
}

pub(crate) fn cores() -> u64 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u64)
}

/// The fields of `/proc/PID/stat` behind the name, which may itself hold spaces and parentheses.
fn stat(process: &str) -> anyhow::Result<Vec<u64>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).with_context(|| format!("process {process}"))?;
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    Ok(fields.map(|field| field.parse().unwrap_or(0)).collect())
}

fn ticks(fields: &[u64], places: std::ops::Range<usize>) -> Duration {
    let ticks: u64 = fields.get(places).unwrap_or_default().iter().sum();
    TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

/// CPU time that this process has used, user and system, ended threads included.
pub(crate) fn own_cpu() -> anyhow::Result<Duration> {
    Ok(ticks(&stat("self")?, 11..13))
}

/// CPU time that those children of this process have used that have ended.
pub(crate) fn children_cpu() -> anyhow::Result<Duration> {
    Ok(ticks(&stat("self")?, 13..15))
}

/// CPU time that a process and all below it have used.
pub(crate) fn tree_cpu(process: u32) -> anyhow::Result<Duration> {
    let mut total = ticks(&stat(&process.to_string())?, 11..15);
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(child) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // Whoever ended since the folder was listed is counted by its parent.
        let parent = stat(&child.to_string()).ok().and_then(|fields| fields.get(1).copied());
        if parent == Some(u64::from(process)) {
            total += tree_cpu(child).unwrap_or_default();
        }
    }
    Ok(total)
}

/// Memory that a process and those that it started hold now, in megabytes.
pub(crate) fn tree_memory(process: u32) -> anyhow::Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).with_context(|| format!("process {process}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process without memory")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    let mut total = crate::figures::number(kilobytes * 1024) / 1e6;
    for child in fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?.split_whitespace() {
        total += tree_memory(child.parse()?)?;
    }
    Ok(total)
}

/// CPU time that one process has used, to the nanosecond, as long as it has not been waited for.
pub(crate) fn exact_cpu(process: u32) -> anyhow::Result<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/schedstat"))?;
    let nanoseconds = text.split_whitespace().next().context("schedstat is empty")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// Watches how much of the machine is used by others than us.
#[derive(Debug)]
pub(crate) struct Others {
    started: std::time::Instant,
    busy_before: Duration,
    ours: Duration,
}

impl Others {
    pub(crate) fn watch() -> anyhow::Result<Self> {
        Ok(Self { started: std::time::Instant::now(), busy_before: busy()?, ours: Duration::ZERO })
    }

    /// Counts CPU time as ours.
    pub(crate) fn ours(&mut self, cpu: Duration) {
        self.ours += cpu;
    }

    /// The share of all processors that others used since the watch began.
    pub(crate) fn share(&self) -> anyhow::Result<f64> {
        let others = busy()?.saturating_sub(self.busy_before + self.ours);
        let all = self.started.elapsed().as_secs_f64() * number(cores());
        Ok((others.as_secs_f64() / all).clamp(0.0, 1.0))
    }
}

/// What to say of a machine that others use as well.
pub(crate) fn warning(share: f64) -> Option<String> {
    (share > BUSY).then(|| {
        format!(
            "this machine is not idle: others used {:.0} % of its processors; rates are too low and latencies too high \
             (as root, `chrt -r 1 ./bench …` keeps the others away while it measures)",
            share * 100.0
        )
    })
}

/// CPU time that was not idle since the machine started, in all processors, stolen time included.
fn busy() -> anyhow::Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().unwrap_or_default();
    let counts: Vec<u64> = line.split_whitespace().skip(1).take(8).map(|field| field.parse().unwrap_or(0)).collect();
    let idle: u64 = counts.get(3..5).unwrap_or_default().iter().sum();
    Ok(TICK.saturating_mul(u32::try_from(counts.iter().sum::<u64>() - idle).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_time_of_an_ended_child_is_ours_and_its_exact_time_is_known_before_it_is_waited_for() {
        let before = children_cpu().unwrap();
        let count = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
        let mut child = Command::new("sh").args(["-c", count]).spawn().unwrap();
        let id = rustix::process::Pid::from_child(&child);
        rustix::process::waitid(
            rustix::process::WaitId::Pid(id),
            rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT,
        )
        .unwrap();
        let exact = exact_cpu(child.id()).unwrap();
        child.wait().unwrap();
        let counted = children_cpu().unwrap().saturating_sub(before);
        assert!(exact > Duration::ZERO);
        assert!(counted + TICK + TICK >= exact, "{counted:?} in ticks, {exact:?} exactly");
    }

    #[test]
    fn warns_only_when_others_are_at_work() {
        assert_eq!(warning(0.01), None);
        assert!(warning(0.5).unwrap().contains("50 %"));
    }
}
