//! What an organisation marks as its own: names of projects, labels such as `TLP:AMBER`, and header lines. They are given by
//! whoever runs the program; a list of common labels is at hand.
//!
//! All markers become one automaton, so a search takes the same time however many there are.

use crate::Hit;
use portcullis_event::{Confidence, DataClass, FindingKind, RuleId, Secret, Severity};
use regex_automata::dfa::regex::Regex;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, nfa::thompson};
use std::ops::Range;
use std::sync::Arc;

/// Longest text that a marker may match; it bounds how far one has to look.
pub const LONGEST: usize = 256;
/// Most memory for the automaton of all markers.
const LARGEST: usize = 16 << 20;
/// Most characters in a header line before and after the marker.
const HEADER: usize = 40;

/// What a marker looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// Words and phrases. A space in one stands for any white space, `-` or `_`.
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
        let (mut patterns, mut of) = (Vec::new(), Vec::new());
        for marker in markers {
            for pattern in patterns_of(&marker)? {
                patterns.push(pattern);
                of.push(marker.clone());
            }
        }
        let limits = dense::Config::new()
            .start_kind(StartKind::Both)
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

    /// The labels that organisations commonly put on what is not for everybody.
    pub fn common() -> Vec<Marker> {
        COMMON.iter().map(Common::marker).collect()
    }

    pub(super) fn find(&self, text: &[u8], out: &mut Vec<Hit>) {
        let mut at = 0;
        while let Ok(Some(found)) = self.0.regex.try_search(&Input::new(text).range(at..text.len())) {
            let span = found.start()..found.end();
            at = span.start + 1;
            let Some(marker) = self.0.of.get(found.pattern().as_usize()) else { continue };
            if !span.is_empty() && fits(text, &span, &marker.sought) {
                at = span.end;
                out.push(hit(text, span, marker));
            }
        }
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

/// A phrase as a pattern: its words, and between them a little white space or a joint.
fn phrase(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(escaped).collect();
    words.join(r"[\s_-]{1,3}")
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
    let whole = !(is_word(before) && first.is_some_and(is_word) || is_word(behind) && last.is_some_and(is_word));
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
    let begins = line_before < before.len() || start == 0;
    let ends = line_after < after.len() || span.end + HEADER + 1 > text.len();
    // A sentence that mentions the label has words around it.
    let words = |bytes: &[u8]| bytes.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| word.len() > 1).count();
    let around = words(before.get(before.len() - line_before..).unwrap_or_default())
        + words(after.get(..line_after).unwrap_or_default());
    begins && ends && around <= 4
}

fn hit(text: &[u8], span: Range<usize>, marker: &Marker) -> Hit {
    let severity = match marker.data {
        DataClass::Public => Severity::Info,
        DataClass::Internal => Severity::Low,
        DataClass::Confidential => Severity::Medium,
        DataClass::Restricted => Severity::High,
    };
    let value = String::from_utf8_lossy(text.get(span.clone()).unwrap_or_default()).into_owned();
    Hit {
        rule: marker.id.clone(),
        kind: FindingKind::PersonalData,
        severity,
        confidence: Confidence::High,
        message: format!("Marked as {}", marker.title),
        span,
        value: Secret::new(value),
        why: vec!["it is on the list of markers".to_owned()],
        cwe: Some("CWE-359".into()),
    }
}

/// A label that is at hand.
struct Common {
    id: &'static str,
    title: &'static str,
    data: DataClass,
    words: &'static [&'static str],
    header: bool,
    exact_case: bool,
}

impl Common {
    #[expect(clippy::expect_used, reason = "the ids are constants, and a test reads each of them")]
    fn marker(&self) -> Marker {
        let words = self.words.iter().map(|word| (*word).to_owned()).collect();
        Marker {
            id: RuleId::parse(self.id).expect("the id of a marker is a name"),
            title: self.title.to_owned(),
            data: self.data,
            sought: if self.header { Sought::Header(words) } else { Sought::Words(words) },
            exact_case: self.exact_case,
        }
    }
}

