//! Undoes encodings and packings, and remembers where each decoded byte came from.
