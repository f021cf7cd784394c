//! The compressed stream of RFC 1951, as far as a drawn symbol needs it: bytes, and "the same as one
//! row before".

use std::sync::LazyLock;

/// Up to 64 bits, the first in the lowest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bits {
    pub value: u64,
    pub count: u32,
}

impl Bits {
    /// These bits and then others; together they must be at most 64.
    pub const fn then(self, next: Self) -> Self {
        Self {
            value: self.value | next.value << self.count,
            count: self.count + next.count,
        }
    }

    const fn new(value: u64, count: u32) -> Self {
        Self { value, count }
    }
}

/// A stream of bits, packed into bytes from the lowest.
#[derive(Debug)]
pub(super) struct Stream<'f> {
    file: &'f mut Vec<u8>,
    held: Bits,
}

impl<'f> Stream<'f> {
    pub fn new(file: &'f mut Vec<u8>) -> Self {
        Self {
            file,
            held: Bits::default(),
        }
    }

    /// Appends bits.
    #[inline]
    pub fn put(&mut self, bits: Bits) {
        let mut left = bits;
        // Fewer than 32 bits are held between two calls, so there is room for 32.
        if left.count > 32 {
            self.hold(Bits::new(left.value & 0xFFFF_FFFF, 32));
            left = Bits::new(left.value >> 32, left.count - 32);
        }
        self.hold(left);
    }

    #[inline]
    fn hold(&mut self, bits: Bits) {
        self.held = self.held.then(bits);
        if self.held.count >= 32 {
            let [a, b, c, d, ..] = self.held.value.to_le_bytes();
            self.file.extend_from_slice(&[a, b, c, d]);
            self.held = Bits::new(self.held.value >> 32, self.held.count - 32);
        }
    }

    pub fn put_all(&mut self, all: &[Bits]) {
        for bits in all {
            self.put(*bits);
        }
    }

    /// Fills the last byte with zeros.
    pub fn finish(self) {
        let bytes = self.held.value.to_le_bytes();
        let used = bytes.into_iter().zip((0..self.held.count).step_by(8));
        self.file.extend(used.map(|(byte, _)| byte));
    }
}

/// The bits for bytes and for repeats. Two bytes are alike only one row apart, so each picture has a
/// single distance.
#[derive(Debug)]
pub(super) struct Code {
    /// What stands before the first byte.
    pub opening: Vec<Bits>,
    /// Literal bytes, the end of the block at 256, then the lengths of repeats.
    symbols: &'static [Bits],
    /// One row back.
    distance: Bits,
}

/// The end of the block among the symbols.
const END: usize = 256;

/// The code that the standard fixes (RFC 1951 3.2.6), good for any bytes.
static FIXED: LazyLock<Vec<Bits>> = LazyLock::new(|| {
    let length = |symbol| match symbol {
        144..=255 => 9,
        256..=279 => 7,
        _ => 8,
    };
    canonical(&Vec::from_iter((0..288).map(length)))
});

/// A code for rows in which only 0x00 and 0xFF occur: a light byte takes one bit, a dark one two.
static WHOLE_BYTES: LazyLock<Vec<Bits>> = LazyLock::new(|| canonical(&whole_byte_lengths()));

fn whole_byte_lengths() -> Vec<u8> {
    let length = |symbol| match symbol {
        0x00 => 2,
        0xFF => 1,
        256..=283 => 7,
        284 | 285 => 6,
        _ => 0,
    };
    (0..286).map(length).collect()
}

/// What the symbols from 257 and the distances stand for: the first value, and how many bits follow
/// to tell how far beyond it (RFC 1951 3.2.5).
const LENGTHS: [(usize, u32); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];
const DISTANCES: [(usize, u32); 22] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
];

/// The longest repeat, and the shortest.
const REPEAT_MAX: usize = 258;
const REPEAT_MIN: usize = 3;

impl Code {
    /// [`FIXED`], for rows of `stride` bytes.
    pub fn fixed(stride: usize) -> Self {
        // The last block, with the fixed code.
        let opening = vec![Bits::new(0b011, 3)];
        Self::new(opening, &FIXED, &[5; 30], stride)
    }

    /// [`WHOLE_BYTES`], for rows of `stride` bytes.
    pub fn whole_bytes(stride: usize) -> Self {
        // One distance would do. A second, which never occurs, makes the code complete: some readers
        // insist.
        let mut distances = vec![0; 1 + entry(&DISTANCES, stride).0];
        if let [first, .., last] = distances.as_mut_slice() {
            (*first, *last) = (1, 1);
        }
        let opening = opening(&whole_byte_lengths(), &distances);
        Self::new(opening, &WHOLE_BYTES, &distances, stride)
    }

    fn new(opening: Vec<Bits>, symbols: &'static [Bits], distances: &[u8], stride: usize) -> Self {
        let (symbol, extra) = entry(&DISTANCES, stride);
        let distance = canonical(distances).get(symbol).copied();
        Self {
            opening,
            symbols,
            distance: distance.unwrap_or_default().then(extra),
        }
    }

    /// A byte as it is.
    pub fn byte(&self, byte: u8) -> Bits {
        self.symbol(usize::from(byte))
    }

    /// The end of the stream.
    pub fn end(&self) -> Bits {
        self.symbol(END)
    }

