//! The second wall: if the tree were built wrong, what may not be changed still can't be.
//!
//! Only rights that change something are handled. Reading is settled by what the tree holds, and a right that is not
//! handled costs nothing: looking through a large tree is as fast as without. The network is closed by an empty
//! namespace; Landlock's rules for TCP know neither of MPTCP nor of UDP.

use crate::error::{Error, Stage};
use crate::in_place::view::{Access, Opening};
use landlock::{
    ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::fd::AsFd as _;
use std::path::PathBuf;

/// The newest interface that is used; older kernels do what they can.
const NEWEST: ABI = ABI::V6;

/// Raises it: only below `writable` may files be changed, made or removed.
pub(crate) fn raise(writable: &[PathBuf]) -> Result<(), Error> {
    let changes = AccessFs::from_write(NEWEST) & !BitFlags::from(AccessFs::IoctlDev);
    let refuse = |error: &dyn std::fmt::Display| Error::new(Stage::Landlock, error.to_string());
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(changes)
        .and_then(|ruleset| ruleset.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .map_err(|error| refuse(&error))?;
    for path in writable {
        let Ok(folder) = PathFd::new(path) else { continue };
        // A file has fewer rights than a folder; what does not fit is left out.
        let rule = PathBeneath::new(folder, changes).set_compatibility(CompatLevel::BestEffort);
        ruleset = ruleset.add_rule(rule).map_err(|error| refuse(&error))?;
    }
    let status = ruleset.restrict_self().map_err(|error| refuse(&error))?;
    match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced | RulesetStatus::NotEnforced => Ok(()),
    }
}

/// Where it is the only wall around files: nothing is opened but this, for this.
///
/// What the kernel's version has no word for is not handled; [`crate::in_place`] says which version is enough.
pub(crate) fn raise_alone(openings: &[Opening]) -> Result<(), Error> {
    let refuse = |error: &dyn std::fmt::Display| Error::new(Stage::Landlock, error.to_string());
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .map_err(|error| refuse(&error))?;
    for Opening { path, access } in openings {
        let opened = crate::root::outside(path)?;
        let rule = PathBeneath::new(opened.as_fd(), rights(*access)).set_compatibility(CompatLevel::BestEffort);
        ruleset = ruleset.add_rule(rule).map_err(|error| refuse(&error).at(path))?;
    }
    let status = ruleset.restrict_self().map_err(|error| refuse(&error))?;
    match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
        RulesetStatus::NotEnforced => Err(Error::new(Stage::Landlock, "the kernel has no Landlock")),
    }
}

fn rights(access: Access) -> BitFlags<AccessFs> {
    let devices = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev;
    match access {
        Access::Read => AccessFs::from_read(NEWEST),
        Access::Change => AccessFs::from_all(NEWEST) & !devices,
        Access::Use => AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev,
    }
}
