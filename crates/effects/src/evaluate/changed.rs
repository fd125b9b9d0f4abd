//! What is done to the values of parameters: defaults, cutting, replacing, slices.

use super::machine::Machine;
use super::parameter::Expansion;
use super::value::{Value, markers};
use crate::shell::{Parameter, ParameterOp, Part, Replaced, Word};

/// Values that are longer than this are not cut and matched, but unknown.
const LONGEST: usize = 2048;

/// So many signs are compared at most when something is cut off.
const MOST_WORK: usize = 16 * 1024 * 1024;

impl Machine<'_> {
    pub(super) fn changed(&mut self, parameter: &Parameter, value: Value) -> Value {
        match &parameter.op {
            ParameterOp::Value => value,
            ParameterOp::Length => Value::name(),
            ParameterOp::Error(word) => {
                if may_lack(&value, true) {
                    self.expand_one(word);
                }
                value
            }
            ParameterOp::Default { word, assigns, if_empty } => {
                if !may_lack(&value, *if_empty) {
                    return value;
                }
                let default = self.expand_one(word);
                let is_lacking = lacks(&value, *if_empty);
                if *assigns {
                    let after = if is_lacking { default.clone() } else { Value::hole() };
                    self.scope.set(&parameter.name, vec![after]);
                }
                if is_lacking { default } else { value }
            }
            ParameterOp::Alternate { word, if_empty } => {
                let other = self.expand_one(word);
                if lacks(&value, *if_empty) {
                    Value::default()
                } else if may_lack(&value, *if_empty) && !other.text.is_empty() {
                    Value::hole().tainted(other.taint)
                } else {
                    other
                }
            }
            ParameterOp::Slice(range) => {
                let range = self.range(range);
                slice(&value, &range)
            }
            ParameterOp::TrimPrefix(..)
            | ParameterOp::TrimSuffix(..)
            | ParameterOp::Replace { .. }
            | ParameterOp::Upper
            | ParameterOp::Lower
            | ParameterOp::Prompt
            | ParameterOp::Other(_) => self.text_changed(&parameter.op, &value),
        }
    }

    /// The value without what a pattern fits at one of its ends.
    fn trim(&mut self, value: &Value, pattern: &Value, longest: bool, prefix: bool) -> Value {
        let text: Vec<char> = value.text.chars().collect();
        let pattern_chars: Vec<char> = pattern.text.chars().collect();
        let work = trim_work(&text, &pattern_chars);
        if pattern.has_hole()
            || text.len() > LONGEST
            || pattern_chars.len() > 256
            || work > MOST_WORK
            || !self.burn(work / 256)
        {
            return Value::hole().tainted(value.taint);
        }
        let lengths: Vec<usize> = if longest { (0..=text.len()).rev().collect() } else { (0..=text.len()).collect() };
        for length in lengths {
            let (cut, rest) = if prefix {
                (text.get(..length), text.get(length..))
            } else {
                (text.get(text.len() - length..), text.get(..text.len() - length))
            };
            if cut.is_some_and(|cut| fits(&pattern_chars, cut)) {
                return Value { text: rest.unwrap_or_default().iter().collect(), taint: value.taint };
            }
        }
        // What is not known in the value may be what the pattern means.
        if value.is_known() { value.clone() } else { Value::hole().tainted(value.taint) }
    }

    /// What is done to one value, whether it stands alone or among others.
    fn text_changed(&mut self, op: &ParameterOp, value: &Value) -> Value {
        match op {
            ParameterOp::TrimPrefix(word, longest) => {
                let pattern = self.pattern(word);
                self.trim(value, &pattern, *longest, true)
            }
            ParameterOp::TrimSuffix(word, longest) => {
                let pattern = self.pattern(word);
                self.trim(value, &pattern, *longest, false)
            }
            ParameterOp::Replace { pattern, with, place } => {
                let mut with_value = self.expand_one(with);
                // In some shells, an unquoted `&` stands for what is replaced.
                if with_value.text.contains('&') && !with.parts.iter().all(is_quoted) {
                    with_value = Value::hole().tainted(with_value.taint);
                }
                let pattern = self.pattern(pattern);
                replace(value, &pattern, &with_value, *place)
            }
            ParameterOp::Upper => value.upper(),
            ParameterOp::Lower => value.lower(),
            ParameterOp::Prompt => {
                let text = Value { text: crate::shell::unescape(&value.text), taint: value.taint };
                self.expand_text(&text);
                Value::hole().tainted(value.taint)
            }
            ParameterOp::Other(word) => {
                self.expand_one(word);
                Value::hole().tainted(value.taint)
            }
            ParameterOp::Value
            | ParameterOp::Length
            | ParameterOp::Default { .. }
            | ParameterOp::Alternate { .. }
            | ParameterOp::Error(_)
            | ParameterOp::Slice(_) => value.clone(),
        }
    }

    /// What is cut off or replaced. Of a set of signs it is not known which of them is meant.
    fn pattern(&mut self, word: &Word) -> Value {
        let pattern = self.keeping_brackets(false, |machine| machine.expand_one(word));
        let is_value = |part: &Part| !matches!(part, Part::Literal(_) | Part::Plain(_)) && !is_quoted(part);
        if word.parts.iter().any(holds_set)
            || (pattern.text.contains(['*', '?', '[', '(', '\\']) && word.parts.iter().any(is_value))
        {
            return Value::hole().tainted(pattern.taint);
        }
        pattern
    }

    pub(super) fn changed_each(&mut self, parameter: &Parameter, values: Vec<Value>, joined: bool) -> Expansion {
        let values = match &parameter.op {
            ParameterOp::Value => values,
            ParameterOp::Length => return Expansion::One(Value::name()),
            ParameterOp::Default { .. } | ParameterOp::Alternate { .. } | ParameterOp::Error(_) => {
                let whole = if values.is_empty() { Value::of(markers::UNSET) } else { Value::join(&values, " ") };
                let changed = self.changed(parameter, whole.clone());
                if changed != whole {
                    return Expansion::One(changed);
                }
                values
            }
            ParameterOp::Slice(range) => {
                let range = self.range(range);
                let is_arguments = matches!(parameter.name.as_str(), "@" | "*");
                self.cut(values, &range, is_arguments)
            }
            ParameterOp::TrimPrefix(..)
            | ParameterOp::TrimSuffix(..)
            | ParameterOp::Replace { .. }
            | ParameterOp::Upper
            | ParameterOp::Lower
            | ParameterOp::Prompt
            | ParameterOp::Other(_) => {
                let changed = values.iter().map(|value| self.text_changed(&parameter.op, value));
                changed.collect()
            }
        };
        Expansion::Many { values, joined }
    }

    /// Where a slice begins and how long it is: both are arithmetic.
    fn range(&mut self, word: &Word) -> Value {
        let range = self.expand_one(word);
        self.arithmetic(&range);
        range
    }

    /// Some of several values. Those of a call are counted from one, behind the name of the script.
    fn cut(&self, values: Vec<Value>, range: &Value, is_arguments: bool) -> Vec<Value> {
        let Some((from, length)) =
            bounds(&range.text).filter(|_| !values.iter().any(|value| value.is_only(markers::HOLE)))
        else {
            return vec![Value::hole()];
        };
        let mut all = values;
        if is_arguments {
            all.insert(0, self.scope.zero.clone());
        }
        all.into_iter().skip(from).take(length.unwrap_or(usize::MAX)).collect()
    }
}

