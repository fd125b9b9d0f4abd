//! What commands would do.

#[cfg(test)]
mod commands;
#[cfg(test)]
mod properties;
#[cfg(test)]
#[cfg(unix)]
mod reach;
mod real_shells;
#[cfg(test)]
mod tricks;
