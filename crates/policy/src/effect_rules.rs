//! The rules about dangers of commands and tool calls, as values: whoever told the effects of a command asks by name. The
//! effects themselves (files, hosts, programs) are events, and are decided like any other.

use crate::policy::ValidPolicy;
use crate::rules::strictest;
use crate::source::Origin;
use portcullis_event::{CheckId, Hazard, Reason, Rest, SourceLine, Verdict};

/// What becomes of a command with a danger, and which line says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HazardAnswer {
    /// Whether it may be run.
    pub verdict: Verdict,
    /// The line; nothing if no line speaks of it, and then a person is asked.
    pub by: Option<SourceLine>,
}

impl ValidPolicy {
    /// What becomes of a command with a danger: the strictest word of all storeys.
    pub fn hazard_answer(&self, hazard: Hazard) -> HazardAnswer {
        let (verdict, by) = strictest(self.tiers.iter().map(|tier| tier.effects.of_word(hazard.as_str())));
        HazardAnswer { verdict, by: by.map(Origin::line) }
    }

    /// The same as a reason of a decision; `what` says what the danger is here.
    pub fn hazard_reason(&self, hazard: Hazard, what: &str) -> Reason {
        let HazardAnswer { verdict, by } = self.hazard_answer(hazard);
        let does = match verdict {
            Verdict::Allow | Verdict::AllowWithChanges => "is allowed",
            Verdict::Ask => "needs a person's yes",
            Verdict::Deny => "is denied",
        };
        let name = hazard.as_str();
        let fix = (verdict > Verdict::Allow).then(|| {
            let list = if verdict == Verdict::Ask { "ask" } else { "deny" };
            match &by {
                Some(line) if !line.file.starts_with("preset:") => format!("change what {line} says of `{name}`"),
                Some(_) | None => format!("add `!{name}` to `effects.{list}` in the highest policy"),
            }
        });
        Reason {
            check: check_id(),
            verdict,
            message: crate::diagnostic::printable(format!("{what}: this {does} by `effects` ({name})")),
            source: by,
            fix,
            rest: Rest::new(),
        }
    }
}

fn check_id() -> CheckId {
    crate::checks::check_id("effects")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Format, Layer, Places, Source};
    use portcullis_event::AbsPath;

    pub(crate) fn policy(texts: &[(Layer, &str)]) -> ValidPolicy {
        let root = AbsPath::parse("/srv/app").unwrap();
        let places = Places { home: AbsPath::parse("/home/ada").unwrap(), repository: Some(root.clone()), cwd: root };
        let source = |(layer, text): &(Layer, &str)| Source {
            layer: *layer,
            name: format!("{layer:?}"),
            text: (*text).to_owned(),
            format: Format::Toml,
        };
        ValidPolicy::load(&texts.iter().map(source).collect::<Vec<_>>(), &places).unwrap()
    }

    #[test]
    fn every_preset_speaks_of_every_danger() {
        for preset in crate::Preset::ALL {
            let policy = policy(&[(Layer::User, &format!("preset = \"{}\"", preset.name()))]);
            for hazard in Hazard::ALL {
                assert!(policy.hazard_answer(*hazard).by.is_some(), "{} {hazard:?}", preset.name());
            }
        }
    }

    #[test]
    fn a_lower_layer_can_only_tighten() {
        let lower = "effects.allow = ['downloaded-code']\neffects.deny = ['open-port']";
        let policy = policy(&[(Layer::User, ""), (Layer::Repository, lower)]);
        assert_eq!(policy.hazard_answer(Hazard::DownloadedCode).verdict, Verdict::Deny);
        assert_eq!(policy.hazard_answer(Hazard::OpenPort).verdict, Verdict::Deny);
        assert_eq!(policy.loosenings().len(), 1);
    }
}
