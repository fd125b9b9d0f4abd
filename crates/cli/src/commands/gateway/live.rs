//! A gateway that runs, and what of it goes by policy: asked to, it reads policy anew.

use super::elsewhere;
use super::roads::Roads;
use crate::budgets::Budgets;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::keys::FileKeeper;
use crate::models::replaces;
use crate::policy_files::PolicyFiles;
use portcullis_gateway::model::Gate;
use portcullis_policy::ValidPolicy;
use portcullis_sandbox::{Caught, Signals};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::sync::Arc;

/// What goes by policy.
pub(super) struct Live<'a> {
    pub(super) invocation: &'a Invocation,
    pub(super) roads: Arc<Roads>,
    pub(super) keeper: Arc<FileKeeper>,
    pub(super) budgets: Budgets,
    pub(super) gate: Gate,
}

/// Whether somebody asks once more, and means at once.
pub(super) fn is_asked_again(signals: &Signals) -> bool {
    let mut wanted = [PollFd::new(signals, PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut wanted, Some(&now)).is_ok_and(|ready| ready > 0) && matches!(signals.next(), Ok(Caught::Asked) | Err(_))
}

impl Live<'_> {
    /// Waits until somebody asks the gateway to end. Meanwhile, whoever has changed the policy has it read anew.
    pub(super) fn wait(&self, signals: &Signals) -> Result<(), Failure> {
        let output = self.invocation.output;
        loop {
            match signals.next().map_err(|error| Failure::incomplete(error.to_string()))? {
                Caught::Asked => return Ok(()),
                Caught::HungUp => match self.read_anew() {
                    Ok(()) => output.remark("policy was read anew"),
                    Err(failure) => {
                        let place = failure.place.map(|place| format!(" ({place})")).unwrap_or_default();
                        output.remark(&format!("the policy of before stays: {}{place}", failure.what));
                    }
                },
                Caught::Resized => {}
            }
        }
    }

    /// Goes by what policy says now, all of it or nothing.
    fn read_anew(&self) -> Result<(), Failure> {
        let policy = PolicyFiles::find(self.invocation)?.load()?;
        let road = self.roads.now();
        let before = road.gate().policy();
        let model = |policy: &ValidPolicy| policy.injection_model().map(|it| (it.path, it.threshold, it.sure));
        let fixed = [
            (policy.content() == before.content(), "what the ledger keeps of texts (`ledger.content`)"),
            (model(&policy) == model(before), "the model that is asked about injections (`injection`)"),
        ];
        if let Some((_, what)) = fixed.into_iter().find(|(is_same, _)| !is_same) {
            let failure = Failure::usage(format!("{what} can't change while the gateway runs"));
            return Err(failure.fix("start the gateway anew"));
        }
        let (change, elsewhere) = (self.budgets.prepare(&policy)?, elsewhere::of_policy(&policy)?);
        // From here on nothing can go wrong. What is strictest comes first.
        self.keeper.require(policy.requires_keys());
        self.budgets.go_by(change);
        self.gate.go_by(replaces(&policy), elsewhere);
        self.roads.go_by(road.through(Arc::new(road.gate().under(policy))));
        Ok(())
    }
}
