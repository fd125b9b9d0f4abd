//! Text that steers or hides: the examples of every rule, what attackers do to slip through, what people write who attack
//! nobody, and what must hold for any text.

#[cfg(test)]
mod evasion;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod harmless;
#[cfg(test)]
mod hidden;
#[cfg(test)]
mod locality;
#[cfg(test)]
mod page;
