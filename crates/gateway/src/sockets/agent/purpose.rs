//! What a signature is for, read from what is to be signed.
//!
//! Two things are understood: a login ([RFC 4252], and OpenSSH's variant that names the host key), and a signature for a
//! namespace (`ssh-keygen -Y sign`, which is what git does). Everything else is something that nobody here can judge, a
//! certificate for another key among it, and is not signed. The two can't be taken for each other: read as the length of a
//! login's first field, the first four bytes of the other are more than any message holds.
//!
//! [RFC 4252]: https://www.rfc-editor.org/rfc/rfc4252#section-7

use super::fields::Fields;

/// How a login begins.
const LOGIN: u8 = 50;
/// How a signature for a namespace begins.
const SIGNATURE: &[u8] = b"SSHSIG";
/// Which hash a key of RSA is to use: none of them is the old one.
const RSA_256: u32 = 2;
const RSA_512: u32 = 4;

/// What a signature is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose<'a> {
    /// To log in.
    Login {
        /// As whom.
        user: &'a str,
        /// On which connection.
        session: &'a [u8],
        /// To whom, if it is said.
        host_key: Option<&'a [u8]>,
    },
    /// To prove who wrote something.
    Namespace(&'a str),
}

/// What it is for; an error if it can't be told, or doesn't fit the key.
pub(super) fn of<'a>(key: &[u8], data: &'a [u8], flags: u32) -> Result<Purpose<'a>, &'static str> {
    let kind = Fields::new(key).word().ok_or("its key can't be read")?;
    let is_rsa = kind.starts_with("ssh-rsa");
    if !matches!((is_rsa, flags), (false, 0) | (true, RSA_256 | RSA_512)) {
        return Err("a hash is asked for that its key does not have, or that is broken");
    }
    if data.starts_with(SIGNATURE) {
        return namespace(data).ok_or("it is for a namespace and can't be read");
    }
    let (purpose, algorithm) = login(key, data).ok_or("it is neither a login nor for a namespace")?;
    let fits = match flags {
        RSA_256 => algorithm.starts_with("rsa-sha2-256"),
        RSA_512 => algorithm.starts_with("rsa-sha2-512"),
        _ => algorithm == kind,
    };
    if fits { Ok(purpose) } else { Err("it names another algorithm than its key has") }
}

fn namespace(data: &[u8]) -> Option<Purpose<'_>> {
    let mut fields = Fields::new(data);
    fields.exactly(SIGNATURE)?;
    let namespace = fields.word()?;
    let reserved = fields.bytes()?;
    let length = match fields.word()? {
        "sha256" => 32,
        "sha512" => 64,
        _ => return None,
    };
    let is_hash = fields.bytes()?.len() == length;
    fields.end()?;
    (is_hash && reserved.is_empty()).then_some(Purpose::Namespace(namespace))
}

fn login<'a>(key: &[u8], data: &'a [u8]) -> Option<(Purpose<'a>, &'a str)> {
    let mut fields = Fields::new(data);
    let session = fields.bytes().filter(|session| (20..=64).contains(&session.len()))?;
    let begins = fields.byte()? == LOGIN;
    let user = fields.word()?;
    let is_shell = fields.word()? == "ssh-connection";
    let method = fields.word()?;
    let signs = fields.truth()?;
    let algorithm = fields.word()?;
    let own = fields.bytes()? == key;
    let host_key = match method {
        "publickey" => None,
        "publickey-hostbound-v00@openssh.com" => Some(fields.bytes()?),
        _ => return None,
    };
    fields.end()?;
    (begins && is_shell && signs && own).then_some((Purpose::Login { user, session, host_key }, algorithm))
}

#[cfg(test)]
mod tests {
    use super::super::fields::put;
    use super::*;
    use proptest::prelude::*;

    const ED: &str = "ssh-ed25519";

    fn key(kind: &str) -> Vec<u8> {
        let mut key = Vec::new();
        put(&mut key, kind.as_bytes());
        put(&mut key, &[7; 32]);
        key
    }

    fn signature(namespace: &str, reserved: &[u8], hash: &str, length: usize) -> Vec<u8> {
        let mut data = SIGNATURE.to_vec();
        for field in [namespace.as_bytes(), reserved, hash.as_bytes(), &vec![1; length]] {
            put(&mut data, field);
        }
        data
    }

