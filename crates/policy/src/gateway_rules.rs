//! `[gateway]`: who may use the gateway, how often, and for how much. The gateway goes by it itself, so this is no check of
//! events.
//!
//! A limit of a lower layer holds beside those above, and so can only tighten. Prices are the highest layer's alone: whoever says what
//! something costs says how far a budget of money reaches.

use crate::config::{Keys, Means, Row, Scalar};
use crate::diagnostic::Diagnostic;
use crate::model_terms::AgreedTerms;
use crate::policy::ValidPolicy;
use crate::source::Origin;
use crate::tier::Tier;
use portcullis_patterns::markers::Marker;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whom a limit counts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Each {
    /// Each key; all without one are one.
    Key,
    /// Each model.
    Model,
    /// Each address.
    Address,
    /// All together.
    All,
}

/// A limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayLimit {
    /// What it is called.
    pub name: String,
    /// The models that it is about; all without one.
    pub models: Vec<String>,
    /// The keys that it is about; all without one.
    pub keys: Vec<String>,
    /// Whom it counts apart.
    pub each: Each,
    /// How many requests.
    pub requests: Option<GatewayRate>,
    /// How many calls of tools.
    pub calls: Option<GatewayRate>,
    /// How many tokens.
    pub tokens: Option<GatewaySum>,
    /// How many millionths of a US dollar.
    pub cost: Option<GatewaySum>,
}

/// So many in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewayRate {
    /// How many.
    pub count: u64,
    /// In how long.
    pub seconds: u64,
    /// How many of them at once.
    pub burst: u64,
}

/// So much in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewaySum {
    /// How much.
    pub amount: u64,
    /// In how long.
    pub seconds: u64,
}

/// What models cost, in millionths of a US dollar for a million tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayPrice {
    /// The models.
    pub models: Vec<String>,
    /// Of the prompt.
    pub input: u64,
    /// Of the reply.
    pub output: u64,
    /// Of the prompt, read from a cache.
    pub cached: u64,
    /// Of the prompt, written to a cache.
    pub written: u64,
}

/// Where a model is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRoute {
    /// The name that clients ask for.
    pub model: String,
    /// The server that is asked.
    pub upstream: String,
    /// What the model is called there.
    pub name: String,
    /// The variable that holds the key for it.
    pub credential: Option<String>,
}

/// The rows of one storey.
#[derive(Debug, Default)]
pub(crate) struct GatewayRows {
    limits: Vec<(GatewayLimit, Origin)>,
    prices: Vec<GatewayPrice>,
    routes: Vec<ModelRoute>,
    terms: Vec<AgreedTerms>,
    markers: Vec<(Marker, Origin)>,
}

impl GatewayRows {
    pub(crate) fn add(&mut self, row: &Row, origin: Origin) -> Result<(), Diagnostic> {
        match &row.means {
            Means::Price(price) => self.prices.push(price.clone()),
            Means::Route(route) if self.routes.iter().any(|it| it.model == route.model) => {
                let title = format!("there are two routes for `{}`", route.model);
                return Err(Diagnostic::error(title, origin, "again").help("keep the one that is meant"));
            }
            Means::Route(route) => self.routes.push(route.clone()),
            Means::Terms(terms) => self.terms.push(terms.clone()),
            Means::Limit(limit) => {
                if let Some((_, first)) = self.limits.iter().find(|(it, _)| it.name == limit.name) {
                    return Err(again(&format!("limits `{}`", limit.name), origin, first));
                }
                self.limits.push((limit.clone(), origin));
            }
            Means::Marker(marker) => {
                if let Some((_, first)) = self.markers.iter().find(|(it, _)| it.id == marker.id) {
                    return Err(again(&format!("markers `{}`", marker.id), origin, first));
                }
                self.markers.push((marker.clone(), origin));
            }
        }
        Ok(())
    }

    /// What was agreed with providers.
    pub(crate) fn terms(&self) -> &[AgreedTerms] {
        &self.terms
    }

    /// What an organisation marks as its own, and the lines that say so.
    pub(crate) fn markers(&self) -> &[(Marker, Origin)] {
        &self.markers
    }
}

fn again(what: &str, origin: Origin, first: &Origin) -> Diagnostic {
    let problem = Diagnostic::error(format!("there are two {what}"), origin, "again");
    problem.related(first.clone(), "here first").help("give each a name of its own")
}

impl ValidPolicy {
    /// Whether the gateway asks for a key although none was made. One storey that wants it is enough.
    pub fn requires_keys(&self) -> bool {
        self.strictest("gateway.keys") == Some(&Scalar::Keys(Keys::Required))
    }

