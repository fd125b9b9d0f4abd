//! Holds the project to what its own documents say: which crate may use which, where `unsafe` may be, that no page and
//! no test was forgotten, and that no link leads nowhere.

#[cfg(test)]
mod arrows;
#[cfg(test)]
mod directions;
#[cfg(test)]
mod forgotten;
#[cfg(test)]
mod links;
#[cfg(test)]
mod lints;
#[cfg(test)]
mod project;
