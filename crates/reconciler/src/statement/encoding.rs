//! Which bytes are which letters.
//!
//! Today's exports are UTF-8, Excel's "Unicode text" is UTF-16, and older systems of Vietnamese banks
//! and offices write Windows-1258 (letters followed by tone marks) or TCVN 5712:1993, the encoding of
//! the `.VnTime` fonts, known as TCVN3 or ABC.

use super::layout;
use encoding_rs::{CoderResult, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1258};
use std::io::{self, Read};

/// How the text of a file is encoded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1258.
    Windows1258,
    /// TCVN 5712:1993.
    Tcvn3,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Utf8,
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Windows1258,
        Self::Tcvn3,
    ];

    /// The name in the API and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1258 => "windows-1258",
            Self::Tcvn3 => "tcvn3",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|encoding| encoding.as_str().eq_ignore_ascii_case(name))
    }
}

/// The upper half of TCVN 5712:1993 (VN1), from 0x80. The fonts of TCVN3 have no capitals with marks
/// in most of 0x80–0x9F; where a file has them, this is what they are.
const TCVN3_UPPER: [char; 128] = [
    'À', 'Ả', 'Ã', 'Á', 'Ạ', 'Ặ', 'Ậ', 'È', 'Ẻ', 'Ẽ', 'É', 'Ẹ', 'Ệ', 'Ì', 'Ỉ', 'Ĩ', 'Í', 'Ị', 'Ò',
    'Ỏ', 'Õ', 'Ó', 'Ọ', 'Ộ', 'Ờ', 'Ở', 'Ỡ', 'Ớ', 'Ợ', 'Ù', 'Ủ', 'Ũ', '\u{a0}', 'Ă', 'Â', 'Ê', 'Ô',
    'Ơ', 'Ư', 'Đ', 'ă', 'â', 'ê', 'ô', 'ơ', 'ư', 'đ', 'Ằ', '\u{300}', '\u{309}', '\u{303}',
    '\u{301}', '\u{323}', 'à', 'ả', 'ã', 'á', 'ạ', 'Ẳ', 'ằ', 'ẳ', 'ẵ', 'ắ', 'Ẵ', 'Ắ', 'Ầ', 'Ẩ',
    'Ẫ', 'Ấ', 'Ề', 'ặ', 'ầ', 'ẩ', 'ẫ', 'ấ', 'ậ', 'è', 'Ể', 'ẻ', 'ẽ', 'é', 'ẹ', 'ề', 'ể', 'ễ', 'ế',
    'ệ', 'ì', 'ỉ', 'Ễ', 'Ế', 'Ồ', 'ĩ', 'í', 'ị', 'ò', 'Ổ', 'ỏ', 'õ', 'ó', 'ọ', 'ồ', 'ổ', 'ỗ', 'ố',
    'ộ', 'ờ', 'ở', 'ỡ', 'ớ', 'ợ', 'ù', 'Ỗ', 'ủ', 'ũ', 'ú', 'ụ', 'ừ', 'ử', 'ữ', 'ứ', 'ự', 'ỳ', 'ỷ',
    'ỹ', 'ý', 'ỵ', 'Ố',
];

/// Bytes at the beginning that decide what a file is.
const HEAD_BYTES: usize = 64 * 1024;
/// Bytes that are decoded at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// The encoding of the file: what the person said, a byte order mark, valid UTF-8, or the older
/// encoding whose reading has more of the words that stand in statements.
#[must_use]
pub fn of(file: &[u8], told: Option<Encoding>) -> Encoding {
    if let Some(told) = told {
        return told;
    }
    match file {
        [0xEF, 0xBB, 0xBF, ..] => return Encoding::Utf8,
        [0xFF, 0xFE, ..] => return Encoding::Utf16Le,
        [0xFE, 0xFF, ..] => return Encoding::Utf16Be,
        _ => {}
    }
    let start = file.get(..HEAD_BYTES.min(file.len())).unwrap_or(file);
    if let Some(wide) = wide_without_mark(start) {
        return wide;
    }
    if str::from_utf8(file).is_ok() {
        return Encoding::Utf8;
    }
    let old = head(file, Encoding::Windows1258);
    let vn3 = head(file, Encoding::Tcvn3);
    let (old_words, vn3_words) = (layout::header_words_in(&old), layout::header_words_in(&vn3));
    if old_words != vn3_words {
        return if old_words > vn3_words {
            Encoding::Windows1258
        } else {
            Encoding::Tcvn3
        };
    }
    // TCVN3 read as Windows-1258 is full of signs that no memo has.
    let signs = old
        .chars()
        .filter(|c| "µ¸¶·¹®©¨ª«¬»¼½¾".contains(*c))
        .count();
    if signs * 50 > old.chars().filter(|c| !c.is_ascii()).count() {
        Encoding::Tcvn3
    } else {
        Encoding::Windows1258
    }
}

