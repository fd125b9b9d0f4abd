//! Text that steers or hides: the examples of every rule, what attackers do to slip through, and what must hold for any
//! text.

#[cfg(test)]
mod examples;
