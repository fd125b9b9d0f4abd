//! Placeholders for what must not travel on, and the way back.
