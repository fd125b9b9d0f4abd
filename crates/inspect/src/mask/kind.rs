//! What a column holds, by its name.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What a column holds, and so what is done with its values.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What it is called.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

kinds! {
    /// Names of people.
    Name = "name";
    /// Names of companies.
    Company = "company";
    /// E-mail addresses.
    Email = "email";
    /// Telephone numbers.
    Phone = "phone";
    /// Dates of a person's life.
    Date = "date";
    /// Streets, towns, whole addresses.
    Address = "address";
    /// Postcodes.
    Postcode = "postcode";
    /// Numbers and codes that tell rows apart.
    Id = "id";
    /// Numbers that a state gives to people.
    NationalId = "national-id";
    /// Payment cards.
    Card = "card";
    /// Bank accounts.
    Account = "account";
    /// Amounts of money.
    Money = "money";
    /// Latitudes and longitudes.
    Location = "location";
    /// Addresses of machines.
    Machine = "machine";
    /// Addresses of pages.
    Url = "url";
    /// Names of accounts.
    User = "user";
    /// Passwords, keys, hashes.
    Secret = "secret";
    /// Text: what is found in it is masked, the rest stays.
    Text = "text";
    /// A few words that many rows share; they stay, but what is found in them is masked.
    Category = "category";
    /// When something happened to the row; stays.
    Timestamp = "timestamp";
    /// Counts and measures; stay.
    Number = "number";
    /// Yes or no; stays.
    Flag = "flag";
    /// What somebody said to keep.
    Keep = "keep";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|kind| kind.name() == text);
        known.copied().ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|kind| kind.name()).collect();
            format!("there is no such kind; the kinds are {}", names.join(", "))
        })
    }
}

/// What headers say, from a file of our own.
struct Headers {
    /// Kinds with phrases, the more particular first.
    phrases: Vec<(Kind, &'static str)>,
    /// What has names without being a person.
    nobody: Vec<&'static str>,
}

static HEADERS: LazyLock<Headers> = LazyLock::new(|| {
    let mut headers = Headers { phrases: Vec::new(), nobody: Vec::new() };
    let mut kind = None;
    for line in include_str!("headers.txt").lines().filter(|line| !line.starts_with('#')) {
        let (name, list) = line.split_once(": ").unwrap_or(("", line));
        if !name.is_empty() {
            kind = name.parse::<Kind>().ok();
        }
        let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
        match kind {
            Some(kind) => headers.phrases.extend(words.map(|word| (kind, word))),
            None => headers.nobody.extend(words),
        }
    }
    headers
});

/// Last words that say that a column is about the thing before, not the thing itself.
const ABOUT: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("uuid", Kind::Id),
    ("guid", Kind::Id),
    ("at", Kind::Timestamp),
    ("time", Kind::Timestamp),
    ("type", Kind::Category),
    ("status", Kind::Category),
    ("count", Kind::Number),
    ("verified", Kind::Flag),
    ("confirmed", Kind::Flag),
    ("enabled", Kind::Flag),
    ("active", Kind::Flag),
];

impl Kind {
    /// Whether values are masked, whatever stands in them.
    pub fn is_masked(self) -> bool {
        match self {
            Self::Name
            | Self::Company
            | Self::Email
            | Self::Phone
            | Self::Date
            | Self::Address
            | Self::Postcode
            | Self::Id
            | Self::NationalId
            | Self::Card
            | Self::Account
            | Self::Money
            | Self::Location
            | Self::Machine
            | Self::Url
            | Self::User
            | Self::Secret => true,
            Self::Text | Self::Category | Self::Timestamp | Self::Number | Self::Flag | Self::Keep => false,
        }
    }

    /// What a header says, with the words of the path before it if there is one.
    pub(super) fn of_header(header: &str) -> Option<Self> {
        let path: Vec<&str> = header.split('.').collect();
        let last = words(path.last().copied().unwrap_or_default());
        let parent =
            path.len().checked_sub(2).and_then(|place| path.get(place)).map(|it| words(it)).unwrap_or_default();
        Self::of_words(&last).map(|kind| {
            let is_name = kind == Self::Name && last.last().is_some_and(|word| word == "name");
            let of_what = if last.len() > 1 { last.get(..last.len() - 1) } else { Some(parent.as_slice()) };
            let is_of_no_person =
                of_what.is_some_and(|of| of.iter().any(|word| HEADERS.nobody.contains(&word.trim_end_matches('s'))));
            if is_name && is_of_no_person { Self::Text } else { kind }
        })
    }

