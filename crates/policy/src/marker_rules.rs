//! `[[data.markers]]` and `data.labels`: what an organisation marks as its own. The inspection looks for the markers of all
//! storeys together; what it found decides how private a text is, and so where it may go.

use crate::config::{Labels, MarkerTable, Scalar};
use crate::diagnostic::Diagnostic;
use crate::policy::ValidPolicy;
use crate::source::Origin;
use crate::tier::Tier;
use portcullis_event::{DataClass, Inspected, RuleId};
use portcullis_patterns::markers::{Marker, Markers};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Labels in common use, written as a policy is.
pub(crate) const LABELS: &str = include_str!("../labels.toml");

/// How private what each marker marks is, over all storeys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marked(Arc<BTreeMap<RuleId, DataClass>>);

impl Marked {
    /// How private something is by the markers in it, and by which. What was replaced is gone from it.
    pub(crate) fn class_of<'a>(&self, inspected: &'a Inspected) -> Option<(DataClass, &'a RuleId)> {
        if self.0.is_empty() {
            return None;
        }
        let found = inspected.findings().iter().filter(|finding| !finding.replaced);
        found.filter_map(|finding| Some((*self.0.get(&finding.rule)?, &finding.rule))).max_by_key(|(class, _)| *class)
    }
}

impl ValidPolicy {
    /// What marks a text as not for everybody; nothing if no line says so.
    pub fn markers(&self) -> Option<&Markers> {
        self.markers.as_ref()
    }
}

/// Whether a storey has labels in common use looked for.
pub(crate) fn finds_labels(tier: &Tier) -> bool {
    tier.scalar("data.labels").is_some_and(|(scalar, _)| *scalar == Scalar::Labels(Labels::Find))
}

/// Brings the markers of all storeys together, and tells each storey how private what they mark is.
pub(crate) fn compile(tiers: &mut [Tier], problems: &mut Vec<Diagnostic>) -> Option<Markers> {
    let own = tiers.iter().flat_map(|tier| tier.gateway.markers());
    let place: Option<Origin> = own.clone().next().map(|(_, origin)| origin.clone());
    let mut all: Vec<Marker> = own.map(|(marker, _)| marker.clone()).collect();
    if tiers.iter().any(finds_labels) {
        all.extend(labels());
    }
    if all.is_empty() {
        return None;
    }
    let mut classes: BTreeMap<RuleId, DataClass> = BTreeMap::new();
    for marker in &all {
        let class = classes.entry(marker.id.clone()).or_insert(marker.data);
        *class = marker.data.max(*class);
    }
    let marked = Marked(Arc::new(classes));
    for tier in tiers {
        tier.marked = marked.clone();
    }
    let markers = Markers::new(all);
    // INVARIANT: each marker was read, and labels alone are few: only markers of a file can be too many.
    if let (Err(error), Some(place)) = (&markers, place) {
        problems.push(
            Diagnostic::error("the markers can't be used", place, error.to_string())
                .help("give fewer of them, or simpler patterns"),
        );
    }
    markers.ok()
}

#[derive(Deserialize)]
struct LabelFile {
    data: LabelData,
}

#[derive(Deserialize)]
struct LabelData {
    markers: Vec<MarkerTable>,
}

#[expect(clippy::expect_used, reason = "the labels are part of the program, and a test reads them")]
fn labels() -> Vec<Marker> {
    let file: LabelFile = toml::from_str(LABELS).expect("the file of labels is valid");
    file.data.markers.iter().map(|table| table.meaning().expect("each label can be looked for")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layer;
    use crate::effect_rules::tests::policy;

    const FIND: (Layer, &str) = (Layer::User, "data.labels = 'find'");

    fn found(policy: &ValidPolicy, text: &str) -> Vec<String> {
        let mut out = Vec::new();
        let markers = policy.markers().expect("there are markers");
        markers.find(text.as_bytes(), &mut |_, marker| out.push(marker.id.to_string()));
        out
    }

    #[test]
    fn labels_are_looked_for_where_a_line_says_so() {
        assert!(policy(&[]).markers().is_none());
        let labels = policy(&[FIND]);
        for header in [
            "// COMPANY CONFIDENTIAL",
            "Confidential - do not share",
            "# Proprietary and Confidential\ncode",
            "\n\n   Strictly confidential   \n",
        ] {
            assert_eq!(found(&labels, header), ["marker-confidential"], "{header}");
        }
        assert_eq!(found(&labels, "the data is confidential and must be kept so by everyone who has it"), [""; 0]);
        assert_eq!(found(&labels, "TOP SECRET//SCI"), ["marker-classified"]);
        assert_eq!(found(&labels, "this is TLP:AMBER+STRICT, mind you"), ["marker-tlp-amber"]);
        assert_eq!(found(&labels, "the top secret of good tea is water that boils"), [""; 0]);
    }

    #[test]
    fn each_layer_adds_markers_and_the_highest_class_of_a_name_holds() {
        let marker = |class: &str, word: &str| {
            format!("[[data.markers]]\nname = 'heron'\nclass = '{class}'\nwords = ['{word}']\n")
        };
        let (user, repository) = (marker("internal", "Blue Heron"), marker("restricted", "Reiher"));
        let both = policy(&[(Layer::User, &user), (Layer::Repository, &repository)]);
        assert_eq!(found(&both, "BlueHeron, der Reiher"), ["marker-heron", "marker-heron"]);
        assert!(both.loosenings().is_empty());
        let heron = RuleId::parse("marker-heron").unwrap();
        assert!(both.tiers.iter().all(|tier| tier.marked.0.get(&heron) == Some(&DataClass::Restricted)));
    }
}
