//! Whether secrets that were found are live: their issuers are asked, if somebody wants that.

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::verify::{Asker, Check, Client, Verdict};
use portcullis_event::{Confidence, FindingKind};
use portcullis_inspect::secret;
use portcullis_patterns::Rule;
use portcullis_policy::ValidPolicy;
use portcullis_review::import::ForeignRules;
use portcullis_review::{Fingerprint, Found, Report};
use std::collections::{BTreeSet, HashMap};

/// What issuers said, by finding.
pub(crate) type Verdicts = HashMap<Fingerprint, Verdict>;

/// Refuses if the policy does not want secrets to be sent to their issuers.
pub(super) fn permit(policy: &ValidPolicy) -> Result<(), Failure> {
    policy.may_verify().map_err(|denied| {
        let failure = Failure::usage("the policy does not let issuers be asked about secrets")
            .because("to ask, each secret is sent to its issuer")
            .fix("scan without --verify, or ask whoever keeps that policy");
        match denied.by {
            Some(line) => failure.at(format!("{}:{}", line.file, line.line)),
            None => failure,
        }
    })
}

/// Asks about every secret whose rule knows how, and about each only once. What is suppressed is not asked about. A finding
/// that is live is proven; one that is not stays a finding, since it may have been live yesterday, but it is less sure.
pub(super) fn ask(
    report: &mut Report,
    theirs: &BTreeSet<String>,
    invocation: &Invocation,
) -> Result<Verdicts, Failure> {
    let questions: Vec<(&mut Found, Check)> =
        report.findings.iter_mut().filter_map(|it| question(it, theirs)).collect();
    let hosts: BTreeSet<&str> = questions.iter().map(|(_, check)| check.host()).collect();
    if hosts.is_empty() {
        invocation.output.remark("no issuer can be asked about what was found");
        return Ok(Verdicts::new());
    }
    let list: Vec<&str> = hosts.into_iter().collect();
    invocation.output.remark(&format!("asking about {} secrets: {}", questions.len(), list.join(", ")));
    let client = Client::of_system().map_err(|why| {
        Failure::incomplete(format!("issuers can't be asked: {why}"))
            .because("a secret is only sent over a connection that is known to be the issuer's")
            .fix("scan without --verify")
    })?;
    let mut asker = Asker::new(client);
    let mut verdicts = Verdicts::new();
    for (found, check) in questions {
        let verdict = asker.ask(found.hit.rule.as_str(), &check, &found.hit.value);
        match verdict {
            Verdict::Live => found.hit.confidence = Confidence::Proven,
            Verdict::NotLive => found.hit.confidence = Confidence::Low,
            Verdict::Unknown(_) => {}
        }
        verdicts.insert(found.fingerprint, verdict);
    }
    Ok(verdicts)
}

/// The names of rules that are not ours. The scanned repository may bring some, and one that is called like a rule of ours would
/// have us send what it finds to an issuer whose secret it is not.
pub(super) fn names(own: &[Rule], foreign: &ForeignRules) -> BTreeSet<String> {
    own.iter().map(|rule| rule.id.to_string()).chain(foreign.ids().map(str::to_owned)).collect()
}

/// How to ask about a finding, if there is a way. What rules that are not ours found is never asked about.
fn question<'a>(found: &'a mut Found, theirs: &BTreeSet<String>) -> Option<(&'a mut Found, Check)> {
    let rule = found.hit.rule.as_str();
    if found.hit.kind != FindingKind::Secret || theirs.contains(rule) {
        return None;
    }
    let check = Check::parse(secret::rule(rule)?.verify.as_deref()?).ok()?;
    Some((found, check))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::{RuleId, Secret, Severity};
    use portcullis_inspect::Hit;
    use portcullis_review::IdentityKey;

    fn found(rule: &str) -> Found {
        let hit = Hit {
            rule: RuleId::parse(rule).unwrap(),
            kind: FindingKind::Secret,
            severity: Severity::High,
            confidence: Confidence::High,
            message: String::new(),
            span: 0..1,
            value: Secret::new("x".to_owned()),
            why: Vec::new(),
            cwe: None,
        };
        let fingerprint = IdentityKey::private([1; 32]).fingerprint(&hit.rule, hit.value.expose());
        Found { fingerprint, hit, places: Vec::new(), more_places: 0, suppressed: None }
    }

    #[test]
    fn only_what_our_own_rules_found_is_asked_about() {
        let with_check = secret::rules().find(|rule| rule.verify.is_some()).unwrap();
        let nobody = BTreeSet::new();
        assert!(question(&mut found(&with_check.id), &nobody).is_some());
        assert!(question(&mut found("no-such-rule"), &nobody).is_none());
        assert!(question(&mut found(&with_check.id), &BTreeSet::from([with_check.id.to_string()])).is_none());
    }
}
