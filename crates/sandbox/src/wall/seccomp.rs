//! The filter of system calls.
//!
//! Two sorts are refused: those that only serve to get out or to look into others (namespaces, mounts, tracing, modules,
//! clocks), and those that open large parts of the kernel which no program of an agent needs (`io_uring`, `bpf`,
//! keys, sockets of rare families). Whatever is not named here is allowed: a program must not fail for a call that a
//! newer library makes. Sockets are the exception, there what is allowed is named.

use super::bpf::{Outcome, Rule, Test, assemble};
use crate::error::{Doing as _, Error, Stage};
use crate::sys;
use libc::{EAFNOSUPPORT, ENOSYS, EOPNOTSUPP, EPERM, EPROTONOSUPPORT};

#[cfg(target_arch = "x86_64")]
pub(super) const ARCHITECTURE: (u32, Option<u32>) = (0xc000_003e, Some(0x4000_0000));
#[cfg(target_arch = "aarch64")]
pub(super) const ARCHITECTURE: (u32, Option<u32>) = (0xc000_00b7, None);

/// Flags of `clone` and `unshare` that make namespaces. The one for time shares its bit with a part of the signal number
/// in `clone`, where it does not exist.
const NEW_NAMESPACES: u32 = (libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP) as u32;

/// Calls that fail with "not permitted".
const REFUSED: &[i64] = &[
    // Namespaces and mounts.
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    OPEN_TREE_ATTR,
    // Other processes.
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Files without their paths.
    libc::SYS_open_by_handle_at,
    // Large, rarely needed parts of the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_fanotify_init,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    // The machine.
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_sysfs,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    #[cfg(target_arch = "x86_64")]
    libc::SYS__sysctl,
];

/// Calls that fail as if the kernel did not have them, so that programs fall back to older ones.
const UNKNOWN: &[i64] = &[
    // Its flags lie in memory, where no filter can look; libraries then use `clone`.
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];

/// `open_tree_attr`, which is newer than our headers.
const OPEN_TREE_ATTR: i64 = 467;

/// `PTRACE_ATTACH` and `PTRACE_SEIZE`: a debugger may trace what it started, not what is there already.
const PTRACE_OTHERS: [u32; 2] = [16, 0x4206];

/// Requests that put characters into a terminal's input, or paste from the console.
const TERMINAL_INPUT: [u32; 2] = [0x5412, 0x541c];

/// `personality` values that are asked for in everyday work: what is set now, the default, and addresses that are not
/// random, as debuggers want.
const PERSONALITIES: [u32; 3] = [0xffff_ffff, 0, 0x0004_0000];

/// The part of a socket's type that is not a flag.
pub(super) const TYPE: u32 = 0xf;

/// Installs the filter for this process and everything that it starts. `pinned` are those that have to stay on the
/// processors that they are on.
pub(crate) fn install(pinned: bool) -> Result<(), Error> {
    let (architecture, foreign) = ARCHITECTURE;
    if pinned {
        let stay = rule(libc::SYS_sched_setaffinity, Vec::new(), Outcome::Fail(EPERM));
        sys::filter(&assemble(architecture, foreign, &[stay])).doing(Stage::Seccomp)?;
    }
    sys::filter(&program()).doing(Stage::Seccomp)
}

fn program() -> Vec<libc::sock_filter> {
    let (architecture, foreign) = ARCHITECTURE;
    assemble(architecture, foreign, &rules())
}

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = Vec::new();
    sockets(&mut rules);
    namespaces(&mut rules);
    requests(&mut rules);
    for (calls, errno) in [(UNKNOWN, ENOSYS), (REFUSED, EPERM)] {
        rules.extend(calls.iter().map(|call| rule(*call, Vec::new(), Outcome::Fail(errno))));
    }
    rules
}

pub(super) fn rule(call: i64, tests: Vec<Test>, outcome: Outcome) -> Rule {
    // Numbers of calls are small and never negative.
    Rule { call: u32::try_from(call).unwrap_or(u32::MAX), tests, outcome }
}

pub(super) fn is(argument: u32, mask: u32, is: u32) -> Test {
    Test { argument, mask, is, negated: false }
}

pub(super) fn is_not(argument: u32, mask: u32, is: u32) -> Test {
    Test { argument, mask, is, negated: true }
}

