//! What is handed in.

use super::Stdin;
use crate::origin::Origin;
use crate::report::Why;
use crate::worker::{About, Worker};

pub(crate) fn scan(stdin: Stdin, worker: &mut Worker<'_>) {
    let Stdin { name, bytes } = stdin;
    let origin = || Origin::Stdin { name: name.clone() };
    if let Err(error) = worker.stream(bytes, &mut Vec::new(), About::whole(&origin, name.as_deref())) {
        worker.not_looked_into(origin(), Why::Unreadable(error.to_string()));
    }
}
