//! What the index reads: any numbered sequence of records. The log implements it; tests hand in a vector.

/// One record and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Its number in the log, counted from 0.
    pub index: u64,
    /// The file of the log that holds it.
    pub segment: u32,
    /// Where in that file it begins.
    pub offset: u64,
    /// The canonical record. Empty if retention has dropped it and only its hash is left.
    pub bytes: Vec<u8>,
}

/// A log that can be indexed.
pub trait Source {
    /// Why it could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// How many records it has.
    fn size(&self) -> Result<u64, Self::Error>;

    /// The records from `first` on, at most `limit` of them, in order and without gaps. Fewer are fine, none are not
    /// as long as `first` is below the size.
    fn read(&self, first: u64, limit: usize) -> Result<Vec<Located>, Self::Error>;

    /// Which log it is: its origin and the hash of its first record, say. An index of another log is built anew.
    fn identity(&self) -> String;
}
