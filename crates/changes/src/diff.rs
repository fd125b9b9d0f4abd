//! What differs between two texts, line by line, for a person to read.
//!
//! The shortest way from one to the other is looked for (Myers), within bounds: where the texts differ too much, all
//! that lies between what they begin and end with alike is shown as removed and added.

use crate::visible::visible;
use std::ops::Range;

/// How many lines are the same around what differs.
const CONTEXT: usize = 3;

/// How many differences are looked for.
const FURTHEST: usize = 1200;

/// How many lines are shown.
const MOST: usize = 4000;

/// What a line of a diff says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is in both.
    Same,
    /// It was removed.
    Removed,
    /// It was added.
    Added,
}

/// Lines that differ, with some around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The first line and the number of lines before.
    pub before: (usize, usize),
    /// The first line and the number of lines after.
    pub after: (usize, usize),
    /// The lines, made visible.
    pub lines: Vec<(Mark, String)>,
}

/// What differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// In the order of the lines.
    pub hunks: Vec<Hunk>,
    /// How many lines were removed.
    pub removed: usize,
    /// How many lines were added.
    pub added: usize,
    /// Whether more differs than is shown.
    pub is_cut: bool,
}

/// A piece of the way from one text to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    mark: Mark,
    before: Range<usize>,
    after: Range<usize>,
}

/// Compares two texts.
pub fn diff(before: &[u8], after: &[u8]) -> Diff {
    let (old, new) = (lines(before), lines(after));
    let pieces = pieces(&old, &new);
    let count = |mark: Mark| {
        let of = pieces.iter().filter(|piece| piece.mark == mark);
        of.map(|piece| piece.before.len() + piece.after.len()).sum::<usize>()
    };
    let mut diff = Diff { removed: count(Mark::Removed), added: count(Mark::Added), ..Diff::default() };
    let mut shown = 0;
    for group in groups(&pieces) {
        let hunk = hunk(group, &old, &new, MOST - shown, &mut diff.is_cut);
        shown += hunk.lines.len();
        diff.hunks.push(hunk);
        if shown >= MOST {
            diff.is_cut = true;
            break;
        }
    }
    diff
}

/// The lines with their ends, so that a missing one at the end of the text is a difference too.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

fn pieces(old: &[&[u8]], new: &[&[u8]]) -> Vec<Piece> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = |lines: &[&[u8]]| lines.len() - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest(old).min(rest(new))).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (start..old.len() - end, start..new.len() - end);
    let mut pieces = vec![Piece { mark: Mark::Same, before: 0..start, after: 0..start }];
    let (a, b) = (old.get(old_middle.clone()).unwrap_or_default(), new.get(new_middle.clone()).unwrap_or_default());
    if let Some(steps) = shortest(a, b) {
        push_steps(&mut pieces, &steps, start);
    } else {
        pieces.push(Piece { mark: Mark::Removed, before: old_middle.clone(), after: start..start });
        pieces.push(Piece { mark: Mark::Added, before: old_middle.end..old_middle.end, after: new_middle.clone() });
    }
    pieces.push(Piece { mark: Mark::Same, before: old_middle.end..old.len(), after: new_middle.end..new.len() });
    pieces.retain(|piece| !piece.before.is_empty() || !piece.after.is_empty());
    pieces
}

fn push_steps(pieces: &mut Vec<Piece>, steps: &[Mark], start: usize) {
    let (mut x, mut y) = (start, start);
    for &mark in steps {
        let (dx, dy) = match mark {
            Mark::Same => (1, 1),
            Mark::Removed => (1, 0),
            Mark::Added => (0, 1),
        };
        match pieces.last_mut() {
            Some(last) if last.mark == mark => {
                last.before.end += dx;
                last.after.end += dy;
            }
            Some(_) | None => pieces.push(Piece { mark, before: x..x + dx, after: y..y + dy }),
        }
        x += dx;
        y += dy;
    }
}

