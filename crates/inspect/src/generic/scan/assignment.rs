//! A name that says credential, and the value that it is given: in any language and any format of settings.

use super::arguments::{self, Arguments};
use super::literal::{Quote, Stop, bare, quoted, skip_emphasis};
use super::named::linked;
use super::operator::Link;
use super::{Visit, account, function, pair, prose, statement, table};
use crate::generic::name::{Family, Name};
use crate::generic::place::{Format, Place};
use crate::generic::shape::{Literal, Operator, Quoting, Shape, Source};
use crate::generic::view::{View, find, holds};
use std::ops::Range;

/// Calls and conversions that may stand around a literal without changing what it is.
#[rustfmt::skip]
const WRAPPERS: &[&str] = &[
    "string", "new string", "secret", "secretstr", "secretstring", "new secret", "bytes", "bytearray", "[]byte",
    "buffer.from", "some", "ok", "just", "option", "optional.of", "str", "char", "to_string", "string::from",
    "string.valueof", "base64.b64decode", "b64decode", "atob", "tobytes", "encode", "std::string", "qstring",
    "qstringliteral", "text", "_", "toml", "new text", "aws.string", "pulumi.string", "convertto-securestring",
    "convertto-securestring -string", "sensitive", "cdk.secretvalue.plaintext", "secretvalue.unsafeplaintext",
    "plaintext", "literal", "value", "ref.from", "f", "ptr.to", "stringptr", "to.stringptr", "pointer.string", "list",
    "array", "set", "js", "bytes.fromhex", "bytearray.fromhex", "binascii.unhexlify", "unhexlify", "hex::decode",
    "hex.decodestring", "fernet",
];
/// What may stand before a credential in a header.
const SCHEMES: &[&str] = &["token", "key", "apikey", "api-key", "jwt", "bot", "oauth", "ssws", "splunk", "discogs"];
/// Methods of a name that compare it with the argument.
#[rustfmt::skip]
const COMPARING: &[&str] = &[
    "equals", "equalsignorecase", "isequalto", "eq", "compareto", "contentequals", "tobe", "isequaltostring",
];
/// Methods of a name that give it the argument.
#[rustfmt::skip]
const SETTING: &[&str] = &[
    "set", "setvalue", "sendkeys", "send_keys", "fill", "fill_in", "type", "value", "val", "withvalue", "default",
    "or", "orelse", "getorelse", "settext", "insert", "write", "put",
];

/// Visits what the name around a trigger is given.
pub(super) fn visit(view: View<'_>, trigger: Range<usize>, place: Place, visit: Visit<'_>) {
    let Some((name, link)) = linked(view, trigger) else { return };
    if link.is_none_or(|it| matches!(it.operator, Operator::Comma | Operator::Is))
        && let Some(read) = Name::read(view.slice(name.clone()))
    {
        table::visit(view, name.clone(), read, visit);
    }
    if statement::may_insert(view, name.start, name.end)
        && let Some(read) = Name::read(view.slice(name.clone()))
    {
        statement::inserted(view, name.clone(), read, visit);
    }
    let words = view.slice(name.clone());
    let read = |name: &Range<usize>| Name::read(view.slice(name.clone()));
    if let Some((owner, operator)) =
        link.and_then(|it| (it.operator == Operator::Call).then(|| method(words)).flatten())
    {
        let owner = name.start..name.start + owner;
        let (Some(link), Some(read)) = (link, read(&owner)) else { return };
        let link = Link { operator, ..link };
        return Assignment { view, place, name: owner, link, read }.visit_value(visit);
    }
    match words {
        b"chpasswd" => {
            account::visit(view, name.clone(), visit);
            return super::command::piped(view, name, visit);
        }
        b"passwd" | b"vncpasswd" | b"smbpasswd" | b"--password-stdin" => {
            return super::command::piped(view, name, visit);
        }
        b"htpasswd" => return super::command::last_word(view, name, visit),
        _ => {}
    }
    let Some(read) = read(&name) else { return };
    if matches!(words, b"PWD" | b"OLDPWD" | b"$PWD")
        && view.before(name.start) != b';'
        && !link.is_some_and(|it| is_setting(view, &name, it, place))
    {
        // The folder that a shell is in.
        return;
    }
    if prose::may_tell(view, &name, read, place) {
        prose::visit(view, name.clone(), read, visit);
    }
    if let Some(literal) = statement::updated(view, &name) {
        visit(Shape::of(Source::Name(read), name.clone(), Operator::Pair, literal));
    }
    if let Some(literal) = pair::value_of(view, name.clone(), place) {
        let shape = Shape::of(Source::Name(read), name.clone(), Operator::Pair, literal);
        visit(Shape { name_is_quoted: true, ..shape });
    }
    if let Some(link) = link {
        Assignment { view, place, name, link, read }.visit_value(visit);
    }
}

