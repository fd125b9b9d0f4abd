//! An authority of our own, for as long as one gate lives: to whom trusts it, the gate is the servers of models that it stands
//! before.
//!
//! Its key is made when it begins, never leaves this process and is gone with it. Its certificate is good for those hosts and no
//! others, so a key that leaked would be worth nothing anywhere else.

use super::known;
use graviola::Error;
use graviola::hashing::Sha256;
use graviola::signing::ecdsa::{P256, SigningKey};
use portcullis_event::Host;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyIdMethod, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, PublicKeyData,
    SignatureAlgorithm,
};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long its certificates are good: longer than any run.
const LIFE: Duration = Duration::from_hours(24 * 90);

/// Clocks differ.
const BEFORE: Duration = Duration::from_hours(24);

/// How long the form of a key is, at most.
const LONGEST_KEY: usize = 256;

/// The authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, Key>,
    provider: Arc<CryptoProvider>,
    /// What was made for each host so far.
    servers: Mutex<HashMap<Host, Arc<ServerConfig>>>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Authority {
    /// A new one, for the known servers of models and these hosts, and no others. `provider` is whose cryptography speaks to
    /// clients.
    pub fn new(hosts: &[Host], provider: Arc<CryptoProvider>) -> io::Result<Self> {
        let hosts = known::hosts().map(str::to_owned).chain(hosts.iter().map(ToString::to_string));
        let permitted_subtrees = hosts.map(GeneralSubtree::DnsName).collect();
        let only = NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() };
        Self::called("Portcullis, this run only", Some(only), provider)
    }

    /// A new one for every host there is, under this name: for a world in which nothing is real.
    pub fn of_everything(name: &str, provider: Arc<CryptoProvider>) -> io::Result<Self> {
        Self::called(name, None, provider)
    }

    fn called(name: &str, only: Option<NameConstraints>, provider: Arc<CryptoProvider>) -> io::Result<Self> {
        let mut params = params(name)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.name_constraints = only;
        let key = Key::new()?;
        params.key_identifier_method = key.identifier();
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)?;
        Ok(Self { issuer, provider, servers: Mutex::default() })
    }

    /// Its certificate, as programs are told to trust it.
    pub fn certificate(&self) -> String {
        pem(self.issuer.der())
    }

    /// How to be a host, to whom trusts this authority.
    pub(crate) fn server(&self, host: &Host) -> io::Result<Arc<ServerConfig>> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = servers.get(host) {
            return Ok(Arc::clone(known));
        }
        let made = Arc::new(self.made(host)?);
        servers.insert(host.clone(), Arc::clone(&made));
        Ok(made)
    }

    /// A certificate for a host, as clients are shown it.
    pub fn certificate_of(&self, host: &Host) -> io::Result<CertificateDer<'static>> {
        self.certified(host).map(|(leaf, _)| leaf)
    }

    fn made(&self, host: &Host) -> io::Result<ServerConfig> {
        let (leaf, key) = self.certified(host)?;
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth();
        let mut config = config.with_single_cert(vec![leaf], key.private()?).map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn certified(&self, host: &Host) -> io::Result<(CertificateDer<'static>, Key)> {
        let mut params = params(host.as_str())?;
        params.subject_alt_names = vec![match host.address() {
            Some(address) => rcgen::SanType::IpAddress(address),
            None => rcgen::SanType::DnsName(host.as_str().try_into().map_err(io::Error::other)?),
        }];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = Key::new()?;
        params.key_identifier_method = key.identifier();
        let leaf = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        Ok((leaf.der().clone(), key))
    }
}

fn params(name: &str) -> io::Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(io::Error::other)?;
    params.serial_number = Some(serial.to_vec().into());
    let now = SystemTime::now();
    (params.not_before, params.not_after) = ((now - BEFORE).into(), (now + LIFE).into());
    Ok(params)
}

/// A certificate as text.
fn pem(der: &CertificateDer<'_>) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// A key that signs certificates, or is certified.
struct Key {
    key: SigningKey<P256>,
    /// The point, as certificates hold it.
    public: Vec<u8>,
}

/// A point without compression: a byte that says so, and two coordinates.
const POINT: usize = 65;

impl Key {
    fn new() -> io::Result<Self> {
        let key = SigningKey::<P256>::generate().map_err(failed)?;
        let mut buffer = [0; LONGEST_KEY];
        let form = key.to_spki_der(&mut buffer).map_err(failed)?;
        // The point is the last thing in it.
        let public = form.last_chunk::<POINT>().ok_or_else(|| io::Error::other("a key has an unknown form"))?.to_vec();
        Ok(Self { key, public })
    }

    /// By what certificates tell it from other keys of the same name.
    fn identifier(&self) -> KeyIdMethod {
        use sha2::Digest as _;
        let hash = sha2::Sha256::digest(&self.public);
        KeyIdMethod::PreSpecified(hash.iter().copied().take(20).collect())
    }

    fn private(&self) -> io::Result<PrivateKeyDer<'static>> {
        let mut buffer = [0; LONGEST_KEY];
        let form = self.key.to_pkcs8_der(&mut buffer).map_err(failed)?;
        Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(form.to_vec())))
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let mut buffer = [0; LONGEST_KEY];
        let signature = self.key.sign_asn1::<Sha256>(&[message], &mut buffer);
        Ok(signature.map_err(|_| rcgen::Error::RemoteKeyError)?.to_vec())
    }
}

fn failed(error: Error) -> io::Error {
    io::Error::other(format!("{error:?}"))
}
