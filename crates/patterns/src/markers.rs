//! What an organisation marks as its own: names of projects, labels such as `TLP:AMBER`, and header lines. They are given by
//! whoever runs the program, in its policy.
//!
//! All markers become one automaton, so a search takes the same time however many there are.

use portcullis_event::{DataClass, RuleId};
use regex_automata::dfa::regex::Regex;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, PatternID, nfa::thompson};
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

/// Longest text that a marker may match; it bounds how far one has to look.
pub const LONGEST: usize = 256;
/// How far from a place one has to look, at most, to know whether a marker stands there.
pub const REACH: usize = LONGEST + HEADER + 1;
/// Most memory for the automaton of all markers.
const LARGEST: usize = 16 << 20;
/// Most characters in a header line before and after the marker.
const HEADER: usize = 40;

/// What a marker looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// Words and phrases. A space in one stands for white space, `-`, `_` or nothing.
    Words(Vec<String>),
    /// A pattern. It must not match more than [`LONGEST`] bytes.
    Pattern(String),
    /// Phrases that count only in a line with little else in it, such as a header, a footer or a comment on top of a file.
    Header(Vec<String>),
}

/// Something that an organisation marks as its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// How reports call it.
    pub id: RuleId,
    /// What it means, in a few words.
    pub title: String,
    /// How private what it marks is.
    pub data: DataClass,
    /// What is looked for.
    pub sought: Sought,
    /// Whether capitals count.
    pub exact_case: bool,
}

impl Marker {
    /// Whether it can be looked for.
    pub fn check(&self) -> Result<(), MarkerError> {
        patterns_of(self).map(drop)
    }
}

/// Why markers can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkerError {
    /// A marker looks for nothing.
    #[error("the marker `{0}` looks for nothing")]
    Empty(String),
    /// A pattern is wrong, or could match too much.
    #[error("the marker `{id}` has a pattern that can't be used: {why}")]
    Pattern {
        /// The marker.
        id: String,
        /// What is wrong.
        why: String,
    },
    /// All markers together need too much memory.
    #[error("the markers need too much memory: {0}")]
    TooLarge(String),
}

/// Markers, ready to be looked for.
#[derive(Debug, Clone)]
pub struct Markers(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    regex: Regex,
    /// The marker of each pattern.
    of: Vec<Marker>,
}

impl Markers {
    /// Compiles markers.
    pub fn new(markers: Vec<Marker>) -> Result<Self, MarkerError> {
        let mut all = Vec::new();
        for marker in markers {
            for pattern in patterns_of(&marker)? {
                all.push((pattern, marker.clone()));
            }
        }
        // Of those that begin at the same place the first one counts: the most private, and then the longest.
        all.sort_by_key(|(pattern, marker)| (Reverse(marker.data), Reverse(pattern.len())));
        let (patterns, of): (Vec<String>, Vec<Marker>) = all.into_iter().unzip();
        let limits = dense::Config::new()
            .start_kind(StartKind::Both)
            .starts_for_each_pattern(true)
            .match_kind(MatchKind::LeftmostFirst)
            .dfa_size_limit(Some(LARGEST))
            .determinize_size_limit(Some(LARGEST));
        let regex = Regex::builder()
            .dense(limits)
            .syntax(syntax_config())
            .thompson(thompson::Config::new().utf8(false))
            .build_many(&patterns)
            .map_err(|error| MarkerError::TooLarge(error.to_string()))?;
        Ok(Self(Arc::new(Compiled { regex, of })))
    }

    /// The markers, one for each phrase of theirs.
    pub fn all(&self) -> &[Marker] {
        &self.0.of
    }

    /// Tells each place of a text where a marker stands, from the first to the last.
    pub fn find(&self, text: &[u8], tell: &mut dyn FnMut(Range<usize>, &Marker)) {
        let mut at = 0;
        let mut last: Option<(usize, &RuleId)> = None;
        while let Ok(Some(found)) = self.0.regex.try_search(&Input::new(text).range(at..text.len())) {
            // Another one may begin within it.
            at = found.start() + 1;
            if let Some((span, marker)) = self.fitting(text, found.start()) {
                if matches!(marker.sought, Sought::Pattern(_)) {
                    at = span.end;
                }
                // `confidential` in `company confidential` says nothing more.
                let is_within = last.is_some_and(|(end, id)| span.end <= end && *id == marker.id);
                if !is_within {
                    last = Some((span.end, &marker.id));
                    tell(span, marker);
                }
            }
        }
    }
}

