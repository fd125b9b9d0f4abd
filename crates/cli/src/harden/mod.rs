//! Agents' own settings, made to say what policy says: from the policy to what is wanted of every tool, to files on this
//! machine, to a plan that a person reads before anything is written, to a record by which all of it is taken back.

pub(crate) mod attested;
pub(crate) mod kept;
pub(crate) mod live;
pub(crate) mod places;
pub(crate) mod plan;
pub(crate) mod wanted;
