//! Which process runs a session, so that one that died without a word is not taken for one that still runs.

use serde::{Deserialize, Serialize};
use std::fs;

/// A process, told apart from every later one that gets the same number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProcessMark {
    /// Its number.
    pub pid: u32,
    /// When it started, in ticks since the machine did.
    pub start_ticks: u64,
    /// Which start of the machine that was.
    pub boot: String,
}

impl ProcessMark {
    /// The mark of a process that runs now.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(Self { pid, start_ticks: start_ticks(&stat)?, boot: boot.trim().to_owned() })
    }

    /// Whether that process still runs. One that can't be looked at is not taken to run, and neither is one that has ended and
    /// only waits for somebody to ask how.
    pub fn is_alive(&self) -> bool {
        let stat = fs::read(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        !matches!(state(&stat), None | Some(b'Z' | b'X')) && Self::of(self.pid).as_ref() == Some(self)
    }
}

/// The third field.
fn state(stat: &[u8]) -> Option<u8> {
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    stat.get(end + 1..)?.trim_ascii_start().first().copied()
}

/// The 22nd field. The second is a name in parentheses, which may hold blanks and parentheses itself.
fn start_ticks(stat: &[u8]) -> Option<u64> {
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let after = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
    after.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_parentheses_hides_nothing() {
        let fields: Vec<String> = (3..=30).map(|field| field.to_string()).collect();
        let stat = format!("7 (a) 1 (b) R) {}", fields.join(" "));
        assert_eq!(start_ticks(stat.as_bytes()), Some(22));
        assert_eq!(start_ticks(b"7 (a) R 1"), None);
    }

    #[test]
    fn one_that_has_ended_and_was_not_asked_how_does_not_run() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mark = ProcessMark::of(child.id()).unwrap();
        assert!(mark.is_alive());
        child.kill().unwrap();
        let id = rustix::process::Pid::from_child(&child);
        let options = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
        rustix::process::waitid(rustix::process::WaitId::Pid(id), options).unwrap();
        assert!(ProcessMark::of(mark.pid).is_some() && !mark.is_alive());
        child.wait().unwrap();
    }

    #[test]
    fn this_process_runs_and_an_older_one_of_its_number_does_not() {
        let mark = ProcessMark::of(std::process::id()).unwrap();
        assert!(mark.is_alive());
        assert!(!ProcessMark { start_ticks: mark.start_ticks + 1, ..mark.clone() }.is_alive());
        assert!(!ProcessMark { boot: "another".to_owned(), ..mark }.is_alive());
    }
}
