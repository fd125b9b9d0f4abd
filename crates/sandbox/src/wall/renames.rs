//! The filter that asks about renaming, where folders lie in layers.
//!
//! It refuses nothing, and what is done about it is done with no other rights than the caller's. So whoever raises walls of its own
//! in here is asked about as well: from then on the caller's rights are no longer the same.

use super::bpf::{Outcome, assemble};
use super::seccomp::{ARCHITECTURE, rule};
use crate::sys;
use rustix::fd::OwnedFd;
use rustix::io::Result;

/// Calls that give something another name.
pub(crate) const RENAMES: &[i64] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_renameat2,
];

/// Installs it for this process and all that it will start.
pub(crate) fn install() -> Result<OwnedFd> {
    sys::notify::filter(&program())
}

fn program() -> Vec<libc::sock_filter> {
    let (architecture, foreign) = ARCHITECTURE;
    let asked = RENAMES.iter().chain(&[libc::SYS_landlock_restrict_self]);
    let rules: Vec<_> = asked.map(|call| rule(*call, Vec::new(), Outcome::Ask)).collect();
    assemble(architecture, foreign, &rules)
}

#[cfg(test)]
mod tests {
    use super::super::bpf::run::verdict;
    use super::*;

    fn ask(call: i64) -> u32 {
        verdict(&program(), ARCHITECTURE.0, u32::try_from(call).unwrap(), &[])
    }

    #[test]
    fn renaming_and_walls_of_ones_own_are_asked_about_and_nothing_else() {
        for call in RENAMES.iter().chain(&[libc::SYS_landlock_restrict_self]) {
            assert_eq!(ask(*call), libc::SECCOMP_RET_USER_NOTIF);
        }
        for call in [libc::SYS_openat, libc::SYS_linkat, libc::SYS_unlinkat, libc::SYS_mkdirat, libc::SYS_execve] {
            assert_eq!(ask(call), libc::SECCOMP_RET_ALLOW);
        }
    }
}