/// Which sockets there may be: local ones, TCP and UDP, and the one that tells the addresses of interfaces.
fn sockets(rules: &mut Vec<Rule>) {
    let all = u32::MAX;
    let family = |family: i32| is(0, all, family.unsigned_abs());
    let kind = |kind: i32| is(1, TYPE, kind.unsigned_abs());
    let protocol = |protocol: i32| is(2, all, protocol.unsigned_abs());
    let mut allow = |tests: Vec<Test>| rules.push(rule(libc::SYS_socket, tests, Outcome::Allow));
    for local in [0, 1] {
        allow(vec![family(libc::AF_UNIX), protocol(local)]);
    }
    for internet in [libc::AF_INET, libc::AF_INET6] {
        for either in [0, libc::IPPROTO_TCP] {
            allow(vec![family(internet), kind(libc::SOCK_STREAM), protocol(either)]);
        }
        for either in [0, libc::IPPROTO_UDP] {
            allow(vec![family(internet), kind(libc::SOCK_DGRAM), protocol(either)]);
        }
    }
    allow(vec![family(libc::AF_NETLINK), protocol(libc::NETLINK_ROUTE)]);
    for internet in [libc::AF_INET, libc::AF_INET6] {
        rules.push(rule(libc::SYS_socket, vec![family(internet)], Outcome::Fail(EPROTONOSUPPORT)));
    }
    rules.push(rule(libc::SYS_socket, Vec::new(), Outcome::Fail(EAFNOSUPPORT)));
    rules.push(rule(
        libc::SYS_socketpair,
        vec![is_not(0, all, libc::AF_UNIX.unsigned_abs())],
        Outcome::Fail(EAFNOSUPPORT),
    ));
    // Data with the first packet: sent before anybody can say no.
    let fast_open = libc::MSG_FASTOPEN.unsigned_abs();
    rules.push(rule(libc::SYS_sendto, vec![is(3, fast_open, fast_open)], Outcome::Fail(EOPNOTSUPP)));
    rules.push(rule(libc::SYS_sendmsg, vec![is(2, fast_open, fast_open)], Outcome::Fail(EOPNOTSUPP)));
    rules.push(rule(libc::SYS_sendmmsg, vec![is(3, fast_open, fast_open)], Outcome::Fail(EOPNOTSUPP)));
}

fn namespaces(rules: &mut Vec<Rule>) {
    rules.push(rule(libc::SYS_clone, vec![is_not(0, NEW_NAMESPACES, 0)], Outcome::Fail(EPERM)));
    let new = NEW_NAMESPACES | u32::try_from(sys::NEW_TIME).unwrap_or(0);
    rules.push(rule(libc::SYS_unshare, vec![is_not(0, new, 0)], Outcome::Fail(EPERM)));
}

/// Calls that are allowed but for some of what can be asked of them.
fn requests(rules: &mut Vec<Rule>) {
    for request in TERMINAL_INPUT {
        rules.push(rule(libc::SYS_ioctl, vec![is(1, u32::MAX, request)], Outcome::Fail(EPERM)));
    }
    for request in PTRACE_OTHERS {
        rules.push(rule(libc::SYS_ptrace, vec![is(0, u32::MAX, request)], Outcome::Fail(EPERM)));
    }
    for personality in PERSONALITIES {
        rules.push(rule(libc::SYS_personality, vec![is(0, u32::MAX, personality)], Outcome::Allow));
    }
    rules.push(rule(libc::SYS_personality, Vec::new(), Outcome::Fail(EPERM)));
}

#[cfg(test)]
mod tests {
    use super::super::bpf::run::verdict;
    use super::*;

    const ALLOWED: u32 = libc::SECCOMP_RET_ALLOW;

    fn fails(errno: i32) -> u32 {
        libc::SECCOMP_RET_ERRNO | errno.unsigned_abs()
    }

    fn ask(call: i64, arguments: &[u64]) -> u32 {
        verdict(&program(), ARCHITECTURE.0, u32::try_from(call).unwrap(), arguments)
    }

