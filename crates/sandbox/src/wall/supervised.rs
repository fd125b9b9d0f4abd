//! The filter of a run in place, which shares the network, the processes and the file system of the machine.
//!
//! It is the same filter, and on top of it: what Landlock has no word for is asked about, and whatever is shared under a
//! number is refused. Nothing that is asked about is then carried out by the kernel from memory that the caller could
//! change meanwhile: whoever answers does it in the caller's place, or it is a call whose meaning lies in numbers alone.

use super::bpf::{Outcome, Rule, assemble};
use super::seccomp::{ARCHITECTURE, TYPE, is, rule, rules};
use crate::error::{Doing as _, Error, Stage};
use crate::sys;
use libc::{EACCES, ENOSYS, EPERM, EPROTONOSUPPORT};
use rustix::fd::OwnedFd;

/// Calls that somebody else makes in the caller's place: connections, and what belongs to a file but is not in it; being told of
/// what happens to a file as well.
pub(crate) const MADE_FOR_THEM: &[i64] = &[
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_inotify_add_watch,
];

/// Calls whose first argument is a process or thread, where 0 is the caller.
pub(crate) const AT_ANOTHER: &[i64] = &[
    libc::SYS_prlimit64,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setattr,
];

/// Signals, where Landlock can't keep them among those inside.
pub(crate) const SIGNALS: &[i64] =
    &[libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo];

/// Calls that fail as if the kernel did not have them: younger or older names of what is asked about, for which there is
/// always another one; and what programs share under a number or a name, all over the machine.
const UNKNOWN: &[i64] = &[
    FCHMODAT2,
    SETXATTRAT,
    REMOVEXATTRAT,
    FILE_SETATTR,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
];

const FCHMODAT2: i64 = 452;
const SETXATTRAT: i64 = 463;
const REMOVEXATTRAT: i64 = 466;
const FILE_SETATTR: i64 = 469;

/// `TIOCGPTPEER`: the inner end of a terminal, without its name.
pub(crate) const OTHER_END: u32 = 0x5441;

/// `FS_IOC_SETFLAGS` and `FS_IOC_FSSETXATTR`, which change a file that is only open to be read.
const FILE_FLAGS: [u32; 2] = [0x4008_6602, 0x401c_5820];

/// `F_SETOWN` and `F_SETOWN_EX`; `FIOSETOWN` and `SIOCSPGRP`: who is told by a signal of one's choice.
const TOLD_BY_SIGNAL: [u32; 2] = [8, 15];
const TOLD_BY_SIGNAL_TOO: [u32; 2] = [0x8901, 0x8902];

/// What such a filter depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ground {
    /// Landlock keeps signals among those inside.
    pub(crate) scoped: bool,
    /// Nobody may choose other processors.
    pub(crate) stays: bool,
}

/// Installs it.
pub(crate) fn install(ground: Ground) -> Result<OwnedFd, Error> {
    sys::notify::filter(&program(ground)).doing(Stage::Seccomp)
}

fn program(Ground { scoped, stays }: Ground) -> Vec<libc::sock_filter> {
    let (architecture, foreign) = ARCHITECTURE;
    let mut all = Vec::new();
    if stays {
        all.push(rule(libc::SYS_sched_setaffinity, Vec::new(), Outcome::Fail(EPERM)));
    }
    sockets(&mut all);
    others(&mut all);
    requests(&mut all);
    if !scoped {
        signals(&mut all);
    }
    all.extend(MADE_FOR_THEM.iter().map(|call| rule(*call, Vec::new(), Outcome::Ask)));
    all.extend(UNKNOWN.iter().map(|call| rule(*call, Vec::new(), Outcome::Fail(ENOSYS))));
    all.extend(rules());
    assemble(architecture, foreign, &all)
}