const COMMON: [Common; 7] = [
    Common {
        id: "marker-tlp-red",
        title: "TLP:RED, for its recipients only",
        data: DataClass::Restricted,
        words: &["TLP:RED", "TLP: RED"],
        header: false,
        exact_case: true,
    },
    Common {
        id: "marker-tlp-amber",
        title: "TLP:AMBER, for who needs to know",
        data: DataClass::Confidential,
        words: &["TLP:AMBER", "TLP: AMBER", "TLP:AMBER+STRICT"],
        header: false,
        exact_case: true,
    },
    Common {
        id: "marker-tlp-green",
        title: "TLP:GREEN, for a community",
        data: DataClass::Internal,
        words: &["TLP:GREEN", "TLP: GREEN"],
        header: false,
        exact_case: true,
    },
    Common {
        id: "marker-confidential",
        title: "confidential",
        data: DataClass::Confidential,
        words: &[
            "company confidential",
            "strictly confidential",
            "confidential and proprietary",
            "proprietary and confidential",
            "highly confidential",
            "business confidential",
            "commercial in confidence",
            "confidential information",
            "confidential",
            "streng vertraulich",
            "vertraulich",
            "confidentiel",
            "confidencial",
        ],
        header: true,
        exact_case: false,
    },
    Common {
        id: "marker-internal",
        title: "internal",
        data: DataClass::Internal,
        words: &[
            "internal only",
            "internal use only",
            "for internal use only",
            "company internal",
            "not for distribution",
            "do not distribute",
            "nur für den internen gebrauch",
            "nur für den dienstgebrauch",
            "usage interne",
            "uso interno",
        ],
        header: true,
        exact_case: false,
    },
    Common {
        id: "marker-restricted",
        title: "restricted",
        data: DataClass::Restricted,
        words: &[
            "restricted distribution",
            "strictly private",
            "trade secret",
            "attorney client privileged",
            "privileged and confidential",
            "attorney work product",
            "eyes only",
        ],
        header: true,
        exact_case: false,
    },
    Common {
        id: "marker-classified",
        title: "classified by a state or by NATO",
        data: DataClass::Restricted,
        words: &[
            "TOP SECRET",
            "TOP SECRET//SCI",
            "SECRET//NOFORN",
            "SECRET//REL",
            "CONFIDENTIAL//NOFORN",
            "CUI//SP",
            "CUI//NOFORN",
            "CONTROLLED UNCLASSIFIED INFORMATION",
            "NATO SECRET",
            "NATO CONFIDENTIAL",
            "NATO RESTRICTED",
            "COSMIC TOP SECRET",
            "OFFICIAL SENSITIVE",
            "UK SECRET",
            "GEHEIM",
            "VS NUR FÜR DEN DIENSTGEBRAUCH",
            "VS NfD",
            "SECRET DÉFENSE",
            "EU RESTRICTED",
            "RESTREINT UE",
            "CONFIDENTIEL UE",
        ],
        header: true,
        exact_case: true,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn find(markers: Vec<Marker>, text: &str) -> Vec<(String, String)> {
        let mut out = Vec::new();
        Markers::new(markers).unwrap().find(text.as_bytes(), &mut out);
        out.into_iter().map(|hit| (hit.rule.to_string(), hit.value.expose().clone())).collect()
    }

    fn marker(sought: Sought) -> Marker {
        let id = RuleId::parse("marker-project").unwrap();
        Marker { id, title: "ours".to_owned(), data: DataClass::Confidential, sought, exact_case: false }
    }

    #[test]
    fn finds_names_of_projects_however_they_are_written() {
        let words = marker(Sought::Words(vec!["Blue Heron".to_owned(), "Zeta".to_owned()]));
        let text = "see blue_heron, BLUE-HERON and Blue  Heron; not blueheron, zetas, or Blueherons; ZETA.";
        let found: Vec<String> = find(vec![words], text).into_iter().map(|(_, value)| value).collect();
        assert_eq!(found, ["blue_heron", "BLUE-HERON", "Blue  Heron", "ZETA"]);
    }

    #[test]
    fn capitals_count_if_they_are_said_to() {
        let words = Marker { exact_case: true, ..marker(Sought::Words(vec!["ZETA".to_owned()])) };
        assert_eq!(find(vec![words], "zeta Zeta ZETA").len(), 1);
    }

    #[test]
    fn a_header_counts_only_in_a_line_of_its_own() {
        let seen = |text: &str| find(Markers::common(), text).into_iter().map(|(rule, _)| rule).collect::<Vec<_>>();
        for header in [
            "// COMPANY CONFIDENTIAL",
            "Confidential - do not share",
            "# Proprietary and Confidential\ncode",
            "\n\n   Strictly confidential   \n",
        ] {
            assert_eq!(seen(header), ["marker-confidential"], "{header}");
        }
        assert_eq!(seen("the data is confidential and must be kept so by everyone who works with it"), [""; 0]);
        assert_eq!(seen("TOP SECRET//SCI"), ["marker-classified"]);
        assert_eq!(seen("this is TLP:AMBER, mind you"), ["marker-tlp-amber"]);
        assert_eq!(seen("the top secret of good tea is water that boils"), [""; 0]);
    }

    #[test]
    fn patterns_must_have_an_end() {
        let build = |pattern: &str| Markers::new(vec![marker(Sought::Pattern(pattern.to_owned()))]);
        assert!(build("PRJ-[0-9]{4,6}").is_ok());
        for endless in ["PRJ-.*", "a+", "(?:ab)*c", "", "x?", "a{1,1000}", "("] {
            assert!(matches!(build(endless), Err(MarkerError::Pattern { .. })), "{endless}");
        }
        assert_eq!(
            find(vec![marker(Sought::Pattern("PRJ-[0-9]{4}".to_owned()))], "see prj-1234."),
            [("marker-project".to_owned(), "prj-1234".to_owned())]
        );
        assert!(matches!(Markers::new(vec![marker(Sought::Words(vec![]))]), Err(MarkerError::Empty(_))));
    }
}
