//! `host:port`, read once. What is read here is what policy sees, what is looked up and what is dialled.

use portcullis_event::Host;

/// Reads `host:port`; without a port, `otherwise` is taken, if there is one. IPv6 addresses stand in brackets.
pub(crate) fn parse(text: &str, otherwise: Option<u16>) -> Result<(Host, u16), &'static str> {
    if text.contains('@') {
        return Err("a host can't come with a user name in front");
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, Some(port)),
        Some(_) | None => (text, None),
    };
    if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
        return Err("an IPv6 address has to stand in brackets");
    }
    if host.starts_with('[') && !host.contains(':') {
        return Err("only an IPv6 address stands in brackets");
    }
    let port = match port {
        Some(port) => parse_port(port).ok_or("a port is a number from 1 to 65535")?,
        None => otherwise.ok_or("the port is missing")?,
    };
    Ok((host_of(host)?, port))
}

/// Reads a host without a port.
pub(crate) fn host_of(text: &str) -> Result<Host, &'static str> {
    Host::parse(text).map_err(|_| "the host is not a valid name or address, or is one that programs read differently")
}

/// Reads a host that is given as bytes: they have to be text.
pub(crate) fn host_of_bytes(bytes: &[u8]) -> Result<Host, &'static str> {
    host_of(std::str::from_utf8(bytes).map_err(|_| "the host is not text")?)
}

fn parse_port(text: &str) -> Option<u16> {
    let plain = !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().filter(|port| *port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text, None).ok().map(|(host, port)| format!("{host} {port}"))
    }

    #[test]
    fn a_host_and_a_port_are_read_once_and_in_one_spelling() {
        for (text, expected) in [
            ("Example.COM.:443", "example.com 443"),
            ("10.0.0.1:80", "10.0.0.1 80"),
            ("[::1]:8080", "::1 8080"),
            ("[::ffff:10.0.0.1]:80", "10.0.0.1 80"),
            ("xn--bcher-kva.example:443", "xn--bcher-kva.example 443"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(parse("example.com", Some(80)), Ok((Host::parse("example.com").unwrap(), 80)));
        assert_eq!(parse("[::1]", Some(80)), Ok((Host::parse("::1").unwrap(), 80)));
    }

    #[test]
    fn what_programs_read_differently_is_refused() {
        for bad in [
            "",
            ":443",
            "good.com",
            "good.com:",
            "good.com:0",
            "good.com:65536",
            "good.com:+443",
            "good.com:0443x",
            "good.com: 443",
            "good.com:443@evil.com:443",
            "good.com@evil.com:443",
            "user:pass@evil.com:443",
            "evil.com\0.good.com:443",
            "evil.com%00.good.com:443",
            "evil.com%2egood.com:443",
            "evil.com/.good.com:443",
            "evil.com\\.good.com:443",
            "evil.com#.good.com:443",
            "evil.com?.good.com:443",
            "evil.com .good.com:443",
            "evil.com\t.good.com:443",
            "evil.com\r\nHost: good.com:443",
            "evil.com..:443",
            "0177.0.0.1:80",
            "0x7f.0.0.1:80",
            "0x7f000001:80",
            "2130706433:80",
            "127.1:80",
            "127.0.0.1.:80",
            "1.2.3:80",
            "１２７.0.0.1:80",
            "[::1%eth0]:80",
            "[fe80::1%25eth0]:80",
            "::1:80",
            "[::1:80",
            "::1]:80",
            "[good.com]:443",
            "[127.0.0.1]:80",
            "g\u{456}thub.com:443",
            "good。com:443",
            "good.com\u{ad}:443",
            "good.com\u{200b}:443",
            "-good.com:443",
            &format!("{}com:443", "a.".repeat(126)),
            &format!("{}.com:443", "a".repeat(64)),
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_no_host() {
        assert!(host_of_bytes(b"evil.com\0.good.com").is_err());
        assert!(host_of_bytes(b"\xff.good.com").is_err());
        assert_eq!(host_of_bytes(b"good.com").map(|host| host.to_string()).as_deref(), Ok("good.com"));
    }
}