impl Markers {
    /// The first marker that begins at a place and stands there by itself.
    fn fitting(&self, text: &[u8], start: usize) -> Option<(Range<usize>, &Marker)> {
        self.0.of.iter().enumerate().find_map(|(number, marker)| {
            let anchored = Anchored::Pattern(PatternID::new(number).ok()?);
            let input = Input::new(text).range(start..text.len()).anchored(anchored);
            let end = self.0.regex.forward().try_search_fwd(&input).ok()??.offset();
            (end > start && fits(text, &(start..end), &marker.sought)).then_some((start..end, marker))
        })
    }
}

fn syntax_config() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

fn patterns_of(marker: &Marker) -> Result<Vec<String>, MarkerError> {
    let id = || marker.id.as_str().to_owned();
    let case = if marker.exact_case { "" } else { "(?i)" };
    let patterns: Vec<String> = match &marker.sought {
        Sought::Words(words) | Sought::Header(words) => {
            words.iter().map(|word| format!("{case}{}", phrase(word))).collect()
        }
        Sought::Pattern(pattern) => vec![format!("{case}(?:{pattern})")],
    };
    for pattern in &patterns {
        let parsed = syntax::parse_with(pattern, &syntax_config());
        let length = parsed.map_err(|error| MarkerError::Pattern { id: id(), why: error.to_string() })?;
        let bounded = length.properties().maximum_len().is_some_and(|most| most <= LONGEST);
        if !bounded || length.properties().minimum_len().is_none_or(|least| least == 0) {
            let why = format!("it has to match at least one byte, and at most {LONGEST}");
            return Err(MarkerError::Pattern { id: id(), why });
        }
    }
    if patterns.is_empty() { Err(MarkerError::Empty(id())) } else { Ok(patterns) }
}

/// A phrase as a pattern: its words, and between them nothing, as in names of code, a little white space, or a joint.
fn phrase(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(escaped).collect();
    words.join(r"[\s_-]{0,3}")
}

fn escaped(word: &str) -> String {
    let escape = |c: char| if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() };
    word.chars().map(escape).collect()
}

/// Whether what was found stands by itself, and a header in a line of its own.
fn fits(text: &[u8], span: &Range<usize>, sought: &Sought) -> bool {
    let before = span.start.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or(b' ');
    let (first, last) = (text.get(span.start).copied(), text.get(span.end - 1).copied());
    let behind = text.get(span.end).copied().unwrap_or(b' ');
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80;
    // In names of code a capital begins a word.
    let runs_on = |left: u8, right: u8| {
        is_word(left) && is_word(right) && !(left.is_ascii_lowercase() && right.is_ascii_uppercase())
    };
    let whole = !(first.is_some_and(|first| runs_on(before, first)) || last.is_some_and(|last| runs_on(last, behind)));
    match sought {
        Sought::Words(_) => whole,
        Sought::Pattern(_) => true,
        Sought::Header(_) => whole && is_header(text, span),
    }
}

