//! What the forms of a report look like, and that no content breaks them.

#[cfg(test)]
mod forms;
