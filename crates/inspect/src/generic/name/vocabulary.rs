//! The words that names of credentials are made of.

use super::Family;

/// Words that name a credential, whole or at the end of a longer word (`dbpassword`), with what they name.
#[rustfmt::skip]
const PASSWORDS: &[&str] = &[
    "password", "passwords", "passwd", "passwort", "passphrase", "passcode", "passwrd", "pswd", "pwd", "pword",
    "motdepasse", "kennwort", "contrasena", "contraseña", "contrasenia", "senha", "wachtwoord", "parola", "parol",
    "haslo", "hasło", "heslo", "geslo", "salasana", "lösenord", "losenord", "adgangskode", "jelszo", "jelszó", "lozinka",
    "sifre", "şifre", "matkhau", "пароль", "Пароль", "ПАРОЛЬ", "密码", "密碼", "口令", "パスワード", "비밀번호",
    "rootpw", "bindpw", "adminpw", "userpw", "dbpw", "masterauth",
];
const SECRETS: &[&str] = &["secret", "secrets"];
const TOKENS: &[&str] = &["token", "tokens", "jwt", "令牌"];
const API_KEYS: &[&str] = &["apikey", "apikeys", "appkey"];
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "secretkey", "accesskey", "privatekey", "privkey", "authkey", "cryptkey", "masterkey", "psk", "accountkey", "密钥",
];
const CREDENTIALS: &[&str] = &["credential", "credentials", "cred", "creds"];
const SALTS: &[&str] = &["salt", "nonce", "pepper"];

/// Names of a password in two letters, or four that are part of many other words: whole words only.
const WHOLE_PASSWORDS: &[&str] = &["pass", "pw", "pwds", "passkey", "clave", "passe", "pin", "khau", "sandi"];
/// Ends of words that are `pass` with an owner.
#[rustfmt::skip]
const OWNED_PASS: &[&str] = &[
    "dbpass", "userpass", "mypass", "adminpass", "rootpass", "sqlpass", "mysqlpass", "ftppass", "smtppass", "mailpass",
    "emailpass", "ldappass", "wifipass", "authpass", "keypass", "storepass", "proxypass", "loginpass", "newpass",
    "oldpass", "keystorepass", "truststorepass", "certpass", "redispass", "mqttpass", "sshpass", "httppass", "apass", "upass", "requirepass", "masterpass",
    "sshpassword",
];

/// Words before `key` that make it a key of an interface.
#[rustfmt::skip]
const BEFORE_API: &[&str] = &[
    "api", "app", "access", "account", "consumer", "client", "subscription", "integration", "developer", "dev", "rest",
    "license",
];
/// Words before `key` that make it one that encrypts, signs or opens.
#[rustfmt::skip]
const BEFORE_KEY: &[&str] = &[
    "secret", "private", "priv", "encryption", "encrypt", "encrypted", "decryption", "decrypt", "crypto", "crypt",
    "cipher", "fernet", "aes", "des", "hmac", "rsa", "signing", "sign", "signature", "auth", "authentication", "authorization",
    "master", "shared", "preshared", "symmetric", "ssh", "session", "cookie", "wpa", "wep", "wifi", "network",
    "storage", "machine", "validation", "verification", "security", "service", "server", "host", "deploy", "admin",
    "root", "user", "data", "vault", "seal", "unseal", "host", "jwt", "webhook", "stream", "write", "read",
    "instrumentation", "logged", "in", "nonce", "remember", "hash", "token", "login",
];

/// What a word says that the value is, seeing the words around it.
pub(super) fn word_family(word: &[u8], before: &[u8], next: &[u8]) -> Option<Family> {
    let is = |list: &[&str]| super::is_one_of(word, list);
    let ends = |list: &[&str]| list.iter().any(|it| ends_with(word, it));
    if is(&["key", "keys"]) {
        return Some(key_family(before));
    }
    if is(&["word", "phrase", "wd", "code"]) && before.eq_ignore_ascii_case(b"pass") {
        return Some(Family::Password);
    }
    if is(WHOLE_PASSWORDS) || is(OWNED_PASS) || ends(PASSWORDS) || starts_with(word, "password") {
        return (!is(&["pass"]) || !super::is_one_of(next, &["through", "port", "enger", "ed", "ing", "by", "thru"]))
            .then_some(Family::Password);
    }
    if ends(SECRETS) {
        return Some(Family::Secret);
    }
    if is(&["mnemonic", "seedphrase"]) || is(&["phrase"]) && super::is_one_of(before, &["seed", "recovery"]) {
        return Some(Family::Mnemonic);
    }
    if ends(API_KEYS) {
        return Some(Family::ApiKey);
    }
    if ends(KEYS) {
        return Some(if ends(&["secretkey"]) { Family::Secret } else { Family::Key });
    }
    if ends(TOKENS) {
        return Some(Family::Token);
    }
    if is(CREDENTIALS) || ends(&["credential", "credentials"]) {
        return Some(Family::Credential);
    }
    if is(SALTS) || ends(&["salt"]) {
        return Some(Family::Salt);
    }
    if is(&["auth", "authorization", "authentication", "basicauth", "httpauth"]) {
        return Some(Family::Auth);
    }
    if is(&["cookie", "cookies", "session", "sessionid", "sessid", "phpsessid", "jsessionid", "sid"]) {
        return Some(Family::Session);
    }
    if is(&["parser"]) && before.eq_ignore_ascii_case(b"cookie") {
        // A parser of cookies is given the secret that signs them.
        return Some(Family::Secret);
    }
    is(&["community", "rocommunity", "rwcommunity"]).then_some(Family::Community)
}

