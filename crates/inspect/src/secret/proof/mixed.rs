//! Values that were drawn from letters of both cases and digits hold some of each; a name in a program hardly does.

use super::{Proof, Verdict};

pub(super) const PROOF: Proof = Proof { name: "mixed", judge, complete: None };

fn judge(value: &[u8]) -> Verdict {
    let holds = |class: fn(&u8) -> bool| value.iter().any(class);
    if holds(u8::is_ascii_digit) && holds(u8::is_ascii_uppercase) && holds(u8::is_ascii_lowercase) {
        Verdict::Fits
    } else {
        Verdict::Refuted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_letters_of_both_cases_and_a_digit() {
        assert_eq!(judge(b"s.q9Zr3TnW0pLx"), Verdict::Fits);
        for name in ["s.makeKubeConfigController", "S.UPPER9", "s.lower9", ""] {
            assert_eq!(judge(name.as_bytes()), Verdict::Refuted, "{name}");
        }
    }
}
