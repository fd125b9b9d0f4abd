//! Brace expansion: `{a,b}` and `{1..3}`.

use crate::shell::{Part, Word};

/// More words than this come out of no word that a person means.
const MOST: usize = 128;
/// And no more pieces than this are copied for one word.
const MOST_PIECES: usize = 65_536;

/// A piece that braces are looked for in.
#[derive(Debug, Clone)]
enum Atom {
    Char(char),
    Part(Part),
}

/// Whether there may be braces in it.
pub(super) fn may_expand(word: &Word) -> bool {
    word.parts.iter().any(|part| matches!(part, Part::Plain(text) if text.contains('{')))
}

/// The words that a word stands for; nothing if there are too many of them.
pub(super) fn expand(word: &Word) -> Option<Vec<Word>> {
    let atoms: Vec<Atom> = word
        .parts
        .iter()
        .flat_map(|part| match part {
            Part::Plain(text) => text.chars().map(Atom::Char).collect(),
            Part::Literal(_)
            | Part::Parameter { .. }
            | Part::Substitution { .. }
            | Part::Process { .. }
            | Part::Arithmetic(_)
            | Part::Pattern(_) => {
                vec![Atom::Part(part.clone())]
            }
        })
        .collect();
    if atoms.len() > 16_384 {
        return None;
    }
    let mut budget = MOST_PIECES;
    let words = alternatives(&atoms, &mut budget, 0)?;
    Some(words.into_iter().map(word_of).collect())
}

/// Every text that the atoms stand for.
fn alternatives(atoms: &[Atom], budget: &mut usize, depth: usize) -> Option<Vec<Vec<Atom>>> {
    if depth > 16 {
        return None;
    }
    let mut out: Vec<Vec<Atom>> = vec![Vec::new()];
    let mut at = 0;
    let ends = Ends::of(atoms);
    while let Some(atom) = atoms.get(at) {
        let group = matches!(atom, Atom::Char('{')).then(|| ends.group(at)).flatten();
        let Some((end, choices)) = group.and_then(|end| Some((end, choices(atoms.get(at + 1..end)?, budget, depth)?)))
        else {
            *budget = budget.checked_sub(out.len())?;
            for word in &mut out {
                word.push(atom.clone());
            }
            at += 1;
            continue;
        };
        let mut next = Vec::with_capacity(out.len() * choices.len());
        if out.len() * choices.len() > MOST {
            return None;
        }
        for word in &out {
            for choice in &choices {
                next.push(word.iter().chain(choice).cloned().collect());
            }
        }
        *budget = budget.checked_sub(next.iter().map(Vec::len).sum::<usize>())?;
        out = next;
        at = end + 1;
    }
    Some(out)
}

/// Where each brace closes, found once.
struct Ends {
    of: std::collections::HashMap<usize, usize>,
}

impl Ends {
    fn of(atoms: &[Atom]) -> Self {
        let mut open = Vec::new();
        let mut of = std::collections::HashMap::new();
        for (at, atom) in atoms.iter().enumerate() {
            match atom {
                Atom::Char('{') => open.push(at),
                Atom::Char('}') => {
                    if let Some(start) = open.pop() {
                        of.insert(start, at);
                    }
                }
                Atom::Char(_) | Atom::Part(_) => {}
            }
        }
        Self { of }
    }

    fn group(&self, at: usize) -> Option<usize> {
        self.of.get(&at).copied()
    }
}

/// What stands between two braces, if it is a list or a range.
fn choices(inner: &[Atom], budget: &mut usize, depth: usize) -> Option<Vec<Vec<Atom>>> {
    if let Some(range) = range(inner) {
        return Some(range);
    }
    let mut level = 0_usize;
    let mut pieces: Vec<Vec<Atom>> = vec![Vec::new()];
    for atom in inner {
        match atom {
            Atom::Char('{') => level += 1,
            Atom::Char('}') => level = level.saturating_sub(1),
            Atom::Char(',') if level == 0 => {
                pieces.push(Vec::new());
                continue;
            }
            Atom::Char(_) | Atom::Part(_) => {}
        }
        pieces.last_mut()?.push(atom.clone());
    }
    if pieces.len() < 2 || pieces.len() > MOST {
        return None;
    }
    let mut out = Vec::new();
    for piece in pieces {
        out.extend(alternatives(&piece, budget, depth + 1)?);
    }
    Some(out)
}

fn range(inner: &[Atom]) -> Option<Vec<Vec<Atom>>> {
    if inner.len() > 24 {
        return None;
    }
    let text: Option<String> =
        inner.iter().map(|atom| if let Atom::Char(c) = atom { Some(*c) } else { None }).collect();
    let text = text?;
    let mut ends = text.split("..");
    let (from, to) = (ends.next()?, ends.next()?);
    let word = |text: String| text.chars().map(Atom::Char).collect::<Vec<_>>();
    if let (Ok(first), Ok(last)) = (from.parse::<i64>(), to.parse::<i64>()) {
        return numbers(first, last, widest(from, to));
    }
    let one = |text: &str| {
        let mut chars = text.chars();
        chars.next().filter(|c| c.is_ascii_alphabetic() && chars.next().is_none())
    };
    let (from, to) = (one(from)?, one(to)?);
    Some((from.min(to)..=from.max(to)).map(|c| word(c.to_string())).collect())
}

/// Each number in between: those of a step are among them.
fn numbers(first: i64, last: i64, width: usize) -> Option<Vec<Vec<Atom>>> {
    let (low, high) = (first.min(last), first.max(last));
    let is_long = high.checked_sub(low)? >= i64::try_from(MOST).unwrap_or(i64::MAX);
    let shown = if is_long { low.checked_add(8)? } else { high };
    let padded = |number: i64| format!("{number:0width$}").chars().map(Atom::Char).collect::<Vec<_>>();
    let mut out: Vec<Vec<Atom>> = (low..=shown).map(padded).collect();
    if is_long {
        // And so on: a number that is not known.
        out.push(vec![Atom::Part(Part::Arithmetic(Word::default()))]);
    }
    Some(out)
}

/// To how many digits numbers are filled up: `{01..10}`.
fn widest(from: &str, to: &str) -> usize {
    let is_padded =
        |text: &str| text.trim_start_matches('-').starts_with('0') && text.trim_start_matches('-').len() > 1;
    if is_padded(from) || is_padded(to) { from.len().max(to.len()) } else { 0 }
}

fn word_of(atoms: Vec<Atom>) -> Word {
    let mut word = Word::default();
    for atom in atoms {
        match (atom, word.parts.last_mut()) {
            (Atom::Char(c), Some(Part::Plain(text))) => text.push(c),
            (Atom::Char(c), _) => word.parts.push(Part::Plain(c.to_string())),
            (Atom::Part(part), _) => word.parts.push(part),
        }
    }
    word
}