    fn of_words(words: &[String]) -> Option<Self> {
        let text = format!(" {} ", words.join(" "));
        let (kind, _) = HEADERS.phrases.iter().find(|(_, phrase)| text.contains(&format!(" {phrase} ")))?;
        let about =
            words.last().filter(|_| words.len() > 1).and_then(|last| ABOUT.iter().find(|(word, _)| word == last));
        match about {
            // The numbers of people themselves end in `id`.
            Some((_, Self::Id)) if *kind == Self::NationalId => Some(*kind),
            Some((_, about)) => Some(*about),
            None => Some(*kind),
        }
    }
}

/// The words of a name, however it puts them together: `customerEMail`, `customer_e-mail`, `Customer E-Mail 2`.
fn words(name: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut before = ' ';
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(|next| next.is_lowercase());
        let starts =
            (before.is_lowercase() && c.is_uppercase()) || (before.is_uppercase() && c.is_uppercase() && next_is_lower);
        if !c.is_alphabetic() || starts {
            all.push(String::new());
        }
        if c.is_alphabetic()
            && let Some(word) = all.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    all.retain(|word| !word.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_what_a_column_holds() {
        let expected = [
            ("first_name", Some(Kind::Name)),
            ("customer.lastName", Some(Kind::Name)),
            ("name", Some(Kind::Name)),
            ("product_name", Some(Kind::Text)),
            ("products.name", Some(Kind::Text)),
            ("users.name", Some(Kind::Name)),
            ("E-Mail", Some(Kind::Email)),
            ("contactEMail", Some(Kind::Email)),
            ("email_verified", Some(Kind::Flag)),
            ("email_sent_at", Some(Kind::Timestamp)),
            ("phone_type", Some(Kind::Category)),
            ("Telefon (privat)", Some(Kind::Phone)),
            ("date_of_birth", Some(Kind::Date)),
            ("created_at", Some(Kind::Timestamp)),
            ("id", Some(Kind::Id)),
            ("customer_id", Some(Kind::Id)),
            ("customerID", Some(Kind::Id)),
            ("address_id", Some(Kind::Id)),
            ("national_id", Some(Kind::NationalId)),
            ("tax_id", Some(Kind::NationalId)),
            ("IBAN", Some(Kind::Account)),
            ("billing_address1", Some(Kind::Address)),
            ("ip_address", Some(Kind::Machine)),
            ("zip", Some(Kind::Postcode)),
            ("password_hash", Some(Kind::Secret)),
            ("salary", Some(Kind::Money)),
            ("notes", Some(Kind::Text)),
            ("status", Some(Kind::Category)),
            ("username", Some(Kind::User)),
            ("foo", None),
            ("column 3", None),
            ("recipe", None),
        ];
        for (header, kind) in expected {
            assert_eq!(Kind::of_header(header), kind, "{header}");
        }
    }

    #[test]
    fn the_list_of_headers_is_read_as_a_whole() {
        let text = include_str!("headers.txt");
        let names: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with(['#', ' ']))
            .filter_map(|line| Some(line.split_once(": ")?.0))
            .collect();
        assert!(names.iter().all(|name| *name == "nobody" || name.parse::<Kind>().is_ok()), "{names:?}");
        let words = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split_once(": ").map_or(line, |(_, list)| list).split(','));
        let count = words.filter(|word| !word.trim().is_empty()).count();
        assert_eq!(HEADERS.phrases.len() + HEADERS.nobody.len(), count);
        assert!(HEADERS.nobody.len() > 50);
    }

    #[test]
    fn every_kind_can_be_named() {
        assert!(Kind::ALL.iter().all(|kind| kind.name().parse() == Ok(*kind)));
        assert!("nothing".parse::<Kind>().is_err());
    }
}
