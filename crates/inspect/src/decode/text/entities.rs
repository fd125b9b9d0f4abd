//! `&#65;`, `&#x41;`, `&amp;`: what HTML and XML are written with.

use super::super::Step;
use super::escapes::{self, Encoding, Escape, Weight};
use super::{Emit, Place};

const ENTITIES: Encoding = Encoding { step: Step::Entities, lead: b'&', read };

/// The ASCII character that has a name; what others stand for can't be part of a token.
fn named(name: &[u8]) -> Option<u8> {
    Some(match name {
        b"amp" => b'&',
        b"lt" => b'<',
        b"gt" => b'>',
        b"quot" => b'"',
        b"apos" => b'\'',
        b"nbsp" => b' ',
        b"excl" => b'!',
        b"num" => b'#',
        b"dollar" => b'$',
        b"percnt" => b'%',
        b"lpar" => b'(',
        b"rpar" => b')',
        b"ast" => b'*',
        b"plus" => b'+',
        b"comma" => b',',
        b"hyphen" | b"dash" => b'-',
        b"period" => b'.',
        b"sol" => b'/',
        b"colon" => b':',
        b"semi" => b';',
        b"equals" => b'=',
        b"quest" => b'?',
        b"commat" => b'@',
        b"lsqb" | b"lbrack" => b'[',
        b"bsol" => b'\\',
        b"rsqb" | b"rbrack" => b']',
        b"hat" => b'^',
        b"lowbar" => b'_',
        b"grave" => b'`',
        b"lcub" | b"lbrace" => b'{',
        b"verbar" | b"vert" => b'|',
        b"rcub" | b"rbrace" => b'}',
        _ => return None,
    })
}

/// Most letters of a name, and most digits of a number.
const LONGEST: usize = 10;

pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    escapes::find(&ENTITIES, place, emit)
}

fn read(text: &[u8], at: usize) -> Option<Escape> {
    let rest = text.get(at + 1..)?;
    if rest.first() == Some(&b'#') {
        return numeric(text, at);
    }
    let length = rest.iter().take(LONGEST).take_while(|byte| byte.is_ascii_lowercase()).count();
    // In C an ampersand stands before most names, and a semicolon hardly ever behind them.
    let byte = if rest.get(length) == Some(&b';') { named(rest.get(..length)?)? } else { return None };
    // A browser shows no difference between `&lt;` and what a page is full of, so these need company.
    let escape = Escape::byte(length + 2, byte);
    Some(if matches!(byte, b'<' | b'>' | b' ') { escape.weighing(Weight::None) } else { escape })
}

fn numeric(text: &[u8], at: usize) -> Option<Escape> {
    let hexadecimal = text.get(at + 2).is_some_and(|byte| byte | 0x20 == b'x');
    let (first, base) = if hexadecimal { (at + 3, 16) } else { (at + 2, 10) };
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(base);
    let digits = text.get(first..)?.iter().take(LONGEST).take_while(is_digit).count();
    let character = char::from_u32(escapes::number(text, first..first + digits, base)?)?;
    // Browsers forgive a missing semicolon, and so must we.
    let end = first + digits + usize::from(text.get(first + digits) == Some(&b';'));
    Some(Escape::character(end - at, character))
}
