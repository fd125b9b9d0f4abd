//! Enums of words that stand in policies, decisions and reports: each with its name as it is written, and with what it is
//! there for.

/// An enum of words, with `ALL`, `as_str`, `reason` and `parse`.
macro_rules! vocabulary {
    (
        $(#[doc = $about:literal])* $name:ident, $(#[doc = $why:literal])* reason;
        $($(#[doc = $doc:literal])* $variant:ident = $word:literal, $reason:literal;)*
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $doc])* $variant,)*
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            $(#[doc = $why])*
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$variant => $reason),* }
            }

            /// The one of this name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == name)
            }
        }
    };
}
pub(crate) use vocabulary;
