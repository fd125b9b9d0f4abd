//! Parts of the kernel that nothing needs, and most holes are found in.

use super::{Attempt, Category, Got, Here, Proof, Way, attempt, failed, first, nothing};
use portcullis_sandbox::attempt::{SURFACE, surface};
use std::fs::OpenOptions;

const fn asks(id: &'static str, loses: &'static str) -> Attempt {
    attempt(Category::Kernel, id, loses, Way::By(ask), Proof::Word)
}

const fn opens(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Kernel, id, loses, Way::By(way), Proof::Word)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    asks("kernel-io-uring", "a second way to make system calls, past every filter of them"),
    asks("kernel-bpf-map", "programs in the kernel: their memory"),
    asks("kernel-bpf-program", "programs in the kernel: the programs"),
    asks("kernel-perf", "what other programs do, by counting, and a part of the kernel with many holes"),
    asks("kernel-userfaultfd", "a way to hold the kernel still in the middle of its work"),
    asks("kernel-keyring", "the kernel's store of keys"),
    asks("kernel-key-request", "keys that the kernel would ask a program outside for"),
    asks("kernel-namespace-user", "rights over everything that a namespace lets its owner do"),
    asks("kernel-namespace-mount", "a tree of its own, without what covers secrets"),
    asks("kernel-namespace-network", "a network of its own, with raw packets"),
    asks("kernel-namespace-clone3", "namespaces, by the call whose flags no filter can read"),
    asks("kernel-module", "code in the kernel"),
    asks("kernel-module-file", "code in the kernel, from a file"),
    asks("kernel-module-removal", "parts of the kernel are taken away"),
    asks("kernel-kexec", "another kernel"),
    asks("kernel-kexec-file", "another kernel, from a file"),
    asks("kernel-reboot", "this machine restarts"),
    asks("kernel-kernel-log", "addresses of the kernel and traces of others, from its log"),
    asks("kernel-swap", "memory of everybody, on a disk of the attacker's"),
    asks("kernel-accounting", "a file of the attacker's that the kernel writes to"),
    asks("kernel-host-name", "the name of this machine"),
    asks("kernel-quota", "how much everybody may store"),
    asks("kernel-watch-files", "which files everybody opens"),
    asks("kernel-old-personality", "protections of memory, switched off"),
    asks("kernel-compare-processes", "where the kernel keeps things, by comparing"),
    asks("kernel-move-pages", "where memory lies"),
    asks("kernel-port-access", "devices, past the kernel"),
    asks("kernel-segment-table", "an old table of the processor, where holes were found"),
    asks("kernel-other-numbers", "every call once more, under numbers that filters forget"),
    opens(
        "kernel-core-pattern",
        "a program that the kernel starts outside as root, when something breaks down",
        |_| writable(&["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe"]),
    ),
    opens("kernel-settings", "settings of the kernel", |_| {
        writable(&["/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/printk", "/sys/kernel/uevent_helper"])
    }),
    opens("kernel-magic-keys", "this machine restarts, by the keys for emergencies", |_| {
        writable(&["/proc/sysrq-trigger"])
    }),
    opens("kernel-groups", "limits and notices of control groups, which start programs outside", |_| {
        writable(&["/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/memory/cgroup.procs"])
    }),
    opens("kernel-network-device", "a network device of its own", |_| writable(&["/dev/net/tun"])),
    opens("kernel-machines", "virtual machines, and the part of the kernel that runs them", |_| {
        writable(&["/dev/kvm", "/dev/vhost-net", "/dev/vhost-vsock"])
    }),
    opens("kernel-file-systems", "file systems of its own", |_| writable(&["/dev/fuse"])),
];

/// Asks the part that the attempt is called after.
fn ask(here: &Here) -> Got {
    let name = here.id.strip_prefix("kernel-").unwrap_or(here.id);
    let part = SURFACE.iter().find(|part| part.name == name).ok_or_else(|| failed("nobody knows this part"))?;
    surface(part)?;
    nothing()
}

/// Opens one of these to be written, and writes nothing.
fn writable(paths: &[&str]) -> Got {
    first(paths.iter().map(|path| OpenOptions::new().write(true).open(path)))?;
    nothing()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_asked_and_every_one_that_is_asked_is_a_part() {
        for part in SURFACE {
            assert!(ATTEMPTS.iter().any(|attempt| attempt.id == format!("kernel-{}", part.name)), "{}", part.name);
        }
        let asked = |attempt: &&Attempt| matches!(attempt.way, Way::By(way) if std::ptr::fn_addr_eq(way, ask as fn(&Here) -> Got));
        assert_eq!(ATTEMPTS.iter().filter(asked).count(), SURFACE.len());
    }
}