/// Whether `PWD` is given a value as settings do, with a blank, and no folder: `PWD = x`.
fn is_setting(view: View<'_>, name: &Range<usize>, link: Link, place: Place) -> bool {
    let first = view.at(view.skip_blanks(link.at));
    place.format == Format::Settings
        && link.operator == Operator::Assign
        && view.at(name.end) == b' '
        && !b"/~.$`\"'\\".contains(&first)
}

/// Where the owner ends in `owner.method`, and what the method does with its argument.
fn method(name: &[u8]) -> Option<(usize, Operator)> {
    let dot = name.iter().rposition(|byte| *byte == b'.')?;
    let method = name.get(dot + 1..)?;
    let is = |list: &[&str]| list.iter().any(|it| method.eq_ignore_ascii_case(it.as_bytes()));
    if is(COMPARING) { Some((dot, Operator::Compare)) } else { is(SETTING).then_some((dot, Operator::Call)) }
}

struct Assignment<'t> {
    view: View<'t>,
    place: Place,
    name: Range<usize>,
    link: Link,
    read: Name,
}

impl Assignment<'_> {
    fn visit_value(&self, visit: Visit<'_>) {
        match self.link.operator {
            Operator::Call => self.visit_arguments(self.link.at, visit),
            Operator::Element => self.visit_element(visit),
            Operator::Comma if !self.opens_list() && !self.is_field() && !self.is_option_of_curl() => {}
            Operator::Comma | Operator::Compare => {
                let at = self.view.skip_line_end(self.link.at);
                if let Some(literal) = quoted(self.view, at) {
                    visit(self.shape(self.without_user(self.within_quotes(literal))));
                }
            }
            Operator::Space | Operator::Is => self.visit_after_blank(visit),
            Operator::Assign
            | Operator::Colon
            | Operator::Arrow
            | Operator::Flag
            | Operator::Pair
            | Operator::Userinfo => {
                self.visit_assigned(visit);
            }
        }
    }

    fn shape(&self, literal: Literal) -> Shape {
        let operator =
            if self.is_option() && self.link.operator != Operator::Call { Operator::Flag } else { self.link.operator };
        let snmp = self.read.family == Family::Community && self.link.operator == Operator::Space;
        let name = self.view.slice(self.name.clone());
        let source = if snmp && matches!(name, b"rocommunity" | b"rwcommunity")
            || self.link.operator == Operator::Comma && self.is_option_of_curl()
        {
            Source::Certain
        } else if snmp {
            Source::Login
        } else {
            Source::Name(self.read)
        };
        let shape = Shape::of(source, self.name.clone(), operator, literal);
        Shape { name_is_quoted: self.link.closing.is_some(), ..shape }
    }

    /// Whether the name speaks of a user as well: `UsernamePasswordToken("user", "x")`.
    fn names_user(&self) -> bool {
        let name = self.view.slice(self.name.clone());
        holds(name, "username") || holds(name, "userpass") || holds(name, "withuser")
    }

    /// Whether the name is an option of a command: `--password`.
    fn is_option(&self) -> bool {
        self.view.at(self.name.start) == b'-' && !self.view.before(self.name.start).is_ascii_alphanumeric()
    }

    /// Whether a quoted name is the first of its row, or an option: `put("password", …`. A name further on is one of many.
    fn opens_list(&self) -> bool {
        let before = self.view.before(self.view.back_over_blanks(self.name_start()));
        matches!(before, b'(' | b'{') || self.is_option()
    }

    fn visit_assigned(&self, visit: Visit<'_>) {
        let mut at = self.view.skip_line_end(self.link.at);
        if matches!(self.place.format, Format::Prose | Format::Markup | Format::Unknown)
            && self.view.at(at) == b'<'
            && skip_emphasis(self.view, at) > at
        {
            return prose::value(self.view, at).into_iter().for_each(|literal| visit(self.shape(literal)));
        }
        let mut is_wrapped = false;
        if matches!(self.read.family, Family::Auth | Family::Credential) && matches!(self.view.at(at), b'(' | b'[') {
            return self.visit_arguments(at + 1, visit);
        }
        for _ in 0..3 {
            let Some(inside) = unwrap(self.view, at) else { break };
            at = inside;
            is_wrapped = true;
        }
        let opened = open_quote(self.view, self.name_start());
        if opened.is_some_and(|mark| self.view.at(at) == mark) {
            // It closes the text that the name stands in.
            return;
        }
        if let Some(literal) = quoted(self.view, at) {
            let literal = self.without_scheme(literal);
            return visit(Shape { is_wrapped, ..self.shape(literal) });
        }
        if let Some(literal) = fallback(self.view, at) {
            return visit(Shape { is_wrapped: true, ..self.shape(literal) });
        }
        if is_wrapped || at != self.view.skip_blanks(self.link.at) {
            return;
        }
        // In a Makefile a colon makes a rule, and in text it joins words.
        let is_tight = self.link.operator == Operator::Colon && at == self.link.at;
        let is_argument = is_tight && self.follows_option();
        if self.link.operator == Operator::Colon && self.place.format == Format::Script && !is_argument
            || is_tight && !self.starts_entry()
        {
            return;
        }
        let literal = bare(self.view, at, self.stop());
        if self.may_be_bare(&literal) {
            visit(self.shape(literal));
        }
    }

    /// `-passin pass:x`, as openssl takes it.
    fn follows_option(&self) -> bool {
        let line = self.view.line_before(self.name.start).trim_ascii_end();
        ["-passin", "-passout", "-pass", "-password"].iter().any(|it| line.ends_with(it.as_bytes()))
    }

    /// What stands behind the scheme of a header: `Authorization: "Token x"`. `Bearer` and `Basic` have triggers of their own.
    fn without_scheme(&self, literal: Literal) -> Literal {
        let value = self.view.slice(literal.value.clone());
        let Some(blank) = value.iter().position(|byte| *byte == b' ') else { return literal };
        let scheme = value.get(..blank).unwrap_or_default();
        let known = SCHEMES.iter().any(|it| scheme.eq_ignore_ascii_case(it.as_bytes()));
        if self.read.family != Family::Auth || !known {
            return literal;
        }
        Literal { value: literal.value.start + blank + 1..literal.value.end, ..literal }
    }

    /// `buildConfigField 'String', 'NAME', '"x"'`.
    fn is_field(&self) -> bool {
        let line = self.view.line_before(self.name.start).trim_ascii_start();
        line.starts_with(b"buildConfigField") || line.starts_with(b"resValue")
    }

    /// `curl_easy_setopt(curl, CURLOPT_PASSWORD, "x")`.
    fn is_option_of_curl(&self) -> bool {
        self.link.closing.is_none() && self.view.slice(self.name.clone()).starts_with(b"CURLOPT_")
    }

    /// What stands behind the user where both are one text: `CURLOPT_USERPWD, "user:x"`.
    fn without_user(&self, literal: Literal) -> Literal {
        let name = self.view.slice(self.name.clone());
        let colon = self.view.slice(literal.value.clone()).iter().position(|byte| *byte == b':');
        match colon {
            Some(colon) if name.ends_with(b"USERPWD") => {
                Literal { value: literal.value.start + colon + 1..literal.value.end, ..literal }
            }
            _ => literal,
        }
    }

    /// The text in quotes that stands in quotes.
    fn within_quotes(&self, literal: Literal) -> Literal {
        match self.view.slice(literal.value.clone()) {
            [b'"', .., b'"'] if literal.value.len() > 2 => {
                Literal { value: literal.value.start + 1..literal.value.end - 1, ..literal }
            }
            _ => literal,
        }
    }

    /// Where the name starts, or the quote before it.
    fn name_start(&self) -> usize {
        let mut at = self.name.start;
        while self.link.closing.is_some() && matches!(self.view.before(at), b'"' | b'\'' | b'`' | b'\\') {
            at -= 1;
        }
        at
    }

    /// Whether nothing but white space or a separator stands before the name.
    fn starts_entry(&self) -> bool {
        matches!(
            self.view.before(self.name_start()),
            0 | b'\n' | b'\r' | b' ' | b'\t' | b';' | b',' | b'{' | b'"' | b'\'' | b'?' | b'&' | b'('
        )
    }

    fn stop(&self) -> Stop {
        match (self.view.before(self.name.start), self.place.format) {
            (b'?' | b'&', _) => Stop::Query,
            (b'{', _) => Stop::Brace,
            (_, Format::Code | Format::Markup | Format::Style | Format::Prose) => Stop::Code,
            _ => Stop::Settings,
        }
    }

    /// Whether a bare word can be a value here. Where texts stand in quotes, a bare word is a variable, unless the
    /// assignment itself stands within a text or a comment.
    fn may_be_bare(&self, literal: &Literal) -> bool {
        let value = self.view.slice(literal.value.clone());
        let opens = value.first().is_some_and(|byte| b"$({[<&*%@|>\\,;=".contains(byte));
        if value.len() < 4 || opens {
            return false;
        }
        let is_call = value.windows(2).any(|it| matches!(it, [before, b'('] if before.is_ascii_alphanumeric()));
        if is_call || self.view.at(literal.end) == b'(' || value.starts_with(b"function") {
            return false;
        }
        // Code stands in texts as well, as in the map that leads from minified code to its source.
        let is_within_text = !self.is_member() && is_within_text(self.view, self.name_start());
        !self.place.wants_quotes() || is_within_text || !is_expression(value)
    }

    /// Whether what is assigned to belongs to an object of a program.
    fn is_member(&self) -> bool {
        let name = self.view.slice(self.name.clone());
        [&b"this."[..], b"self."]
            .iter()
            .any(|object| name.starts_with(object) || self.view.behind(self.name.start, object.len()) == *object)
    }

    fn visit_element(&self, visit: Visit<'_>) {
        let at = self.view.skip_line_end(self.link.at);
        let cdata = if self.view.says(at, "<![CDATA[") { 9 } else { 0 };
        // `<Password><Value>x</Value>`.
        let at = if self.view.says(at, "<value>") { at + 7 } else { at };
        let mut literal = bare(self.view, at + cdata, Stop::Element);
        if cdata > 0 {
            let length = find(self.view.slice(literal.value.clone()), b"]]").unwrap_or(literal.value.len());
            literal.value.end = literal.value.start + length;
        }
        if literal.value.len() >= 4 && self.view.at(literal.end) == b'<' || cdata > 0 {
            visit(self.shape(literal));
        }
    }

    fn visit_after_blank(&self, visit: Visit<'_>) {
        let at = self.view.skip_blanks(self.link.at);
        let at = if self.is_option() { unwrap(self.view, at).unwrap_or(at) } else { at };
        let at = self.skip_kind(at);
        if let Some(literal) = quoted(self.view, at) {
            if self.is_option()
                || self.is_statement(&literal)
                || self.is_said(&literal)
                || self.link.operator == Operator::Is
                || self.takes_quoted(at)
            {
                visit(self.shape(literal));
            }
            return;
        }
        let literal = bare(self.view, at, self.stop());
        let value = self.view.slice(literal.value.clone());
        let settles = match self.place.format {
            Format::Code | Format::Markup | Format::Style | Format::Lock => false,
            Format::Prose | Format::Data => {
                self.is_option() || self.is_column(at, value) && self.starts_line(literal.end)
            }
            Format::Unknown | Format::Script | Format::Settings | Format::Credentials => {
                self.is_option() || self.starts_line(literal.end)
            }
        };
        let mixed = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
        let settles = settles && self.link.operator != Operator::Is || self.link.operator == Operator::Is && mixed;
        if settles && self.may_be_bare(&literal) && !value.starts_with(b"-") {
            visit(self.shape(literal));
        }
    }

    /// Skips what says how a password is written: `password 0 x`, `rootpw --plaintext x`.
    fn skip_kind(&self, at: usize) -> usize {
        let after = match self.view.at(at) {
            b'0' | b'7' if self.view.at(at + 1) == b' ' => at + 2,
            _ if self.view.says(at, "--plaintext ") => at + 12,
            _ => at,
        };
        self.view.skip_blanks(after)
    }

    /// A name and a text by themselves on a line: `storePassword 'x'`. In a language without such statements nobody
    /// writes it.
    fn is_statement(&self, literal: &Literal) -> bool {
        let behind = self.view.line_after(literal.end).trim_ascii();
        self.link.closing.is_none()
            && self.place.format == Format::Code
            && matches!(literal.quoting, Quoting::Single | Quoting::Double)
            && self.view.line_before(self.name.start).trim_ascii().is_empty()
            && (behind.is_empty() || behind.starts_with(b"//"))
    }

    /// What somebody tells a reader: "with password `x`". A value that is plainly no word.
    fn is_said(&self, literal: &Literal) -> bool {
        let value = self.view.slice(literal.value.clone());
        literal.quoting == Quoting::Backtick
            && matches!(self.place.format, Format::Prose | Format::Unknown)
            && value.iter().any(u8::is_ascii_digit)
            && value.iter().any(u8::is_ascii_alphabetic)
    }

    /// Whether a quoted text behind a blank is a value: in settings, and in SQL. In code it is a sentence of a comment.
    fn takes_quoted(&self, at: usize) -> bool {
        let line = self.view.line_before(self.name.start);
        let line = line.trim_ascii_start();
        let defines = line.starts_with(b"#define") || line.starts_with(b"# define");
        let sql = ["user", "role", "login", "alter", "create", "set ", "with"].iter().any(|it| holds(line, it));
        match self.place.format {
            Format::Code | Format::Prose | Format::Markup | Format::Style | Format::Lock => {
                self.view.at(at) != b'`' && (sql || defines)
            }
            Format::Unknown | Format::Script | Format::Settings | Format::Credentials | Format::Data => true,
        }
    }

    /// Whether a value stands in a column of its own, and no word could.
    fn is_column(&self, at: usize, value: &[u8]) -> bool {
        let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
        at > self.name.end + 1 && value.len() >= 8 && digits > 0 && digits < value.len()
    }

    /// Whether name and value are a line of settings, or part of a line of `.netrc`.
    fn starts_line(&self, end: usize) -> bool {
        let line = self.view.line_before(self.name.start).trim_ascii();
        let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
        let rest = self.view.line_after(end).trim_ascii();
        let ends = rest.is_empty() || rest.starts_with(b"#") || rest.starts_with(b";");
        let community = self.read.family == Family::Community && words <= 2;
        let account = holds(line, "username ") && line.first() == Some(&b'u') && ends;
        words <= 2 && ends || community || account || holds(line, "login ") || holds(line, "machine ")
    }

    fn visit_arguments(&self, open: usize, visit: Visit<'_>) {
        let arguments = Arguments::read(self.view, open);
        if let Some((argument, literal)) = function::password(self.view, open, &arguments) {
            let certain = Shape { source: Source::Certain, argument, operator: Operator::Call, ..self.shape(literal) };
            return visit(certain);
        }
        let literals = arguments::credentials(&arguments, self.read.family, self.names_user());
        for (which, literal) in literals.into_iter().flatten() {
            let shape = self.shape(literal);
            // `SetBasicAuth("user", "x")` logs in, whatever it is called.
            let source = if self.read.family == Family::Auth { Source::Login } else { shape.source };
            visit(Shape { source, argument: which, operator: Operator::Call, ..shape });
        }
    }
}

