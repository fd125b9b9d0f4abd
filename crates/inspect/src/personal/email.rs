//! E-mail addresses. An address that is written down to show what an address looks like is nobody's.

use super::rule::Finder;
use super::search::{Found, Search, number_of};
use portcullis_event::Confidence;
use std::ops::Range;

/// Longest part before the sign, and longest domain.
const LONGEST_NAME: usize = 64;
const LONGEST_DOMAIN: usize = 253;

/// Domains that are reserved, or that belong to nobody who is written to.
const RESERVED: &[&str] = &[
    "example",
    "test",
    "invalid",
    "localhost",
    "local",
    "localdomain",
    "internal",
    "example.com",
    "example.net",
    "example.org",
    "example.edu",
    "domain.com",
    "domain.tld",
    "yourdomain.com",
    "mydomain.com",
    "company.com",
    "yourcompany.com",
    "email.com",
    "mail.com",
    "foo.com",
    "bar.com",
    "baz.com",
    "foobar.com",
    "test.com",
    "site.com",
    "website.com",
    "host.com",
    "server.com",
    "acme.com",
    "acme.org",
    "acme.corp",
    "corp.com",
    "users.noreply.github.com",
    "noreply.github.com",
    "sentry.io",
    "somewhere.com",
    "nowhere.com",
    "abc.com",
    "xyz.com",
    "somedomain.com",
    "b.com",
    "a.com",
    "x.com",
    "y.com",
    "c.com",
    "contoso.com",
    "fabrikam.com",
    "here.com",
    "there.com",
    "address.com",
    "provider.com",
    "some.org",
    "bar.org",
    "foo.org",
    "foo.bar",
    "host.name",
    "test.org",
    "test.net",
    "foo.net",
];

/// Accounts that no person reads, or that a program uses.
const NOBODY: &[&str] = &[
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "git",
    "hg",
    "svn",
    "user",
    "username",
    "you",
    "your",
    "name",
    "me",
    "foo",
    "bar",
    "someone",
    "somebody",
    "example",
    "test",
    "mailer-daemon",
    "postmaster",
    "nobody",
    "root",
    "email",
    "your.email",
    "youremail",
    "your-email",
    "your_email",
    "yourname",
    "your.name",
    "myname",
    "login",
];

/// Accounts that stand for a role.
const ROLES: &[&str] = &[
    "info",
    "support",
    "admin",
    "security",
    "contact",
    "sales",
    "help",
    "webmaster",
    "abuse",
    "office",
    "team",
    "hello",
    "service",
    "dev",
    "bugs",
    "press",
    "jobs",
    "careers",
    "legal",
    "privacy",
    "billing",
    "feedback",
    "list",
    "announce",
];

/// Endings of names that stand behind the sign in code and in file names, and are also domains: none of them is written to in
/// capitals or with one letter before it.
const GENERIC: &[&str] = &[
    "com",
    "org",
    "net",
    "edu",
    "gov",
    "mil",
    "int",
    "info",
    "biz",
    "name",
    "pro",
    "aero",
    "coop",
    "museum",
    "mobi",
    "jobs",
    "travel",
    "cat",
    "asia",
    "tel",
    "dev",
    "app",
    "cloud",
    "online",
    "site",
    "shop",
    "store",
    "tech",
    "xyz",
    "club",
    "blog",
    "email",
    "agency",
    "academy",
    "community",
    "company",
    "computer",
    "consulting",
    "design",
    "digital",
    "engineering",
    "expert",
    "finance",
    "foundation",
    "global",
    "group",
    "health",
    "hospital",
    "house",
    "institute",
    "international",
    "international",
    "ltd",
    "gmbh",
    "llc",
    "live",
    "media",
    "money",
    "network",
    "news",
    "one",
    "page",
    "partners",
    "photography",
    "rocks",
    "school",
    "science",
    "security",
    "services",
    "social",
    "software",
    "solutions",
    "space",
    "studio",
    "support",
    "systems",
    "team",
    "technology",
    "today",
    "tools",
    "university",
    "ventures",
    "vip",
    "website",
    "wiki",
    "work",
    "works",
    "world",
    "zone",
    "bank",
    "berlin",
    "bayern",
    "hamburg",
    "koeln",
    "wien",
    "london",
    "nyc",
    "paris",
    "tokyo",
    "amsterdam",
    "africa",
    "eus",
    "gal",
    "bzh",
    "scot",
    "wales",
    "swiss",
    "law",
    "legal",
    "care",
    "clinic",
    "dental",
    "doctor",
    "energy",
    "enterprises",
    "events",
    "fund",
    "guru",
    "industries",
    "life",
    "management",
    "marketing",
    "post",
    "ngo",
    "ong",
];

/// Endings of files that are also countries; behind them an address needs a name before it that is written like one.
const FILES: &[&str] =
    &["py", "rs", "sh", "pl", "md", "so", "ps", "cc", "vi", "la", "st", "mk", "in", "do", "to", "id", "is", "as", "am"];

