//! Processes outside that attempts go at: each holds the secret in its memory, its environment and an open file, and
//! waits.

use crate::plan::Victim;
use rustix::process::{PTracer, Pid, getpriority_process, set_ptracer};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The variable in which a victim is told the secret.
pub(crate) const VARIABLE: &str = "DRILL_TOKEN";

/// Attempts that go at a process of their own.
const WANTED: &[&str] = &[
    "environment-first",
    "environment-first-memory",
    "process-descriptor-of-first",
    "process-group",
    "process-limits",
    "process-priority",
    "process-read-memory",
    "process-signal",
    "process-signal-handle",
    "process-stop",
    "process-take-descriptor",
    "process-trace",
    "process-trace-seize",
    "process-write-memory",
    "read-memory-of-others",
];

/// Whether an attempt goes at a process of its own.
pub(crate) fn has_victim(id: &str) -> bool {
    WANTED.contains(&id)
}

/// Is one, until standard input ends.
pub fn run(secret_file: &Path) -> io::Result<()> {
    let secret = std::env::var(VARIABLE).map_err(io::Error::other)?.into_bytes();
    let file = File::open(secret_file)?;
    // Where debuggers may only look at what they started this one says that anybody may.
    set_ptracer(PTracer::Any).ok();
    println_flushed(&format!("{} {} {}", secret.as_ptr().addr(), secret.len(), file.as_raw_fd()))?;
    io::stdin().lock().read_to_end(&mut Vec::new())?;
    // Until here it has to lie where it was said to lie.
    std::hint::black_box(&secret);
    Ok(())
}

fn println_flushed(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// All victims of a round. They end when this goes.
#[derive(Debug)]
pub(crate) struct Victims(BTreeMap<String, (Child, Victim)>);

impl Victims {
    /// Starts one for each of these attempts.
    pub(crate) fn start(command: &dyn Fn() -> Command, ids: &[&str]) -> io::Result<Self> {
        let mut all = BTreeMap::new();
        for id in ids {
            let mut command = command();
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            all.insert((*id).to_owned(), command.spawn()?);
        }
        let told = all.into_iter().map(|(id, mut child)| heard(&mut child).map(|victim| (id, (child, victim))));
        told.collect::<io::Result<_>>().map(Self)
    }

    pub(crate) fn plan(&self) -> BTreeMap<String, Victim> {
        self.0.iter().map(|(id, (_, victim))| (id.clone(), *victim)).collect()
    }

    /// Whether something was done to the one of this attempt.
    pub(crate) fn suffered(&mut self, id: &str) -> bool {
        let Some((child, victim)) = self.0.get_mut(id) else { return false };
        if !matches!(child.try_wait(), Ok(None)) {
            return true;
        }
        let process = i32::try_from(victim.process).ok().and_then(Pid::from_raw);
        getpriority_process(process).is_ok_and(|priority| priority > own_priority()) || is_stopped(victim.process)
    }
}

fn own_priority() -> i32 {
    getpriority_process(None).unwrap_or(0)
}

fn is_stopped(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
}

fn heard(child: &mut Child) -> io::Result<Victim> {
    let mut line = String::new();
    let out = child.stdout.take().ok_or_else(|| io::Error::other("it can't be heard"))?;
    BufReader::new(out).read_line(&mut line)?;
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [address, length, descriptor] = numbers.try_into().map_err(|_| io::Error::other("it did not start"))?;
    let descriptor = i32::try_from(descriptor).map_err(io::Error::other)?;
    Ok(Victim { process: child.id(), address, length, descriptor })
}

impl Drop for Victims {
    fn drop(&mut self) {
        for (child, _) in self.0.values_mut() {
            // It may be gone already; that is what attempts are for.
            child.kill().ok();
            child.wait().ok();
        }
    }
}
