//! Every setting, one by one: its proof fails before it is written and holds after, and what its owner has is kept.

#[cfg(test)]
mod each;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod support;
