//! What was found in an object, all but the values: those are taken from the object again. So the next scan of a history has to
//! read an object in which something was found, and need not look into it.

use crate::git::ObjectId;
use portcullis_event::{Confidence, FindingKind, RuleId, Secret, Severity};
use portcullis_inspect::{Hit, Looked};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// What is known of a hit beside its place and its value.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Outline {
    rule: RuleId,
    kind: FindingKind,
    severity: Severity,
    confidence: Confidence,
    message: String,
    why: Vec<String>,
    cwe: Option<Cow<'static, str>>,
}

/// What was found in one object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch(Vec<(Arc<Outline>, Range<usize>)>);

impl Sketch {
    /// What was found in a text; nothing where the text does not say it all: where a value was encoded, or something could not
    /// be looked into.
    pub(crate) fn of(looked: &Looked, text: &[u8]) -> Option<Self> {
        let outline = |hit: &Hit| Outline {
            rule: hit.rule.clone(),
            kind: hit.kind,
            severity: hit.severity,
            confidence: hit.confidence,
            message: hit.message.clone(),
            why: hit.why.clone(),
            cwe: hit.cwe.clone(),
        };
        let sketch = Self(looked.hits.iter().map(|hit| (Arc::new(outline(hit)), hit.span.clone())).collect());
        (!sketch.0.is_empty() && sketch.in_text(text).as_ref() == Some(looked)).then_some(sketch)
    }

    /// The same, with the values as they stand in the text.
    pub(crate) fn in_text(&self, text: &[u8]) -> Option<Looked> {
        let hit = |(outline, span): &(Arc<Outline>, Range<usize>)| {
            Some(Hit {
                rule: outline.rule.clone(),
                kind: outline.kind,
                severity: outline.severity,
                confidence: outline.confidence,
                message: outline.message.clone(),
                span: span.clone(),
                value: Secret::new(String::from_utf8_lossy(text.get(span.clone())?).into_owned()),
                why: outline.why.clone(),
                cwe: outline.cwe.clone(),
            })
        };
        let hits = self.0.iter().map(hit).collect::<Option<_>>()?;
        Some(Looked { hits, skipped: Vec::new() })
    }
}

/// What was found in each object of a history.
#[derive(Debug, Default)]
pub(crate) struct Sketches(HashMap<ObjectId, Sketch>);

/// As they are written: each outline once, and for each object their numbers with the places.
#[derive(Serialize, Deserialize)]
struct Written<O> {
    outlines: Vec<O>,
    objects: Vec<(String, Vec<Place>)>,
}

/// The number of an outline, and where the hit starts and ends.
type Place = (usize, usize, usize);

impl Sketches {
    pub(crate) fn of(&self, id: &ObjectId) -> Option<&Sketch> {
        self.0.get(id)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let outlines: BTreeSet<&Outline> = self.0.values().flat_map(|sketch| &sketch.0).map(|(it, _)| &**it).collect();
        let numbers: BTreeMap<&Outline, usize> = outlines.iter().copied().zip(0..).collect();
        let place =
            |(outline, span): &(Arc<Outline>, Range<usize>)| Some((*numbers.get(&**outline)?, span.start, span.end));
        let objects = self.0.iter().map(|(id, sketch)| (id.to_string(), sketch.0.iter().filter_map(place).collect()));
        let mut objects: Vec<_> = objects.collect();
        objects.sort();
        serde_json::to_vec(&Written { outlines: outlines.into_iter().collect(), objects }).unwrap_or_default()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let written: Written<Outline> = serde_json::from_slice(bytes).ok()?;
        let outlines: Vec<Arc<Outline>> = written.outlines.into_iter().map(Arc::new).collect();
        let hit = |(number, start, end)| Some((Arc::clone(outlines.get(number)?), start..end));
        let object = |(id, hits): (String, Vec<_>)| {
            Some((id.parse().ok()?, Sketch(hits.into_iter().map(hit).collect::<Option<_>>()?)))
        };
        written.objects.into_iter().map(object).collect::<Option<_>>().map(Self)
    }
}

impl FromIterator<(ObjectId, Sketch)> for Sketches {
    fn from_iter<I: IntoIterator<Item = (ObjectId, Sketch)>>(sketches: I) -> Self {
        Self(sketches.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::HashKind;
    use portcullis_inspect::decode::{Reason, Skipped};

    fn hit(value: &str, span: Range<usize>) -> Hit {
        Hit {
            rule: RuleId::parse("a-rule").unwrap(),
            kind: FindingKind::Secret,
            severity: Severity::High,
            confidence: Confidence::Low,
            message: "A token".to_owned(),
            span,
            value: Secret::new(value.to_owned()),
            why: vec!["its form".to_owned()],
            cwe: Some("CWE-798".into()),
        }
    }

    fn looked(hits: Vec<Hit>) -> Looked {
        Looked { hits, skipped: Vec::new() }
    }

    #[test]
    fn what_was_found_is_found_again_in_the_same_text() {
        let text = b"a = one, b = two, c = one";
        let (one, two) = (looked(vec![hit("one", 4..7), hit("one", 22..25)]), looked(vec![hit("two", 13..16)]));
        let ids: Vec<ObjectId> =
            (1..3).map(|byte| ObjectId::from_bytes(&[byte; 20], HashKind::Sha1).unwrap()).collect();
        let sketches = [&one, &two].map(|looked| Sketch::of(looked, text).unwrap());
        let written = ids.iter().copied().zip(sketches).collect::<Sketches>().to_bytes();
        assert!(!String::from_utf8_lossy(&written).contains("two"), "it holds no value");
        let read = Sketches::from_bytes(&written).unwrap();
        assert_eq!(read.of(&ids[0]).unwrap().in_text(text), Some(one));
        assert_eq!(read.of(&ids[1]).unwrap().in_text(text), Some(two));
        assert_eq!(read.of(&ids[1]).unwrap().in_text(b"short"), None);
    }

    #[test]
    fn what_the_text_does_not_say_is_not_kept() {
        let text = b"a = b25l";
        assert!(Sketch::of(&looked(vec![hit("one", 4..8)]), text).is_none(), "it was encoded");
        assert!(Sketch::of(&looked(Vec::new()), text).is_none());
        let skipped = vec![Skipped { what: String::new(), why: Reason::TooDeep }];
        assert!(Sketch::of(&Looked { hits: vec![hit("b25l", 4..8)], skipped }, text).is_none());
        assert!(Sketches::from_bytes(b"").is_none());
        assert!(Sketches::from_bytes(br#"{"outlines":[],"objects":[["00",[[0,0,0]]]]}"#).is_none());
    }
}