/// No datagrams: each can go somewhere else, by an address in memory. What is left is connected first, and that is asked.
fn sockets(all: &mut Vec<Rule>) {
    let family = |family: i32| is(0, u32::MAX, family.unsigned_abs());
    let kind = |kind: i32| is(1, TYPE, kind.unsigned_abs());
    for internet in [libc::AF_INET, libc::AF_INET6] {
        for protocol in [0, libc::IPPROTO_TCP] {
            let tests = vec![family(internet), kind(libc::SOCK_STREAM), is(2, u32::MAX, protocol.unsigned_abs())];
            all.push(rule(libc::SYS_socket, tests, Outcome::Allow));
        }
        all.push(rule(libc::SYS_socket, vec![family(internet)], Outcome::Fail(EACCES)));
    }
    for connected in [libc::SOCK_STREAM, libc::SOCK_SEQPACKET] {
        all.push(rule(libc::SYS_socket, vec![family(libc::AF_UNIX), kind(connected)], Outcome::Allow));
    }
    all.push(rule(libc::SYS_socket, vec![family(libc::AF_UNIX)], Outcome::Fail(EPROTONOSUPPORT)));
    for connected in [libc::SOCK_STREAM, libc::SOCK_SEQPACKET] {
        all.push(rule(libc::SYS_socketpair, vec![family(libc::AF_UNIX), kind(connected)], Outcome::Allow));
    }
    all.push(rule(libc::SYS_socketpair, Vec::new(), Outcome::Fail(EPROTONOSUPPORT)));
}

/// What is done to a process: to the caller itself always, to another one if that belongs to the run.
fn others(all: &mut Vec<Rule>) {
    for call in AT_ANOTHER {
        all.push(rule(*call, vec![is(0, u32::MAX, 0)], Outcome::Allow));
        all.push(rule(*call, Vec::new(), Outcome::Ask));
    }
    // Their first argument says what the second one is a number of: a process is 0 for one and 1 for the other.
    for (call, process) in [(libc::SYS_setpriority, 0), (libc::SYS_ioprio_set, 1)] {
        let of_processes = is(0, u32::MAX, process);
        all.push(rule(call, vec![of_processes, is(1, u32::MAX, 0)], Outcome::Allow));
        all.push(rule(call, vec![of_processes], Outcome::Ask));
        all.push(rule(call, Vec::new(), Outcome::Fail(EPERM)));
    }
}

fn requests(all: &mut Vec<Rule>) {
    all.push(rule(libc::SYS_ioctl, vec![is(1, u32::MAX, OTHER_END)], Outcome::Ask));
    for request in FILE_FLAGS {
        all.push(rule(libc::SYS_ioctl, vec![is(1, u32::MAX, request)], Outcome::Fail(EPERM)));
    }
}

