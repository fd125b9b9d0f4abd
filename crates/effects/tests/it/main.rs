//! What commands would do.

#[cfg(test)]
mod commands;