    /// The limits of all storeys; all of them hold. Those of one name in several storeys get names of their own.
    pub fn gateway_limits(&self) -> Vec<GatewayLimit> {
        let mut all: Vec<GatewayLimit> = Vec::new();
        for (limit, _) in self.tiers.iter().flat_map(|tier| &tier.gateway.limits) {
            let mut limit = limit.clone();
            while all.iter().any(|other| other.name == limit.name) {
                limit.name.push('\'');
            }
            all.push(limit);
        }
        all
    }

    /// What models cost, by the highest storey; the first that means a model holds.
    pub fn gateway_prices(&self) -> Vec<GatewayPrice> {
        self.tiers.first().map(|tier| tier.gateway.prices.clone()).unwrap_or_default()
    }
}

impl ValidPolicy {
    /// Which models the gateway asks elsewhere, by the highest storey: whoever is cloned from must not lead prompts anywhere.
    pub fn model_routes(&self) -> Vec<ModelRoute> {
        self.tiers.first().map(|tier| tier.gateway.routes.clone()).unwrap_or_default()
    }
}

/// The line above that keeps a row of a lower storey from having an effect, or the highest storey's silence.
pub(crate) fn stricter(row: &Row, higher: &[Tier]) -> Option<Stricter> {
    match &row.means {
        Means::Price(_) => Some(Stricter::HighestAlone("what models cost")),
        Means::Route(_) => Some(Stricter::HighestAlone("where models are served")),
        Means::Terms(_) => Some(Stricter::HighestAlone("what was agreed with providers")),
        // One more is stricter.
        Means::Marker(marker) => {
            let mut all = higher.iter().flat_map(|tier| &tier.gateway.markers);
            let (_, origin) = all.find(|(above, _)| above.id == marker.id && above.data > marker.data)?;
            Some(Stricter::Above(origin.clone()))
        }
        Means::Limit(limit) => {
            let all = higher.iter().flat_map(|tier| &tier.gateway.limits);
            let (_, origin) = all.into_iter().find(|(above, _)| is_looser(limit, above))?;
            Some(Stricter::Above(origin.clone()))
        }
    }
}

