//! Cards and banks.

pub(super) mod bic;
pub(super) mod card;
pub(super) mod countries;
