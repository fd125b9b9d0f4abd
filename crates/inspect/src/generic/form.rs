//! Forms of values that are something else than a credential, or a credential of a kind of its own.

use super::measure::Measure;
use super::view::{find, holds};

/// What a value looks like as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// None of the others.
    Other,
    /// Digits only, with or without a sign and points.
    Number,
    /// Hexadecimal digits, sixteen or more.
    Hex,
    /// A UUID.
    Uuid,
    /// Words joined by `_`, `-` or `.`, all letters: `client_secret_basic`.
    JoinedWords,
    /// Small letters and a capital within: `clientSecret`.
    CamelWords,
    /// One word of letters.
    Word,
    /// Words with blanks between them.
    Sentence,
    /// Letters and digits of base64 and nothing else, twenty or more.
    Base64,
    /// A path of files or of members.
    Path,
    /// A URL without a user.
    Url,
    /// An e-mail address.
    Email,
    /// A host, with or without a port.
    Host,
    /// A version or a date.
    Version,
    /// A regular expression, or a class of characters.
    Pattern,
    /// Something of a program: brackets, operators.
    Code,
}

impl Form {
    /// The form of a value that has been measured.
    pub(super) fn of(value: &[u8], measure: &Measure) -> Self {
        let letters = measure.lower + measure.upper;
        let only = |allowed: fn(u8) -> bool| value.iter().all(|byte| allowed(*byte));
        if is_uuid(value) {
            Self::Uuid
        } else if measure.digits > 0 && only(|byte| byte.is_ascii_digit() || b"+-.,".contains(&byte)) {
            if measure.symbols > 1 { Self::Version } else { Self::Number }
        } else if value.len() >= 16 && only(|byte| byte.is_ascii_hexdigit()) && measure.digits > 0 {
            Self::Hex
        } else if letters == value.len() {
            letters_only(value, measure)
        } else if measure.blanks > 0 {
            if is_code(value) { Self::Code } else { Self::Sentence }
        } else {
            Self::of_mixed(value, measure)
        }
    }

    fn of_mixed(value: &[u8], measure: &Measure) -> Self {
        let only = |allowed: fn(u8) -> bool| value.iter().all(|byte| allowed(*byte));
        if is_url(value) {
            Self::Url
        } else if is_email(value) {
            Self::Email
        } else if is_pattern(value) {
            Self::Pattern
        } else if is_host(value) {
            Self::Host
        } else if is_version(value) {
            Self::Version
        } else if is_path(value) {
            Self::Path
        } else if measure.symbols > 0 && only(|byte| byte.is_ascii_alphabetic() || b"_-.:/".contains(&byte)) {
            Self::JoinedWords
        } else if is_code(value) {
            Self::Code
        } else if value.len() >= 20 && only(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte)) {
            Self::Base64
        } else {
            Self::Other
        }
    }
}

fn letters_only(value: &[u8], measure: &Measure) -> Form {
    let inner_capitals = value.iter().skip(1).filter(|byte| byte.is_ascii_uppercase()).count();
    match (measure.lower, inner_capitals) {
        (0, _) | (_, 0) => Form::Word,
        _ if measure.covered >= 60 => Form::CamelWords,
        _ if value.len() >= 20 => Form::Base64,
        _ => Form::Other,
    }
}

/// `8-4-4-4-12` hexadecimal digits.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"{").and_then(|it| it.strip_suffix(b"}")).unwrap_or(value);
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_url(value: &[u8]) -> bool {
    find(value, b"://").is_some()
        || value.starts_with(b"www.")
        || value.starts_with(b"mailto:")
        || value.starts_with(b"urn:")
        || value.starts_with(b"data:")
}

fn is_email(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|byte| *byte == b'@') else { return false };
    let (user, host) = value.split_at(at);
    let host = host.get(1..).unwrap_or_default();
    let Some(dot) = host.iter().rposition(|byte| *byte == b'.') else { return false };
    let domain = host.get(dot + 1..).unwrap_or_default();
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+%".contains(byte);
    !user.is_empty()
        && user.iter().chain(host).all(named)
        && (2..=8).contains(&domain.len())
        && domain.iter().all(u8::is_ascii_alphabetic)
}

fn is_pattern(value: &[u8]) -> bool {
    let marks: &[&[u8]] = &[
        b"[a-z", b"[A-Z", b"[0-9", b"[^", b"\\d", b"\\w", b"\\s", b"\\S", b"(?:", b"(?i", b"(?=", b"(?!", b".*", b".+",
        b"]+", b"]*", b"){", b"]{", b"(.", b"\\b", b"\\.",
    ];
    marks.iter().filter(|mark| find(value, mark).is_some()).count() >= 1
        && value.iter().filter(|byte| b"[](){}\\^$*+?|".contains(byte)).count() >= 2
}

fn is_version(value: &[u8]) -> bool {
    let trimmed = value
        .strip_prefix(b"v")
        .or_else(|| value.strip_prefix(b"^"))
        .or_else(|| value.strip_prefix(b"~"))
        .or_else(|| value.strip_prefix(b">="))
        .unwrap_or(value);
    let dots = trimmed.split(|byte| *byte == b'.').count() - 1;
    let starts = trimmed.first().is_some_and(u8::is_ascii_digit);
    let numbers = trimmed.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let clock = trimmed.len() >= 10 && trimmed.get(4) == Some(&b'-') && trimmed.get(7) == Some(&b'-') && starts;
    starts && dots >= 2 && numbers * 2 >= trimmed.len() || clock
}

