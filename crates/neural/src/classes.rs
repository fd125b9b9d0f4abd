//! What the numbers mean that come out of a network: which of them speak for an attack.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Words of labels that say of a text that it is an attack.
const ATTACK: [&str; 12] = [
    "injection",
    "inject",
    "injected",
    "jailbreak",
    "malicious",
    "unsafe",
    "attack",
    "harmful",
    "adversarial",
    "suspicious",
    "threat",
    "hijack",
];

/// Words of labels that say that it is none.
const HARMLESS: [&str; 9] = ["safe", "benign", "legit", "legitimate", "harmless", "normal", "clean", "trusted", "ok"];

/// Words that turn what follows around.
const NOT: [&str; 4] = ["no", "not", "non", "without"];

/// What `config.json` says about a network.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Described {
    #[serde(default)]
    architectures: Vec<String>,
    id2label: Option<BTreeMap<String, String>>,
    /// How many places it knows for tokens.
    pub(crate) max_position_embeddings: Option<usize>,
}

/// What `classifier_config.json` says, which comes with networks that answer several questions at once.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Heads {
    #[serde(default)]
    multi_head: bool,
    calibration: Option<Calibration>,
}

#[derive(Debug, Deserialize)]
struct Calibration {
    #[serde(rename = "temperatureT")]
    temperature: Option<f32>,
}

/// Which numbers speak for an attack.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Classes {
    /// The first, by itself: the others answer other questions. Divided by a temperature that was fitted.
    First { width: usize, temperature: f32 },
    /// Those that are marked, against all others.
    Among(Vec<bool>),
}

/// What a label says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Attack,
    Harmless,
    /// It is numbered, and has no name.
    Nameless,
}

impl Classes {
    /// What `width` numbers mean, by what the files say.
    pub(crate) fn of(width: usize, described: &Described, heads: &Heads) -> Result<Self, String> {
        let temperature = heads.calibration.as_ref().and_then(|it| it.temperature).unwrap_or(1.0);
        if !temperature.is_finite() || temperature <= 0.0 {
            return Err(format!("a temperature of {temperature} means nothing"));
        }
        if width == 0 {
            return Err("nothing comes out of the network".to_owned());
        }
        if width == 1 || heads.multi_head {
            return Ok(Self::First { width, temperature });
        }
        let named = described.id2label.as_ref().map(|names| labels(width, names)).transpose()?;
        if let Some(labels) = named.filter(|labels| labels.contains(&Label::Attack)) {
            return Self::among(&labels);
        }
        // By convention the second of two says yes; only of classes, for other networks have several outputs as well.
        let classifies = described.architectures.iter().any(|name| name.ends_with("ForSequenceClassification"));
        if width == 2 && classifies {
            return Ok(Self::Among(vec![false, true]));
        }
        Err(format!(
            "{width} numbers come out of the network and nothing says which means an attack; name the classes in \
             `id2label` of a config.json beside it, such as {{\"id2label\": {{\"0\": \"SAFE\", \"1\": \"INJECTION\"}}}}"
        ))
    }

    fn among(labels: &[Label]) -> Result<Self, String> {
        if labels.contains(&Label::Nameless) || !labels.contains(&Label::Harmless) {
            return Err("`id2label` names no class of harmless texts, or leaves one without a name".to_owned());
        }
        Ok(Self::Among(labels.iter().map(|label| *label == Label::Attack).collect()))
    }

    /// How likely an attack is, from 0 to 1; an error if these are not the numbers that were expected.
    pub(crate) fn likelihood(&self, numbers: &[f32]) -> Result<f32, String> {
        let width = match self {
            Self::First { width, .. } => *width,
            Self::Among(marked) => marked.len(),
        };
        if numbers.len() != width {
            return Err(format!("{} numbers came out of it instead of {width}", numbers.len()));
        }
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err("what came out of it is no number".to_owned());
        }
        let likelihood = match self {
            Self::First { temperature, .. } => {
                let first = numbers.first().copied().unwrap_or(0.0);
                1.0 / (1.0 + (-first / temperature).exp())
            }
            Self::Among(marked) => {
                let highest = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let weights = || numbers.iter().map(|number| (number - highest).exp());
                let attack: f32 = weights().zip(marked).filter(|(_, is)| **is).map(|(weight, _)| weight).sum();
                attack / weights().sum::<f32>()
            }
        };
        Ok(likelihood)
    }
}

/// What each class is called.
fn labels(width: usize, names: &BTreeMap<String, String>) -> Result<Vec<Label>, String> {
    let of = |place: usize| names.get(&place.to_string()).map(|name| label(name));
    let labels: Option<Vec<Result<Label, String>>> = (0..width).map(of).collect();
    match labels.filter(|_| names.len() == width) {
        Some(labels) => labels.into_iter().collect(),
        None => Err(format!("`id2label` names {} classes, and {width} numbers come out of the network", names.len())),
    }
}

