//! One request over TLS.

use super::check::Request;
use super::verdict::Reason;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;
use ureq::http::{self, HeaderValue};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Proxy};

/// How long an issuer may take for all of it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const LONGEST_ANSWER: u64 = 64 << 10;
/// How long the head of an answer may be.
const LONGEST_HEAD: usize = 16 << 10;

/// Sends requests.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    /// For how many seconds the issuer wants to be left alone.
    pub(super) retry_after: Option<u64>,
}

impl Client {
    /// Trusts whom the system trusts, and goes through the proxy that the environment names; or says why it can't.
    pub(crate) fn of_system() -> Result<Self, &'static str> {
        if !has_the_instructions() {
            return Err("this processor lacks instructions that our cryptography needs");
        }
        let roots = rustls_native_certs::load_native_certs().certs;
        if roots.is_empty() {
            return Err("this system has no certificates of authorities");
        }
        let roots: Vec<_> = roots.iter().map(|it| Certificate::from_der(it).to_owned()).collect();
        Ok(Self::new(&roots, Proxy::try_from_env(), PATIENCE))
    }

    pub(super) fn new(roots: &[Certificate<'static>], proxy: Option<Proxy>, patience: Duration) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::new_with_certs(roots))
            .unversioned_rustls_crypto_provider(Arc::new(rustls_graviola::default_provider()))
            .build();
        let config = Agent::config_builder()
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .max_response_header_size(LONGEST_HEAD)
            .timeout_global(Some(patience))
            .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy)
            .tls_config(tls)
            .build();
        Self { agent: config.new_agent() }
    }

    /// Asks, and reads the beginning of the answer.
    pub(super) fn send(&self, request: &Request) -> Result<Answer, Reason> {
        let mut builder =
            http::Request::builder().method(if request.is_post { "POST" } else { "GET" }).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, sensitive(value)?);
        }
        if let Some([name, word]) = &request.basic {
            let credentials = BASE64.encode(format!("{name}:{word}"));
            builder = builder.header("Authorization", sensitive(&format!("Basic {credentials}"))?);
        }
        let answered = match &request.body {
            Some(body) => self.agent.run(builder.body(body.as_str()).map_err(|_| Reason::DoesNotFit)?),
            None => self.agent.run(builder.body(()).map_err(|_| Reason::DoesNotFit)?),
        };
        let mut response = answered.map_err(|error| reason(&error))?;
        let retry_after = response.headers().get("retry-after").and_then(|it| it.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        response.body_mut().as_reader().take(LONGEST_ANSWER).read_to_end(&mut body).map_err(|_| Reason::TooSlow)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status: response.status().as_u16(), body, retry_after })
    }
}

/// A header that is not shown by anybody who shows headers.
fn sensitive(value: &str) -> Result<HeaderValue, Reason> {
    let mut value = HeaderValue::from_str(value).map_err(|_| Reason::DoesNotFit)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Why there was no answer. The words of the error are left out, since they may quote the request.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors; all that are left mean the same to us")]
fn reason(error: &ureq::Error) -> Reason {
    use ureq::Error;
    let is_of_tls = |error: &std::io::Error| matches!(error.get_ref(), Some(inner) if inner.is::<rustls::Error>());
    match error {
        Error::Timeout(_) => Reason::TooSlow,
        Error::HostNotFound => Reason::NoSuchHost,
        Error::Tls(_) | Error::Rustls(_) => Reason::NotSecure,
        Error::Io(error) if is_of_tls(error) => Reason::NotSecure,
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Reason::TooSlow,
        Error::Io(_) | Error::ConnectionFailed | Error::ConnectProxyFailed(_) => Reason::NoConnection,
        Error::BadUri(_) | Error::Http(_) => Reason::DoesNotFit,
        _ => Reason::NoHttp,
    }
}

/// What graviola asks of a processor: every one since about 2015 has it.
pub(crate) fn has_the_instructions() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("aes")
            && std::arch::is_x86_feature_detected!("ssse3")
            && std::arch::is_x86_feature_detected!("pclmulqdq")
            && std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2")
            && std::arch::is_x86_feature_detected!("adx")
    }
    #[cfg(target_arch = "aarch64")]
    {
        std::arch::is_aarch64_feature_detected!("aes")
            && std::arch::is_aarch64_feature_detected!("pmull")
            && std::arch::is_aarch64_feature_detected!("sha2")
    }
}