/// The shortest way from `a` to `b`; `None` if it is too long to be looked for.
fn shortest(a: &[&[u8]], b: &[&[u8]]) -> Option<Vec<Mark>> {
    let furthest = (a.len() + b.len()).min(FURTHEST);
    let width = 2 * furthest + 3;
    let at = |diagonal: isize| diagonal.checked_add_unsigned(furthest + 1).and_then(|it| usize::try_from(it).ok());
    let mut reached = vec![0usize; width];
    let mut trace: Vec<Vec<usize>> = Vec::new();
    for distance in 0..=furthest {
        let from = at(-isize::try_from(distance).ok()? - 1)?;
        let to = at(isize::try_from(distance).ok()? + 1)?;
        trace.push(reached.get(from..=to)?.to_vec());
        let distance = isize::try_from(distance).ok()?;
        for diagonal in (-distance..=distance).step_by(2) {
            let (left, right) = (*reached.get(at(diagonal - 1)?)?, *reached.get(at(diagonal + 1)?)?);
            let down = diagonal == -distance || (diagonal != distance && left < right);
            let mut x = if down { right } else { left + 1 };
            let mut y = usize::try_from(isize::try_from(x).ok()? - diagonal).ok()?;
            while x < a.len() && y < b.len() && a.get(x) == b.get(y) {
                x += 1;
                y += 1;
            }
            *reached.get_mut(at(diagonal)?)? = x;
            if x >= a.len() && y >= b.len() {
                return walk_back(a.len(), b.len(), &trace);
            }
        }
    }
    None
}

/// Follows the trace from the end to the start.
fn walk_back(mut x: usize, mut y: usize, trace: &[Vec<usize>]) -> Option<Vec<Mark>> {
    let mut steps = Vec::new();
    for (distance, reached) in trace.iter().enumerate().rev() {
        // `reached` holds the diagonals from `-distance - 1` to `distance + 1`.
        let value = |diagonal: isize| {
            let place = diagonal.checked_add_unsigned(distance + 1)?;
            reached.get(usize::try_from(place).ok()?).copied()
        };
        let distance = isize::try_from(distance).ok()?;
        let diagonal = isize::try_from(x).ok()? - isize::try_from(y).ok()?;
        let (left, right) = (value(diagonal - 1)?, value(diagonal + 1)?);
        let down = diagonal == -distance || (diagonal != distance && left < right);
        let (before_x, before_diagonal) = if down { (right, diagonal + 1) } else { (left, diagonal - 1) };
        let before_y = isize::try_from(before_x).ok()? - before_diagonal;
        while x > before_x && isize::try_from(y).ok()? > before_y && x > 0 && y > 0 {
            steps.push(Mark::Same);
            x -= 1;
            y -= 1;
        }
        if distance > 0 {
            steps.push(if down { Mark::Added } else { Mark::Removed });
            if down { y = y.checked_sub(1)? } else { x = x.checked_sub(1)? }
        }
    }
    steps.reverse();
    Some(steps)
}

/// The pieces that are shown together: what differs, and what is the same between two differences that are close.
fn groups(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut groups: Vec<Vec<Piece>> = Vec::new();
    let mut open = false;
    for (index, piece) in pieces.iter().enumerate() {
        if piece.mark != Mark::Same {
            if !open {
                let before = index.checked_sub(1).and_then(|index| pieces.get(index));
                groups.push(before.into_iter().map(|piece| tail(piece, CONTEXT)).collect());
            }
            open = true;
            if let Some(group) = groups.last_mut() {
                group.push(piece.clone());
            }
        } else if open {
            let is_last = index + 1 == pieces.len();
            open = !is_last && piece.before.len() <= 2 * CONTEXT;
            let shown = if open { piece.clone() } else { head(piece, CONTEXT) };
            if let Some(group) = groups.last_mut() {
                group.push(shown);
            }
        }
    }
    groups
}

fn head(piece: &Piece, most: usize) -> Piece {
    let length = piece.before.len().min(most);
    let (x, y) = (piece.before.start, piece.after.start);
    Piece { mark: piece.mark, before: x..x + length, after: y..y + length }
}

fn tail(piece: &Piece, most: usize) -> Piece {
    let length = piece.before.len().min(most);
    let (x, y) = (piece.before.end, piece.after.end);
    Piece { mark: piece.mark, before: x - length..x, after: y - length..y }
}

