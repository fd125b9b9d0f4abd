//! The ledger against crashes, against attackers, against many writers, and against other implementations.
#![expect(clippy::cast_possible_truncation, reason = "sizes in these tests are small")]

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod witnessing;
