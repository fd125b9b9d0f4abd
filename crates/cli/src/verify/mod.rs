//! Live checks: the issuer of a secret is asked whether it is live, and nobody else. One request for each secret, which reads
//! and changes nothing; the rule says which.
//!
//! A secret must never reach anybody but its issuer. So the host is the one that is written in the rule, whatever the secret
//! holds; the connection is encrypted to a certificate that the system trusts; redirects are not followed; and nothing that
//! is said about a request quotes it.

mod answer;
mod ask;
mod check;
mod client;
mod escape;
#[cfg(test)]
mod server;
mod verdict;

pub(crate) use ask::Asker;
pub(crate) use check::Check;
pub(crate) use client::{Client, has_the_instructions};
pub(crate) use verdict::Verdict;
