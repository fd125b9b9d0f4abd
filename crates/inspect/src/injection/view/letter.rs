//! What a letter is compared as: without accents, small, in its simplest form.
//!
//! The words of the rules go through the same function while the program is built, so that both sides agree.

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};

/// Calls `out` with the characters that `letter` is compared as. Marks that sit on other letters become nothing.
pub(crate) fn simplest(letter: char, mut out: impl FnMut(char)) {
    if letter.is_ascii() {
        return out(letter);
    }
    decompose_compatible(letter, |part| {
        if canonical_combining_class(part) == 0 {
            part.to_lowercase().for_each(|small| out(plain(small)));
        }
    });
}

/// What decomposition leaves alone: letters with a stroke, small capitals, typographic quotes and dashes.
fn plain(letter: char) -> char {
    match letter {
        'ł' | 'ʟ' => 'l',
        'ø' | 'ᴏ' => 'o',
        'đ' | 'ð' | 'ᴅ' => 'd',
        'ħ' | 'ʜ' => 'h',
        'ı' | 'ɪ' | 'ɩ' => 'i',
        'ß' | 'ꜱ' => 's',
        'ŧ' | 'ᴛ' => 't',
        'ɑ' | 'ᴀ' => 'a',
        'ʙ' => 'b',
        'ᴄ' => 'c',
        'ᴇ' => 'e',
        'ꜰ' => 'f',
        'ɡ' | 'ɢ' => 'g',
        'ᴊ' => 'j',
        'ᴋ' => 'k',
        'ᴍ' => 'm',
        'ɴ' => 'n',
        'ᴘ' => 'p',
        'ʀ' => 'r',
        'ᴜ' => 'u',
        'ᴠ' => 'v',
        'ᴡ' => 'w',
        'ʏ' => 'y',
        'ᴢ' => 'z',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{2bc}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201f}' | '\u{ab}' | '\u{bb}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        other => other,
    }
}
