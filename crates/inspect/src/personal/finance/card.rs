//! Payment cards: the ranges that the networks hand out, their lengths, and the check digit.

use super::super::digits::{is_row, luhn_code, number};

/// A network's range of first digits, and the lengths of its cards.
struct Range {
    /// The first digits, from and to; both have the same length.
    from: u64,
    to: u64,
    lengths: &'static [usize],
}

const fn range(from: u64, to: u64, lengths: &'static [usize]) -> Range {
    Range { from, to, lengths }
}

const RANGES: [Range; 33] = [
    // Visa.
    range(4, 4, &[13, 16, 19]),
    // Mastercard.
    range(51, 55, &[16]),
    range(2221, 2720, &[16]),
    // American Express.
    range(34, 34, &[15]),
    range(37, 37, &[15]),
    // Discover.
    range(6011, 6011, &[16, 17, 18, 19]),
    range(644, 649, &[16, 17, 18, 19]),
    range(65, 65, &[16, 17, 18, 19]),
    // Diners Club.
    range(300, 305, &[14, 16, 19]),
    range(3095, 3095, &[14, 16, 19]),
    range(36, 36, &[14, 16, 19]),
    range(38, 39, &[14, 16, 19]),
    // JCB.
    range(3528, 3589, &[16, 17, 18, 19]),
    // UnionPay.
    range(62, 62, &[16, 17, 18, 19]),
    range(81, 81, &[16, 17, 18, 19]),
    // Maestro.
    range(5018, 5018, &[12, 13, 14, 15, 16, 17, 18, 19]),
    range(5020, 5020, &[12, 13, 14, 15, 16, 17, 18, 19]),
    range(5038, 5038, &[12, 13, 14, 15, 16, 17, 18, 19]),
    range(5893, 5893, &[12, 13, 14, 15, 16, 17, 18, 19]),
    range(6304, 6304, &[12, 13, 14, 15, 16, 17, 18, 19]),
    range(6759, 6759, &[12, 13, 14, 15, 16, 17, 18, 19]),
    range(6761, 6763, &[12, 13, 14, 15, 16, 17, 18, 19]),
    // Mir.
    range(2200, 2204, &[16, 17, 18, 19]),
    // RuPay.
    range(508, 508, &[16]),
    range(60, 60, &[16]),
    range(82, 82, &[16]),
    range(353, 353, &[16]),
    range(356, 356, &[16]),
    // Troy.
    range(9792, 9792, &[16]),
    // Verve.
    range(506_099, 506_198, &[16, 18, 19]),
    // Elo.
    range(636_368, 636_368, &[16]),
    // Dankort.
    range(5019, 5019, &[16]),
    // UATP.
    range(1, 1, &[15]),
];

/// Numbers that networks and payment services publish for tests.
const TEST_CARDS: [&[u8]; 44] = [
    b"4111111111111111",
    b"4012888888881881",
    b"4222222222222",
    b"4242424242424242",
    b"4000056655665556",
    b"4000000000000002",
    b"4000000000000077",
    b"4000000000000010",
    b"4000000000009995",
    b"4000002500003155",
    b"4000002760003184",
    b"4000003800000446",
    b"4000000000003220",
    b"4000000000000341",
    b"4000000000000069",
    b"4000000000000127",
    b"4000000000000119",
    b"4007000000027",
    b"4012000033330026",
    b"4005519200000004",
    b"4009348888881881",
    b"4012000077777777",
    b"4217651111111119",
    b"4500600000000061",
    b"4444333322221111",
    b"4917610000000000",
    b"5555555555554444",
    b"5105105105105100",
    b"5200828282828210",
    b"2223003122003222",
    b"2223000048400011",
    b"5424000000000015",
    b"5431111111111111",
    b"5555341244441115",
    b"378282246310005",
    b"371449635398431",
    b"378734493671000",
    b"6011111111111117",
    b"6011000990139424",
    b"30569309025904",
    b"38520000023237",
    b"3530111333300000",
    b"3566002020360505",
    b"6200000000000005",
];

fn is_issued(code: &[u8]) -> bool {
    let in_range = |range: &Range| {
        let digits = usize::try_from(range.from.ilog10()).unwrap_or(0) + 1;
        let first = number(code, 0..digits);
        range.lengths.contains(&code.len()) && first.is_some_and(|first| (range.from..=range.to).contains(&first))
    };
    RANGES.iter().any(in_range) && luhn_code(code)
}

/// Whether few digits make up the number, as in one that somebody made up.
fn is_made_up(code: &[u8]) -> bool {
    let different = (b'0'..=b'9').filter(|digit| code.contains(digit)).count();
    let zeros = code.iter().rev().take_while(|byte| **byte == b'0').count();
    different < 4
        || zeros > 5
        || is_row(code.get(..9).unwrap_or_default())
        || is_row(code.get(1..10).unwrap_or_default())
}

/// Whether a network can have issued the number.
pub(crate) fn is_card(code: &[u8]) -> bool {
    is_issued(code) && !is_made_up(code) && !TEST_CARDS.contains(&code)
}

/// Whether the number is published for tests, or looks it.
pub(crate) fn is_test_card(code: &[u8]) -> bool {
    TEST_CARDS.contains(&code) || (is_issued(code) && is_made_up(code) && code.iter().any(|byte| *byte != b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_needs_a_network_a_length_and_a_check_digit() {
        let base = b"453957876362148";
        let valid: Vec<u8> = (b'0'..=b'9').filter(|last| is_card(&[base, [*last].as_slice()].concat())).collect();
        assert_eq!(valid, b"6");
        assert!(!is_card(b"9539578763621486") && !is_card(b"453957876362148"));
    }

    #[test]
    fn cards_for_tests_are_a_class_of_their_own() {
        assert!(TEST_CARDS.iter().all(|card| !is_card(card) && is_test_card(card)));
        assert!(TEST_CARDS.iter().all(|card| luhn_code(card)));
        assert!(!is_card(b"4444444444444448") && is_test_card(b"4444444444444448"));
        assert!(!is_test_card(b"0000000000000000"));
    }
}
