//! Who is let in, and to what: the key that a request shows is read, put to whoever keeps the keys, and taken out before anything
//! goes on. Where it stood in the place of a provider's, that one goes along instead.

use super::credential::Lent;
use super::exchange::{Exchange, Refused};
use super::target::Target;
use crate::egress::http::head::Head;
use crate::who::claim::Claim;
use crate::who::{Admission, Denial};
use crate::wire::Api;
use portcullis_event::ModelId;

impl Exchange<'_, '_> {
    /// Lets a request in, or says why not. A key of ours is not in it any more then.
    pub(super) fn let_in(&mut self, head: &mut Head) -> Result<(), Refused> {
        let Some(keeper) = &self.shared.settings.keeper else { return Ok(()) };
        let claim = Claim::of(head).map_err(|why| self.refuses(400, why))?;
        match keeper.admit(claim.key()) {
            // Whatever else it shows is for its provider.
            Admission::Free if !claim.is_for_us() => {}
            Admission::Free => return Err(self.kept_out(&Denial::Unknown)),
            // Whoever only looks whether somebody is there learns nothing.
            Admission::Out(Denial::Missing) if is_greeting(head) => {}
            Admission::Out(denial) => {
                claim.strip(head);
                return Err(self.kept_out(&denial));
            }
            Admission::In(holder) => {
                claim.strip(head);
                self.client.key = Some(holder.name.clone());
                self.holder = Some(holder);
                self.claim = claim;
            }
        }
        Ok(())
    }

    /// Whether whoever was let in still would be.
    pub(super) fn is_still_let_in(&mut self) -> Result<(), Refused> {
        let Some(keeper) = &self.shared.settings.keeper else { return Ok(()) };
        match keeper.admit(self.claim.key()) {
            // Without a key of ours there was none to lose.
            Admission::Free => Ok(()),
            Admission::In(holder) => {
                self.holder = Some(holder);
                Ok(())
            }
            Admission::Out(denial) => Err(self.kept_out(&denial)),
        }
    }

    fn kept_out(&mut self, denial: &Denial) -> Refused {
        self.client.key = denial.name().map(str::to_owned);
        self.refuses(denial.status(), denial.words())
    }

    /// Whether the key is for an interface.
    pub(super) fn may_use(&self, api: Api) -> Result<(), Refused> {
        match &self.holder {
            Some(holder) if !holder.has_interface(api) => {
                Err(self.refuses(403, &format!("the key `{}` is not for this interface", holder.name)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the key is for a model.
    pub(super) fn may_ask(&self, api: Api, target: &Target, model: &ModelId) -> Result<(), Refused> {
        self.may_use(api)?;
        let model = format!("{}/{model}", target.provider);
        match &self.holder {
            Some(holder) if !holder.has_model(&model) => {
                Err(self.refuses(403, &format!("the key `{}` is not for {model}", holder.name)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The key that goes along in the place of ours, if ours stood in its place. A server of somebody's own may need none.
    pub(super) fn lent(&self, api: Api, target: &Target) -> Result<Option<Lent>, Refused> {
        if !self.claim.is_in_place() {
            return Ok(None);
        }
        let credential = self.shared.settings.lends.get(&api).filter(|it| it.host == target.host);
        match credential {
            Some(credential) => Ok(Some(credential.lent(api))),
            None if super::provider_of(&target.host).is_some() => {
                let why = format!("this gate was started without a key for {}", target.host);
                Err(self.refuses(403, &why))
            }
            None => Ok(None),
        }
    }
}

/// Whether somebody only looks whether there is anybody.
fn is_greeting(head: &Head) -> bool {
    head.second == "/" && matches!(head.first.as_str(), "HEAD" | "GET")
}