    /// So many bytes (none, or at least three), the same as one row before.
    pub fn again(&self, bytes: usize) -> Vec<Bits> {
        let mut repeats = Vec::new();
        let mut left = bytes;
        while left > 0 {
            let taken = match left {
                ..=REPEAT_MAX => left,
                // What remains must not be too short to be repeated.
                _ if left < REPEAT_MAX + REPEAT_MIN => left - REPEAT_MIN,
                _ => REPEAT_MAX,
            };
            let (length, extra) = entry(&LENGTHS, taken);
            repeats.push(
                self.symbol(END + 1 + length)
                    .then(extra)
                    .then(self.distance),
            );
            left -= taken;
        }
        repeats
    }

    fn symbol(&self, symbol: usize) -> Bits {
        self.symbols.get(symbol).copied().unwrap_or_default()
    }
}

/// The symbol of a length or distance, counted from the first, and the bits that follow it.
fn entry(table: &[(usize, u32)], value: usize) -> (usize, Bits) {
    let index = table
        .partition_point(|(first, _)| *first <= value)
        .saturating_sub(1);
    let (first, count) = table.get(index).copied().unwrap_or_default();
    let beyond = u64::try_from(value - first).unwrap_or_default();
    (index, Bits::new(beyond, count))
}

/// The codes that follow from their lengths (3.2.2): in the order of length, then of symbol. A code
/// goes into the stream from its highest bit, so it is turned round here.
fn canonical(lengths: &[u8]) -> Vec<Bits> {
    let mut codes = vec![Bits::default(); lengths.len()];
    let mut next = 0_u64;
    for length in 1..=15_u8 {
        let count = u32::from(length);
        for (code, _) in codes
            .iter_mut()
            .zip(lengths)
            .filter(|(_, own)| **own == length)
        {
            *code = Bits::new(next.reverse_bits() >> (64 - count), count);
            next += 1;
        }
        next <<= 1;
    }
    codes
}

/// The header of a last block with its own code (3.2.7). Lengths 0, 1, 2, 6 and 7 are all that occur,
/// so eight symbols of three bits describe them: these five, "the last again", "zeros", "many zeros".
fn opening(lengths: &[u8], distances: &[u8]) -> Vec<Bits> {
    const AGAIN: u8 = 16;
    const ZEROS: u8 = 17;
    const MANY_ZEROS: u8 = 18;
    /// The order in which the lengths of the symbols are written, as far as one is used.
    const ORDER: [u8; 18] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1];
    let used: Vec<u8> = (0..=18)
        .map(|symbol| match symbol {
            0 | 1 | 2 | 6 | 7 | AGAIN | ZEROS | MANY_ZEROS => 3,
            _ => 0,
        })
        .collect();
    let codes = canonical(&used);
    let symbol = |symbol: u8| codes.get(usize::from(symbol)).copied().unwrap_or_default();
    let number = |number: usize, count| Bits::new(u64::try_from(number).unwrap_or_default(), count);

    let mut opening = vec![
        Bits::new(0b101, 3),
        number(lengths.len() - 257, 5),
        number(distances.len() - 1, 5),
        number(ORDER.len() - 4, 4),
    ];
    let used_in_order = ORDER
        .iter()
        .filter_map(|symbol| used.get(usize::from(*symbol)));
    opening.extend(used_in_order.map(|length| Bits::new(u64::from(*length), 3)));

    let both: Vec<u8> = [lengths, distances].concat();
    for run in both.chunk_by(|a, b| a == b) {
        let Some(length) = run.first().copied() else {
            continue;
        };
        let mut left = run.len();
        if length != 0 {
            opening.push(symbol(length));
            left -= 1;
        }
        while left > 0 {
            let (bits, taken) = match (length, left) {
                (0, 11..) => {
                    let taken = left.min(138);
                    (symbol(MANY_ZEROS).then(number(taken - 11, 7)), taken)
                }
                (0, 3..) => (symbol(ZEROS).then(number(left - 3, 3)), left),
                (_, 3..) => {
                    let taken = left.min(6);
                    (symbol(AGAIN).then(number(taken - 3, 2)), taken)
                }
                _ => (symbol(length), 1),
            };
            opening.push(bits);
            left -= taken;
        }
    }
    opening
}

/// The check at the end of a zlib stream (RFC 1950), fed with whole rows at a time.
#[derive(Debug)]
pub(super) struct Adler32 {
    sum: u64,
    sums: u64,
}

/// What a row adds to the check.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowSums {
    /// The sum of its bytes.
    pub plain: u64,
    /// The sum of its bytes, each times its distance from the end of the row, the last byte once.
    pub weighted: u64,
}

impl Adler32 {
    const MODULUS: u64 = 65_521;

    pub const fn new() -> Self {
        Self { sum: 1, sums: 0 }
    }

    /// Adds `rows` rows of `stride` bytes, all alike. Nothing here comes near the range of a `u64`.
    pub const fn add(&mut self, row: RowSums, stride: usize, rows: usize) {
        let (stride, rows) = (stride as u64, rows as u64);
        let earlier_rows = rows * rows.saturating_sub(1) / 2;
        self.sums += rows * (stride * self.sum + row.weighted) + stride * row.plain * earlier_rows;
        self.sum += rows * row.plain;
        self.sums %= Self::MODULUS;
        self.sum %= Self::MODULUS;
    }

    pub const fn finish(&self) -> [u8; 4] {
        let [a, b, ..] = self.sum.to_le_bytes();
        let [c, d, ..] = self.sums.to_le_bytes();
        [d, c, b, a]
    }
}
