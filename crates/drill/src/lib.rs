//! Attacks our own walls: attempts to get out, each harmless even where it succeeds.
//!
//! An [`Attempt`] is data: what would be lost, how it is tried, and what proves that it went through. A [`round()`]
//! builds a scene of its own (a home, a project, secrets beside them, listeners, processes), starts a program within
//! walls that makes every attempt, and then looks at the scene. The proof is what happened out there: the bytes of a
//! secret came out, a file is another one, somebody called. What the attempt says about itself counts only where there
//! is nothing outside to look at, such as a part of the kernel that answers.
//!
//! Each attempt is also made without walls. One that fails even then proves nothing and is reported as such.
//!
//! It is not: the walls, nor what a person is shown about them.

mod attempt;
mod flood;
mod ground;
mod inside;
mod listeners;
mod plan;
mod round;
mod scene;
mod stage;
mod verdict;
mod victims;
mod ways;

pub use attempt::{Attempt, Category};
pub use ground::Ground;
pub use inside::run as run_inside;
pub use round::{Launch, Problem, round};
pub use stage::{Start, run as run_stage};
pub use verdict::{Finding, Outcome, judge};
pub use victims::run as run_victim;
pub use ways::{all, find};
