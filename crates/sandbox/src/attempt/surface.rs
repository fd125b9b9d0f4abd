//! Parts of the kernel that no program of an agent needs, and how each is asked whether it is there.
//!
//! A call that would change something is made with arguments that are refused, but only after the kernel has looked at
//! the rights: whoever gets "not permitted" or "no such call" did not get in, any other answer means that it did.

use libc::c_long;
use std::io;

/// One part of the kernel.
#[derive(Debug, Clone, Copy)]
pub struct Surface {
    /// Its name.
    pub name: &'static str,
    /// The call that opens it.
    call: c_long,
    /// The arguments.
    arguments: [Argument; 5],
    /// What else than success means that somebody got in: the arguments were looked at.
    in_by: &'static [i32],
}

/// An argument of a call.
#[derive(Debug, Clone, Copy)]
enum Argument {
    /// A number.
    Number(usize),
    /// The address of 256 bytes which begin with these words.
    Words(&'static [u32]),
    /// The address of a name.
    Name(&'static std::ffi::CStr),
}

use Argument::{Name, Number, Words};

const NONE: Argument = Number(0);
const NOWHERE: Argument = Number(1);

const fn part(name: &'static str, call: c_long, arguments: [Argument; 5], in_by: &'static [i32]) -> Surface {
    Surface { name, call, arguments, in_by }
}

/// A program for the packet filter's successor that has one instruction, which lies nowhere.
const PROGRAM: &[u32] = &[1, 1];

/// Whom to ask, by name.
pub const SURFACE: &[Surface] = &[
    part("io-uring", libc::SYS_io_uring_setup, [Number(4), Words(&[]), NONE, NONE, NONE], &[]),
    part("bpf-map", libc::SYS_bpf, [NONE, Words(&[2, 4, 4, 1]), Number(72), NONE, NONE], &[]),
    part(
        "bpf-program",
        libc::SYS_bpf,
        [Number(5), Words(PROGRAM), Number(72), NONE, NONE],
        &[libc::EINVAL, libc::EFAULT],
    ),
    part(
        "perf",
        libc::SYS_perf_event_open,
        [Words(&[1, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0x61]), NONE, Number(usize::MAX), Number(usize::MAX), NONE],
        &[],
    ),
    part("userfaultfd", libc::SYS_userfaultfd, [Number(1), NONE, NONE, NONE, NONE], &[]),
    part("keyring", libc::SYS_keyctl, [NONE, Number(usize::MAX - 2), Number(1), NONE, NONE], &[]),
    part(
        "key-request",
        libc::SYS_request_key,
        [Name(c"user"), Name(c"portcullis-drill-none"), NONE, NONE, NONE],
        &[libc::ENOKEY],
    ),
    part("namespace-user", libc::SYS_unshare, [Number(libc::CLONE_NEWUSER as usize), NONE, NONE, NONE, NONE], &[]),
    part(
        "namespace-mount",
        libc::SYS_unshare,
        [Number((libc::CLONE_NEWUSER | libc::CLONE_NEWNS) as usize), NONE, NONE, NONE, NONE],
        &[],
    ),
    part(
        "namespace-network",
        libc::SYS_unshare,
        [Number((libc::CLONE_NEWUSER | libc::CLONE_NEWNET) as usize), NONE, NONE, NONE, NONE],
        &[],
    ),
    part("namespace-clone3", libc::SYS_clone3, [NONE, NONE, NONE, NONE, NONE], &[libc::EINVAL, libc::EFAULT]),
    part(
        "module",
        libc::SYS_init_module,
        [NOWHERE, Number(64), Name(c""), NONE, NONE],
        &[libc::EFAULT, libc::ENOEXEC, libc::EINVAL],
    ),
    part(
        "module-file",
        libc::SYS_finit_module,
        [Number(usize::MAX), Name(c""), NONE, NONE, NONE],
        &[libc::EBADF, libc::ENOEXEC],
    ),
    part(
        "module-removal",
        libc::SYS_delete_module,
        [Name(c"portcullis_drill_none"), Number(0x800), NONE, NONE, NONE],
        &[libc::ENOENT],
    ),
    part("kexec", libc::SYS_kexec_load, [NONE, NONE, NONE, Number(0xffff), NONE], &[libc::EINVAL]),
    part(
        "kexec-file",
        libc::SYS_kexec_file_load,
        [Number(usize::MAX), Number(usize::MAX), NONE, NONE, Number(0xffff)],
        &[libc::EINVAL, libc::EBADF],
    ),
    part("reboot", libc::SYS_reboot, [NONE, NONE, NONE, NONE, NONE], &[libc::EINVAL]),
    part("kernel-log", libc::SYS_syslog, [Number(10), NONE, NONE, NONE, NONE], &[]),
    part("swap", libc::SYS_swapon, [NOWHERE, NONE, NONE, NONE, NONE], &[libc::EFAULT]),
    part("accounting", libc::SYS_acct, [Name(c"/portcullis-drill-none/none"), NONE, NONE, NONE, NONE], &[libc::ENOENT]),
    part("host-name", libc::SYS_sethostname, [NOWHERE, Number(65536), NONE, NONE, NONE], &[libc::EINVAL]),
    part(
        "quota",
        libc::SYS_quotactl,
        [Number(0x8000_0700), Name(c"/portcullis-drill-none"), NONE, NONE, NONE],
        &[libc::ENOENT, libc::EINVAL, libc::ENODEV, libc::ENOTBLK],
    ),
    part("watch-files", libc::SYS_fanotify_init, [Number(0x200), NONE, NONE, NONE, NONE], &[]),
    part("old-personality", libc::SYS_personality, [Number(0x0400_0000), NONE, NONE, NONE, NONE], &[]),
    part("compare-processes", libc::SYS_kcmp, [Number(1), Number(1), NONE, NONE, NONE], &[]),
    part("move-pages", libc::SYS_move_pages, [NONE, NONE, NONE, NONE, NONE], &[]),
    part("port-access", PORTS, [Number(0x80), Number(1), Number(1), NONE, NONE], &[]),
    part("segment-table", SEGMENTS, [NONE, Words(&[]), Number(64), NONE, NONE], &[]),
    part("other-numbers", OTHER_NUMBERS, [NONE, NONE, NONE, NONE, NONE], &[]),
];

#[cfg(target_arch = "x86_64")]
const PORTS: c_long = libc::SYS_ioperm;
#[cfg(target_arch = "x86_64")]
const SEGMENTS: c_long = libc::SYS_modify_ldt;
/// The number of the same processor's other set of calls that asks for the process's number.
#[cfg(target_arch = "x86_64")]
const OTHER_NUMBERS: c_long = 0x4000_0000 | libc::SYS_getpid;
#[cfg(not(target_arch = "x86_64"))]
const PORTS: c_long = -1;
#[cfg(not(target_arch = "x86_64"))]
const SEGMENTS: c_long = -1;
#[cfg(not(target_arch = "x86_64"))]
const OTHER_NUMBERS: c_long = -1;

/// Asks one part whether it is there.
pub fn surface(part: &Surface) -> io::Result<()> {
    let mut rooms = [[0_u64; 32]; 5];
    let mut values = [0_usize; 5];
    for ((value, room), argument) in values.iter_mut().zip(&mut rooms).zip(&part.arguments) {
        *value = match argument {
            Number(number) => *number,
            Name(name) => name.as_ptr().addr(),
            Words(words) => {
                let pairs = words.chunks(2).map(|pair| match pair {
                    [low, high] => u64::from(*low) | u64::from(*high) << 32,
                    [low] => u64::from(*low),
                    _ => 0,
                });
                room.iter_mut().zip(pairs).for_each(|(place, word)| *place = word);
                room.as_mut_ptr().expose_provenance()
            }
        };
    }
    let [first, second, third, fourth, fifth] = values;
    // SAFETY: every address among the arguments is one of a room of 256 bytes, which lives until the call returns and
    // is larger than anything that these calls write, one of a constant name that they only read, or one where nothing
    // is, which the kernel refuses.
    let answer = unsafe { libc::syscall(part.call, first, second, third, fourth, fifth) };
    match super::result(answer) {
        Ok(_) => Ok(()),
        Err(error) if error.raw_os_error().is_some_and(|errno| part.in_by.contains(&errno)) => Ok(()),
        Err(error) => Err(error),
    }
}
