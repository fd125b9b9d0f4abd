//! Values that stand for another value: variables, placeholders in brackets, masks, references to a store of secrets.

use super::view::{find, holds};

/// Beginnings and parts that no literal value has.
const PARTS: &[&[u8]] = &[
    b"${",
    b"{{",
    b"&lt;",
    b"####",
    b"}}",
    b"<%",
    b"%>",
    b"<?",
    b"?>",
    b"#{",
    b"$(",
    b"%(",
    b"@{",
    b"{%",
    b"$[",
    b"\\(",
    b"{$",
    b"...",
    "…".as_bytes(),
    b"[[",
    b"]]",
    b"((",
    b"<<",
    b">>",
];
/// Verbs of formatting functions.
#[rustfmt::skip]
const VERBS: &[&[u8]] = &[
    b"%s", b"%d", b"%v", b"%q", b"%x", b"%@", b"%i", b"%w", b"%r", b"{}", b"{0}", b"{1}", b"%1$s", b"%lu", b"%u",
];
/// Beginnings of references to where a value is kept.
#[rustfmt::skip]
const STORES: &[&str] = &[
    "vault:", "vault/", "secret://", "secrets.", "secretref:", "arn:", "ssm:", "env:", "env.", "op://", "file:",
    "file(", "var.", "local.", "data.", "projects/", "process.env", "os.environ", "system.getenv", "sm://", "ref+",
    "aws-ssm:", "keyring:", "enc:", "enc[", "kms:", "!vault", "ansible_vault", "ref:", "self.", "this.", "config.",
    "settings.", "options.", "props.", "params.", "request.", "req.", "ctx.", "args.", "opts.", "$ansible_vault",
    "@microsoft.keyvault", "npm:", "workspace:", "link:", "patch:", "github:", "docker://", "{cipher}", "{aes}",
    "encrypted:", "!!str", "!!binary", "bearer ", "basic ", "token ", "digest ", "module.", "input.", "context.",
];
/// Words of programs that stand for a value or for none.
#[rustfmt::skip]
const LITERALS: &[&str] = &[
    "true", "false", "null", "none", "nil", "undefined", "void", "string", "text", "str", "int", "integer", "number",
    "boolean", "bool", "object", "any", "hidden", "varchar", "char", "default", "empty", "optional", "required", "yes",
    "no", "unset", "n/a", "unknown", "binary", "bytes", "uuid", "this", "self", "function", "var", "let", "const",
    "return", "new", "type", "value", "values", "static", "final", "import", "export", "float", "double", "auto",
    "write", "read", "inherit", "always", "never", "include", "same-origin", "omit", "latin1", "utf-8", "utf8",
    "latin-1", "ascii", "on_create",
];

/// Ways to authenticate, which are values of names that hold `auth` or `token`.
#[rustfmt::skip]
const METHODS: &[&str] = &[
    "basic", "bearer", "digest", "ntlm", "negotiate", "kerberos", "plain", "login", "cram-md5", "digest-md5",
    "scram-sha-1", "scram-sha-256", "scram-sha-512", "xoauth2", "oauthbearer", "simple", "trust", "scram", "ldap",
    "oauth", "oauth2", "saml", "saml2", "jwt", "windows", "spnego", "gssapi", "anonymous", "external", "cookie",
    "session", "http", "https", "sasl", "sasl_plaintext", "sasl_ssl", "mschapv2", "chap", "pap", "x509", "form", "aes",
    "rsa", "hmac", "rs256", "hs256", "es256", "mysql_native_password", "caching_sha2_password", "sha256_password",
    "secure", "required", "enabled", "disabled", "sha1", "sha256", "sha512", "bcrypt", "argon2", "pbkdf2",
    "client_credentials", "authorization_code", "refresh_token", "mac", "code",
];

/// Whether a value names a way to authenticate.
pub(super) fn is_method(value: &[u8]) -> bool {
    METHODS.iter().any(|it| value.eq_ignore_ascii_case(it.as_bytes()))
}

