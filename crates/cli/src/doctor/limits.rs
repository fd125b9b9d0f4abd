//! Who holds a run to its limits here: a control group, if one can be had, and what stands without. One is made, and
//! removed again.

use super::Check;
use portcullis_sandbox::{Group, Holds, Shares};

const ID: &str = "cgroups";

/// Makes a group as a run would, and says what it would hold.
pub(crate) fn check() -> Vec<Check> {
    let shares = Shares { processes: 64, memory: Some(1 << 30), cpu_percent: Some(100) };
    vec![told(Group::make("doctor", &shares).holds())]
}

fn told(holds: Holds) -> Check {
    let Holds { memory, cpu } = holds;
    if memory && cpu {
        return Check::ok(ID, "the kernel counts memory and processor time of a run together");
    }
    let mut parts = Vec::new();
    if !memory {
        parts.push("memory of a run is added up five times a second");
    }
    if !cpu {
        parts.push("processor time is held by whole processors");
    }
    let found = format!("without a control group for it, {}", parts.join("; "));
    Check::warn(ID, found, "start from a group of your own: `systemd-run --user --scope -p Delegate=yes …`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn what_no_group_holds_is_said() {
        let all = Holds { memory: true, cpu: true };
        assert_eq!(told(all).status, Status::Ok);
        let no_memory = told(Holds { memory: false, ..all });
        assert!(
            no_memory.status == Status::Warn
                && no_memory.found.ends_with("memory of a run is added up five times a second")
        );
        assert!(told(Holds::default()).found.contains("processor time is held by whole processors"));
    }
}
