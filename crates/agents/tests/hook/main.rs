//! What agents send to their hooks, and what they expect back.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod registration;