/// Whether a value stands for another one.
pub(super) fn is_template(value: &[u8]) -> bool {
    is_enclosed(value)
        || PARTS.iter().any(|part| find(value, part).is_some())
        || value.len() < 40 && VERBS.iter().any(|verb| has_verb(value, verb))
        || is_variable(value)
        || is_mask(value)
        || has_named_field(value)
        || STORES.iter().any(|it| value.get(..it.len()).is_some_and(|start| start.eq_ignore_ascii_case(it.as_bytes())))
}

/// Whether a value is a word of programs.
pub(super) fn is_literal(value: &[u8]) -> bool {
    LITERALS.iter().any(|it| value.eq_ignore_ascii_case(it.as_bytes()))
}

/// Whether a verb stands in a value, and no letter or digit behind it.
fn has_verb(value: &[u8], verb: &[u8]) -> bool {
    find(value, verb).is_some_and(|at| !value.get(at + verb.len()).is_some_and(u8::is_ascii_alphanumeric))
}

/// `<your-key>`, `[token]`, `{token}`, `%TOKEN%`, `__TOKEN__`, `@token@`.
fn is_enclosed(value: &[u8]) -> bool {
    let pairs: &[(&[u8], &[u8])] = &[
        (b"<", b">"),
        (b"[", b"]"),
        (b"{", b"}"),
        (b"%", b"%"),
        (b"__", b"__"),
        (b"@", b"@"),
        (b"(", b")"),
        (b"#", b"#"),
        (b"|", b"|"),
        (b"-", b"-"),
        (b"*", b"*"),
    ];
    pairs.iter().any(|(open, close)| {
        value.len() > open.len() + close.len() && value.starts_with(open) && value.ends_with(close)
    }) || value.starts_with(b"<") && value.contains(&b'>')
}

/// `$name`, `$1`, `%name`, `@name`, `:name`, `&name` and nothing behind it.
fn is_variable(value: &[u8]) -> bool {
    let Some((mark, name)) = value.split_first() else { return false };
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_->.[]':".contains(byte);
    match mark {
        b'$' => {
            name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_') && name.iter().all(named)
                || name.iter().all(u8::is_ascii_digit)
        }
        b'@' | b':' | b'&' | b'%' | b'?' => {
            name.len() > 1 && name.iter().all(|byte| byte.is_ascii_alphabetic() || b"_.-".contains(byte))
        }
        _ => false,
    }
}

/// One or two marks over and over: `****`, `xxxxxxxx`, `____`, `-----`.
fn is_mask(value: &[u8]) -> bool {
    let mark = |byte: &u8| b"*xX._-#?=~+ ".contains(byte);
    let stars = value.windows(3).any(|it| it == b"***")
        || find(value, "•".as_bytes()).is_some()
        || find(value, "●".as_bytes()).is_some();
    stars
        || value.iter().all(mark)
        || holds(value, "xxxx")
            && value.iter().filter(|byte| byte.eq_ignore_ascii_case(&b'x')).count() * 2 > value.len()
}

/// `{name}` somewhere: a field of a formatted text.
fn has_named_field(value: &[u8]) -> bool {
    let Some(open) = value.iter().position(|byte| *byte == b'{') else { return false };
    let rest = value.get(open + 1..).unwrap_or_default();
    let Some(close) = rest.iter().position(|byte| *byte == b'}') else { return false };
    let name = rest.get(..close).unwrap_or_default();
    name.len() > 1
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.:[]'\"()".contains(byte))
        && !name.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_stands_for_another_value() {
        for value in [
            "${DB_PASSWORD}",
            "{{ password }}",
            "<your-key>",
            "%s",
            "$password",
            "@password",
            "********",
            "xxxxxxxx",
            "#{pw}",
            "$(cat pw)",
            "{password}",
            "vault:secret/data/db",
            "process.env.SECRET",
            "%PASSWORD%",
            "__TOKEN__",
            "sk-...",
            "<?php echo $pw ?>",
            "user:{pw}@host",
        ] {
            assert!(is_template(value.as_bytes()), "{value}");
        }
        for value in ["hunter2", "Pa$$word1", "P@ssw0rd", "50%off!", "x1x2x3", "#secret#1", "$ecr3t!"] {
            assert!(!is_template(value.as_bytes()), "{value}");
        }
    }
}
