//! Examples are templates, so that no token stands in a rule file: `{alnum:20}` becomes twenty characters that a seeded
//! generator draws, `{proof}` the checksum of what stands before it.

use crate::RuleError;

/// Works out what stands for `{proof}`, from what stands before it.
pub type Complete<'a> = &'a dyn Fn(&str) -> Option<String>;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";

/// A small generator of numbers (xorshift64*): examples have to be the same in each run.
#[derive(Debug)]
struct Draw(u64);

impl Draw {
    /// Seeded by the example and a number, so that each example gets characters of its own.
    fn new(template: &str, round: u64) -> Self {
        let seed = template.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ (round << 17), |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or(0) % bound.max(1)
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let characters: Vec<char> = alphabet.chars().collect();
        (0..length).filter_map(|_| characters.get(self.below(characters.len())).copied()).collect()
    }
}

/// Writes out a template. `round` draws other characters for the same template.
pub fn expand(template: &str, round: u64, complete: Complete<'_>) -> Result<String, RuleError> {
    let refuse = |why: &str| RuleError::Example { example: template.to_owned(), why: why.to_owned() };
    let mut draw = Draw::new(template, round);
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        if let Some(tail) = tail.strip_prefix("{{") {
            out.push('{');
            rest = tail;
        } else if let Some(tail) = tail.strip_prefix('}') {
            out.push('}');
            rest = tail.strip_prefix('}').unwrap_or(tail);
        } else {
            let inside = tail.strip_prefix('{').unwrap_or(tail);
            let (name, tail) =
                inside.split_once('}').ok_or_else(|| refuse("a `{` is never closed; a plain one is `{{`"))?;
            let text = if name == "proof" {
                complete(&out).ok_or_else(|| refuse("the rule has no proof that could be worked out"))?
            } else {
                fill(name, &mut draw).ok_or_else(|| refuse("a class needs a number, such as `{hex:32}`"))?
            };
            out.push_str(&text);
            rest = tail;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What stands for one pair of braces: drawn characters if it names a class, and otherwise itself.
fn fill(name: &str, draw: &mut Draw) -> Option<String> {
    if name == "uuid" {
        let lengths = [8, 4, 3, 3, 12];
        let [first, second, third, fourth, last] = lengths.map(|length| draw.text("0123456789abcdef", length));
        return Some(format!("{first}-{second}-4{third}-a{fourth}-{last}"));
    }
    if let Some(same) = name.strip_prefix("same:") {
        let (what, count) = same.rsplit_once(':')?;
        return Some(what.repeat(count.parse().ok()?));
    }
    if let Some((class, count)) = name.rsplit_once(':')
        && let Some(alphabet) = alphabet(class)
    {
        return Some(draw.text(&alphabet, count.parse().ok()?));
    }
    if alphabet(name).is_some() { None } else { Some(name.to_owned()) }
}

fn alphabet(class: &str) -> Option<String> {
    if let Some(more) = class.strip_prefix("any(").and_then(|it| it.strip_suffix(')')) {
        return Some(format!("{DIGITS}{LOWER}{UPPER}{more}"));
    }
    Some(match class {
        "hex" => format!("{DIGITS}abcdef"),
        "HEX" => format!("{DIGITS}ABCDEF"),
        "alnum" | "base62" => format!("{DIGITS}{LOWER}{UPPER}"),
        "alpha" => format!("{LOWER}{UPPER}"),
        "lower" => LOWER.to_owned(),
        "upper" => UPPER.to_owned(),
        "digits" => DIGITS.to_owned(),
        "base64" => format!("{DIGITS}{LOWER}{UPPER}+/"),
        "base64url" => format!("{DIGITS}{LOWER}{UPPER}-_"),
        "base32" => format!("{UPPER}234567"),
        "base58" => format!("{DIGITS}{LOWER}{UPPER}").replace(['0', 'O', 'I', 'l'], ""),
        "bech32" => "qpzry9x8gf2tvdw0s3jn54khce6mua7l".to_owned(),
        "lowernum" => format!("{DIGITS}{LOWER}"),
        "uppernum" => format!("{DIGITS}{UPPER}"),
        "word" => format!("{DIGITS}{LOWER}{UPPER}_"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(template: &str) -> Result<String, RuleError> {
        expand(template, 0, &|_| None)
    }

    #[test]
    fn draws_what_a_class_holds_and_as_much_as_asked() {
        let text = plain("{ghp_}{digits:12}-{same:x:3}-{{}}-{any(.):5}").unwrap();
        assert_eq!(text.len(), 4 + 12 + 1 + 3 + 1 + 2 + 1 + 5, "{text}");
        assert!(text.starts_with("ghp_") && text.contains("-xxx-{}-"), "{text}");
        assert_eq!(plain("{hex:32}").unwrap(), plain("{hex:32}").unwrap());
        assert_ne!(plain("{hex:32}"), expand("{hex:32}", 1, &|_| None));
    }

    #[test]
    fn works_out_a_proof_from_what_stands_before_it() {
        let text = expand("a=tok_{proof};", 0, &|before| Some(format!("<{before}>")));
        assert_eq!(text.unwrap(), "a=tok_<a=tok_>;");
    }

    #[test]
    fn refuses_what_it_cannot_fill() {
        for bad in ["{hex", "{hex:x}", "{hex}", "{proof}", "{same:x:y}"] {
            assert!(plain(bad).is_err(), "{bad}");
        }
    }
}