impl Shape {
    /// A plain shape.
    pub(super) fn of(source: Source, name: Range<usize>, operator: Operator, literal: Literal) -> Self {
        Self { source, name, operator, literal, argument: 0, name_is_quoted: false, is_wrapped: false }
    }
}

/// Steps into a bracket or a conversion: `[]byte("x")`, `new String("x")`, `["x"]`.
fn unwrap(view: View<'_>, at: usize) -> Option<usize> {
    if matches!(view.at(at), b'(' | b'[') && view.at(at + 1) != b']' {
        return Some(view.skip_line_end(at + 1));
    }
    let wrapper = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:[] -".contains(byte);
    let length = view.ahead(at, 36).iter().take_while(|byte| wrapper(byte)).count();
    let name = view.slice(at..at + length).trim_ascii();
    let known = |it: &&str| name.eq_ignore_ascii_case(it.as_bytes());
    let opens =
        view.at(at + length) == b'(' || name.len() >= 22 && super::literal::quote_at(view, at + length).is_some();
    if !opens || !WRAPPERS.iter().any(known) {
        return None;
    }
    Some(view.skip_line_end(at + length + usize::from(view.at(at + length) == b'(')))
}

/// The text that is used if a variable of the environment is not there: `process.env.X || "x"`.
fn fallback(view: View<'_>, at: usize) -> Option<Literal> {
    let line = view.line_after(at);
    let line = line.get(..line.len().min(120)).unwrap_or_default();
    let from_environment =
        ["process.env", "os.environ", "os.getenv", "ENV", "getenv", "env(", "Environment", "import.meta.env", "config"]
            .iter()
            .any(|it| line.starts_with(it.as_bytes()));
    if !from_environment {
        return None;
    }
    let (mark, length) =
        ["||", "??", " or ", "?:", "//"].iter().find_map(|it| Some((find(line, it.as_bytes())?, it.len())))?;
    quoted(view, view.skip_blanks(at + mark + length))
}

