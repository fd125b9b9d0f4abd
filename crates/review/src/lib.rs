//! Walks files, archives, history and changes, and has them looked into.
