//! What the policy answers, seen from outside.

mod decide;
mod errors;
mod loosening;
mod outside;
mod properties;
mod roles;
mod support;
