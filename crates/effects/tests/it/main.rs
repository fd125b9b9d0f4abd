//! What commands would do.

#[cfg(test)]
mod commands;
#[cfg(test)]
mod families;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reach;
#[cfg(test)]
#[cfg(unix)]
mod real_shells;
#[cfg(test)]
mod tricks;
