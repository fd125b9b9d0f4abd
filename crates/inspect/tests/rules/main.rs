//! What holds for every rule.

#[cfg(test)]
mod examples;
