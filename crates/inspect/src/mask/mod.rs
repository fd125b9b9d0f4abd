//! Synthetic copies: the same shape, other values.
