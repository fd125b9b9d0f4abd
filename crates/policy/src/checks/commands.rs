//! `[commands]`: which programs may be started, with which words.

use super::{Answers, Asked};
use crate::pattern::Breadth;
use crate::pattern::command::Command;
use crate::tier::Tier;
use portcullis_event::{Body, Process, ProcessOp, Verdict};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Body::Process(process) = asked.body() else { return };
    if process.op != ProcessOp::Start {
        return;
    }
    let (argv, files) = (words(process), &tier.files);
    if argv.first().is_none_or(String::is_empty) {
        let fix = Some("start a program by its name".to_owned());
        return out.gate(Verdict::Deny, "a command that names no program is denied".to_owned(), None, fix);
    }
    let own_ground = |file| files.write.as_ref().is_some_and(|list| list.find(file, Breadth::Broad).is_some());
    let guarded = |file| files.protect.as_ref().is_some_and(|list| list.find(file, Breadth::Broad).is_some());
    let executable = process.executable.as_ref();
    let may_be_its_own = executable.is_some_and(|file| own_ground(file) && !guarded(file));
    let command = Command { argv: &argv, executable, may_be_its_own };
    let shown = shorten(&argv.join(" "));
    out.lists(&tier.commands, command, "commands", &format!("`{shown}`"), &shown);
}

/// The words of the command; the file that is run stands for the name if there is none.
fn words(process: &Process) -> std::borrow::Cow<'_, [String]> {
    match (&process.executable, process.argv.is_empty()) {
        (Some(file), true) => vec![file.as_str().to_owned()].into(),
        (_, _) => (&process.argv).into(),
    }
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