/// Why a row has no effect.
pub(crate) enum Stricter {
    /// This line is stricter.
    Above(Origin),
    /// Only the highest layer says such a thing.
    HighestAlone(&'static str),
}

/// Whether a limit of the same name asks for more than one above.
fn is_looser(limit: &GatewayLimit, above: &GatewayLimit) -> bool {
    let faster = |mine: Option<GatewayRate>, theirs: Option<GatewayRate>| {
        mine.zip(theirs).is_some_and(|(mine, theirs)| {
            more((mine.count, mine.seconds), (theirs.count, theirs.seconds)) || mine.burst > theirs.burst
        })
    };
    let larger = |mine: Option<GatewaySum>, theirs: Option<GatewaySum>| {
        mine.zip(theirs)
            .is_some_and(|(mine, theirs)| more((mine.amount, mine.seconds), (theirs.amount, theirs.seconds)))
    };
    limit.name == above.name
        && (faster(limit.requests, above.requests)
            || faster(limit.calls, above.calls)
            || larger(limit.tokens, above.tokens)
            || larger(limit.cost, above.cost))
}

fn more((mine, my_time): (u64, u64), (theirs, their_time): (u64, u64)) -> bool {
    u128::from(mine) * u128::from(their_time) > u128::from(theirs) * u128::from(my_time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect_rules::tests::policy;
    use crate::{Layer, Places, Source};
    use portcullis_event::AbsPath;

    const LIMIT: &str =
        "[[gateway.limits]]\nname = 'a'\neach = 'key'\nrequests = '60/min'\nburst = 5\ntokens = '1k/day'\n";

    fn problems(text: &str) -> Vec<String> {
        let path = |text: &str| AbsPath::parse(text).unwrap();
        let places = Places { home: path("/home/ada"), repository: None, cwd: path("/work") };
        let loaded = ValidPolicy::load(&[Source::toml(Layer::User, "p", text)], &places);
        loaded.err().unwrap_or_default().iter().map(|problem| problem.render(false)).collect()
    }

    #[test]
    fn one_layer_is_enough_to_ask_for_keys_and_none_below_takes_that_back() {
        let (required, any) = ("gateway.keys = 'required'", "gateway.keys = 'if-any'");
        assert!(!policy(&[]).requires_keys() && !policy(&[(Layer::User, any)]).requires_keys());
        assert!(policy(&[(Layer::User, any), (Layer::Repository, required)]).requires_keys());
        let taken_back = policy(&[(Layer::User, required), (Layer::Repository, any)]);
        assert!(taken_back.requires_keys() && taken_back.loosenings().len() == 1);
    }

    #[test]
    fn limits_of_all_layers_hold_beside_each_other_and_a_looser_one_is_told() {
        let looser = LIMIT.replace("60/min", "61/min");
        let both = policy(&[(Layer::User, LIMIT), (Layer::Repository, &looser)]);
        let names: Vec<String> = both.gateway_limits().into_iter().map(|it| it.name).collect();
        assert_eq!((names, both.loosenings().len()), (vec!["a".to_owned(), "a'".to_owned()], 1));
        let tighter = LIMIT.replace("60/min", "3000/h");
        assert!(policy(&[(Layer::User, LIMIT), (Layer::Repository, &tighter)]).loosenings().is_empty());
        let limit = &policy(&[(Layer::User, LIMIT)]).gateway_limits()[0];
        assert_eq!((limit.each, limit.requests), (Each::Key, Some(GatewayRate { count: 60, seconds: 60, burst: 5 })));
    }

    #[test]
    fn prices_are_the_highest_layers_to_say() {
        let price = "[[gateway.prices]]\nmodels = ['openai/*']\ninput = 2\noutput = 8.5\n";
        let prices = policy(&[(Layer::User, price)]).gateway_prices();
        let expected = GatewayPrice {
            models: vec!["openai/*".to_owned()],
            input: 2_000_000,
            output: 8_500_000,
            cached: 2_000_000,
            written: 2_000_000,
        };
        assert_eq!(prices, [expected]);
        let below = policy(&[(Layer::User, ""), (Layer::Repository, price)]);
        assert!(below.gateway_prices().is_empty() && below.loosenings().len() == 1);
    }

    #[test]
    fn where_models_are_served_is_the_highest_layers_to_say() {
        let route = "[[models.routes]]\nmodel = 'fast'\nupstream = 'http://127.0.0.1:8000'\nas = 'qwen3'\ncredential = 'MY_KEY'\n";
        let routes = policy(&[(Layer::User, route)]).model_routes();
        let text = |text: &str| text.to_owned();
        let expected = ModelRoute {
            model: text("fast"),
            upstream: text("http://127.0.0.1:8000"),
            name: text("qwen3"),
            credential: Some(text("MY_KEY")),
        };
        assert_eq!(routes, [expected]);
        let below = policy(&[(Layer::User, ""), (Layer::Repository, route)]);
        assert!(below.model_routes().is_empty() && below.loosenings().len() == 1);
        for (bad, why) in [
            (route.replace("model = 'fast'\n", ""), "has no `model`"),
            (route.replace("'fast'", "'f*'"), "no name of a model"),
            (route.replace("http:", "ftp:"), "does not begin with"),
            (route.replace("MY_KEY", "sk-1"), "the name of a variable"),
            (route.repeat(2), "two routes for `fast`"),
        ] {
            let told = problems(&bad).join("\n");
            assert!(told.contains(why), "{bad}: {told}");
        }
    }

    #[test]
    fn a_limit_that_can_not_be_understood_is_an_error_where_it_stands() {
        for (bad, why) in [
            (LIMIT.replace("name = 'a'\n", ""), "has no `name`"),
            (LIMIT.replace("60/min", "sixty"), "which is no rate"),
            (LIMIT.replace("1k/day", "1k"), "no budget of tokens"),
            (LIMIT.replace("'key'", "'keys'"), "can't be `keys`"),
            (format!("{LIMIT}token = 1\n"), "did you mean `tokens`?"),
            (LIMIT.repeat(2), "there are two limits `a`"),
            ("[[gateway.limits]]\nname = 'a'\n".to_owned(), "limits nothing"),
            ("[[gateway.limits]]\nname = 'a'\nburst = 1\ntokens = '1/day'\n".to_owned(), "has a `burst`"),
            (format!("{LIMIT}models = []\n"), "empty list `models`"),
            (format!("{LIMIT}models = ['a b']\n"), "where names stand"),
            ("[[gateway.prices]]\nmodels = ['a']\ninput = 1\n".to_owned(), "has no `output`"),
            ("[[gateway.prices]]\nmodels = ['a']\ninput = -1.0\noutput = 1\n".to_owned(), "no sum of money"),
        ] {
            let told = problems(&bad).join("\n");
            assert!(told.contains(why), "{bad}: {told}");
        }
    }

    #[test]
    fn what_is_in_force_is_shown_as_a_policy() {
        let shown = policy(&[(Layer::User, LIMIT)]).show();
        assert!(shown.contains("limits = [\n") && shown.contains("name = \"a\""), "{shown}");
        assert_eq!(policy(&[(Layer::User, &shown)]).gateway_limits().len(), 1);
    }
}
