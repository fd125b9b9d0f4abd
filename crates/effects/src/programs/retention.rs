//! Backups that are thinned out. Whoever says how many are to stay does what everybody does every night; whoever has none or
//! hardly any stay makes that there is no way back.

use super::cloud::is_dry;
use crate::evaluate::{Call, Machine};
use portcullis_event::Hazard;

/// So many have to stay for nothing to be told.
const ENOUGH: u32 = 3;

/// Whether a program keeps backups by rules.
pub(super) fn knows(program: &str) -> bool {
    matches!(program, "restic" | "borg" | "borgmatic" | "kopia")
}

/// Tells of backups that are removed by a rule.
pub(super) fn judge(machine: &mut Machine<'_>, program: &str, call: &Call) {
    if !knows(program) {
        return;
    }
    let words: Vec<&str> = call.args().iter().map(|word| word.text.as_str()).collect();
    let thins = match program {
        "restic" => words.contains(&"forget"),
        "kopia" => words.contains(&"expire"),
        _ => words.contains(&"prune"),
    };
    let rehearses = is_dry(call, &["--dry-run"]) || words.contains(&"-n") || words.contains(&"--help");
    // Their own settings say what these keep.
    let by_settings = matches!(program, "borgmatic" | "kopia");
    if !thins || rehearses || by_settings {
        return;
    }
    // A backup that is named goes whatever is to stay.
    let is_backup = |pair: &[&str]| {
        matches!(pair, [before, name] if !before.starts_with('-')
            && (*name == "latest" || (name.len() >= 8 && name.chars().all(|c| c.is_ascii_hexdigit()))))
    };
    if program == "restic" && words.windows(2).any(is_backup) {
        machine.danger(Hazard::HistoryLoss, "a backup is removed by its name");
    }
    let kept = kept(&words);
    if kept == 0 || words.contains(&"--unsafe-allow-remove-all") {
        machine.danger(Hazard::Infrastructure, format!("`{program}` removes backups, and none has to stay"));
    } else if kept < ENOUGH {
        machine.danger(Hazard::HistoryLoss, format!("`{program}` removes all but {kept} of the backups"));
    }
}

/// How many backups stay by what is said: `--keep-daily 7 --keep-weekly=4`, `--keep-within 30d`.
fn kept(words: &[&str]) -> u32 {
    let mut rest = words.iter();
    // Said twice, the last one counts.
    let mut counts: Vec<(&str, u32)> = Vec::new();
    while let Some(word) = rest.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, value),
            None => (*word, rest.clone().next().copied().unwrap_or_default()),
        };
        let is_rule =
            name.starts_with("--keep-") || (name.len() == 2 && matches!(name, "-l" | "-H" | "-d" | "-w" | "-m" | "-y"));
        if !is_rule || name == "--keep-tag" {
            continue;
        }
        let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
        let is_span = value.chars().any(|c| matches!(c, 'd' | 'w' | 'm' | 'y'));
        let count: u32 = digits.parse().unwrap_or(0);
        counts.retain(|(other, _)| *other != name);
        counts.push((name, if is_span && count > 0 { ENOUGH } else { count }));
    }
    counts.iter().fold(0, |all, (_, count)| all.saturating_add(*count))
}
