//! What the room needs of a connection.

use std::io;

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
    fn end(&mut self, reason: &str) -> impl Future<Output = io::Result<()>>;
}