/// Whether a pattern with markers fits a text.
pub(crate) fn fits(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match (pattern.get(p), text.get(t)) {
            (Some(&markers::STAR), _) => {
                star = Some((p, t));
                p += 1;
            }
            (Some(&markers::ANY), _) => (p, t) = (p + 1, t + 1),
            (Some(one), Some(other)) if one == other => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == markers::STAR)
}

/// Whether a part of a pattern is more than text and signs that stand for any others.
fn holds_set(part: &Part) -> bool {
    match part {
        Part::Plain(text) => {
            text.contains('[') || ["@(", "?(", "*(", "+(", "!("].iter().any(|sign| text.contains(sign))
        }
        Part::Pattern(_) => true,
        Part::Literal(_)
        | Part::Parameter { .. }
        | Part::Substitution { .. }
        | Part::Process { .. }
        | Part::Arithmetic(_) => false,
    }
}

/// Whether every sign of a part stands for itself.
fn is_quoted(part: &Part) -> bool {
    match part {
        Part::Literal(_) => true,
        Part::Plain(text) => !text.contains('&'),
        Part::Parameter { quoted, .. } | Part::Substitution { quoted, .. } => *quoted,
        Part::Process { .. } | Part::Arithmetic(_) | Part::Pattern(_) => false,
    }
}

/// How many signs are compared when a pattern is tried on every length of a text.
fn trim_work(text: &[char], pattern: &[char]) -> usize {
    let again = if pattern.contains(&markers::STAR) { text.len() } else { 1 };
    text.len().saturating_mul(again).saturating_mul(pattern.len())
}

/// Whether there is no value, as far as that is known.
fn lacks(value: &Value, if_empty: bool) -> bool {
    let is_unset = !value.text.is_empty() && value.text.chars().all(|c| c == markers::UNSET);
    is_unset || (if_empty && value.text.is_empty())
}

/// Whether there may be no value: nothing of it is known that would be something.
fn may_lack(value: &Value, if_empty: bool) -> bool {
    lacks(value, if_empty) || (!value.text.is_empty() && value.text.chars().all(markers::is_reserved))
}

fn replace(value: &Value, pattern: &Value, with: &Value, place: Replaced) -> Value {
    let taint = value.taint | with.taint;
    let (text, old) = (value.text.as_str(), pattern.text.as_str());
    let fixed = matches!(place, Replaced::Front | Replaced::End);
    if !pattern.is_known() || (old.is_empty() && !fixed) || text.len() > LONGEST {
        return Value::hole().tainted(taint);
    }
    let text = match place {
        Replaced::All => text.replace(old, &with.text),
        Replaced::First => text.replacen(old, &with.text, 1),
        Replaced::Front => {
            text.strip_prefix(old).map_or_else(|| text.to_owned(), |rest| format!("{}{rest}", with.text))
        }
        Replaced::End => text.strip_suffix(old).map_or_else(|| text.to_owned(), |rest| format!("{rest}{}", with.text)),
    };
    let mut out = Value { text: String::new(), taint };
    out.push(&Value::of(text));
    out
}

/// A number, unless it is written so that it may be an octal one.
pub(super) fn decimal(number: &str) -> Option<usize> {
    let number = number.trim();
    if number.len() > 1 && number.starts_with('0') { None } else { number.parse().ok() }
}

/// `from:length`, if these are numbers.
fn bounds(range: &str) -> Option<(usize, Option<usize>)> {
    let mut numbers = range.splitn(2, ':').map(decimal);
    match (numbers.next(), numbers.next()) {
        (Some(Some(from)), None) => Some((from, None)),
        (Some(Some(from)), Some(Some(length))) => Some((from, Some(length))),
        _ => None,
    }
}

fn slice(value: &Value, range: &Value) -> Value {
    let Some((from, length)) = bounds(&range.text).filter(|_| !value.has_hole()) else {
        return Value::hole().tainted(value.taint);
    };
    let text = value.text.chars().skip(from).take(length.unwrap_or(usize::MAX)).collect();
    Value { text, taint: value.taint }
}