fn is_header(text: &[u8], span: &Range<usize>) -> bool {
    let window = |from: usize, to: usize| text.get(from..to.min(text.len())).unwrap_or_default();
    let start = span.start.saturating_sub(HEADER + 1);
    let before = window(start, span.start);
    let after = window(span.end, span.end + HEADER + 1);
    let line_before = before.iter().rev().take_while(|byte| **byte != b'\n').count();
    let line_after = after.iter().take_while(|byte| **byte != b'\n').count();
    // A field or a member that is called so is no header.
    let is_name = matches!(after.first(), Some(b':' | b'=' | b',' | b'('));
    let begins = line_before < before.len() || start == 0;
    let ends = line_after < after.len() || span.end + HEADER + 1 > text.len();
    // A sentence that mentions the label has words around it.
    let words = |bytes: &[u8]| bytes.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| word.len() > 1).count();
    let around = words(before.get(before.len() - line_before..).unwrap_or_default())
        + words(after.get(..line_after).unwrap_or_default());
    begins && ends && !is_name && around <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(markers: Vec<Marker>, text: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mut tell = |span: Range<usize>, _: &Marker| out.push(text.get(span).unwrap().to_owned());
        Markers::new(markers).unwrap().find(text.as_bytes(), &mut tell);
        out
    }

    fn marker(sought: Sought) -> Marker {
        let id = RuleId::parse("marker-project").unwrap();
        Marker { id, title: "ours".to_owned(), data: DataClass::Confidential, sought, exact_case: false }
    }

    #[test]
    fn finds_names_of_projects_however_they_are_written() {
        let words = marker(Sought::Words(vec!["Blue Heron".to_owned(), "Zeta".to_owned()]));
        let text = "see blue_heron, BLUE-HERON and Blue  Heron; not zetas or Blueherons; ZETA. blueheron.example/x \
                    new BlueHeronClient(blue_heron_url), toZeta(zeta2, ZETAS)";
        let found = find(vec![words], text);
        let told = ["blue_heron", "BLUE-HERON", "Blue  Heron", "ZETA", "blueheron", "BlueHeron", "blue_heron", "Zeta"];
        assert_eq!(found, told);
    }

    #[test]
    fn one_marker_hides_no_other_one() {
        let named = |id: &str, data, words: &[&str]| Marker {
            id: RuleId::parse(id).unwrap(),
            data,
            ..marker(Sought::Words(words.iter().map(|word| (*word).to_owned()).collect()))
        };
        let markers = vec![
            named("falcon", DataClass::Internal, &["Falcon", "Blue Falcon"]),
            named("nine", DataClass::Restricted, &["Falcon Nine"]),
            named("condor", DataClass::Internal, &["condor", "condors"]),
        ];
        let compiled = Markers::new(markers).unwrap();
        let seen = |text: &str| {
            let mut out = Vec::new();
            compiled.find(text.as_bytes(), &mut |_, marker| out.push(marker.id.to_string()));
            out
        };
        assert_eq!(seen("Falcon Nine"), ["nine"]);
        assert_eq!(seen("Blue Falcon Nine"), ["falcon", "nine"]);
        assert_eq!(seen("Falcon Nines"), ["falcon"]);
        assert_eq!(seen("condors, a condor"), ["condor", "condor"]);
    }

    #[test]
    fn capitals_count_if_they_are_said_to() {
        let words = Marker { exact_case: true, ..marker(Sought::Words(vec!["ZETA".to_owned()])) };
        assert_eq!(find(vec![words], "zeta Zeta ZETA").len(), 1);
    }

    #[test]
    fn a_header_counts_only_in_a_line_of_its_own() {
        let header = marker(Sought::Header(vec!["company confidential".to_owned()]));
        let seen = |text: &str| find(vec![header.clone()], text).len();
        assert_eq!(seen("// COMPANY CONFIDENTIAL"), 1);
        assert_eq!(seen("\n\n   Company-Confidential   \ncode"), 1);
        assert_eq!(seen("company_confidential: true"), 0);
        assert_eq!(seen("    CompanyConfidential,"), 0);
        assert_eq!(seen("what is company confidential must be kept so by everyone who works with it"), 0);
    }

    #[test]
    fn patterns_must_have_an_end() {
        let build = |pattern: &str| Markers::new(vec![marker(Sought::Pattern(pattern.to_owned()))]);
        assert!(build("PRJ-[0-9]{4,6}").is_ok());
        for endless in ["PRJ-.*", "a+", "(?:ab)*c", "", "x?", "a{1,1000}", "("] {
            assert!(matches!(build(endless), Err(MarkerError::Pattern { .. })), "{endless}");
        }
        assert_eq!(find(vec![marker(Sought::Pattern("PRJ-[0-9]{4}".to_owned()))], "see prj-1234."), ["prj-1234"]);
        assert!(matches!(Markers::new(vec![marker(Sought::Words(vec![]))]), Err(MarkerError::Empty(_))));
    }
}
