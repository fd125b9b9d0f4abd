//! Open formats: what goes out can come back in.
