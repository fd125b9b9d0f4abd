//! A row as the model sees it.

use crate::row::Row;
use portcullis_inspect::injection::model::{EVIDENCE, Features, Scores, passages as passages_of};
use portcullis_inspect::injection::{Context, Signal, examine};

/// A passage of a row.
#[derive(Debug)]
pub(crate) struct Passage {
    pub(crate) features: Features,
    /// Whether it is hidden or encoded in the text.
    pub(crate) hidden: bool,
    /// Whether it holds the attack, if that is known.
    pub(crate) attack: Option<bool>,
}

/// A row as the model sees it.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) row: Row,
    pub(crate) signals: Vec<Signal>,
    pub(crate) passages: Vec<Passage>,
    /// What this row counts for.
    pub(crate) weight: f32,
    /// What its source counts as, when sources are left out.
    pub(crate) fold: usize,
    pub(crate) scores: Scores,
    pub(crate) evidence: [f32; EVIDENCE],
    pub(crate) likelihood: f32,
}

/// At most so many passages of one text are looked at.
const MOST: usize = 24;

impl Sample {
    pub(crate) fn of(row: Row, weight: f32, fold: usize) -> Self {
        let (signals, views) = examine(&row.text, Context::Unknown);
        let mut passages = Vec::new();
        for (number, view) in views.iter().enumerate() {
            // Places are known only if the view is the text itself.
            let span = row.span.clone().filter(|_| number == 0 && view.text == row.text);
            for passage in passages_of(view).into_iter().take(MOST) {
                let window = passage.range;
                let attack = match &span {
                    None if row.attack => None,
                    None => Some(false),
                    Some(span) => {
                        let shared = span.end.min(window.end).saturating_sub(span.start.max(window.start));
                        let most = shared * 2 > span.len().min(window.len());
                        if most {
                            Some(true)
                        } else if shared == 0 {
                            Some(false)
                        } else {
                            None
                        }
                    }
                };
                passages.push(Passage { features: passage.features, hidden: number > 0, attack });
            }
        }
        let (scores, evidence) = (Scores::default(), [0.0; EVIDENCE]);
        Self { row, signals, passages, weight, fold, scores, evidence, likelihood: 0.0 }
    }
}
