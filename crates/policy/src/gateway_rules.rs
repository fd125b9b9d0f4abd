//! `[gateway]`: who may use the gateway, and how much. The gateway goes by it itself, so this is no check of events.

use crate::config::{Keys, Scalar};
use crate::policy::ValidPolicy;

impl ValidPolicy {
    /// Whether the gateway asks for a key although none was made. One storey that wants it is enough.
    pub fn requires_keys(&self) -> bool {
        self.strictest("gateway.keys") == Some(&Scalar::Keys(Keys::Required))
    }
}

#[cfg(test)]
mod tests {
    use crate::Layer;
    use crate::effect_rules::tests::policy;

    #[test]
    fn one_layer_is_enough_to_ask_for_keys_and_none_below_takes_that_back() {
        let (required, any) = ("gateway.keys = 'required'", "gateway.keys = 'if-any'");
        assert!(!policy(&[]).requires_keys() && !policy(&[(Layer::User, any)]).requires_keys());
        assert!(policy(&[(Layer::User, any), (Layer::Repository, required)]).requires_keys());
        let taken_back = policy(&[(Layer::User, required), (Layer::Repository, any)]);
        assert!(taken_back.requires_keys() && taken_back.loosenings().len() == 1);
    }
}
