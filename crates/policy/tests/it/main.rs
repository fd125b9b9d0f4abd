//! What the policy answers, seen from outside.

mod decide;
mod loosening;
mod roles;
mod support;
