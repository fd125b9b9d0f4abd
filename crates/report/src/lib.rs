//! Findings in the forms that programs read: JSON, JSON lines, SARIF, `JUnit`, CSV, and annotations of GitHub's runners.
//!
//! Each form is a pure function from [`Findings`] to text. What is written holds no secret: a [`Row`] has no room for one.

mod csv;
mod findings;
mod form;
mod github;
mod json;
mod junit;
mod row;
mod sarif;
mod xml;

pub use findings::{Findings, Skipped, Totals};
pub use form::Form;
pub use row::{Aside, Location, Row, Suppression};
