//! Errors of a reader: too long, too short.
//!
//! The problem: a reader of lines meets three kinds of trouble. The connection fails, the peer ends
//! in the middle, or the line never ends. A program treats them differently, so they are three
//! variants, and each has the bytes or the numbers that the program needs to go on.
//!
//! Invariants:
//! 1. The bytes that came are in the error, or still in the reader, as asyncio has it.
//! 2. Each text says the cause and the cure.
//!
//! Read next: the crate above, `groundup`.

use std::error::Error;
use std::fmt;
use std::io;

/// Says why a [`StreamReader`](crate::StreamReader) gave no line or message.
///
/// It converts to an [`io::Error`], so `?` works in a function that returns `io::Result`.
#[doc(alias("IncompleteReadError", "LimitOverrunError"))]
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The peer ended the data too early: asyncio's `IncompleteReadError`.
    Incomplete {
        /// The bytes that came. The reader has none left.
        partial: Vec<u8>,
        /// Number of bytes that were to come, if the caller has said it.
        expected: Option<usize>,
    },
    /// The separator did not come within the limit: asyncio's `LimitOverrunError`, and the
    /// `ValueError` of its `readline`.
    LimitOverrun {
        /// Number of bytes that lie in front of the separator, or cannot be a part of it.
        consumed: usize,
        /// The limit of the reader.
        limit: usize,
        /// True if the separator has come, beyond the limit.
        found: bool,
    },
    /// The connection failed.
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Incomplete { partial, expected } => {
                let bytes = partial.len();
                match expected {
                    Some(expected) => {
                        write!(
                            f,
                            "{bytes} bytes read on a total of {expected} expected bytes"
                        )?;
                    }
                    None => write!(f, "{bytes} bytes read, and the separator is not among them")?,
                }
                f.write_str(": the peer has ended the data; the bytes that came are in the error")
            }
            ReadError::LimitOverrun {
                consumed,
                limit,
                found,
            } => {
                f.write_str(match found {
                    true => "the separator is found, but the chunk is longer than the limit",
                    false => "the separator is not found, and the chunk exceeds the limit",
                })?;
                write!(
                    f,
                    " ({consumed} bytes, the limit is {limit}): end the connection, or make the \
                     reader with a larger limit"
                )
            }
            ReadError::Io(error) => error.fmt(f),
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ReadError::Io(error) => error.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        ReadError::Io(error)
    }
}

/// The kind is `UnexpectedEof` of a message that is incomplete, and `InvalidData` of one that is too
/// long.
impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => error,
            ReadError::Incomplete { .. } => io::Error::new(io::ErrorKind::UnexpectedEof, error),
            ReadError::LimitOverrun { .. } => io::Error::new(io::ErrorKind::InvalidData, error),
        }
    }
}
