//! Limits and who holds them, for one run: the kernel for each process, a control group where one can be had, and a watch.

use super::watch::Watch;
use super::{InForce, given, in_memory, on_disk};
use crate::failure::Failure;
use portcullis_event::SessionId;
use portcullis_policy::RunLimits;
use portcullis_sandbox::{Group, Limits, Prepared, Spec, Stream};
use std::sync::Arc;

/// What holds a run to its limits.
#[derive(Debug)]
pub(crate) struct Guard {
    limits: InForce,
    group: Group,
}

impl Guard {
    /// For a run of this session, on this machine.
    pub(crate) fn new(asked: RunLimits, session: &SessionId) -> Self {
        let limits = InForce::here(asked);
        Self { limits, group: limits.group(session.as_str()) }
    }

    /// What the kernel counts for each process, and for all where no group does.
    pub(crate) fn counted(&self) -> Limits {
        self.limits.counted(self.group.holds())
    }

    /// Which of our streams have to be counted on their way.
    pub(crate) fn streams(&self) -> Vec<Vec<Stream>> {
        self.limits.counted_streams()
    }

    /// What does not hold here as it was asked for.
    pub(crate) fn shortcoming(&self) -> Option<String> {
        self.limits.shortcoming(self.group.holds())
    }

    /// Puts the walls that stand into the group, and gives who will watch the run.
    pub(crate) fn watch(mut self, prepared: &Prepared, spec: &Spec) -> Result<Watch, Failure> {
        let promised = self.group.holds();
        prepared.processes().into_iter().for_each(|process| self.group.admit(process));
        // The others are held without a group as well.
        if promised.cpu && !self.group.holds().cpu {
            return Err(Failure::incomplete("the run could not be put into its control group")
                .because("`limits.cpu-percent` would not hold")
                .fix("leave that limit out, or look at `portcullis doctor`"));
        }
        let (limits, group) = (self.limits, Arc::new(self.group));
        let (folders, in_memory) = (on_disk(&spec.mounts), in_memory(&spec.mounts));
        let given = given(&spec.mounts);
        Ok(Watch { limits, first: prepared.process(), folders, in_memory, group, given })
    }
}
