//! What the hash of every action has in common: who asks, and why policy asks about it.
//!
//! Tickets and grants that people gave already hold such hashes, so what is written here stays as it is, byte for byte.

use portcullis_approvals::ActionHasher;
use portcullis_event::{Actor, Reason, SessionId, UserName, canonical};
use serde::Serialize;

/// The person, and every agent in between, each in its session.
pub(crate) fn who(hasher: &mut ActionHasher, actor: &Actor) {
    hasher.maybe("user", actor.human.as_ref().map(UserName::as_str));
    for agent in &actor.agents {
        hasher.part("agent", agent.name.as_str()).maybe("session", agent.session.as_ref().map(SessionId::as_str));
    }
}

/// Why policy asks: what each check said, in its order.
pub(crate) fn why(hasher: &mut ActionHasher, reasons: &[Reason]) -> Result<(), String> {
    for reason in reasons {
        hasher.part("reason", encoded(&(&reason.check, reason.verdict, &reason.message))?);
    }
    Ok(())
}

/// A value as the bytes that only it has.
pub(crate) fn encoded(value: &impl Serialize) -> Result<Vec<u8>, String> {
    canonical::encode(value).map_err(|error| format!("it can't be written down exactly: {error}"))
}

/// The lines of the policy that stop something; `None` if nothing does, or something that no line stands for: a grant for that
/// would cover whatever else has none.
pub(crate) fn lines(stopping: &[Reason]) -> Option<Vec<String>> {
    let line = |reason: &Reason| Some(format!("{} {}", reason.check, reason.source.as_ref()?));
    stopping.iter().map(line).collect::<Option<Vec<_>>>().filter(|lines| !lines.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::{Agent, AgentName, CheckId, Rest, SourceLine, Verdict};

    fn reason(source: Option<SourceLine>) -> Reason {
        let (check, message) = (CheckId::parse("no-force").unwrap(), "why".to_owned());
        Reason { check, verdict: Verdict::Ask, message, source, fix: None, rest: Rest::new() }
    }

    /// Computed once, by hand, from the form that `ActionHasher` describes.
    #[test]
    fn what_was_granted_before_still_fits() {
        let agent = |name: &str, session: Option<&str>| {
            let session = session.map(|session| SessionId::parse(session).unwrap());
            Agent::new(AgentName::parse(name).unwrap(), session)
        };
        let agents = vec![agent("portcullis", Some("s-1")), agent("claude-code", None)];
        let actor = Actor { agents, ..Actor::human(UserName::parse("ada").unwrap()) };
        let mut hasher = ActionHasher::new("tool");
        who(&mut hasher, &actor);
        why(&mut hasher, &[reason(None)]).unwrap();
        let hash = "1934bd38cf9bc765a2b624f63ffa3b3e166637f5dbb64932e020644e1cdb0fbd";
        assert_eq!(hasher.finish().to_string(), hash);
    }

    #[test]
    fn a_reason_without_a_line_can_not_be_granted_with_others() {
        let line = SourceLine { file: "portcullis.toml".to_owned(), line: 3, column: 1 };
        let with = reason(Some(line));
        assert_eq!(lines(std::slice::from_ref(&with)), Some(vec!["no-force portcullis.toml:3:1".to_owned()]));
        assert_eq!(lines(&[with, reason(None)]), None);
        assert_eq!(lines(&[]), None);
    }
}
