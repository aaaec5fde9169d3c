//! Frames: how requests and replies stand on the socket.
//!
//! The problem: a socket is a stream of bytes. The reader must know where a message ends, and must
//! notice bytes that are no message, before it allocates what they ask for.
//!
//! ```text
//!   request   MAGIC  number  limit  length of the name  length  name  arguments
//!   reply     MAGIC  number  kind                       length  bytes
//!             u32    u64     u64    u64                 u64                       little endian
//! ```
//!
//! Invariants:
//! 1. A reply has the number of the request before it.
//! 2. No more is allocated than the limit of the pool, and a little for a message.
//!
//! Read next: `processes/serve.rs`.

use std::io::{self, Read, Write};

const MAGIC: u32 = 0x7075_6f72; // "roup"
/// A text in a reply has at most so many bytes.
const TEXT: usize = 4096;
/// The largest request that a worker reads. A pool has a limit of its own, and sends it along.
const REQUEST: u64 = 1 << 40;

const VALUE: u64 = 0;
const PANICKED: u64 = 1;
const BAD_ARGUMENTS: u64 = 2;
const BAD_RESULT: u64 = 3;
const TOO_LARGE: u64 = 4;
const UNKNOWN: u64 = 5;

/// The two parts of a job that are sent.
pub(super) const ARGUMENTS: &str = "arguments";
pub(super) const RESULT: &str = "result";

/// A job for a worker.
pub(super) struct Request {
    pub(super) number: u64,
    /// The most bytes of the result.
    pub(super) limit: u64,
    pub(super) job: String,
    pub(super) arguments: Vec<u8>,
}

/// The answer of a worker.
pub(super) enum Reply {
    /// The result, written by postcard.
    Value(Vec<u8>),
    /// Message and place of a panic.
    Panicked(String, String),
    /// The `ARGUMENTS` cannot be read, or the `RESULT` cannot be written; and why.
    Unreadable(&'static str, String),
    /// The result has so many bytes.
    TooLarge(u64),
    /// The worker's list does not have the job.
    Unknown,
}

/// Why there is no reply.
pub(super) enum Broken {
    /// The socket is closed.
    Ended,
    /// The bytes are no reply.
    Garbage(String),
}

struct Head([u64; 4]);

impl Head {
    const BYTES: usize = 4 + 4 * 8;

    fn write(&self, to: &mut impl Write, rest: [&[u8]; 2]) -> io::Result<()> {
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        for field in self.0 {
            bytes.extend(field.to_le_bytes());
        }
        rest.iter().for_each(|part| bytes.extend_from_slice(part));
        to.write_all(&bytes)
    }

    /// Reads a head; `None` if it does not begin with the magic number.
    fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = [0; Self::BYTES];
        from.read_exact(&mut bytes)?;
        let (magic, fields) = bytes.split_at(4);
        let mut chunks = fields.chunks_exact(8);
        let mut next = || chunks.next().map_or(0, number);
        let head = Head([next(), next(), next(), next()]);
        Ok((magic == MAGIC.to_le_bytes()).then_some(head))
    }
}

fn number(bytes: &[u8]) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(bytes);
    u64::from_le_bytes(number)
}

/// Reads so many bytes. Memory grows with the bytes that come, and not with the announced length.
fn read_bytes(from: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

impl Request {
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let (job, arguments) = (self.job.as_bytes(), &self.arguments[..]);
        let lengths = (job.len() as u64, arguments.len() as u64);
        let head = Head([self.number, self.limit, lengths.0, lengths.1]);
        head.write(to, [job, arguments])
    }

    pub(super) fn read(from: &mut impl Read) -> io::Result<Request> {
        let head = Head::read(from)?.ok_or(io::ErrorKind::InvalidData)?;
        let [number, limit, name, length] = head.0;
        if name > REQUEST || length > REQUEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let job = String::from_utf8_lossy(&read_bytes(from, name)?).into_owned();
        let arguments = read_bytes(from, length)?;
        Ok(Request {
            number,
            limit,
            job,
            arguments,
        })
    }
}

impl Reply {
    pub(super) fn write(self, number: u64, to: &mut impl Write) -> io::Result<()> {
        let (kind, mut bytes) = match self {
            Reply::Value(bytes) => (VALUE, bytes),
            Reply::Panicked(message, place) => {
                (PANICKED, format!("{place}\n{message}").into_bytes())
            }
            Reply::Unreadable(RESULT, why) => (BAD_RESULT, why.into_bytes()),
            Reply::Unreadable(_, why) => (BAD_ARGUMENTS, why.into_bytes()),
            Reply::TooLarge(size) => (TOO_LARGE, size.to_le_bytes().to_vec()),
            Reply::Unknown => (UNKNOWN, Vec::new()),
        };
        if kind != VALUE {
            bytes.truncate(TEXT);
        }
        Head([number, kind, 0, bytes.len() as u64]).write(to, [&bytes, &[]])
    }

    /// Reads the reply to the request with this number.
    pub(super) fn read(from: &mut impl Read, asked: u64, limit: u64) -> Result<Reply, Broken> {
        let garbage = |why: &str| Err(Broken::Garbage(why.into()));
        let Some(Head([number, kind, _, length])) = Head::read(from)? else {
            return garbage("they do not begin as a reply does");
        };
        if number != asked {
            return garbage("they are a reply to another job");
        }
        let most = if kind == VALUE { limit } else { TEXT as u64 };
        if kind > UNKNOWN || length > most {
            return garbage("they announce an unknown kind of reply, or one over the limit");
        }
        let bytes = read_bytes(from, length)?;
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        Ok(match kind {
            VALUE => Reply::Value(bytes),
            PANICKED => {
                let text = text();
                let (place, message) = text.split_once('\n').unwrap_or(("?", &text));
                Reply::Panicked(message.into(), place.into())
            }
            BAD_ARGUMENTS => Reply::Unreadable(ARGUMENTS, text()),
            BAD_RESULT => Reply::Unreadable(RESULT, text()),
            TOO_LARGE if bytes.len() == 8 => Reply::TooLarge(self::number(&bytes)),
            TOO_LARGE => return garbage("they announce a size, and it is missing"),
            _ => Reply::Unknown,
        })
    }
}

/// A read fails if the worker has died: the socket is closed, or reset.
impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Broken::Ended
    }
}
