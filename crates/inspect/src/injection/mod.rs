//! Text that tries to steer an agent, and text that hides from its reader.