/// Looks for addresses everywhere.
pub(super) fn find(search: &mut Search<'_>) {
    let rule = number_of(Finder::Email);
    let mut from = 0;
    for at in memchr::memchr_iter(b'@', search.text) {
        if at < from {
            continue;
        }
        if let Some((span, confidence)) = address(search, at) {
            from = span.end;
            search.add(Found { span, rule, confidence, word: None, why: None });
        }
    }
}

fn address(search: &Search<'_>, at: usize) -> Option<(Range<usize>, Confidence)> {
    let name = name_before(search, at)?;
    let domain = domain_behind(search, at)?;
    let text = |range: Range<usize>| std::str::from_utf8(search.slice(range)).ok().map(str::to_lowercase);
    let (account, host) = (text(name.clone())?, text(domain.clone())?);
    let span = name.start..domain.end;
    let is_reserved =
        RESERVED.iter().any(|it| host == *it || host.strip_suffix(it).is_some_and(|rest| rest.ends_with('.')));
    if is_reserved || is_nobody(&account) || in_code(search, &span) || !is_registered(&account, &host) {
        return None;
    }
    let role = ROLES.contains(&account.as_str()) || account.contains("noreply") || account.contains("no-reply");
    Some((span, if role { Confidence::Low } else { Confidence::High }))
}

fn is_nobody(account: &str) -> bool {
    let bare = account.trim_start_matches(|c: char| c.is_ascii_digit() || c == '+');
    let plain = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    NOBODY.contains(&plain) || NOBODY.contains(&account) || account.ends_with("bot") || account.ends_with("-noreply")
}

/// What stands before the sign: letters, digits, and a few marks between them.
fn name_before(search: &Search<'_>, at: usize) -> Option<Range<usize>> {
    let lowest = at.saturating_sub(LONGEST_NAME + 1);
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte >= 0x80 || b"._%+-".contains(byte);
    let length = search.slice(lowest..at).iter().rev().take_while(is_part).count();
    let name = search.slice(at - length..at);
    // Marks and letters of other scripts in front are punctuation more often than part of a name.
    let leading =
        name.iter().take_while(|byte| !byte.is_ascii_alphanumeric() && (!byte.is_ascii() || **byte != b'_')).count();
    let name = at - length + leading..at;
    let bytes = search.slice(name.clone());
    let dots = bytes.windows(2).any(|two| two == b"..") || bytes.last() == Some(&b'.');
    let holds_letter = bytes.iter().any(u8::is_ascii_alphabetic);
    let fits = length <= LONGEST_NAME && !bytes.is_empty() && !dots && holds_letter && !bytes.contains(&b'%');
    fits.then_some(name)
}

/// What stands behind the sign: labels, and at the end letters.
fn domain_behind(search: &Search<'_>, at: usize) -> Option<Range<usize>> {
    let start = at + 1;
    let rest = search.slice(start..(start + LONGEST_DOMAIN).min(search.text.len()));
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')).count();
    let domain = rest.get(..length)?;
    let trimmed = domain.len() - domain.iter().rev().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    let domain = domain.get(..trimmed)?;
    let labels: Vec<&[u8]> = domain.split(|byte| *byte == b'.').collect();
    let fine =
        |label: &&[u8]| (1..=63).contains(&label.len()) && label.first() != Some(&b'-') && label.last() != Some(&b'-');
    let last = labels.last().is_some_and(|last| last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic));
    // `user@host.com:path` is how git and scp write a place.
    let place = rest.get(trimmed) == Some(&b':')
        && rest.get(trimmed + 1).is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'/' || *it == b'~');
    (labels.len() >= 2 && labels.iter().all(fine) && last && !place).then_some(start..start + trimmed)
}

/// Whether the address is the userinfo of a URL, or what a program logs in with.
fn in_code(search: &Search<'_>, span: &Range<usize>) -> bool {
    let before = search.slice(span.start.saturating_sub(80)..span.start);
    let word: Vec<u8> = before
        .iter()
        .rev()
        .take_while(|byte| !byte.is_ascii_whitespace() && !b"\"'<>()".contains(byte))
        .copied()
        .collect();
    let in_url = word.windows(3).any(|three| three == b"//:");
    let command = before.trim_ascii_end();
    let logs_in = [b"ssh".as_slice(), b"scp", b"rsync", b"sftp"].iter().any(|it| command.ends_with(it));
    let part = before.last().is_some_and(|byte| matches!(byte, b'/' | b'\\' | b'@' | b'$' | b'{' | b'#'));
    let behind = search.byte(span.end);
    in_url || (logs_in && before.ends_with(b" ")) || part || matches!(behind, Some(b'(' | b'@' | b'_' | b'{'))
}

/// Whether the domain can exist: its ending is a country or a well known one.
fn is_registered(account: &str, host: &str) -> bool {
    let Some((rest, ending)) = host.rsplit_once('.') else { return false };
    let country = ending.len() == 2
        && (super::finance::countries::is_country(ending.to_ascii_uppercase().as_bytes())
            || matches!(ending, "uk" | "eu" | "su" | "ac"));
    let second = rest.rsplit('.').next().unwrap_or_default();
    let plausible = second.len() > 1 && second.chars().any(|c| c.is_ascii_alphabetic());
    let file = FILES.contains(&ending) && !(account.contains('.') || second.len() > 3);
    plausible && !file && (country || GENERIC.contains(&ending))
}