fn signals(all: &mut Vec<Rule>) {
    all.extend(SIGNALS.iter().map(|call| rule(*call, Vec::new(), Outcome::Ask)));
    // A handle's process is not a number that could be looked at.
    all.push(rule(libc::SYS_pidfd_send_signal, Vec::new(), Outcome::Fail(ENOSYS)));
    for command in TOLD_BY_SIGNAL {
        all.push(rule(libc::SYS_fcntl, vec![is(1, u32::MAX, command)], Outcome::Fail(EPERM)));
    }
    for request in TOLD_BY_SIGNAL_TOO {
        all.push(rule(libc::SYS_ioctl, vec![is(1, u32::MAX, request)], Outcome::Fail(EPERM)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::bpf::run::verdict;
    use super::*;

    fn ask(call: i64, arguments: &[u64]) -> u32 {
        verdict(
            &program(Ground { scoped: true, stays: false }),
            ARCHITECTURE.0,
            u32::try_from(call).unwrap(),
            arguments,
        )
    }

    fn fails(errno: i32) -> u32 {
        libc::SECCOMP_RET_ERRNO | errno.unsigned_abs()
    }

    const ALLOWED: u32 = libc::SECCOMP_RET_ALLOW;
    const ASKED: u32 = libc::SECCOMP_RET_USER_NOTIF;

    #[test]
    fn there_are_no_datagrams_and_no_raw_sockets_under_any_name() {
        let (stream, datagram, raw, packets) = (1, 2, 3, 5);
        for (arguments, answer) in [
            ([2, stream, 0], ALLOWED),
            ([10, stream | 0x80800, 6], ALLOWED),
            ([2, datagram, 0], fails(EACCES)),
            ([10, datagram, 17], fails(EACCES)),
            ([2, stream, 262], fails(EACCES)),
            ([2, stream, 132], fails(EACCES)),
            ([2, raw, 255], fails(EACCES)),
            ([1, stream, 0], ALLOWED),
            ([1, packets | 0x80000, 0], ALLOWED),
            ([1, datagram, 0], fails(EPROTONOSUPPORT)),
            // To the kernel this is another word for datagrams.
            ([1, raw, 0], fails(EPROTONOSUPPORT)),
            ([16, raw, 0], ALLOWED),
            ([16, raw, 12], fails(libc::EAFNOSUPPORT)),
            ([40, stream, 0], fails(libc::EAFNOSUPPORT)),
        ] {
            assert_eq!(ask(libc::SYS_socket, &arguments), answer, "{arguments:?}");
        }
        assert_eq!(ask(libc::SYS_socketpair, &[1, stream, 0]), ALLOWED);
        assert_eq!(ask(libc::SYS_socketpair, &[1, datagram, 0]), fails(EPROTONOSUPPORT));
        assert_eq!(ask(libc::SYS_sendto, &[3, 0, 0, 0x2000_4000]), fails(libc::EOPNOTSUPP));
    }

    #[test]
    fn what_landlock_has_no_word_for_is_asked_about() {
        for call in MADE_FOR_THEM {
            assert_eq!(ask(*call, &[7; 6]), ASKED, "{call}");
        }
        for call in AT_ANOTHER {
            assert_eq!((ask(*call, &[0, 9]), ask(*call, &[7, 9])), (ALLOWED, ASKED), "{call}");
        }
        assert_eq!(ask(libc::SYS_setpriority, &[0, 0, 5]), ALLOWED);
        assert_eq!(ask(libc::SYS_setpriority, &[0, 7, 5]), ASKED);
        assert_eq!(ask(libc::SYS_setpriority, &[2, 0, 5]), fails(EPERM));
        assert_eq!(ask(libc::SYS_ioctl, &[3, 0x5441, 0]), ASKED);
        assert_eq!(ask(libc::SYS_ioctl, &[3, 0x5412, 0]), fails(EPERM));
        assert_eq!(ask(libc::SYS_ioctl, &[3, 0x5413, 0]), ALLOWED);
    }

    #[test]
    fn what_is_refused_elsewhere_is_refused_here() {
        for call in [libc::SYS_mount, libc::SYS_bpf, libc::SYS_open_by_handle_at, libc::SYS_setns] {
            assert_eq!(ask(call, &[0; 6]), fails(EPERM));
        }
        for call in UNKNOWN.iter().chain(&[libc::SYS_io_uring_setup, libc::SYS_clone3]) {
            assert_eq!(ask(*call, &[0; 6]), fails(ENOSYS), "{call}");
        }
    }

    #[test]
    fn whoever_is_held_to_processors_can_choose_no_others() {
        let program = program(Ground { scoped: true, stays: true });
        let call = u32::try_from(libc::SYS_sched_setaffinity).unwrap();
        for thread in [0, 7] {
            assert_eq!(verdict(&program, ARCHITECTURE.0, call, &[thread]), fails(EPERM));
        }
    }

    #[test]
    fn signals_are_asked_about_where_landlock_does_not_keep_them() {
        let unscoped = |call: i64, arguments: &[u64]| {
            verdict(
                &program(Ground { scoped: false, stays: false }),
                ARCHITECTURE.0,
                u32::try_from(call).unwrap(),
                arguments,
            )
        };
        for call in SIGNALS {
            assert_eq!((unscoped(*call, &[7, 9]), ask(*call, &[7, 9])), (ASKED, ALLOWED));
        }
        assert_eq!(unscoped(libc::SYS_pidfd_send_signal, &[3, 9]), fails(ENOSYS));
        assert_eq!(unscoped(libc::SYS_fcntl, &[3, 8, 1]), fails(EPERM));
        assert_eq!(unscoped(libc::SYS_fcntl, &[3, 3, 1]), ALLOWED);
    }
}