fn key_family(before: &[u8]) -> Family {
    if super::is_one_of(before, BEFORE_API) {
        Family::ApiKey
    } else if super::is_one_of(before, &["secret"]) {
        Family::Secret
    } else if super::is_one_of(before, BEFORE_KEY) {
        Family::Key
    } else {
        Family::PlainKey
    }
}

/// Whether a word by itself names a credential.
pub(in crate::generic) fn is_credential_word(word: &[u8]) -> bool {
    word_family(word, b"", b"").is_some_and(|it| it != Family::Session)
}

fn ends_with(word: &[u8], end: &str) -> bool {
    word.len()
        .checked_sub(end.len())
        .and_then(|at| word.get(at..))
        .is_some_and(|it| it.eq_ignore_ascii_case(end.as_bytes()))
}

fn starts_with(word: &[u8], start: &str) -> bool {
    word.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start.as_bytes()))
}

/// After the credential's word: the value is about a credential.
#[rustfmt::skip]
pub(super) const AFTER_ABOUT: &[&str] = &[
    "url", "urls", "uri", "link", "href", "endpoint", "host", "path", "paths", "file", "files", "filename", "filepath",
    "dir", "directory", "folder", "name", "names", "field", "fields", "label", "labels", "id", "ids", "ident",
    "identifier", "header", "headers", "param", "params", "parameter", "parameters", "length", "len", "size", "min",
    "max", "minimum", "maximum", "count", "number", "type", "types", "kind", "format", "policy", "policies", "regex",
    "regexp", "pattern", "expire", "expires", "expiry", "expiration", "expired", "ttl", "timeout", "lifetime",
    "duration", "age", "date", "time", "at", "reset", "change", "changed", "forgot", "forgotten", "hint", "hints",
    "strength", "required", "require", "enabled", "enable", "disabled", "is", "has", "prefix", "suffix", "provider",
    "manager", "service", "store", "factory", "class", "handler", "helper", "validator", "validation", "encoder",
    "algorithm", "algo", "alg", "method", "mode", "index", "idx", "limit", "usage", "var", "variable", "env", "ref",
    "reference", "selector", "placeholder", "title", "message", "msg", "error", "errors", "help", "description",
    "desc", "prompt", "input", "inputs", "box", "button", "btn", "icon", "form", "view", "screen", "page", "route",
    "email", "mail", "template", "schema", "column", "table", "attribute", "attr", "property", "prop", "option",
    "options", "arg", "argument", "flag", "arn", "version", "rotation", "scope", "scopes", "issuer", "audience",
    "claim", "claims", "list", "map", "cache", "bucket", "owner", "source", "status", "state", "visible", "visibility",
    "toggle", "show", "hide", "generator", "request", "response", "function", "command", "cmd", "callback", "event",
    "action", "permission", "role", "group", "scheme", "realm", "domain", "signature", "config", "settings", "info",
    "confirm", "mismatch", "match", "invalid", "incorrect", "wrong", "weak", "rules", "rule",
    "recovery", "management", "protection", "protected", "auth", "grant", "word", "words", "stream", "entry",
    "authenticator", "encryption", "editor", "widget", "control", "block", "note", "notice", "tooltip", "text",
    "subject", "body", "caption", "slot", "operator", "separator", "delimiter", "buffer", "offset", "position", "pos",
    "begin", "start", "end", "kinds", "stage", "tests",
];

