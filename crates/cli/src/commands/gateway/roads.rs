//! The road of a gateway whose policy is read anew while it runs: whoever is under way goes on by the policy of the moment in which
//! each question is asked.

use crate::models::ModelRoad;
use portcullis_event::{Finding, Llm};
use portcullis_gateway::model::{Answer, Asked, Came, Client, Road};
use portcullis_gateway::wire::{Call, Ruling};
use std::sync::{Arc, PoisonError, RwLock};

/// The road of now.
#[derive(Debug)]
pub(super) struct Roads(RwLock<Arc<ModelRoad>>);

impl Roads {
    pub(super) fn new(road: ModelRoad) -> Self {
        Self(RwLock::new(Arc::new(road)))
    }

    pub(super) fn now(&self) -> Arc<ModelRoad> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on by another one.
    pub(super) fn go_by(&self, road: ModelRoad) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(road);
    }
}

impl Road for Roads {
    fn request(&self, asked: Asked<'_>) -> Answer {
        self.now().request(asked)
    }

    fn result(&self, client: &Client, tool: Option<&str>, findings: Vec<Finding>) -> Option<String> {
        self.now().result(client, tool, findings)
    }

    fn said(&self, client: &Client, text: &str) {
        self.now().said(client, text);
    }

    fn came(&self, client: &Client, came: &Came<'_>) {
        self.now().came(client, came);
    }

    fn call(&self, client: &Client, call: &Call) -> Ruling {
        self.now().call(client, call)
    }

    fn watches_addresses(&self) -> bool {
        self.now().watches_addresses()
    }

    fn address(&self, client: &Client, url: &str, is_image: bool) -> Option<String> {
        self.now().address(client, url, is_image)
    }

    fn reply(&self, client: &Client, llm: Llm) {
        self.now().reply(client, llm);
    }

    fn refused(&self, client: &Client, what: &str) {
        self.now().refused(client, what);
    }
}
