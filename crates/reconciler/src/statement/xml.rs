//! XML as statements need it: elements and text, nothing that can be used against us.
//!
//! No document type, no entities but the five of XML and character references, a bounded depth, and no
//! single piece of markup or text beyond a bound: the parser under this never holds more than one.

use super::Refusal;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::{BufRead, BufReader, Read};

/// Elements inside one another.
const DEPTH_MAX: usize = 32;
/// Bytes of one tag, text or comment.
const PIECE_BYTES_MAX: usize = 256 * 1024;

/// What stands next.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// An element begins.
    Start(&'a str),
    /// Text inside the element; several pieces may follow each other.
    Text(&'a str),
    /// An element ends.
    End(&'a str),
    /// Nothing follows.
    Eof,
}

/// A reader of XML.
pub(super) struct Xml<R: Read> {
    reader: Reader<Counted<BufReader<R>>>,
    buffer: Vec<u8>,
    depth: usize,
    text: String,
    attributes: Vec<(String, String)>,
    seen_root: bool,
    resolved: [u8; 4],
}

impl<R: Read> Xml<R> {
    pub(super) fn new(source: R) -> Self {
        let mut reader = Reader::from_reader(Counted {
            inner: BufReader::with_capacity(64 * 1024, source),
            since_piece: 0,
            lines: 0,
        });
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
            text: String::new(),
            attributes: Vec::new(),
            seen_root: false,
            resolved: [0; 4],
        }
    }

    /// The line that was reached, from 1.
    pub(super) fn line(&self) -> u64 {
        self.reader.get_ref().lines + 1
    }

    /// An attribute of the element that began last, by its local name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The next piece.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(super) fn next(&mut self) -> Result<Piece<'_>, Refusal> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().since_piece = 0;
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(quick_xml::Error::Io(_)) => return Err(Refusal::CellTooLong),
                Err(_) => return Err(Refusal::BrokenXml),
            };
            match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > DEPTH_MAX {
                        return Err(Refusal::XmlTooDeep);
                    }
                    self.seen_root = true;
                    keep_attributes(&start, &mut self.attributes)?;
                    self.text.clear();
                    self.text.push_str(start.local_name().as_ref());
                    return Ok(Piece::Start(&self.text));
                }
                Event::End(end) => {
                    self.depth = self.depth.checked_sub(1).ok_or(Refusal::BrokenXml)?;
                    self.text.clear();
                    self.text.push_str(end.local_name().as_ref());
                    return Ok(Piece::End(&self.text));
                }
                Event::Text(text) => {
                    self.text.clear();
                    self.text.push_str(&text.xml10_content());
                    if self.depth == 0 {
                        if self.text.trim().is_empty() {
                            continue;
                        }
                        return Err(Refusal::BrokenXml);
                    }
                    return Ok(Piece::Text(&self.text));
                }
                Event::CData(data) => {
                    self.text.clear();
                    self.text.push_str(&data.xml10_content());
                    return Ok(Piece::Text(&self.text));
                }
                Event::GeneralRef(entity) => {
                    let c = match entity.as_ref() {
                        "lt" => '<',
                        "gt" => '>',
                        "amp" => '&',
                        "apos" => '\'',
                        "quot" => '"',
                        _ => match entity.resolve_char_ref() {
                            Ok(Some(c)) => c,
                            // An entity of the document's own: declared nowhere that we read.
                            Ok(None) => return Err(Refusal::XmlDoctype),
                            Err(_) => return Err(Refusal::BrokenXml),
                        },
                    };
                    return Ok(Piece::Text(c.encode_utf8(&mut self.resolved)));
                }
                Event::DocType(_) => return Err(Refusal::XmlDoctype),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => {
                    if self.depth > 0 || !self.seen_root {
                        return Err(Refusal::BrokenXml);
                    }
                    return Ok(Piece::Eof);
                }
                // Elements are expanded by the configuration above.
                Event::Empty(_) => return Err(Refusal::BrokenXml),
            }
        }
    }
}

fn keep_attributes(
    start: &BytesStart<'_>,
    attributes: &mut Vec<(String, String)>,
) -> Result<(), Refusal> {
    /// No element of these formats has more.
    const ATTRIBUTES_MAX: usize = 64;
    attributes.clear();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Refusal::BrokenXml)?;
        if attributes.len() >= ATTRIBUTES_MAX {
            return Err(Refusal::BrokenXml);
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|_| Refusal::XmlDoctype)?;
        attributes.push((
            attribute.key.local_name().as_ref().to_owned(),
            value.into_owned(),
        ));
    }
    Ok(())
}

/// Counts lines, and stops a piece that has no end.
struct Counted<R> {
    inner: R,
    since_piece: usize,
    lines: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.since_piece > PIECE_BYTES_MAX {
            return Err(std::io::Error::other("a piece of XML without an end"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(ready) = self.inner.fill_buf() {
            let taken = ready.get(..amount).unwrap_or(ready);
            let lines = taken.iter().filter(|byte| **byte == b'\n').count();
            self.lines += lines as u64;
        }
        self.since_piece = self.since_piece.saturating_add(amount);
        self.inner.consume(amount);
    }
}