/// After the credential's word: it stays one.
#[rustfmt::skip]
pub(super) const AFTER_FINE: &[&str] = &[
    "value", "val", "string", "str", "plain", "plaintext", "clear", "cleartext", "prod", "production", "dev",
    "development", "test", "testing", "staging", "stage", "local", "live", "sandbox", "old", "new", "current",
    "default", "base", "raw", "b", "base64", "encoded", "bytes", "data", "content", "key", "keys", "user", "admin",
    "db", "database", "primary", "secondary", "master", "root", "secret", "token", "confirmation", "again", "repeat",
    "hex", "b64", "verify", "two", "one", "a", "c", "x", "seed", "mysql", "postgres", "redis",
];

/// After the credential's word: the value is a hash.
#[rustfmt::skip]
pub(super) const AFTER_HASHED: &[&str] = &[
    "hash", "hashed", "hashes", "digest", "sha", "sha1", "sha256", "sha512", "md", "md5", "bcrypt", "crypted",
    "encrypted", "checksum", "fingerprint", "thumbprint",
];

/// Before the credential's word: the value is about a credential.
#[rustfmt::skip]
pub(super) const BEFORE_ABOUT: &[&str] = &[
    "forgot", "forgotten", "reset", "change", "changed", "invalid", "wrong", "incorrect", "bad", "missing", "no",
    "without", "is", "has", "require", "required", "requires", "need", "needs", "show", "hide", "toggle", "remember",
    "enter", "type", "label", "error", "msg", "message", "title", "placeholder", "lost", "recover", "text", "hint",
    "help", "use", "uses", "using", "allow", "disable", "enable", "expired", "weak", "strong", "email", "object",
    "map", "index", "shift", "arrow", "event", "press", "up", "down", "hot", "short", "registry", "column", "json",
    "dict", "param", "params", "translation", "class", "method", "with", "by", "sort", "group", "order", "cache",
    "lookup", "header", "lexer", "parse", "parser", "parsed", "next", "prev", "previous", "page", "continuation",
    "cancellation", "cancel", "break", "eof", "end", "start", "open", "close", "left", "right", "expected",
    "unexpected", "punct", "operator", "keyword", "literal", "comment", "syntax", "t", "tk", "lex", "i18n", "lang",
    "locale", "aria", "test", "can", "should", "must", "generate", "find", "on", "validate", "check", "update", "set",
    "get", "input", "field", "form", "icon", "fa", "btn", "css", "html", "data", "model",
];

/// Before the credential's word: whose it is, or what it opens.
#[rustfmt::skip]
pub(super) const BEFORE_OWNER: &[&str] = &[
    "db", "database", "root", "admin", "administrator", "user", "users", "my", "mysql", "postgres", "postgresql", "pg",
    "sql", "mssql", "oracle", "redis", "mongo", "mongodb", "mail", "smtp", "imap", "pop", "ftp", "sftp", "ssh", "ldap",
    "bind", "proxy", "wifi", "wlan", "ap", "sta", "client", "app", "application", "api", "access", "refresh",
    "private", "priv", "encryption", "encrypt", "crypto", "aes", "hmac", "sign", "signing", "jwt", "auth", "oauth",
    "oauth2", "bearer", "session", "cookie", "master", "server", "service", "account", "deploy", "bot", "webhook",
    "slack", "github", "gitlab", "aws", "azure", "gcp", "google", "stripe", "twilio", "twitter", "facebook",
    "consumer", "login", "default", "keystore", "truststore", "ssl", "tls", "store", "trust", "cert", "rabbitmq",
    "amqp", "mqtt", "kafka", "jdbc", "datasource", "connection", "conn", "spring", "shared", "secret", "vault",
    "device", "host", "remote", "basic", "http", "https", "registry", "docker", "jenkins", "elastic", "es", "influx",
    "grafana", "wp", "wordpress", "django", "rails", "flask", "laravel", "telegram", "discord", "personal", "super",
    "superuser", "owner", "guest", "sys", "system", "dba", "replication", "repl", "vpn", "wpa",
];

/// Before the credential's word: everybody may know it.
#[rustfmt::skip]
pub(super) const BEFORE_PUBLIC: &[&str] = &[
    "public", "pub", "publishable", "foreign", "partition", "csrf", "xsrf", "unique", "natural", "composite", "host",
    "site", "anti", "forgery", "authenticity",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credential_words_are_found_at_the_end_of_longer_words() {
        for word in ["dbpassword", "mytoken", "clientsecret", "userpwd", "dbpass", "googleapikey", "SECRETKEY"] {
            assert!(is_credential_word(word.as_bytes()), "{word}");
        }
        for word in ["bypass", "passes", "sessions", "cookies", "turkey", "salty", "authority"] {
            assert!(!is_credential_word(word.as_bytes()), "{word}");
        }
    }
}
