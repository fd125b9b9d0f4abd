//! The tokens that stand before and behind every text.

use super::written::{PostProcessor, Slot};

/// The tokens around a text.
#[derive(Debug, Default)]
pub(super) struct Frame {
    before: Vec<u32>,
    behind: Vec<u32>,
}

impl Frame {
    pub(super) fn new(written: PostProcessor) -> Result<Self, String> {
        match written {
            PostProcessor::Bert { sep, cls } | PostProcessor::Roberta { sep, cls } => {
                Ok(Self { before: vec![cls.1], behind: vec![sep.1] })
            }
            PostProcessor::Template { single, special_tokens } => {
                let mut frame = Self::default();
                let mut text_was = false;
                for slot in single {
                    match slot {
                        Slot::Sequence { id } if id == "A" && !text_was => text_was = true,
                        Slot::Sequence { id } => {
                            return Err(format!("its template for one text names the text `{id}`"));
                        }
                        Slot::SpecialToken { id } => {
                            let token = special_tokens.get(&id);
                            let token = token.ok_or_else(|| format!("its template has an unknown token `{id}`"))?;
                            let side = if text_was { &mut frame.behind } else { &mut frame.before };
                            side.extend(&token.ids);
                        }
                    }
                }
                if text_was { Ok(frame) } else { Err("its template has no place for a text".to_owned()) }
            }
        }
    }

    /// These tokens and what stands around them.
    pub(super) fn around(&self, tokens: &[u32]) -> Vec<u32> {
        [&self.before, tokens, &self.behind].concat()
    }
}
