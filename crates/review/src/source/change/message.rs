//! The message of a commit that is about to be made.

use crate::origin::Origin;
use crate::report::Why;
use crate::source::Message;
use crate::worker::{About, Worker};
use portcullis_event::Span;

/// With `commit --verbose` git puts the change below these lines, for the author to read, and cuts all from there on. A
/// finding there is not part of the message.
const CUT: &str = "------------------------ >8 ------------------------\n";

pub(crate) fn scan(message: &Message, worker: &mut Worker<'_>) {
    let origin = || Origin::File { path: message.file.clone() };
    let text = match crate::git::read(&message.file) {
        Ok(Some(text)) => text,
        Ok(None) => return worker.not_looked_into(origin(), Why::Missing("the file of the message".to_owned())),
        Err(why) => return worker.not_looked_into(origin(), why),
    };
    let cut = cut_line(&text);
    let introduced = |span: &Span| cut.is_none_or(|cut| span.line <= cut);
    worker.text(&text, About { origin: &origin, hint: None, introduced: &introduced });
}

/// The line that git cuts at. Only where the change itself follows, as git writes it: anybody can write such a line, and
/// what follows is then part of the message.
fn cut_line(text: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(text);
    let (before, after) = text.split_once(CUT)?;
    let mut rest =
        after.lines().skip_while(|line| line.starts_with(['#', ';', '%', '@', '!', '$', '&', '^', '|', ':']));
    let follows = rest.next().is_some_and(|line| line.starts_with("diff --git ") || line.starts_with("diff --cc "));
    let line = u32::try_from(before.lines().count()).ok()?;
    follows.then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cut_that_git_makes_is_one() {
        let comment = "# Do not modify or remove the line above.\n# Everything below it will be ignored.\n";
        assert_eq!(cut_line(format!("a\nb\n# {CUT}{comment}diff --git a/x b/x\n").as_bytes()), Some(3));
        assert_eq!(cut_line(format!("a\n# {CUT}{comment}a token\n").as_bytes()), None);
        assert_eq!(cut_line(b"a\nb\n"), None);
    }
}
