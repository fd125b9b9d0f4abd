//! Sessions as a whole: what holds whatever is read, in whatever order, and however much.

#[cfg(test)]
mod sessions;
