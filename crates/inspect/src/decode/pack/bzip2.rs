//! A decoder of bzip2 without a check of its checksums: what can be read is looked into, damaged or not. It is our own
//! because the decoders to be had are either no longer kept or under a licence of their own.

use std::io::{self, Read};

const BLOCK_MAGIC: u64 = 0x3141_5926_5359;
const END_MAGIC: u64 = 0x1772_4538_5090;
/// Selectors change the table after so many symbols.
const GROUP: usize = 50;
const LONGEST_CODE: usize = 20;

fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// Reads bits, the highest first.
struct Bits<R> {
    source: io::BufReader<R>,
    held: u64,
    count: u32,
}

impl<R: Read> Bits<R> {
    fn take(&mut self, count: u32) -> io::Result<u32> {
        while self.count < count {
            let mut byte = [0];
            self.source.read_exact(&mut byte)?;
            self.held = self.held << 8 | u64::from(byte[0]);
            self.count += 8;
        }
        self.count -= count;
        let mask = (1_u64 << count) - 1;
        u32::try_from(self.held >> self.count & mask).map_err(|_| damaged())
    }

    fn bit(&mut self) -> io::Result<bool> {
        Ok(self.take(1)? == 1)
    }

    fn size(&mut self, count: u32) -> io::Result<usize> {
        Ok(self.take(count)? as usize)
    }

    fn align(&mut self) {
        self.count -= self.count % 8;
    }
}

/// A Huffman code by the lengths of its symbols: for each length, the first code, the first index and the end of the codes.
struct Code {
    symbols: Vec<u16>,
    rows: [(u32, u32, u32); LONGEST_CODE + 1],
}

impl Code {
    fn new(lengths: &[u8]) -> Self {
        let mut symbols = Vec::with_capacity(lengths.len());
        let mut rows = [(0, 0, 0); LONGEST_CODE + 1];
        let mut code = 0_u32;
        for (length, row) in (0_u8..).zip(&mut rows) {
            let first = symbols.len();
            symbols.extend(
                (0_u16..).zip(lengths).filter(|(_, it)| **it == length && length > 0).map(|(symbol, _)| symbol),
            );
            let count = u32::try_from(symbols.len() - first).unwrap_or_default();
            *row = (code, u32::try_from(first).unwrap_or_default(), code + count);
            code = (code + count) << 1;
        }
        Self { symbols, rows }
    }

    fn read(&self, bits: &mut Bits<impl Read>) -> io::Result<u16> {
        let mut code = 0;
        for (first, index, end) in self.rows.iter().skip(1) {
            code = code << 1 | bits.take(1)?;
            if (*first..*end).contains(&code) {
                return self.symbols.get((index + code - first) as usize).copied().ok_or_else(damaged);
            }
        }
        Err(damaged())
    }
}

/// Undoes the runs of the outermost stage: four equal bytes are followed by how many more there are.
#[derive(Default)]
struct Runs {
    last: Option<u8>,
    row: u8,
}

impl Runs {
    fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.row == 4 {
            let last = self.last.take().unwrap_or_default();
            out.extend(std::iter::repeat_n(last, usize::from(byte)));
            self.row = 0;
            return;
        }
        self.row = if self.last == Some(byte) { self.row + 1 } else { 1 };
        self.last = Some(byte);
        out.push(byte);
    }
}

/// A bzip2 stream, or several one after the other.
pub(super) struct Decoder<R> {
    bits: Bits<R>,
    /// Longest block of the stream that is being read; nothing between streams.
    block_size: Option<usize>,
    ready: io::Cursor<Vec<u8>>,
    ended: bool,
}

impl<R: Read> Decoder<R> {
    pub(super) fn new(source: R) -> Self {
        let bits = Bits { source: io::BufReader::new(source), held: 0, count: 0 };
        Self { bits, block_size: None, ready: io::Cursor::default(), ended: false }
    }

    /// Decodes what comes next; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        let Some(block_size) = self.block_size else { return self.stream_header() };
        let magic = u64::from(self.bits.take(24)?) << 24 | u64::from(self.bits.take(24)?);
        self.bits.take(32)?;
        match magic {
            BLOCK_MAGIC => {
                self.ready = io::Cursor::new(block(&mut self.bits, block_size)?);
                Ok(true)
            }
            END_MAGIC => {
                self.bits.align();
                self.block_size = None;
                Ok(true)
            }
            _ => Err(damaged()),
        }
    }

    fn stream_header(&mut self) -> io::Result<bool> {
        let first = match self.bits.take(8) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            first => first?,
        };
        let rest = self.bits.take(24)?.to_be_bytes();
        match (first, rest) {
            (0x42, [_, b'Z', b'h', level @ b'1'..=b'9']) => {
                self.block_size = Some(usize::from(level - b'0') * 100_000);
                Ok(true)
            }
            _ => Err(damaged()),
        }
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.ready.read(buffer)?;
            if count > 0 || self.ended || buffer.is_empty() {
                return Ok(count);
            }
            self.ended = !self.advance()?;
        }
    }
}

