//! `[git]`: what may be done to repositories, and to which branches commits may be sent.

use super::{Answers, Asked};
use crate::pattern::Breadth;
use crate::pattern::name::Named;
use crate::rules::Said;
use crate::tier::Tier;
use portcullis_event::{Body, Git, GitOp, Verdict};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Body::Git(git) = asked.body() else { return };
    match git.op {
        GitOp::Read => out.gate(Verdict::Allow, "a repository may be looked at".to_owned(), None, None),
        GitOp::Commit => keyed(tier, "git.commit", "making commits", out, true),
        GitOp::Fetch => keyed(tier, "git.fetch", "bringing commits here", out, true),
        GitOp::Rewrite => keyed(tier, "git.rewrite", "changing history", out, true),
        GitOp::Configure => keyed(tier, "git.configure", "changing a repository's settings", out, true),
        GitOp::Branch => {
            keyed(tier, "git.branch", "changing branches", out, true);
            git.refs.iter().for_each(|reference| protected(tier, asked, git, &branch(reference), out));
        }
        GitOp::Push => push(tier, asked, git, out),
    }
}

fn push(tier: &Tier, asked: Asked<'_>, git: &Git, out: &mut Answers) {
    if git.refs.is_empty() {
        let fix = Some("name the branch: `git push origin my-branch`".to_owned());
        return out.gate(Verdict::Deny, "a push that names no branch is denied".to_owned(), None, fix);
    }
    let mut overwrites = git.force == Some(true);
    for reference in &git.refs {
        overwrites |= reference.starts_with(['+', ':']);
        let mut name = branch(reference);
        if name == "HEAD" {
            name = asked.event().place.branch.clone().unwrap_or(name);
        }
        let full = with_remote(git, &name);
        let subject = format!("pushing to `{full}`");
        // `main` and `origin/main` are the same branch. A denial of either counts; an allowance of either is enough.
        let both = [full.as_str(), name.as_str()].map(Named::new);
        let best = both.into_iter().min_by_key(|value| {
            let said = tier.push.hits(*value).next();
            (said.is_none(), said.map(|said| std::cmp::Reverse(said.verdict)))
        });
        if let Some(value) = best {
            out.lists(&tier.push, value, "git.push", &subject, &full);
        }
        protected(tier, asked, git, &name, out);
    }
    if overwrites {
        keyed(tier, "git.force", "overwriting history on the other side", out, false);
    }
}

/// The branch behind a reference: `+HEAD:refs/heads/main` is `main`.
fn branch(reference: &str) -> String {
    let target = reference.trim_start_matches('+');
    let target = target.rsplit_once(':').map_or(target, |(_, to)| to);
    let name = target.strip_prefix("refs/heads/").or_else(|| target.strip_prefix("heads/")).unwrap_or(target);
    name.strip_prefix("refs/").unwrap_or(name).to_owned()
}

fn with_remote(git: &Git, branch: &str) -> String {
    git.remote.as_ref().map_or_else(|| branch.to_owned(), |remote| format!("{remote}/{branch}"))
}

fn protected(tier: &Tier, asked: Asked<'_>, git: &Git, branch: &str, out: &mut Answers) {
    let Some(list) = tier.protected.as_ref().filter(|_| asked.by_agent()) else { return };
    let full = with_remote(git, branch);
    let hit = [branch, full.as_str()].into_iter().find_map(|name| list.find(Named::new(name), Breadth::Broad));
    let Some(rule) = hit else { return };
    out.consider(Said { verdict: Verdict::Ask, rule: Some(rule), origin: &rule.origin });
    let message = format!("the branch `{branch}` is protected by `{}`: an agent needs a person's yes", rule.text);
    let fix = Some("push to a branch of its own and open a pull request".to_owned());
    out.guard(Verdict::Ask, message, Some(&rule.origin), fix);
}

fn keyed(tier: &Tier, key: &str, what: &str, out: &mut Answers, is_gate: bool) {
    let Some((answer, origin)) = tier.answer(key) else { return };
    let verdict = answer.verdict();
    let fix = (verdict > Verdict::Allow).then(|| format!("set `{key}` to a looser answer in the highest policy"));
    let does = match verdict {
        Verdict::Allow | Verdict::AllowWithChanges => "is allowed",
        Verdict::Ask => "needs a person's yes",
        Verdict::Deny => "is denied",
    };
    out.consider(Said { verdict, rule: None, origin });
    let message = format!("{what} {does} by `{key}`");
    if is_gate {
        out.gate(verdict, message, Some(origin), fix);
    } else if verdict > Verdict::Allow {
        out.guard(verdict, message, Some(origin), fix);
    }
}