/// Whether a place is within a quoted text or a comment, seeing its line.
fn is_within_text(view: View<'_>, at: usize) -> bool {
    open_quote(view, at).is_some() || is_comment(view.line_before(at))
}

/// The quote that is open at a place, seeing its line.
fn open_quote(view: View<'_>, at: usize) -> Option<u8> {
    let line = view.line_before(at);
    let mut open: Option<u8> = None;
    let mut escaped = false;
    for byte in line {
        match (open, *byte) {
            _ if escaped => escaped = false,
            (_, b'\\') => escaped = true,
            (Some(mark), byte) if byte == mark => open = None,
            (None, b'"' | b'\'' | b'`') => open = Some(*byte),
            _ => {}
        }
    }
    open
}

/// Whether a line starts as comments do.
pub(in crate::generic) fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    ["//", "#", "* ", "/*", "--", "<!--", ";", "%", "\"\"\"", "REM "].iter().any(|it| line.starts_with(it.as_bytes()))
}

/// Whether a bare word reads as an expression of a programming language.
fn is_expression(value: &[u8]) -> bool {
    let mut bytes = value.iter();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'!' | b'-'));
    let number = value.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b'_' | b'x' | b'-'));
    let joined =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:?![](){}-><*&+|=,^%/~".contains(byte) || *byte >= 0x80;
    // A name may hold a dollar in some languages; an index behind it tells it from a password.
    let indexed = value.ends_with(b"]") && value.contains(&b'[');
    number || starts && bytes.all(|byte| joined(byte) || indexed && *byte == b'$')
}

/// The quote that closes a name has to be skipped where its pair starts.
pub(super) fn after_quote(end: usize, closing: Option<Quote>) -> usize {
    end + closing.map_or(0, Quote::len)
}
