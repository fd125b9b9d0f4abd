//! The pass between: which values must not turn up elsewhere, once it is known what the columns hold.

use super::encoding::Decoder;
use super::known::Known;
use super::row::{Columns, MaskError, Reader, Row};
use super::survey::Plan;

/// Gathers the values of a file that are masked, piece by piece.
pub struct Gather<'p> {
    plan: &'p Plan,
    decoder: Decoder,
    reader: Box<dyn Reader>,
    known: Known,
}

impl std::fmt::Debug for Gather<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gather({:?})", self.known)
    }
}

impl<'p> Gather<'p> {
    /// Of the file that was planned so.
    pub fn new(plan: &'p Plan) -> Self {
        let reader = plan.layout.reader(plan.columns.clone());
        Self { plan, decoder: Decoder::new(plan.encoding), reader, known: Known::default() }
    }

    /// Takes the next piece of the file.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), MaskError> {
        let text = self.decoder.push(bytes)?;
        self.reader.push(&text, &mut |row, columns| add(&mut self.known, self.plan, &row, columns))
    }

    /// Ends the file; gives what was gathered.
    pub fn finish(mut self) -> Result<Known, MaskError> {
        self.decoder.finish()?;
        self.reader.finish(&mut |row, columns| add(&mut self.known, self.plan, &row, columns))?;
        Ok(self.known)
    }
}

fn add(known: &mut Known, plan: &Plan, row: &Row, columns: &Columns) {
    for cell in &row.cells {
        let Some(column) = columns.get(cell.column) else { continue };
        if let Some(kind) = plan.kind_of(&column.table, &column.name).filter(|kind| kind.is_masked()) {
            known.add(kind, &cell.text);
        }
    }
}
