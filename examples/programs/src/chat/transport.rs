//! What the room needs of a connection.

use std::fmt;
use std::io;

/// How the chat ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As always: the member leaves, or is put out.
    Usual,
    /// The chat itself ends.
    Closed,
    /// The member has sent more at once than the chat takes.
    TooLong,
    /// The member is not let in.
    Refused,
}

/// More has come at once than the chat takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLong(pub String);

impl TooLong {
    /// Returns true if this is the reason of an error.
    pub fn is_reason_of(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|reason| reason.is::<Self>())
    }
}

impl From<TooLong> for io::Error {
    fn from(reason: TooLong) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, reason)
    }
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TooLong {}

/// The half of a connection from which texts come.
pub trait Hears {
    /// Returns the next text, or `None` when the peer has left.
    ///
    /// # Errors
    ///
    /// If the connection breaks, the peer breaks the rules, or is silent for too long.
    fn hear(&mut self) -> impl Future<Output = io::Result<Option<String>>>;
}

/// The half of a connection to which texts go.
pub trait Speaks {
    /// Sends a text.
    ///
    /// # Errors
    ///
    /// If the connection breaks.
    fn say(&mut self, text: &str) -> impl Future<Output = io::Result<()>>;

    /// Asks the peer whether it is there. Its answer is heard by the other half.
    ///
    /// # Errors
    ///
    /// If the connection breaks.
    fn ping(&mut self) -> impl Future<Output = io::Result<()>>;

    /// Ends the connection, with a reason for the peer.
    ///
    /// # Errors
    ///
    /// If the connection breaks first.
    fn end(&mut self, how: End, reason: &str) -> impl Future<Output = io::Result<()>>;
}
