//! What an organisation marks as its own, as hits.

use crate::Hit;
use portcullis_event::{Confidence, DataClass, FindingKind, Secret, Severity};
use portcullis_patterns::markers::Markers;

pub(crate) use portcullis_patterns::markers::REACH;

/// Finds markers in a text.
pub(crate) fn find(text: &[u8], markers: &Markers, hits: &mut Vec<Hit>) {
    markers.find(text, &mut |span, marker| {
        let value = String::from_utf8_lossy(text.get(span.clone()).unwrap_or_default()).into_owned();
        hits.push(Hit {
            rule: marker.id.clone(),
            kind: FindingKind::Marker,
            severity: severity(marker.data),
            confidence: Confidence::High,
            message: format!("Marked as {}", marker.title),
            span,
            value: Secret::new(value),
            why: vec!["the policy has a marker for it".to_owned()],
            cwe: Some("CWE-359".into()),
        });
    });
}

fn severity(data: DataClass) -> Severity {
    match data {
        DataClass::Public => Severity::Info,
        DataClass::Internal => Severity::Low,
        DataClass::Confidential => Severity::Medium,
        DataClass::Restricted => Severity::High,
    }
}
