//! Lines of ours in a file that is somebody else's: they stand between two marks, and nothing outside of those is touched.

use super::NotEditable;

/// The lines that ours stand between.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    begin: &'static str,
    end: &'static str,
}

/// In files whose comments begin with `#`.
pub(super) const LINES: Marks = Marks {
    begin: "# portcullis: begin. Written from your policy; what you change here is lost.",
    end: "# portcullis: end",
};

/// In Markdown.
pub(super) const PROSE: Marks = Marks {
    begin: "<!-- portcullis: begin. Written from your policy; what you change here is lost. -->",
    end: "<!-- portcullis: end -->",
};

/// What is before our lines, they themselves, and what is behind them. Marks that do not belong together are an error: what
/// stands between them could be anybody's.
fn split(marks: Marks, text: &str) -> Result<Option<(&str, &str, &str)>, NotEditable> {
    let mut at = 0;
    let (mut begin, mut end) = (None, None);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let next = at + line.len();
        if bare == marks.begin {
            if begin.replace((at, next)).is_some() {
                return Err(NotEditable::Twice(marks.begin.to_owned()));
            }
        } else if bare == marks.end && end.replace((at, next)).is_some() {
            return Err(NotEditable::Twice(marks.end.to_owned()));
        }
        at = next;
    }
    let ((start, from), (to, rest)) = match (begin, end) {
        (None, None) => return Ok(None),
        (Some(begin), Some(end)) if begin.1 <= end.0 => (begin, end),
        _ => return Err(NotEditable::Other(marks.begin.to_owned())),
    };
    Ok(text.get(..start).zip(text.get(from..to)).zip(text.get(rest..)).map(|((a, b), c)| (a, b, c)))
}

/// Our lines.
pub(super) fn find(marks: Marks, text: &str) -> Result<Option<&str>, NotEditable> {
    Ok(split(marks, text)?.map(|(_, ours, _)| ours))
}

/// The text with our lines where they were, or else at its end: in files of rules the last one counts.
pub(super) fn put(marks: Marks, text: &str, ours: &str) -> Result<String, NotEditable> {
    let gap = if ours.is_empty() || ours.ends_with('\n') { "" } else { "\n" };
    let block = format!("{}\n{ours}{gap}{}\n", marks.begin, marks.end);
    Ok(match split(marks, text)? {
        Some((before, _, after)) => format!("{before}{block}{after}"),
        None if text.is_empty() => block,
        None => {
            let end = if text.ends_with('\n') { "" } else { "\n" };
            format!("{text}{end}\n{block}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_that_do_not_belong_together_are_an_error() {
        for text in [
            format!("{}\n", LINES.begin),
            format!("{}\n", LINES.end),
            format!("{}\n{}\n", LINES.end, LINES.begin),
            format!("{}\n{}\n{}\n", LINES.begin, LINES.begin, LINES.end),
        ] {
            assert!(put(LINES, &text, "x\n").is_err(), "{text}");
            assert!(find(LINES, &text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_not_ours_stays_and_twice_is_once(before in "[a-z!#\n]{0,40}", ours in "[a-z\n]{0,20}", other in "[a-z\n]{0,20}") {
            let once = put(LINES, &before, &ours).unwrap();
            prop_assert!(once.starts_with(&before));
            prop_assert_eq!(put(LINES, &once, &ours).unwrap(), once.clone());
            prop_assert_eq!(find(LINES, &once).unwrap().unwrap().trim_end(), ours.trim_end());
            let changed = put(LINES, &once, &other).unwrap();
            prop_assert!(changed.starts_with(&before));
            prop_assert_eq!(put(LINES, &changed, &ours).unwrap(), once);
        }
    }
}
