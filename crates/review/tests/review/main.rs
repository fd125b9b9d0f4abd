//! What a user relies on, from the outside.

#[cfg(test)]
mod paths;
#[cfg(test)]
mod sample;
