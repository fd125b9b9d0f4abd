//! `[injection]`: another model that is asked about texts which could steer an agent. Whoever looks into texts goes by it, so
//! this is no check of events.
//!
//! Which model is the highest storey's alone to say: a file that somebody else brings must not be run because a repository was
//! cloned. From where on it is believed, every storey can say, and the lowest number holds.

use crate::config::Scalar;
use crate::policy::ValidPolicy;
use portcullis_event::SourceLine;

/// Another model, and from which likelihood on it is believed, in percent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InjectionModel {
    /// Where it lies, as it is written: an absolute path, or one that begins with `~/`.
    pub path: String,
    /// From here on a text is worth the eyes of a person.
    pub threshold: u64,
    /// From here on it is held back; nothing if the model alone is never sure.
    pub sure: Option<u64>,
    /// The line that names it.
    pub by: SourceLine,
}

impl InjectionModel {
    /// The threshold if none is said.
    pub const THRESHOLD: u64 = 90;
}

impl ValidPolicy {
    /// The model that is to be asked, if there is one.
    pub fn injection_model(&self) -> Option<InjectionModel> {
        let (path, by) = self.tiers.first()?.scalar("injection.model")?;
        let Scalar::Text(path) = path else { return None };
        let least = |key: &str| self.tiers.iter().filter_map(|tier| tier.most(key)).map(|(percent, _)| percent).min();
        Some(InjectionModel {
            path: path.clone(),
            threshold: least("injection.threshold").unwrap_or(InjectionModel::THRESHOLD),
            sure: least("injection.sure"),
            by: by.line(),
        })
    }
}

/// What is said of a key that only the highest storey can set.
pub(crate) fn highest_alone(key: &str) -> Option<&'static str> {
    (key == "injection.model").then_some("which model is asked")
}

#[cfg(test)]
mod tests {
    use crate::effect_rules::tests::policy;
    use crate::{Layer, Places, Source, ValidPolicy};
    use portcullis_event::AbsPath;

    const MODEL: &str = "injection.model = '~/models/minilm'";

    #[test]
    fn which_model_is_asked_is_the_highest_layers_to_say() {
        assert!(policy(&[]).injection_model().is_none());
        let model = policy(&[(Layer::User, MODEL)]).injection_model().unwrap();
        assert_eq!((model.path.as_str(), model.threshold, model.sure), ("~/models/minilm", 90, None));
        let brought = policy(&[(Layer::User, "mode = 'enforce'"), (Layer::Repository, MODEL)]);
        assert!(brought.injection_model().is_none());
        assert_eq!(brought.loosenings().len(), 1);
    }

    #[test]
    fn the_lowest_threshold_of_all_layers_holds() {
        let said = |user: u64, repository: u64| {
            let user = format!("{MODEL}\ninjection.threshold = {user}\ninjection.sure = 99");
            let repository = format!("injection.threshold = {repository}");
            let policy = policy(&[(Layer::User, &user), (Layer::Repository, &repository)]);
            (
                policy.injection_model().unwrap().threshold,
                policy.injection_model().unwrap().sure,
                policy.loosenings().len(),
            )
        };
        assert_eq!((said(90, 70), said(70, 90)), ((70, Some(99), 0), (70, Some(99), 1)));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let path = |text: &str| AbsPath::parse(text).unwrap();
        let places = Places { home: path("/home/ada"), repository: None, cwd: path("/work") };
        let refused = |text: &str| ValidPolicy::load(&[Source::toml(Layer::User, "p", text)], &places).is_err();
        assert!(!refused("injection.threshold = 1") && !refused("injection.threshold = 100"));
        for text in
            ["injection.threshold = 0", "injection.threshold = 101", "injection.sure = 0.9", "injection.model = 3"]
        {
            assert!(refused(text), "{text}");
        }
        for relative in ["", "model", "./model", "../model", "~other/model"] {
            assert!(refused(&format!("injection.model = '{relative}'")), "{relative}");
        }
    }
}