    #[test]
    fn everyday_calls_pass() {
        for call in
            [libc::SYS_read, libc::SYS_openat, libc::SYS_execve, libc::SYS_mmap, libc::SYS_futex, libc::SYS_seccomp]
        {
            assert_eq!(ask(call, &[]), ALLOWED);
        }
        assert_eq!(ask(libc::SYS_clone, &[0x0120_0011]), ALLOWED);
        assert_eq!(ask(libc::SYS_unshare, &[0x400]), ALLOWED);
        assert_eq!(ask(libc::SYS_ioctl, &[0, 0x5413]), ALLOWED);
        assert_eq!(ask(libc::SYS_ptrace, &[0]), ALLOWED);
    }

    #[test]
    fn sockets_are_local_tcp_or_udp() {
        let (stream, datagram, raw, seqpacket) = (1, 2, 3, 5);
        let flags = 0x80000 | 0x800;
        for (arguments, answer) in [
            ([1, stream, 0], ALLOWED),
            ([1, seqpacket | flags, 0], ALLOWED),
            ([2, stream | flags, 6], ALLOWED),
            ([10, stream, 0], ALLOWED),
            ([2, datagram, 17], ALLOWED),
            ([16, raw, 0], ALLOWED),
            // MPTCP, SCTP, ping, raw, UDP-Lite.
            ([2, stream, 262], fails(EPROTONOSUPPORT)),
            ([2, stream, 132], fails(EPROTONOSUPPORT)),
            ([2, datagram, 1], fails(EPROTONOSUPPORT)),
            ([2, raw, 255], fails(EPROTONOSUPPORT)),
            ([10, datagram, 136], fails(EPROTONOSUPPORT)),
            // AF_NETLINK for netfilter, AF_ALG, AF_VSOCK, AF_PACKET, AF_BLUETOOTH, AF_XDP.
            ([16, raw, 12], fails(EAFNOSUPPORT)),
            ([38, seqpacket, 0], fails(EAFNOSUPPORT)),
            ([40, stream, 0], fails(EAFNOSUPPORT)),
            ([17, raw, 3], fails(EAFNOSUPPORT)),
            ([31, raw, 0], fails(EAFNOSUPPORT)),
            ([44, raw, 0], fails(EAFNOSUPPORT)),
            // The kernel looks at 32 bits; what is above them changes nothing.
            ([0xffff_ffff_0000_0002, stream, 0x1_0000_0106], fails(EPROTONOSUPPORT)),
        ] {
            assert_eq!(ask(libc::SYS_socket, &arguments), answer, "{arguments:?}");
        }
        assert_eq!(ask(libc::SYS_socketpair, &[1, 1, 0]), ALLOWED);
        assert_eq!(ask(libc::SYS_socketpair, &[30, 1, 0]), fails(EAFNOSUPPORT));
        assert_eq!(ask(libc::SYS_sendto, &[3, 0, 0, 0x2000_4000]), fails(EOPNOTSUPP));
    }

    #[test]
    fn no_namespace_can_be_made_by_any_call() {
        for flag in [0x1000_0000_u64, 0x2_0000, 0x2000_0000, 0x4000_0000, 0x800_0000, 0x400_0000, 0x200_0000] {
            assert_eq!(ask(libc::SYS_clone, &[flag | 0x11]), fails(EPERM));
            assert_eq!(ask(libc::SYS_unshare, &[flag]), fails(EPERM));
        }
        assert_eq!(ask(libc::SYS_unshare, &[0x80]), fails(EPERM));
        assert_eq!(ask(libc::SYS_clone3, &[]), fails(ENOSYS));
        assert_eq!(ask(libc::SYS_setns, &[]), fails(EPERM));
    }

    #[test]
    fn no_character_gets_into_a_terminals_input() {
        for request in [0x5412, 0x541c, 0xffff_ffff_0000_5412] {
            assert_eq!(ask(libc::SYS_ioctl, &[0, request]), fails(EPERM));
        }
    }

    #[test]
    fn calls_of_another_architecture_end_the_process() {
        let program = program();
        assert_eq!(verdict(&program, 0x4000_0003, 1, &[]), libc::SECCOMP_RET_KILL_PROCESS);
        if let Some(foreign) = ARCHITECTURE.1 {
            assert_eq!(verdict(&program, ARCHITECTURE.0, foreign | 1, &[]), fails(ENOSYS));
        }
    }

    #[test]
    fn every_call_that_is_refused_is_refused_whatever_its_arguments() {
        for call in REFUSED {
            for argument in [0, u64::MAX] {
                assert_eq!(ask(*call, &[argument; 6]), fails(EPERM), "{call}");
            }
        }
    }
}
