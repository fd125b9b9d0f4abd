//! What the policy in force wants of every tool.

use portcullis_event::{AbsPath, Verdict};
use portcullis_harden::{CommandPattern, FilePattern, SECURE_CODING, Servers, Wanted};
use portcullis_policy::{FileList, FileRule, Places, Section, ValidPolicy};

/// Asks a policy.
pub(crate) fn wanted(policy: &ValidPolicy, places: &Places) -> Wanted {
    let commands = |verdict| {
        policy.stopped(Section::Commands, verdict).iter().filter_map(|text| CommandPattern::new(text)).collect()
    };
    let rules = policy.file_rules();
    Wanted {
        denied: files(&rules, FileList::Deny, places),
        protected: files(&rules, FileList::Protect, places),
        denied_commands: commands(Verdict::Deny),
        asked_commands: commands(Verdict::Ask),
        hosts: policy.hosts_in_reach(),
        denied_hosts: policy.stopped(Section::Network, Verdict::Deny),
        only_hosts: policy.denies_the_rest(Section::Network),
        models: if policy.denies_the_rest(Section::Models) { policy.passed(Section::Models) } else { Vec::new() },
        servers: Servers {
            denied: policy.stopped(Section::Servers, Verdict::Deny),
            only: policy.denies_the_rest(Section::Servers).then(|| policy.passed(Section::Servers)),
        },
        days: policy.retention().content.map(|seconds| seconds / (24 * 3600)),
        standards: SECURE_CODING.iter().map(|it| (*it).to_owned()).chain(policy.standards()).collect(),
    }
}

/// The patterns of a list, storey by storey: an exception stands behind what it is an exception from, and before what another
/// storey says.
fn files(rules: &[FileRule], list: FileList, places: &Places) -> Vec<FilePattern> {
    let (home, repository) = (places.home.as_str(), places.repository.as_ref().map(AbsPath::as_str));
    let mut out: Vec<FilePattern> = Vec::new();
    let storeys = rules.iter().map(|rule| rule.storey).max().map_or(0, |last| last + 1);
    for storey in 0..storeys {
        let of_list = || rules.iter().filter(|rule| rule.storey == storey && rule.list == list);
        let cancelled =
            |rule: &FileRule| of_list().any(|it| it.takes_away != rule.takes_away && it.pattern == rule.pattern);
        for takes_away in [false, true] {
            for rule in of_list().filter(|rule| rule.takes_away == takes_away && !cancelled(rule)) {
                let pattern = FilePattern::new(&rule.pattern, home, repository, rule.takes_away);
                // What is said again behind an exception takes it back.
                out.retain(|it| *it != pattern);
                out.push(pattern);
            }
        }
    }
    out
}