fn label(name: &str) -> Result<Label, String> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
    if let ["label", number] = words.as_slice()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Ok(Label::Nameless);
    }
    let has = |all: &[&str]| words.iter().any(|word| all.contains(word));
    match (has(&ATTACK), has(&HARMLESS), has(&NOT)) {
        (true, false, false) | (false, true, true) => Ok(Label::Attack),
        (false, true, false) | (true, false, true) => Ok(Label::Harmless),
        (true, true, _) | (false, false, _) => Err(format!(
            "`id2label` calls a class `{}`, which does not say whether it is an attack",
            name.escape_debug()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(json: &str) -> Described {
        serde_json::from_str(json).unwrap()
    }

    fn classes(width: usize, json: &str) -> Result<Classes, String> {
        Classes::of(width, &described(json), &Heads::default())
    }

    #[test]
    fn the_classes_of_models_that_people_use_are_known() {
        let names = |names: &[&str]| {
            let all: BTreeMap<usize, &&str> = names.iter().enumerate().collect();
            format!("{{\"id2label\": {}}}", serde_json::to_string(&all).unwrap())
        };
        let marked = |names_: &[&str]| classes(names_.len(), &names(names_));
        assert_eq!(marked(&["SAFE", "INJECTION"]), Ok(Classes::Among(vec![false, true])));
        assert_eq!(marked(&["INJECTION", "LEGIT"]), Ok(Classes::Among(vec![true, false])));
        assert_eq!(marked(&["BENIGN", "INJECTION", "JAILBREAK"]), Ok(Classes::Among(vec![false, true, true])));
        assert_eq!(marked(&["not_injection", "prompt-injection"]), Ok(Classes::Among(vec![false, true])));
        assert_eq!(marked(&["unsafe", "safe"]), Ok(Classes::Among(vec![true, false])));
    }

    #[test]
    fn classes_without_names_are_known_by_convention_or_not_at_all() {
        let convention = "{\"architectures\": [\"DebertaV2ForSequenceClassification\"], \"id2label\": {\"0\": \"LABEL_0\", \"1\": \"LABEL_1\"}}";
        assert_eq!(classes(2, convention), Ok(Classes::Among(vec![false, true])));
        assert_eq!(classes(1, "{}"), Ok(Classes::First { width: 1, temperature: 1.0 }));
        for unknown in [
            classes(2, "{}"),
            classes(2, "{\"architectures\": [\"BertModel\"]}"),
            classes(3, "{\"architectures\": [\"BertForSequenceClassification\"]}"),
            classes(2, "{\"id2label\": {\"0\": \"cat\", \"1\": \"dog\"}}"),
            classes(2, "{\"id2label\": {\"0\": \"INJECTION\", \"1\": \"JAILBREAK\"}}"),
            classes(2, "{\"id2label\": {\"0\": \"SAFE\", \"1\": \"safe injection\"}}"),
            classes(3, "{\"id2label\": {\"0\": \"SAFE\", \"1\": \"INJECTION\"}}"),
            classes(2, "{\"id2label\": {\"1\": \"SAFE\", \"2\": \"INJECTION\"}}"),
            classes(0, "{}"),
        ] {
            assert!(unknown.is_err(), "{unknown:?}");
        }
    }

    #[test]
    fn the_first_of_several_heads_is_asked_by_itself() {
        let heads: Heads =
            serde_json::from_str("{\"multi_head\": true, \"calibration\": {\"temperatureT\": 2.0}}").unwrap();
        let classes = Classes::of(2, &Described::default(), &heads).unwrap();
        assert_eq!(classes, Classes::First { width: 2, temperature: 2.0 });
        assert!((classes.likelihood(&[2.0, 9.0]).unwrap() - 0.731).abs() < 0.001);
        let broken = serde_json::from_str("{\"multi_head\": true, \"calibration\": {\"temperatureT\": 0}}").unwrap();
        assert!(Classes::of(2, &Described::default(), &broken).is_err());
    }

    #[test]
    fn likelihoods_add_up_and_what_is_no_number_is_none() {
        let two = Classes::Among(vec![false, true, true]);
        assert!((two.likelihood(&[1.0, 1.0, 1.0]).unwrap() - 2.0 / 3.0).abs() < 1e-6);
        assert!((two.likelihood(&[-1e30, 1e30, 0.0]).unwrap() - 1.0).abs() < 1e-6);
        assert!(two.likelihood(&[0.0, f32::NAN, 0.0]).is_err());
        assert!(two.likelihood(&[0.0, 1.0]).is_err());
    }
}
