//! The program inside: makes one attempt after the other, each in a process of its own, and says what each brought back.

use crate::attempt::{Attempt, Got, Here, Way};
use crate::plan::Plan;
use crate::ways::first;
use portcullis_sandbox::attempt::{Ended, Forked, fork_for};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

/// How long one attempt may take.
const LONGEST: Duration = Duration::from_secs(4);

/// What stands before each answer.
pub(crate) const MARK: &[u8] = b"\x01portcullis-drill\x02 ";

/// The most that one may bring back.
pub(crate) const MOST: usize = 1 << 20;

/// Makes all attempts of the plan. What each brought back is written to standard output: a mark, a line with its name, how it
/// ended and how many bytes follow, and the bytes.
pub fn run(plan: &str) -> io::Result<()> {
    let plan: Plan = serde_json::from_str(plan)?;
    let project = std::env::current_dir()?;
    let mut out = io::stdout().lock();
    for attempt in plan.attempts.iter().filter_map(|id| crate::find(id)) {
        let here = Here { id: attempt.id, plan: &plan, project: &project };
        let (how, bytes) = made(&here, attempt)?;
        out.write_all(MARK)?;
        writeln!(out, "{} {how} {}", attempt.id, bytes.len())?;
        out.write_all(&bytes)?;
        out.flush()?;
    }
    Ok(())
}

fn made(here: &Here<'_>, attempt: &Attempt) -> io::Result<(&'static str, Vec<u8>)> {
    let forked: Forked = fork_for(LONGEST, MOST, || {
        if crate::flood::is_one(attempt) {
            be_called(&here.plan.called);
        }
        match try_it(here, attempt) {
            Ok(bytes) => (0, bytes),
            Err(error) => (1, error.to_string().into_bytes()),
        }
    })?;
    let how = match forked.ended {
        Ended::Status(0) => "got",
        Ended::Status(_) => "failed",
        Ended::Signal(_) => "killed",
        Ended::TooLong => "long",
    };
    Ok((how, forked.said))
}

/// A name under which this process and all that it starts can be seen from outside.
fn be_called(name: &str) {
    if let Ok(name) = std::ffi::CString::new(name) {
        rustix::thread::set_name(&name).ok();
    }
}

fn try_it(here: &Here<'_>, attempt: &Attempt) -> Got {
    match attempt.way {
        Way::By(way) => way(here),
        Way::Read(spot) => first(here.spots(&spot).iter().map(fs::read)),
        Way::Write(spot) => {
            // Everywhere, since only one of them may be the one that counts.
            let tries: Vec<_> = here.spots(&spot).iter().map(|path| append(path, here.id)).collect();
            first(tries.into_iter())
        }
    }
}

fn append(path: &Path, name: &str) -> Got {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("# {name}\n").as_bytes())?;
    Ok(Vec::new())
}