fn hunk(group: Vec<Piece>, old: &[&[u8]], new: &[&[u8]], most: usize, is_cut: &mut bool) -> Hunk {
    let (x, y) = group.first().map_or((0, 0), |piece| (piece.before.start, piece.after.start));
    let (end_x, end_y) = group.last().map_or((0, 0), |piece| (piece.before.end, piece.after.end));
    let mut shown = Vec::new();
    for piece in group {
        let from = match piece.mark {
            Mark::Same | Mark::Removed => old.get(piece.before),
            Mark::Added => new.get(piece.after),
        };
        for line in from.unwrap_or_default() {
            if shown.len() >= most {
                *is_cut = true;
                break;
            }
            shown.push((piece.mark, shown_line(line)));
        }
    }
    // A range of no lines is told by the line before it, as is usual.
    let first = |start: usize, end: usize| if start == end { start } else { start + 1 };
    Hunk { before: (first(x, end_x), end_x - x), after: (first(y, end_y), end_y - y), lines: shown }
}

fn shown_line(line: &[u8]) -> String {
    match line.strip_suffix(b"\n") {
        Some(line) => visible(line),
        None => format!("{} (no line end)", visible(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(before: &str, after: &str) -> String {
        let mut lines = Vec::new();
        for hunk in diff(before.as_bytes(), after.as_bytes()).hunks {
            lines.push(format!("@@ -{},{} +{},{} @@", hunk.before.0, hunk.before.1, hunk.after.0, hunk.after.1));
            lines.extend(hunk.lines.into_iter().map(|(mark, line)| match mark {
                Mark::Same => format!(" {line}"),
                Mark::Removed => format!("-{line}"),
                Mark::Added => format!("+{line}"),
            }));
        }
        lines.join("|")
    }

    fn numbered(letter: &str, last: usize) -> String {
        (1..=last).map(|number| format!("{letter}{number}")).collect::<Vec<_>>().join("\n") + "\n"
    }

    #[test]
    fn shows_what_differs_and_three_lines_around_it() {
        let before = numbered("", 20);
        let after = before.replace("10\n", "ten\n");
        assert_eq!(shown(&before, &after), "@@ -7,7 +7,7 @@| 7| 8| 9|-10|+ten| 11| 12| 13");
        let far = after.replace("18\n", "");
        assert_eq!(shown(&after, &far), "@@ -15,6 +15,5 @@| 15| 16| 17|-18| 19| 20");
    }

    #[test]
    fn texts_that_begin_or_end_are_differences_too() {
        assert_eq!(shown("", "a\n"), "@@ -0,0 +1,1 @@|+a");
        assert_eq!(shown("a\n", ""), "@@ -1,1 +0,0 @@|-a");
        assert_eq!(shown("a\n", "a"), "@@ -1,1 +1,1 @@|-a|+a (no line end)");
        assert_eq!(shown("a\n", "a\n"), "");
    }

    #[test]
    fn a_difference_that_is_not_seen_is_shown() {
        assert_eq!(shown("a\n", "a\u{200b}\n"), "@@ -1,1 +1,1 @@|-a|+a\\u{200b}");
        assert_eq!(shown("a\n", "a\r\n"), "@@ -1,1 +1,1 @@|-a|+a\\r");
    }

    #[test]
    fn texts_that_have_nothing_in_common_are_bounded() {
        let diff = diff(numbered("a", 20_000).as_bytes(), numbered("b", 20_000).as_bytes());
        assert_eq!((diff.removed, diff.added, diff.is_cut), (20_000, 20_000, true));
        assert!(diff.hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>() <= MOST);
    }

    proptest! {
        #[test]
        fn carried_out_it_gives_the_other_text(before in "[ab\n]{0,40}", after in "[ab\n]{0,40}") {
            let (old, new) = (lines(before.as_bytes()), lines(after.as_bytes()));
            let (mut made, mut read) = (Vec::new(), Vec::new());
            for piece in pieces(&old, &new) {
                if piece.mark != Mark::Removed {
                    made.extend_from_slice(&new[piece.after.clone()]);
                }
                if piece.mark != Mark::Added {
                    read.extend_from_slice(&old[piece.before.clone()]);
                }
                if piece.mark == Mark::Same {
                    prop_assert_eq!(&old[piece.before], &new[piece.after]);
                }
            }
            prop_assert_eq!((made.concat(), read.concat()), (after.into_bytes(), before.into_bytes()));
        }
    }
}
