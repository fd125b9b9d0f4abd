//! Programs of the kernel's packet filter, as seccomp runs them: a list of checks, each with the error it gives.

use libc::{BPF_ABS, BPF_ALU, BPF_AND, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter};

/// Offset of the number of the call in `struct seccomp_data`.
const NUMBER: u32 = 0;
/// Offset of the architecture.
const ARCHITECTURE: u32 = 4;
/// Offset of the first argument; each has eight bytes, of which the lower four come first.
const ARGUMENTS: u32 = 16;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is made.
    Allow,
    /// It fails with this error.
    Fail(i32),
    /// The process ends.
    Kill,
    /// Whoever holds the filter's listener is asked.
    Ask,
}

impl Outcome {
    fn value(self) -> u32 {
        match self {
            Self::Allow => libc::SECCOMP_RET_ALLOW,
            Self::Fail(errno) => libc::SECCOMP_RET_ERRNO | (errno.unsigned_abs() & libc::SECCOMP_RET_DATA),
            Self::Kill => libc::SECCOMP_RET_KILL_PROCESS,
            Self::Ask => libc::SECCOMP_RET_USER_NOTIF,
        }
    }
}

/// What an argument is compared with. Only its lower 32 bits are looked at, as the calls themselves do with flags,
/// families and requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Test {
    /// Which argument, from 0.
    pub(super) argument: u32,
    /// Which of its bits.
    pub(super) mask: u32,
    /// What they must be.
    pub(super) is: u32,
    /// Or rather must not be.
    pub(super) negated: bool,
}

/// A rule about one call: if all tests hold, this is what happens. The first rule that fits wins.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) call: u32,
    pub(super) tests: Vec<Test>,
    pub(super) outcome: Outcome,
}

#[expect(clippy::cast_possible_truncation, reason = "codes of instructions have 16 bits")]
const fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

#[expect(clippy::cast_possible_truncation, reason = "codes of instructions have 16 bits")]
const fn jump(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: (BPF_JMP | BPF_K | code) as u16, jt, jf, k }
}

const fn load(offset: u32) -> sock_filter {
    statement(BPF_LD | BPF_W | BPF_ABS, offset)
}

const fn give(outcome: u32) -> sock_filter {
    statement(BPF_RET | BPF_K, outcome)
}

/// Assembles the rules; a call that none is about is allowed. A call of another architecture, or one with a number from
/// `foreign` on (another set of calls on the same machine), ends the process: its numbers mean other calls.
pub(super) fn assemble(architecture: u32, foreign: Option<u32>, rules: &[Rule]) -> Vec<sock_filter> {
    let mut program =
        vec![load(ARCHITECTURE), jump(BPF_JEQ, architecture, 1, 0), give(Outcome::Kill.value()), load(NUMBER)];
    if let Some(foreign) = foreign {
        program.extend([jump(BPF_JGE, foreign, 0, 1), give(Outcome::Fail(libc::ENOSYS).value())]);
    }
    let mut rest = rules;
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|rule| rule.call == first.call).count();
        let (same, others) = rest.split_at(count);
        program.extend(about_one_call(first.call, same));
        rest = others;
    }
    program.push(give(Outcome::Allow.value()));
    program
}

/// The rules about one call. Behind them the number is loaded again.
fn about_one_call(call: u32, rules: &[Rule]) -> Vec<sock_filter> {
    let body: Vec<sock_filter> = rules.iter().flat_map(one_rule).collect();
    // A rule without tests ends the program, so there is nothing to load behind it.
    let tail = if rules.iter().any(|rule| rule.tests.is_empty()) { Vec::new() } else { vec![load(NUMBER)] };
    let length = body.len() + tail.len();
    // Jumps reach 255 instructions; the number is compared by a jump over the whole body.
    let over = u8::try_from(length).unwrap_or(u8::MAX);
    let mut out = vec![jump(BPF_JEQ, call, 0, over)];
    out.extend(body);
    out.extend(tail);
    out
}

fn one_rule(rule: &Rule) -> Vec<sock_filter> {
    // Each test is three instructions; one that does not hold jumps behind the outcome.
    let mut out = Vec::new();
    for (index, test) in rule.tests.iter().enumerate() {
        let left = rule.tests.len() - index - 1;
        let behind = u8::try_from(left * 3 + 1).unwrap_or(u8::MAX);
        let (holds, fails) = if test.negated { (behind, 0) } else { (0, behind) };
        out.push(load(ARGUMENTS + 8 * test.argument));
        out.push(statement(BPF_ALU | BPF_AND | BPF_K, test.mask));
        out.push(jump(BPF_JEQ, test.is, holds, fails));
    }
    out.push(give(rule.outcome.value()));
    out
}

#[cfg(test)]
pub(super) mod run {
    //! An interpreter for the few instructions that are used, so that tests can ask what a call would get.

    use super::*;

    pub(in crate::wall) fn verdict(program: &[sock_filter], architecture: u32, call: u32, arguments: &[u64]) -> u32 {
        let (mut at, mut accumulator) = (0_usize, 0_u32);
        loop {
            let instruction = program[at];
            let code = u32::from(instruction.code);
            at += 1;
            if code == BPF_LD | BPF_W | BPF_ABS {
                let argument = |offset: u32| arguments.get((offset / 8) as usize).copied().unwrap_or(0);
                accumulator = match instruction.k {
                    NUMBER => call,
                    ARCHITECTURE => architecture,
                    offset => (argument(offset - ARGUMENTS) & 0xffff_ffff) as u32,
                };
            } else if code == BPF_ALU | BPF_AND | BPF_K {
                accumulator &= instruction.k;
            } else if code == BPF_RET | BPF_K {
                return instruction.k;
            } else {
                let holds = if code == BPF_JMP | BPF_K | BPF_JEQ {
                    accumulator == instruction.k
                } else {
                    assert_eq!(code, BPF_JMP | BPF_K | BPF_JGE);
                    accumulator >= instruction.k
                };
                at += usize::from(if holds { instruction.jt } else { instruction.jf });
            }
        }
    }
}
