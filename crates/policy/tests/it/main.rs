//! What the policy answers, seen from outside.

mod decide;
mod roles;
mod support;
