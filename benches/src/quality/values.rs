//! Makes values: passwords as people choose them, tokens as programs draw them, and what only looks like either.
//!
//! The words and habits here are others than those that the model of generic credentials was trained with.

use super::random::Random;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const ALPHA: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Words and names that people put into passwords.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "horse", "pizza", "london", "berlin", "chelsea", "arsenal", "buster", "charlie", "jordan", "michelle", "jessica",
    "ashley", "daniel", "robert", "maggie", "cookie", "ginger", "pepper", "killer", "hockey", "ranger", "harley",
    "soccer", "tigger", "summer", "winter", "spring", "autumn", "flower", "butterfly", "chocolate", "computer",
    "internet", "samsung", "nokia", "toyota", "ferrari", "porsche", "yamaha", "honda", "corvette", "mercedes", "paris",
    "tokyo", "sydney", "texas", "dallas", "phoenix", "denver", "boston", "chicago", "madrid", "lisbon", "vienna",
    "prague", "matrix", "zelda", "mario", "pokemon", "naruto", "gandalf", "frodo", "spock", "vader", "yoda", "rocky",
    "lucky", "bailey", "buddy", "oscar", "simba", "felix", "sparky", "smokey", "muffin", "peanut", "banana", "cherry",
    "lemon", "mango", "coffee", "whiskey", "tequila", "guitar", "piano", "drummer", "metallica", "nirvana", "beatles",
    "eminem", "shakira", "heaven", "angel", "devil", "magic", "mystic", "secure", "backup", "orders", "warehouse",
    "invoice", "shop", "portal", "crm", "billing", "intranet", "staging", "cluster", "gateway",
];
/// What everybody uses. The word for password itself is left out: whether that is a credential is a matter of taste.
#[rustfmt::skip]
const WEAK: &[&str] = &[
    "admin123", "root123", "qwerty123", "letmein", "welcome1", "Passw0rd!", "P@ssw0rd", "abc123", "123456", "12345678",
    "test1234", "changeit1", "admin@123", "Admin123!", "Welcome123", "iloveyou2", "monkey12", "dragon99", "1q2w3e4r",
    "zaq12wsx", "toor1234", "pass@123", "Qwerty1!", "master99",
];

/// Where a password is written decides which signs it may hold.
struct Habits {
    signs: &'static str,
    least: usize,
}

