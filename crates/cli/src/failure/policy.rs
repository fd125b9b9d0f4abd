//! A policy that is not valid, and a decision that stands in the way.

use super::Failure;
use crate::exit::Exit;
use portcullis_event::Reason;
use portcullis_policy::Diagnostic;

impl Failure {
    /// The policy that is in force can't be used. The first problem is shown, the others are counted.
    pub(crate) fn invalid_policy(problems: &[Diagnostic]) -> Self {
        let why = "without a valid policy everything is denied";
        let Some(first) = problems.first() else { return Self::usage("the policy is not valid").because(why) };
        let more = match problems.len() {
            1 => "look at it again with: portcullis policy check".to_owned(),
            count => format!("all {count} problems are shown by: portcullis policy check"),
        };
        let picture = first.render(false);
        // The picture begins with the title, which is said already.
        let excerpt = picture.split_once('\n').map(|(_, rest)| rest.into());
        let failure = Self::usage(format!("the policy is not valid: {}", first.title()))
            .at(format!("{}:{}:{}", first.file(), first.line(), first.column()))
            .because(why)
            .fix(more);
        Self { excerpt, ..failure }
    }

    /// The policy said no. The strictest reason is shown, with the line that it comes from.
    pub(crate) fn denied(what: &str, reasons: &[Reason]) -> Self {
        let failure = Self { exit: Exit::Findings, ..Self::usage(what) };
        let Some(reason) = reasons.first() else { return failure.because("no check of the policy let it pass") };
        let failure = failure.because(&reason.message);
        let failure = match &reason.source {
            Some(source) => failure.at(source.to_string()),
            None => failure,
        };
        match &reason.fix {
            Some(fix) => failure.fix(fix),
            None => failure,
        }
    }
}
