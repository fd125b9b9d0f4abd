//! National numbers, by part of the world. A function says whether a code can have been issued: it is given the code without
//! its separators, its letters in upper case.
//!
//! Where the authorities publish a check digit it is computed; dates must exist; and what programs fill in, such as the same
//! digit all over, is refused.

pub(super) mod africa;
pub(super) mod britain;
pub(super) mod east_asia;
pub(super) mod eastern_europe;
pub(super) mod middle_east;
pub(super) mod nordic;
pub(super) mod north_america;
pub(super) mod oceania;
#[cfg(test)]
mod published;
pub(super) mod south_america;
pub(super) mod south_asia;
pub(super) mod southeast_asia;
pub(super) mod southern_europe;
pub(super) mod western_europe;
