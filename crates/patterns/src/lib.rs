//! Reads rule files and compiles them: the rarest literal of each rule, and its automaton.
