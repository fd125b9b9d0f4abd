//! Single values: a word, a count, a size, a time. Each knows which of two is stricter.

use super::at::At;
use super::lower::{Entry, EntryValue, Lower};
use super::words::{
    Answer, AskedBy, Assumed, Boundary, Ceiling, ContentKeeping, Keys, Labels, Listen, ModeWord, OnAuditFailure,
    Permission, Preset, Require, Response, Workspace,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// A count of which less is stricter.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct Most(pub(crate) u64);

/// A count of which more is stricter.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct Least(pub(crate) u64);

/// A sum of money; less is stricter.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct Dollars(pub(crate) f64);

/// A share in percent; less is stricter.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct Percent(#[schemars(range(min = 1, max = 100))] pub(crate) u64);

/// Where a model lies.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct ModelPath(pub(crate) String);

/// A size such as `4GiB`; less is stricter.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct MostBytes(pub(crate) String);

/// A time such as `30d`; less is stricter.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct MostTime(pub(crate) String);

/// A time such as `1y`; more is stricter.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct LeastTime(pub(crate) String);

/// A single value, whatever it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Preset(Preset),
    Mode(ModeWord),
    Answer(Answer),
    Response(Response),
    Boundary(Boundary),
    Listen(Listen),
    Keys(Keys),
    Labels(Labels),
    Require(Require),
    Workspace(Workspace),
    Content(ContentKeeping),
    OnAuditFailure(OnAuditFailure),
    Ceiling(Ceiling),
    Assumed(Assumed),
    Permission(Permission),
    AskedBy(AskedBy),
    /// Less is stricter: counts, bytes, seconds, millionths of a dollar.
    Most(u64),
    /// More is stricter: counts, seconds.
    Least(u64),
    /// Cedar policies, a path.
    Text(String),
}

impl Scalar {
    /// Whether this is looser than `other`. Values of different kinds never meet: a key has one kind.
    pub(crate) fn is_looser_than(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Preset(mine), Self::Preset(theirs)) => mine.loosens(*theirs),
            (Self::Mode(mine), Self::Mode(theirs)) => mine < theirs,
            (Self::Answer(mine), Self::Answer(theirs)) => mine < theirs,
            (Self::Response(mine), Self::Response(theirs)) => mine < theirs,
            (Self::Boundary(mine), Self::Boundary(theirs)) => mine < theirs,
            (Self::Listen(mine), Self::Listen(theirs)) => mine < theirs,
            (Self::Keys(mine), Self::Keys(theirs)) => mine < theirs,
            (Self::Labels(mine), Self::Labels(theirs)) => mine < theirs,
            (Self::Require(mine), Self::Require(theirs)) => mine < theirs,
            (Self::Workspace(mine), Self::Workspace(theirs)) => mine < theirs,
            (Self::Content(mine), Self::Content(theirs)) => mine < theirs,
            (Self::OnAuditFailure(mine), Self::OnAuditFailure(theirs)) => mine < theirs,
            (Self::Ceiling(mine), Self::Ceiling(theirs)) => mine < theirs,
            (Self::Assumed(mine), Self::Assumed(theirs)) => mine < theirs,
            (Self::Permission(mine), Self::Permission(theirs)) => mine < theirs,
            (Self::AskedBy(mine), Self::AskedBy(theirs)) => mine < theirs,
            (Self::Most(mine), Self::Most(theirs)) => mine > theirs,
            (Self::Least(mine), Self::Least(theirs)) => mine < theirs,
            (
                Self::Preset(_)
                | Self::Mode(_)
                | Self::Answer(_)
                | Self::Response(_)
                | Self::Boundary(_)
                | Self::Listen(_)
                | Self::Keys(_)
                | Self::Labels(_)
                | Self::Require(_)
                | Self::Workspace(_)
                | Self::Content(_)
                | Self::OnAuditFailure(_)
                | Self::Ceiling(_)
                | Self::Assumed(_)
                | Self::Permission(_)
                | Self::AskedBy(_)
                | Self::Most(_)
                | Self::Least(_)
                | Self::Text(_),
                _,
            ) => false,
        }
    }
}

/// What a written value means, or what is wrong with it.
type Meaning = Result<Scalar, &'static str>;

