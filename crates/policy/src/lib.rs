//! What an agent may do: `portcullis.toml`, its layers, and a pure decision.
