//! What commands would do.

#[cfg(test)]
mod commands;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tricks;
