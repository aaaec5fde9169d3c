//! Where the body of a response ends.

use crate::failure::Failure;

/// Most bytes of a line between two chunks.
const LINE: usize = 4096;

/// How far a body has come.
#[derive(Debug)]
pub enum Body {
    /// So many bytes are missing; at 0, the body is over.
    Length(u64),
    /// The body comes in chunks.
    Chunked(Chunk, Vec<u8>),
    /// The end of the connection is the end of the body.
    UntilEnd,
}

/// The part of a chunk that comes next. `Size` leads to `Data` or `Trailers`, `Data` to `Gap`, `Gap` to
/// `Size`, `Trailers` to `Over`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// A line with the length of the next chunk, in hexadecimal.
    Size,
    /// So many bytes of the chunk.
    Data(u64),
    /// The line break behind a chunk.
    Gap,
    /// Headers behind the last chunk, up to an empty line.
    Trailers,
    /// Nothing: the body is over.
    Over,
}

impl Body {
    /// Returns true if no byte of the body is missing.
    pub fn is_over(&self) -> bool {
        matches!(self, Body::Length(0) | Body::Chunked(Chunk::Over, _))
    }

    /// Takes bytes from the front of `bytes`, and gives the part of them that belongs to the body.
    ///
    /// # Errors
    ///
    /// If the bytes are no chunk where one should be.
    pub fn take<'a>(&mut self, bytes: &mut &'a [u8]) -> Result<&'a [u8], Failure> {
        match self {
            Body::UntilEnd => Ok(split(bytes, u64::MAX)),
            Body::Length(left) => {
                let part = split(bytes, *left);
                *left -= part.len() as u64;
                Ok(part)
            }
            Body::Chunked(Chunk::Data(left), _) => {
                let part = split(bytes, *left);
                *left -= part.len() as u64;
                if *left == 0 {
                    *self = Body::Chunked(Chunk::Gap, Vec::new());
                }
                Ok(part)
            }
            Body::Chunked(chunk, line) => {
                let end = bytes.iter().position(|&byte| byte == b'\n');
                line.extend(split(bytes, end.map_or(u64::MAX, |end| end as u64 + 1)));
                if line.len() > LINE {
                    return Err(Failure::garbage("a line between chunks has no end"));
                }
                if end.is_some() {
                    *chunk = chunk.after(&String::from_utf8_lossy(line))?;
                    line.clear();
                }
                Ok(&[])
            }
        }
    }
}

impl Chunk {
    /// Returns what follows a line.
    fn after(self, line: &str) -> Result<Chunk, Failure> {
        let line = line.trim();
        match self {
            Chunk::Gap if line.is_empty() => Ok(Chunk::Size),
            Chunk::Gap => Err(Failure::garbage("a chunk is longer than it says")),
            Chunk::Trailers if line.is_empty() => Ok(Chunk::Over),
            Chunk::Size => {
                let digits = line.split(';').next().unwrap_or_default().trim();
                let wrong = |_| Failure::garbage("a chunk does not begin with its length");
                match u64::from_str_radix(digits.trim_start_matches('+'), 16).map_err(wrong)? {
                    0 => Ok(Chunk::Trailers),
                    length => Ok(Chunk::Data(length)),
                }
            }
            other => Ok(other),
        }
    }
}

/// Splits at most `most` bytes off the front.
fn split<'a>(bytes: &mut &'a [u8], most: u64) -> &'a [u8] {
    let at = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
    let (part, rest) = bytes.split_at(at);
    *bytes = rest;
    part
}
