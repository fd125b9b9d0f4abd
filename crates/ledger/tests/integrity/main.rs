//! The ledger against crashes, against attackers, against many writers, and against other implementations.
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes in these tests are small")]

mod crashes;
mod disk;
mod elsewhere;
mod processes;
mod retention;
mod sample;
mod tampering;
mod witnessing;
