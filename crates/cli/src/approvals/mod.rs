//! Where this user's tickets are kept. The file is made when the first ticket is, so whoever asks nothing never opens it.

pub(crate) mod ask;
pub(crate) mod parts;

use crate::failure::Failure;
use crate::home::Home;
use crate::state_key::{self, Purpose};
use portcullis_approvals::Store;
use std::path::Path;

const FILE: &str = "approvals.db";
const KEY: &str = "keys/approvals";

/// What the key is for.
const PURPOSE: Purpose =
    Purpose { what: "approvals are sealed with", why: "without it nobody can tell an approval from a forged one" };

/// The place where a user's tickets are kept.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    home: Home,
}

impl Desk {
    pub(crate) fn at(home: Home) -> Self {
        Self { home }
    }

    /// The folder that it lies in, with everything else that Portcullis keeps for this user.
    pub(crate) fn folder(&self) -> &Path {
        self.home.path()
    }

    /// Opens it, or makes it.
    pub(crate) fn open(&self) -> Result<Store, Failure> {
        self.home.ensure()?;
        let key = state_key::key(&self.home, Path::new(KEY), PURPOSE)?;
        Ok(Store::open(&self.home.path().join(FILE), key)?)
    }

    /// Opens it if there is one: nobody ever asked for anything otherwise.
    pub(crate) fn open_if_there(&self) -> Result<Option<Store>, Failure> {
        if self.home.path().join(FILE).exists() { self.open().map(Some) } else { Ok(None) }
    }
}