    fn login_with(key: &[u8], words: [&str; 4], byte: u8, truth: u8, host_key: Option<&[u8]>) -> Vec<u8> {
        let [user, service, method, algorithm] = words;
        let mut data = Vec::new();
        put(&mut data, &[9; 32]);
        data.push(byte);
        for word in [user, service, method] {
            put(&mut data, word.as_bytes());
        }
        data.push(truth);
        put(&mut data, algorithm.as_bytes());
        put(&mut data, key);
        if let Some(host_key) = host_key {
            put(&mut data, host_key);
        }
        data
    }

    fn plain(key: &[u8]) -> Vec<u8> {
        login_with(key, ["git", "ssh-connection", "publickey", ED], LOGIN, 1, None)
    }

    #[test]
    fn a_login_and_a_namespace_are_understood() {
        let key = key(ED);
        let expected = Purpose::Login { user: "git", session: &[9; 32], host_key: None };
        assert_eq!(of(&key, &plain(&key), 0), Ok(expected));
        let bound = login_with(
            &key,
            ["git", "ssh-connection", "publickey-hostbound-v00@openssh.com", ED],
            50,
            1,
            Some(b"host"),
        );
        assert_eq!(of(&key, &bound, 0), Ok(Purpose::Login { user: "git", session: &[9; 32], host_key: Some(b"host") }));
        assert_eq!(of(&key, &signature("git", b"", "sha512", 64), 0), Ok(Purpose::Namespace("git")));
    }

    #[test]
    fn what_nobody_here_can_judge_is_not_signed() {
        let (own, other) = (key(ED), key("ssh-ed25519x"));
        let usual = ["git", "ssh-connection", "publickey", ED];
        for data in [
            b"".to_vec(),
            b"SSHSIG".to_vec(),
            b"a certificate for another key".to_vec(),
            signature("", b"", "sha512", 64),
            signature("g it", b"", "sha512", 64),
            signature("git", b"x", "sha512", 64),
            signature("git", b"", "sha1", 20),
            signature("git", b"", "sha512", 32),
            [signature("git", b"", "sha512", 64), b"more".to_vec()].concat(),
            [plain(&own), b"more".to_vec()].concat(),
            plain(&other),
            login_with(&own, usual, 51, 1, None),
            login_with(&own, usual, LOGIN, 0, None),
            login_with(&own, usual, LOGIN, 2, None),
            login_with(&own, ["git", "ssh-userauth", "publickey", ED], LOGIN, 1, None),
            login_with(&own, ["git", "ssh-connection", "hostbased", ED], LOGIN, 1, None),
            login_with(&own, ["git", "ssh-connection", "publickey", "ssh-rsa"], LOGIN, 1, None),
            login_with(&own, ["g\0t", "ssh-connection", "publickey", ED], LOGIN, 1, None),
            login_with(&own, usual, LOGIN, 1, Some(b"host")),
        ] {
            assert!(of(&own, &data, 0).is_err(), "{data:?}");
        }
    }

    #[test]
    fn only_hashes_that_are_good_and_that_the_key_has_are_asked_for() {
        let (ed, rsa) = (key(ED), key("ssh-rsa"));
        let data = signature("git", b"", "sha512", 64);
        for (key, flags) in [(&ed, 1), (&ed, 2), (&ed, 4), (&rsa, 0), (&rsa, 1), (&rsa, 6), (&rsa, u32::MAX)] {
            assert!(of(key, &data, flags).is_err(), "{flags}");
        }
        let words = |algorithm| ["git", "ssh-connection", "publickey", algorithm];
        let sha512 = login_with(&rsa, words("rsa-sha2-512"), LOGIN, 1, None);
        assert!(of(&rsa, &sha512, RSA_512).is_ok());
        assert!(of(&rsa, &sha512, RSA_256).is_err(), "the hash that is used is the one that is named");
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(key in proptest::collection::vec(any::<u8>(), 0..40), data in proptest::collection::vec(any::<u8>(), 0..200), flags in any::<u32>()) {
            prop_assert!(of(&key, &data, flags).is_err() || key.starts_with(&[0, 0, 0]));
        }

        #[test]
        fn nothing_that_was_cut_short_is_understood(cut in 1..60_usize) {
            let key = key(ED);
            for data in [plain(&key), signature("git", b"", "sha256", 32)] {
                let short = &data[..data.len().saturating_sub(cut)];
                prop_assert!(of(&key, short, 0).is_err());
            }
        }
    }
}