/// Decodes one block.
fn block(bits: &mut Bits<impl Read>, block_size: usize) -> io::Result<Vec<u8>> {
    if bits.bit()? {
        // Blocks that were shuffled have not been written for a quarter of a century.
        return Err(damaged());
    }
    let origin = bits.size(24)?;
    let mut used = symbols_in_use(bits)?;
    let tables = bits.size(3)?;
    let selectors = read_selectors(bits, tables)?;
    let codes = (0..tables).map(|_| read_code(bits, used.len() + 2)).collect::<io::Result<Vec<_>>>()?;
    let bytes = move_to_front(bits, &codes, &selectors, &mut used, block_size)?;
    unsort(&bytes, origin)
}

fn symbols_in_use(bits: &mut Bits<impl Read>) -> io::Result<Vec<u8>> {
    let rows = bits.take(16)?;
    let mut used = Vec::new();
    for row in 0..16_u8 {
        if rows >> (15 - row) & 1 == 1 {
            let columns = bits.take(16)?;
            used.extend((0..16_u8).filter(|column| columns >> (15 - column) & 1 == 1).map(|column| row << 4 | column));
        }
    }
    if used.is_empty() { Err(damaged()) } else { Ok(used) }
}

fn read_selectors(bits: &mut Bits<impl Read>, tables: usize) -> io::Result<Vec<usize>> {
    let count = bits.size(15)?;
    let mut order: Vec<usize> = (0..tables).collect();
    let mut selectors = Vec::new();
    for _ in 0..count {
        let mut index = 0;
        while bits.bit()? {
            index += 1;
        }
        let front = order.get_mut(..=index).ok_or_else(damaged)?;
        front.rotate_right(1);
        selectors.extend(order.first());
    }
    if (2..=6).contains(&tables) { Ok(selectors) } else { Err(damaged()) }
}

fn read_code(bits: &mut Bits<impl Read>, symbols: usize) -> io::Result<Code> {
    let mut length = u8::try_from(bits.take(5)?).map_err(|_| damaged())?;
    let mut lengths = Vec::with_capacity(symbols);
    for _ in 0..symbols {
        while bits.bit()? {
            length = if bits.bit()? { length.wrapping_sub(1) } else { length.wrapping_add(1) };
            if !(1..=20).contains(&length) {
                return Err(damaged());
            }
        }
        lengths.push(length);
    }
    Ok(Code::new(&lengths))
}

/// Reads the symbols of a block: runs of the byte in front, and places from which a byte moves to the front.
fn move_to_front(
    bits: &mut Bits<impl Read>,
    codes: &[Code],
    selectors: &[usize],
    used: &mut [u8],
    block_size: usize,
) -> io::Result<Vec<u8>> {
    let end = used.len() + 1;
    let mut out = Vec::new();
    let (mut run, mut weight) = (0_usize, 1_usize);
    for selector in selectors {
        let code = codes.get(*selector).ok_or_else(damaged)?;
        for _ in 0..GROUP {
            let symbol = usize::from(code.read(bits)?);
            if symbol < 2 {
                run += weight << symbol;
                weight <<= 1;
                if run > block_size {
                    return Err(damaged());
                }
                continue;
            }
            out.extend(std::iter::repeat_n(used.first().copied().unwrap_or_default(), run));
            (run, weight) = (0, 1);
            if symbol == end {
                return Ok(out);
            }
            let front = used.get_mut(..symbol).ok_or_else(damaged)?;
            front.rotate_right(1);
            out.extend(front.first());
            if out.len() > block_size {
                return Err(damaged());
            }
        }
    }
    Err(damaged())
}

/// Undoes the sorting of Burrows and Wheeler, and the runs beneath it.
fn unsort(bytes: &[u8], origin: usize) -> io::Result<Vec<u8>> {
    let mut starts = [0_u32; 256];
    for byte in bytes {
        if let Some(count) = starts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        (*start, sum) = (sum, sum + *start);
    }
    let mut next = vec![0_u32; bytes.len()];
    for (at, byte) in (0_u32..).zip(bytes) {
        let start = starts.get_mut(usize::from(*byte)).ok_or_else(damaged)?;
        *next.get_mut(*start as usize).ok_or_else(damaged)? = at;
        *start += 1;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut runs = Runs::default();
    let mut at = *next.get(origin).ok_or_else(damaged)? as usize;
    for _ in bytes {
        runs.push(*bytes.get(at).ok_or_else(damaged)?, &mut out);
        at = *next.get(at).ok_or_else(damaged)? as usize;
    }
    Ok(out)
}
