//! The searchable copy of the log. It can be thrown away and built again.