/// Slashes between words, an absolute path, or a file with a usual extension.
fn is_path(value: &[u8]) -> bool {
    let slashes = value.iter().filter(|byte| matches!(byte, b'/' | b'\\')).count();
    let rooted =
        [&b"/"[..], b"./", b"../", b"~/", b"C:\\", b"c:\\", b"\\\\", b"@/"].iter().any(|it| value.starts_with(it));
    let plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/\\._-:@~#$* ".contains(byte));
    let segments = || value.split(|byte| matches!(byte, b'/' | b'\\')).filter(|it| !it.is_empty());
    let wordy = segments().filter(|it| Measure::of(it).covered >= 60).count();
    let extensions: &[&[u8]] = &[
        b".txt",
        b".json",
        b".yml",
        b".yaml",
        b".pem",
        b".key",
        b".crt",
        b".cer",
        b".p12",
        b".pfx",
        b".jks",
        b".js",
        b".ts",
        b".py",
        b".go",
        b".java",
        b".php",
        b".html",
        b".xml",
        b".conf",
        b".cfg",
        b".ini",
        b".properties",
        b".md",
        b".sh",
        b".c",
        b".h",
        b".rb",
        b".css",
        b".png",
        b".svg",
        b".jpg",
        b".sock",
        b".pub",
        b".csv",
        b".log",
        b".cpp",
        b".rs",
        b".cs",
        b".vue",
        b".tsx",
        b".jsx",
        b".gpg",
        b".asc",
        b".der",
        b".keystore",
        b".env",
        b".lock",
        b".tpl",
        b".erb",
    ];
    let is_file = extensions.iter().any(|it| value.ends_with(it));
    is_file && plain || plain && slashes > 0 && (rooted && (slashes > 1 || wordy > 0) || wordy * 2 > segments().count())
}

/// Labels between dots of which the last one is a usual domain, or numbers; with or without a port.
fn is_host(value: &[u8]) -> bool {
    let (host, port) = match value.iter().rposition(|byte| *byte == b':') {
        Some(colon) => (value.get(..colon).unwrap_or_default(), value.get(colon + 1..).unwrap_or_default()),
        None => (value, &b""[..]),
    };
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let has_port = (2..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit);
    let last = host.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let domains: &[&[u8]] = &[
        b"com",
        b"org",
        b"net",
        b"io",
        b"local",
        b"localhost",
        b"dev",
        b"cn",
        b"de",
        b"ru",
        b"uk",
        b"internal",
        b"cloud",
        b"app",
        b"test",
        b"svc",
        b"edu",
        b"gov",
        b"co",
        b"me",
        b"info",
        b"us",
        b"fr",
        b"jp",
    ];
    let ends_in_domain = domains.contains(&last) && host.contains(&b'.');
    let is_address =
        host.split(|byte| *byte == b'.').count() == 4 && host.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    !host.is_empty()
        && host.iter().all(named)
        && (port.is_empty() || has_port)
        && (ends_in_domain || is_address || has_port && host.iter().all(|byte| !byte.is_ascii_digit()))
}

/// Brackets and operators as code has them.
fn is_code(value: &[u8]) -> bool {
    let marks: &[&[u8]] = &[
        b"()", b"::", b"->", b"=>", b"();", b" = ", b"== ", b" ==", b"!= ", b"&&", b"||", b"();", b"</", b"/>", b"\\n",
        b"){", b"[]", b"']", b"\"]", b"(self", b"this.",
    ];
    let call = value.iter().position(|byte| *byte == b'(').is_some_and(|at| at > 0 && value.ends_with(b")"));
    call || marks.iter().any(|it| find(value, it).is_some()) || value.starts_with(b"<") && holds(value, ">")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(value: &str) -> Form {
        Form::of(value.as_bytes(), &Measure::of(value.as_bytes()))
    }

    #[test]
    fn tells_forms_apart() {
        for (value, expected) in [
            ("123456", Form::Number),
            ("1.2.3", Form::Version),
            ("v1.22.0-rc1", Form::Version),
            ("2024-01-02T03:04:05Z", Form::Version),
            ("0123456789abcdef", Form::Hex),
            ("123e4567-e89b-12d3-a456-426614174000", Form::Uuid),
            ("client_secret_basic", Form::JoinedWords),
            ("clientSecret", Form::CamelWords),
            ("admin", Form::Word),
            ("Enter your password", Form::Sentence),
            ("/run/secrets/db_password", Form::Path),
            ("keys/server.pem", Form::Path),
            ("https://login.host.com/token", Form::Url),
            ("joe@mail.com", Form::Email),
            ("db.host.com:5432", Form::Host),
            ("127.0.0.1:80", Form::Host),
            ("^[a-z]+$", Form::Pattern),
            ("getToken()", Form::Code),
            ("hunter2", Form::Other),
            ("P@ssw0rd!", Form::Other),
            ("Zm9vYmFyYmF6cXV4cXV1eDEyMw==", Form::Base64),
        ] {
            assert_eq!(form(value), expected, "{value}");
        }
    }
}
