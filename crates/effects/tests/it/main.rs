//! What commands would do.

#[cfg(test)]
mod commands;
#[cfg(test)]
mod properties;
