//! What the kernel offers. Today's commands need none of it; the sandbox will, so what is missing is a warning, not a
//! failure. Everything is read from files that any user may read; nothing is tried out.

use super::Check;
use std::fs;
use std::path::Path;

/// All checks of this area, with the machine's files below `root` (`/`, except in tests).
pub(crate) fn check(root: &Path) -> Vec<Check> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    vec![
        release(read("proc/sys/kernel/osrelease").as_deref()),
        user_namespaces(
            read("proc/sys/user/max_user_namespaces").as_deref(),
            read("proc/sys/kernel/unprivileged_userns_clone").as_deref(),
            read("proc/sys/kernel/apparmor_restrict_unprivileged_userns").as_deref(),
        ),
        landlock(
            read("sys/kernel/security/lsm").as_deref(),
            read("proc/sys/kernel/osrelease").as_deref(),
            portcullis_sandbox::has_landlock(),
        ),
        seccomp(read("proc/self/status").as_deref()),
        overlay(read("proc/filesystems").as_deref()),
    ]
}

/// Major and minor number of a kernel's release, such as `6.18` of `6.18.44-arch1`.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn release(text: Option<&str>) -> Check {
    const ID: &str = "kernel";
    let text = text.unwrap_or("unknown").trim();
    match version(text) {
        Some(found) if found >= (6, 7) => Check::ok(ID, format!("Linux {text}")),
        Some(found) if found >= (5, 13) => Check::warn(
            ID,
            format!("Linux {text}"),
            "the sandbox will confine files here, but network ports only from Linux 6.7 on",
        ),
        _ => Check::warn(ID, format!("Linux {text}"), "the sandbox will need Linux 5.13, better 6.7 or newer"),
    }
}

fn user_namespaces(maximum: Option<&str>, unprivileged: Option<&str>, apparmor: Option<&str>) -> Check {
    const ID: &str = "user-namespaces";
    let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u64>().ok());
    match (number(maximum), number(unprivileged), number(apparmor)) {
        (None, ..) => Check::warn(ID, "not in this kernel", "the sandbox will need a kernel with user namespaces"),
        (Some(0), ..) => Check::warn(ID, "switched off", "sudo sysctl user.max_user_namespaces=15000"),
        (_, Some(0), _) => Check::warn(ID, "for root only", "sudo sysctl kernel.unprivileged_userns_clone=1"),
        (.., Some(1..)) => Check::warn(
            ID,
            "held back by AppArmor",
            "install the AppArmor profile of the page about `doctor`, or sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        (Some(1..), ..) => Check::ok(ID, "usable without root"),
    }
}

/// `answers`: the kernel said so when it was asked, which counts where its list can't be read.
fn landlock(modules: Option<&str>, release: Option<&str>, answers: bool) -> Check {
    const ID: &str = "landlock";
    let Some(modules) = modules.or(answers.then_some(ID)) else {
        return Check::warn(
            ID,
            "can't tell: the list of security modules is not readable",
            "sudo mount -t securityfs none /sys/kernel/security",
        );
    };
    if !modules.trim().split(',').any(|module| module == "landlock") {
        return Check::warn(ID, "switched off", "add `landlock` to the kernel's `lsm=` boot parameter");
    }
    let network = release.and_then(version).is_some_and(|found| found >= (6, 7));
    Check::ok(ID, if network { "on, files and network ports" } else { "on, files only" })
}

fn seccomp(status: Option<&str>) -> Check {
    const ID: &str = "seccomp";
    match status.and_then(|text| text.lines().find_map(|line| line.strip_prefix("Seccomp:"))).map(str::trim) {
        Some("0") => Check::ok(ID, "available"),
        Some(_) => Check::ok(ID, "available; a filter is already in force here"),
        None => Check::warn(ID, "not in this kernel", "the sandbox will need a kernel with seccomp"),
    }
}

fn overlay(file_systems: Option<&str>) -> Check {
    const ID: &str = "overlayfs";
    let known =
        file_systems.is_some_and(|text| text.lines().any(|line| line.split_whitespace().last() == Some("overlay")));
    if known {
        return Check::ok(ID, "available");
    }
    Check::warn(ID, "not loaded", "sudo modprobe overlay; the sandbox will keep an agent's changes in such a layer")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn reads_releases_of_all_shapes() {
        assert_eq!(version("6.18.44-fc-v657"), Some((6, 18)));
        assert_eq!(version("5.4-generic"), Some((5, 4)));
        assert_eq!(version("unknown"), None);
        assert_eq!(release(Some("6.1.0-25-amd64\n")).found, "Linux 6.1.0-25-amd64");
    }

    #[test]
    fn each_way_to_switch_namespaces_off_has_its_own_remedy() {
        assert_eq!(user_namespaces(Some("5\n"), None, None), Check::ok("user-namespaces", "usable without root"));
        assert_eq!(user_namespaces(Some("5"), Some("1"), Some("0\n")).status, Status::Ok);
        let remedies = [
            user_namespaces(None, None, None),
            user_namespaces(Some("0"), None, None),
            user_namespaces(Some("5"), Some("0"), None),
            user_namespaces(Some("5"), None, Some("1")),
        ]
        .map(|check| (check.status, check.remedy));
        for (at, one) in remedies.iter().enumerate() {
            assert_eq!(one.0, Status::Warn);
            assert!(!remedies[..at].contains(one), "{one:?}");
        }
    }

    #[test]
    fn landlock_is_looked_for_by_its_whole_name() {
        let on = landlock(Some("lockdown,capability,landlock,yama\n"), Some("6.12.1"), true);
        assert_eq!(on, Check::ok("landlock", "on, files and network ports"));
        assert_eq!(landlock(Some("notlandlock,yama"), None, true).status, Status::Warn);
        assert_eq!(landlock(None, None, false).status, Status::Warn);
        assert_eq!(landlock(None, Some("6.12.1"), true), on);
    }

    #[test]
    fn seccomp_and_overlay_are_read_off_the_kernels_lists() {
        assert_eq!(seccomp(Some("Name:\tx\nSeccomp:\t2\n")).status, Status::Ok);
        assert_eq!(seccomp(Some("Name:\tSeccomp\n")).status, Status::Warn);
        assert_eq!(overlay(Some("nodev\tproc\nnodev\toverlay\n")).status, Status::Ok);
        assert_eq!(overlay(Some("nodev\toverlayish\n")).status, Status::Warn);
    }
}