macro_rules! scalars {
    ($($kind:ty => $read:expr;)*) => {$(
        impl Lower for At<$kind> {
            fn lower(self, key: &str, out: &mut Vec<Entry>) {
                let read: fn(&$kind) -> Meaning = $read;
                out.push(Entry { key: key.to_owned(), span: self.span(), value: EntryValue::Scalar(read(self.get())) });
            }
        }
    )*};
}

scalars! {
    Preset => |it| Ok(Scalar::Preset(*it));
    ModeWord => |it| Ok(Scalar::Mode(*it));
    Answer => |it| Ok(Scalar::Answer(*it));
    Response => |it| Ok(Scalar::Response(*it));
    Boundary => |it| Ok(Scalar::Boundary(*it));
    Listen => |it| Ok(Scalar::Listen(*it));
    Keys => |it| Ok(Scalar::Keys(*it));
    Labels => |it| Ok(Scalar::Labels(*it));
    Require => |it| Ok(Scalar::Require(*it));
    Workspace => |it| Ok(Scalar::Workspace(*it));
    ContentKeeping => |it| Ok(Scalar::Content(*it));
    OnAuditFailure => |it| Ok(Scalar::OnAuditFailure(*it));
    Ceiling => |it| Ok(Scalar::Ceiling(*it));
    Assumed => |it| Ok(Scalar::Assumed(*it));
    Permission => |it| Ok(Scalar::Permission(*it));
    AskedBy => |it| Ok(Scalar::AskedBy(*it));
    Most => |it| Ok(Scalar::Most(it.0));
    Least => |it| if it.0 == 0 { Err("must be at least 1") } else { Ok(Scalar::Least(it.0)) };
    Percent => |it| if (1..=100).contains(&it.0) { Ok(Scalar::Most(it.0)) } else { Err("is not between 1 and 100 percent") };
    ModelPath => |it| model_path(&it.0);
    Dollars => |it| dollars(it.0).map(Scalar::Most);
    MostBytes => |it| bytes(&it.0).map(Scalar::Most);
    MostTime => |it| seconds(&it.0).map(Scalar::Most);
    LeastTime => |it| seconds(&it.0).map(Scalar::Least);
    String => |it| Ok(Scalar::Text(it.clone()));
}

/// A path that means the same wherever the program is started.
fn model_path(path: &str) -> Meaning {
    let is_fixed = path.starts_with('/') || path.strip_prefix("~/").is_some_and(|rest| !rest.is_empty());
    if is_fixed { Ok(Scalar::Text(path.to_owned())) } else { Err("is not a path that begins with `/` or `~/`") }
}

const TIME: &str = "is not a time: write a whole number and a unit, such as `90s`, `15m`, `8h`, `30d` or `1y`";
const SIZE: &str = "is not a size: write a whole number and a unit, such as `512MiB` or `4GiB`";
const MONEY: &str = "is not a sum of money: write dollars such as `2.50`";

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit))
}

fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, unit) = number_and_unit(text)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*factor)
}

fn seconds(text: &str) -> Result<u64, &'static str> {
    const UNITS: [(&str, u64); 6] =
        [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800), ("y", 31_536_000)];
    scaled(text, &UNITS).ok_or(TIME)
}

fn bytes(text: &str) -> Result<u64, &'static str> {
    const UNITS: [(&str, u64); 9] = [
        ("B", 1),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];
    scaled(text, &UNITS).ok_or(SIZE)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked on the line before")]
fn dollars(sum: f64) -> Result<u64, &'static str> {
    if !sum.is_finite() || !(0.0..=1e9).contains(&sum) {
        return Err(MONEY);
    }
    Ok((sum * 1e6).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read_exactly_or_not_at_all() {
        assert_eq!((seconds("90s"), seconds("1y"), seconds("30d")), (Ok(90), Ok(31_536_000), Ok(2_592_000)));
        assert_eq!((bytes("4GiB"), bytes("1kB")), (Ok(4 << 30), Ok(1000)));
        for bad in ["", "10", "d", "-1d", "1.5h", "1 d", "99999999999999999999d", "18446744073709551615y", "1D"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
        assert_eq!((dollars(2.5), dollars(-1.0), dollars(f64::NAN)), (Ok(2_500_000), Err(MONEY), Err(MONEY)));
    }
}
