//! Which servers a connection to the agent leads to, as far as that is proven.
//!
//! A program that logs in tells the agent the server's host key and the server's signature over the session. The signature is
//! checked here, so a session that was bound is one of the server that has this key. Only Ed25519 is checked; what has another
//! kind of key stays unknown.

use super::fields::Fields;
use super::message::Binding;
use ed25519_dalek::{Signature, VerifyingKey};

/// Most sessions of one connection.
const MOST: usize = 16;

/// Sessions whose server is known.
#[derive(Debug, Default)]
pub(super) struct Bound(Vec<(Vec<u8>, Vec<u8>)>);

impl Bound {
    /// Remembers a session, if it is proven whose it is.
    pub(super) fn add(&mut self, binding: &Binding<'_>) -> Result<(), &'static str> {
        if binding.forwarding {
            return Err("the agent is not lent to servers");
        }
        if self.0.len() >= MOST || self.0.iter().any(|(session, _)| session == binding.session) {
            return Err("the session is bound already, or there are too many");
        }
        if !is_signed(binding).unwrap_or(false) {
            return Err("the server's signature over the session can't be verified");
        }
        self.0.push((binding.session.to_vec(), binding.host_key.to_vec()));
        Ok(())
    }

    /// The host key of the server that a session is with. A login that names another one is of no known server.
    pub(super) fn host_key(&self, session: &[u8], named: Option<&[u8]>) -> Option<&[u8]> {
        let bound = self.0.iter().find(|(known, _)| known == session).map(|(_, host_key)| host_key.as_slice());
        bound.filter(|bound| named.is_none_or(|named| named == *bound))
    }
}

fn is_signed(binding: &Binding<'_>) -> Option<bool> {
    let key = ed25519(binding.host_key)?.try_into().ok()?;
    let signature = ed25519(binding.signature)?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(key).ok()?;
    Some(key.verify_strict(binding.session, &Signature::from_bytes(signature)).is_ok())
}

/// What a key or signature of this kind is made of.
fn ed25519(blob: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields::new(blob);
    if fields.word()? != "ssh-ed25519" {
        return None;
    }
    let bytes = fields.bytes()?;
    fields.end()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::fields::put;
    use super::*;
    use ed25519_dalek::{Signer as _, SigningKey};

    fn blob(kind: &str, bytes: &[u8]) -> Vec<u8> {
        let mut blob = Vec::new();
        put(&mut blob, kind.as_bytes());
        put(&mut blob, bytes);
        blob
    }

    struct Server(SigningKey);

    impl Server {
        fn new(seed: u8) -> Self {
            Self(SigningKey::from_bytes(&[seed; 32]))
        }

        fn host_key(&self) -> Vec<u8> {
            blob("ssh-ed25519", self.0.verifying_key().as_bytes())
        }

        fn signature(&self, session: &[u8]) -> Vec<u8> {
            blob("ssh-ed25519", &self.0.sign(session).to_bytes())
        }
    }

    #[test]
    fn a_session_is_bound_to_the_server_that_signed_it_and_to_no_other_one() {
        let (good, evil) = (Server::new(1), Server::new(2));
        let session = [3; 32];
        let mut bound = Bound::default();
        let (key, signature) = (good.host_key(), evil.signature(&session));
        let forged = Binding { host_key: &key, session: &session, signature: &signature, forwarding: false };
        assert!(bound.add(&forged).is_err(), "another server's signature");
        let of_another = good.signature(&[4; 32]);
        assert!(bound.add(&Binding { signature: &of_another, ..forged }).is_err(), "a signature over another session");
        let signature = good.signature(&session);
        let real = Binding { signature: &signature, ..forged };
        assert!(bound.add(&Binding { forwarding: true, ..real }).is_err(), "an agent that is lent");
        assert!(bound.add(&real).is_ok());
        assert_eq!(bound.host_key(&session, None), Some(key.as_slice()));
        assert_eq!(bound.host_key(&session, Some(&evil.host_key())), None, "a login that names another server");
        assert_eq!(bound.host_key(&[4; 32], None), None, "a session that nobody bound");
        let (key, signature) = (evil.host_key(), evil.signature(&session));
        let again = Binding { host_key: &key, session: &session, signature: &signature, forwarding: false };
        assert!(bound.add(&again).is_err(), "the same session, bound to somebody else");
    }

    #[test]
    fn sessions_of_one_connection_have_a_bound_and_other_keys_prove_nothing() {
        let server = Server::new(1);
        let mut bound = Bound::default();
        let key = server.host_key();
        let mut add = |session: &[u8], key: &[u8]| {
            bound
                .add(&Binding { host_key: key, session, signature: &server.signature(session), forwarding: false })
                .is_ok()
        };
        assert!(!add(&[0; 32], &blob("ssh-rsa", &[1; 32])));
        assert!(!add(&[0; 32], b""));
        assert!((0..MOST).all(|number| add(&[u8::try_from(number).unwrap(); 32], &key)));
        assert!(!add(&[99; 32], &key));
    }
}