/// A value of a kind, or nothing if there is no such kind. `length` counts for kinds that have one.
pub(super) fn draw(random: &mut Random, kind: &str, length: usize) -> Option<String> {
    Some(match kind {
        "pw" => password(random, &Habits { signs: "!@#*+-_.^?=~", least: 5 }),
        "pw8" => password(random, &Habits { signs: "!@*+-_.?", least: 8 }),
        "pwurl" => password(random, &Habits { signs: "!-_.~*+", least: 5 }),
        "pwcs" => password(random, &Habits { signs: "!@#*-_.?", least: 5 }),
        "pwora" => {
            let first = random.text(LOWER, 1);
            let rest = password(random, &Habits { signs: "_#", least: 5 });
            first + &rest
        }
        "strong" => strong(random, "!@#*+-_.^?=~"),
        "django" => random.text("abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)", 50),
        "wpsalt" => random.text(&format!("{ALNUM}!@#$%^&*()-_[]{{}}<>~`+=,.;:/?| "), 64).replace(' ', "q"),
        "hex" => random.text("0123456789abcdef", length),
        "HEX" => random.text("0123456789ABCDEF", length),
        "alnum" => random.text(ALNUM, length),
        "alpha" => random.text(ALPHA, length),
        "lower" => random.text(LOWER, length),
        "uppernum" => random.text(&format!("{UPPER}{DIGITS}"), length),
        "lowernum" => random.text(&format!("{LOWER}{DIGITS}"), length),
        "digits" => random.text("123456789", 1) + &random.text(DIGITS, length.saturating_sub(1)),
        "b64" => base64(random, length),
        "b64u" => random.text(&format!("{ALNUM}-_"), length),
        "uuid" => uuid(random),
        "basic" => {
            let password = password(random, &Habits { signs: "!@#*+-_.^?=~", least: 6 });
            STANDARD.encode(format!("{}:{password}", random.pick(&["deploy", "svc-build", "kim", "robot"])?))
        }
        "b64text" => STANDARD.encode(password(random, &Habits { signs: "!@#*", least: 8 })),
        "github" => checked(random, "ghp"),
        "npm" => checked(random, "npm"),
        "awsid" => format!("AKIA{}", random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
        "jwt" => jwt(random),
        "pem" => pem(random, "\n"),
        "pemjson" => pem(random, "\\n") + "\\n",
        _ => return None,
    })
}

fn password(random: &mut Random, habits: &Habits) -> String {
    loop {
        let made = attempt(random, habits.signs);
        if made.len() >= habits.least {
            return made;
        }
    }
}

fn attempt(random: &mut Random, signs: &str) -> String {
    let word = random.pick(WORDS).unwrap_or_default();
    let other = random.pick(WORDS).unwrap_or_default();
    let number = number(random);
    let sign = random.text(signs, 1);
    match random.below(100) {
        0..8 => random
            .pick(WEAK)
            .filter(|it| it.chars().all(|c| c.is_alphanumeric() || signs.contains(c)))
            .unwrap_or("qwerty123")
            .to_owned(),
        8..24 => format!("{word}{number}"),
        24..38 => format!("{}{number}{sign}", capital(word)),
        38..46 => format!("{}{sign}{number}", leet(word)),
        46..54 => format!("{}{}{number}", capital(word), capital(other)),
        54..60 => format!("{word}{}{other}{number}", random.pick(&["-", "_", "."]).unwrap_or_default()),
        60..66 => format!("{word}_{}", random.pick(&["pass", "pwd", "pw1", "db2", "prod"]).unwrap_or_default()),
        66..69 => {
            let length = 6 + random.below(4);
            random.text(DIGITS, length)
        }
        69..84 => {
            let length = 8 + random.below(9);
            random.text(ALNUM, length)
        }
        84..90 => {
            let length = 8 + random.below(8);
            random.text(&format!("{LOWER}{DIGITS}"), length)
        }
        _ => strong(random, signs),
    }
}

fn strong(random: &mut Random, signs: &str) -> String {
    let length = 10 + random.below(12);
    // The first is no sign: many formats would read it as their own.
    random.text(ALNUM, 1) + &random.text(&format!("{ALNUM}{signs}"), length) + &random.text(ALNUM, 1)
}

fn number(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("{}", 1970 + random.below(56)),
        1 => format!("{}", 10 + random.below(90)),
        2 => format!("{}", 100 + random.below(900)),
        _ => format!("{}", 1 + random.below(9)),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn leet(word: &str) -> String {
    capital(&word.replace('a', "4").replace('o', "0").replace('e', "3"))
}

/// Base64 of random bytes, cut to a length: padded as real ones are if the length is a whole number of groups.
fn base64(random: &mut Random, length: usize) -> String {
    let text = match length % 4 {
        0 if matches!(length, 24 | 44 | 64 | 60) && length != 60 && length != 64 => {
            STANDARD.encode(random.bytes(if length == 24 { 16 } else { 32 }))
        }
        _ => STANDARD_NO_PAD.encode(random.bytes(length)),
    };
    text.chars().take(length).collect()
}

fn uuid(random: &mut Random) -> String {
    let hex = |random: &mut Random, length| random.text("0123456789abcdef", length);
    let (one, two, three) = (hex(random, 8), hex(random, 4), hex(random, 3));
    let variant = random.text("89ab", 1);
    let (four, five) = (hex(random, 3), hex(random, 12));
    format!("{one}-{two}-4{three}-{variant}{four}-{five}")
}

/// A prefix, thirty characters, and the checksum of those in six digits to the base of 62.
fn checked(random: &mut Random, prefix: &str) -> String {
    let body = random.text(BASE62, 30);
    let mut rest = crc32(body.as_bytes());
    let mut sum = Vec::new();
    for _ in 0..6 {
        let digit = usize::try_from(rest % 62).unwrap_or(0);
        sum.extend(BASE62.as_bytes().get(digit).copied().map(char::from));
        rest /= 62;
    }
    format!("{prefix}_{body}{}", sum.iter().rev().collect::<String>())
}

/// The checksum of IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn jwt(random: &mut Random) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = format!(r#"{{"sub":"{}","iat":17{}}}"#, random.text(DIGITS, 8), random.text(DIGITS, 8));
    format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(claims), URL_SAFE_NO_PAD.encode(random.bytes(32)))
}

/// A private key of elliptic curves: its outer form is that of a real one, its numbers are drawn.
fn pem(random: &mut Random, line_end: &str) -> String {
    let mut der = vec![0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];
    der.extend(random.bytes(32));
    der.extend([
        0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00, 0x04,
    ]);
    der.extend(random.bytes(64));
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|it| std::str::from_utf8(it).ok()).collect();
    let label = ["EC PRIVATE", "KEY"].join(" ");
    format!("-----BEGIN {label}-----{line_end}{}{line_end}-----END {label}-----", lines.join(line_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_every_value() {
        for kind in ["pw", "pwurl", "strong", "github", "jwt", "pem", "uuid", "basic"] {
            let draw = |seed| draw(&mut Random::new(seed, kind), kind, 0).unwrap();
            assert_eq!(draw(1), draw(1), "{kind}");
            assert_ne!(draw(1), draw(2), "{kind}");
        }
    }

    #[test]
    fn lengths_are_kept() {
        for (kind, length) in [("hex", 40), ("alnum", 7), ("b64", 24), ("b64", 43), ("b64", 300), ("digits", 12)] {
            assert_eq!(draw(&mut Random::new(7, ""), kind, length).unwrap().len(), length, "{kind}");
        }
    }

    #[test]
    fn the_checksum_is_the_one_that_is_asked_for() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
