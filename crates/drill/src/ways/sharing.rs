//! Memory, messages and keys that processes share under a number or a name.

use super::{Attempt, Category, Got, Here, Proof, Way, attempt};
use portcullis_sandbox::attempt::{read_key, read_queue, read_segment, receive_message};

const fn brings(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Sharing, id, loses, Way::By(way), Proof::Secret)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    brings("share-memory", "memory that programs of yours share under a number", |here| read_segment(here.plan.number)),
    brings("share-messages", "messages that programs of yours send under a number", |here| {
        receive_message(here.plan.number)
    }),
    brings("share-queue", "messages that programs of yours send under a name", |here| {
        read_queue(&here.plan.listeners.nameless)
    }),
    brings("share-file", "memory that programs of yours share under a name", |here| {
        std::fs::read(std::path::Path::new("/dev/shm").join(&here.plan.listeners.nameless))
    }),
    brings("share-key", "keys that the kernel keeps for you", |here| read_key(&here.plan.listeners.nameless)),
];
