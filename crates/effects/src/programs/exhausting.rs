//! Programs that use a machine up: miners, writers that never end.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

/// Miners, as their programs are called; some have more behind their name.
const MINERS: [&str; 28] = [
    "xmrig",
    "xmr-stak",
    "xmr-stak-rx",
    "minerd",
    "cpuminer",
    "cpuminer-multi",
    "cpuminer-opt",
    "cgminer",
    "bfgminer",
    "ccminer",
    "ethminer",
    "nsfminer",
    "t-rex",
    "nbminer",
    "lolminer",
    "gminer",
    "phoenixminer",
    "teamredminer",
    "nanominer",
    "srbminer",
    "srbminer-multi",
    "wildrig-multi",
    "kawpowminer",
    "nheqminer",
    "claymore",
    "verthashminer",
    "astrominer",
    "cnrig",
];

pub(super) fn handler(name: &str) -> Option<Handler> {
    let lower = name.to_ascii_lowercase();
    Some(match lower.as_str() {
        name if MINERS.contains(&name) => miner,
        "fallocate" => fallocate,
        _ => return None,
    })
}

fn miner(machine: &mut Machine<'_>, call: &Call) -> Value {
    machine.danger(Hazard::Exhaustion, format!("`{}` mines", call.name()));
    Value::default()
}

/// Whether a word is the address of a pool of miners, as no other program takes one.
pub(crate) fn names_pool(word: &str) -> bool {
    word.split_once("://").is_some_and(|(scheme, _)| {
        let scheme = scheme.rsplit('=').next().unwrap_or_default().to_ascii_lowercase();
        scheme.starts_with("stratum") || scheme.starts_with("ethproxy") || scheme.starts_with("daemon+http")
    })
}

/// More than this is no test file any more.
const MOST_GIGABYTES: u64 = 20;

fn fallocate(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-l", "--length", "-o", "--offset"]);
    given.operands.iter().for_each(|file| machine.write_file(file));
    if given.value(&["-l", "--length"]).is_some_and(|size| gigabytes(&size.text) > MOST_GIGABYTES) {
        machine.danger(Hazard::Exhaustion, "the disk is filled");
    }
    Value::default()
}

/// `900G`, `2T`, `10737418240`, rounded down.
fn gigabytes(text: &str) -> u64 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let number: u64 = digits.parse().unwrap_or(0);
    match text.chars().nth(digits.len()).map(|c| c.to_ascii_uppercase()) {
        Some('T') => number.saturating_mul(1024),
        Some('P' | 'E') => u64::MAX,
        Some('G') => number,
        Some('M') => number / 1024,
        Some('K') => number / 1024 / 1024,
        Some(_) | None => number / (1024 * 1024 * 1024),
    }
}