/// UTF-16 without a byte order mark: text in Latin letters has a zero in every second byte.
fn wide_without_mark(start: &[u8]) -> Option<Encoding> {
    let pairs = start.len() / 2;
    if pairs < 8 {
        return None;
    }
    let zeros = |parity: usize| {
        start
            .iter()
            .skip(parity)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    if odd * 2 > pairs && even * 10 < pairs {
        Some(Encoding::Utf16Le)
    } else if even * 2 > pairs && odd * 10 < pairs {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// The beginning of the file as text.
#[must_use]
pub fn head(file: &[u8], encoding: Encoding) -> String {
    let mut text = Vec::with_capacity(HEAD_BYTES);
    // Reading from memory does not fail; what is there is what there is.
    let _ = Decoder::new(file, encoding)
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The file as UTF-8, decoded while it is read: no second copy of it is ever in memory. Bytes that are
/// no letter become U+FFFD.
pub struct Decoder<'a> {
    rest: &'a [u8],
    with: With,
    ready: Vec<u8>,
    taken: usize,
    done: bool,
}

enum With {
    /// Boxed: it is large, and there is one per file.
    Library(Box<encoding_rs::Decoder>),
    Tcvn3,
}

impl<'a> Decoder<'a> {
    /// A reader of `file`.
    #[must_use]
    pub fn new(file: &'a [u8], encoding: Encoding) -> Self {
        let library = |encoding: &'static encoding_rs::Encoding| {
            With::Library(Box::new(encoding.new_decoder_with_bom_removal()))
        };
        Self {
            rest: file,
            with: match encoding {
                Encoding::Utf8 => library(UTF_8),
                Encoding::Utf16Le => library(UTF_16LE),
                Encoding::Utf16Be => library(UTF_16BE),
                Encoding::Windows1258 => library(WINDOWS_1258),
                Encoding::Tcvn3 => With::Tcvn3,
            },
            ready: Vec::new(),
            taken: 0,
            done: false,
        }
    }

    fn decode_more(&mut self) {
        self.taken = 0;
        self.ready.clear();
        let cut = CHUNK_BYTES.min(self.rest.len());
        let (chunk, rest) = self.rest.split_at(cut);
        let last = rest.is_empty();
        match &mut self.with {
            With::Tcvn3 => {
                for byte in chunk {
                    let c = match byte.checked_sub(0x80) {
                        None => char::from(*byte),
                        Some(upper) => TCVN3_UPPER
                            .get(usize::from(upper))
                            .copied()
                            .unwrap_or('\u{FFFD}'),
                    };
                    self.ready
                        .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                self.rest = rest;
                self.done = last;
            }
            With::Library(decoder) => {
                // Three bytes of UTF-8 for one byte is the most that these encodings need.
                self.ready.resize(CHUNK_BYTES * 3 + 16, 0);
                let (result, read, written, _) =
                    decoder.decode_to_utf8(chunk, &mut self.ready, last);
                self.ready.truncate(written);
                self.rest = self.rest.get(read..).unwrap_or_default();
                self.done = last && matches!(result, CoderResult::InputEmpty);
            }
        }
    }
}

impl Read for Decoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken >= self.ready.len() {
            if self.done {
                return Ok(0);
            }
            self.decode_more();
        }
        let ready = self.ready.get(self.taken..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    const SENTENCE: &str =
        "Ngày giao dịch;Số tiền ghi có;Nội dung: nộp học phí đợt hai, lớp Ễnh ương";

    fn all(file: &[u8], encoding: Encoding) -> String {
        let mut text = String::new();
        Decoder::new(file, encoding)
            .read_to_string(&mut text)
            .unwrap();
        text.nfc().collect()
    }

    fn tcvn3(text: &str) -> Vec<u8> {
        text.nfc()
            .map(|c| {
                if c.is_ascii() {
                    return c as u8;
                }
                let at = TCVN3_UPPER.iter().position(|known| *known == c).unwrap();
                u8::try_from(at + 0x80).unwrap()
            })
            .collect()
    }

    /// Letters of Windows-1258: a base letter of the code page, then the mark.
    fn windows_1258(text: &str) -> Vec<u8> {
        let mut decomposed = String::new();
        for c in text.nfc() {
            if !WINDOWS_1258.encode(&c.to_string()).2 {
                decomposed.push(c);
                continue;
            }
            // Take the tone off and keep the circumflex, horn or breve with its letter.
            let parts: Vec<char> = c.nfd().collect();
            let tone = parts
                .iter()
                .position(|m| "\u{300}\u{301}\u{303}\u{309}\u{323}".contains(*m))
                .unwrap();
            let base: String = parts
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != tone)
                .map(|(_, c)| *c)
                .nfc()
                .collect();
            decomposed.push_str(&base);
            decomposed.push(parts[tone]);
        }
        let (bytes, _, failed) = WINDOWS_1258.encode(&decomposed);
        assert!(!failed, "{decomposed}");
        bytes.into_owned()
    }

    #[test]
    fn the_tcvn3_table_is_that_of_the_standard() {
        // TCVN 5712:1993 puts the word "Việt Nam" and the five tones of a at these bytes.
        assert_eq!(all(b"Vi\xd6t Nam", Encoding::Tcvn3), "Việt Nam");
        assert_eq!(
            all(b"a \xb5 \xb8 \xb6 \xb7 \xb9", Encoding::Tcvn3),
            "a à á ả ã ạ"
        );
        assert_eq!(all(b"\xa7\xad\xeang S\xe8", Encoding::Tcvn3), "Đường Số");
        let distinct: std::collections::BTreeSet<char> = TCVN3_UPPER.into_iter().collect();
        assert_eq!(distinct.len(), 128);
    }

    #[test]
    fn each_encoding_is_recognised_and_read_back() {
        let utf16 = |wide: fn(u16) -> [u8; 2], mark: &[u8]| {
            let mut bytes = mark.to_vec();
            bytes.extend(SENTENCE.encode_utf16().flat_map(wide));
            bytes
        };
        let mut marked = vec![0xEF, 0xBB, 0xBF];
        marked.extend_from_slice(SENTENCE.as_bytes());
        for (file, encoding) in [
            (SENTENCE.as_bytes().to_vec(), Encoding::Utf8),
            (
                SENTENCE.nfd().collect::<String>().into_bytes(),
                Encoding::Utf8,
            ),
            (marked, Encoding::Utf8),
            (utf16(u16::to_le_bytes, &[0xFF, 0xFE]), Encoding::Utf16Le),
            (utf16(u16::to_be_bytes, &[0xFE, 0xFF]), Encoding::Utf16Be),
            (utf16(u16::to_le_bytes, &[]), Encoding::Utf16Le),
            (windows_1258(SENTENCE), Encoding::Windows1258),
            (tcvn3(SENTENCE), Encoding::Tcvn3),
        ] {
            assert_eq!(of(&file, None), encoding);
            assert_eq!(all(&file, encoding), SENTENCE, "{encoding:?}");
        }
    }

    #[test]
    fn memos_without_header_words_still_tell_the_old_encodings_apart() {
        let text = "nộp tiền điện tháng chín, trường mầm non, chị Hương gửi bác Sửu";
        assert_eq!(of(&tcvn3(text), None), Encoding::Tcvn3);
        assert_eq!(of(&windows_1258(text), None), Encoding::Windows1258);
    }

    proptest! {
        #[test]
        fn any_bytes_decode_to_valid_text_of_bounded_size(file in prop::collection::vec(any::<u8>(), 0..40_000)) {
            for encoding in Encoding::ALL {
                let mut text = Vec::new();
                Decoder::new(&file, encoding).read_to_end(&mut text).unwrap();
                prop_assert!(str::from_utf8(&text).is_ok());
                prop_assert!(text.len() <= file.len() * 3 + 3);
            }
            let _ = of(&file, None);
        }
    }
}
