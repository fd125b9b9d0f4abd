//! A dependency is looked up, added or removed.

use crate::{Host, Rest};
use serde::{Deserialize, Serialize};

/// What is done with a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageOp {
    /// It is looked up.
    Query,
    /// It is installed.
    Install,
    /// It is written into a manifest.
    Add,
    /// It is taken out.
    Remove,
    /// Its version changes.
    Update,
}

/// A dependency is looked up, added or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// What is done.
    pub op: PackageOp,
    /// Such as `npm`, `pypi`, `crates.io`.
    pub ecosystem: String,
    /// The package.
    pub name: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<Host>,
    /// Its checksum as the registry states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Known vulnerabilities of this version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advisories: Vec<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Package {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: PackageOp, ecosystem: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            op,
            ecosystem: ecosystem.into(),
            name: name.into(),
            version: None,
            registry: None,
            hash: None,
            advisories: Vec::new(),
            rest: Rest::new(),
        }
    }
}
