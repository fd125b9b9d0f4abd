//! The key under which this user's findings are named.

use crate::failure::Failure;
use crate::home::Home;
use crate::state_key::{self, Purpose};
use portcullis_review::IdentityKey;
use std::path::Path;

const PURPOSE: Purpose = Purpose {
    what: "findings are named with",
    why: "findings get other names under another key, and baselines that name them no longer fit",
};

/// The key of this user.
pub(crate) fn key(home: &Home) -> Result<IdentityKey, Failure> {
    state_key::key(home, Path::new("findings.key"), PURPOSE).map(IdentityKey::private)
}
