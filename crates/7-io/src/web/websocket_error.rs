//! Errors of a WebSocket, with a cure.
//!
//! The problem: async-tungstenite has its own type of error, and so do the WebSockets of this floor: a
//! program matches its variants. Its texts name the cause, such as "Connection reset without closing
//! handshake", and no cure. A program that reports an error, or returns an `io::Result`, wants both.
//!
//! Invariants:
//! 1. The error of async-tungstenite is the source, with all its fields.
//! 2. An error of the connection beneath stays as it is.
//!
//! Read next: `web/tls.rs`.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

use async_tungstenite::tungstenite::Error as WebSocketError;
use async_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use async_tungstenite::tungstenite::http::StatusCode;

#[derive(Debug)]
struct ExplainedError {
    error: WebSocketError,
    cure: &'static str,
}

impl fmt::Display for ExplainedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.error, self.cure)
    }
}

impl Error for ExplainedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// Makes an [`io::Error`] of an error of a WebSocket, with a cure in its text. The source is the error of
/// the WebSocket. An error of the connection beneath is returned as it is.
///
/// | the peer | the kind |
/// |---|---|
/// | ends the connection without a close, also in the middle of a message | `UnexpectedEof` |
/// | sends a message over the limit, or breaks the protocol | `InvalidData` |
/// | answers no handshake, or asks for none | `InvalidData` |
/// | has a certificate that is not accepted, or another error of TLS | `InvalidData` |
/// | refuses the WebSocket | `NotFound` for 404, `PermissionDenied` for 401 and 403, else `Other` |
/// | has closed the WebSocket before a read or a write | `NotConnected` |
/// | reads so slowly that a message has no room in the buffer | `QuotaExceeded` |
///
/// A URL that is wrong has the kind `InvalidInput`. No error has the kind `WouldBlock`, which code of
/// sockets takes for a call to repeat: after [`WriteBufferFull`](WebSocketError::WriteBufferFull) the
/// message is in the source, and was not sent.
///
/// ```
/// # mod groundup { pub mod web { pub use groundup_io::*; } }
/// use groundup::web::async_tungstenite::tungstenite::error::{Error, ProtocolError};
/// use groundup::web::websocket_error;
///
/// let error = websocket_error(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake));
/// assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
/// assert!(error.to_string().contains("connect again"));
/// ```
pub fn websocket_error(error: WebSocketError) -> io::Error {
    let (kind, cure) = match &error {
        WebSocketError::Io(_) => (ErrorKind::Other, ""),
        WebSocketError::ConnectionClosed | WebSocketError::AlreadyClosed => {
            let cure = "the WebSocket is closed: use it no more, or connect again";
            (ErrorKind::NotConnected, cure)
        }
        WebSocketError::Protocol(error) => of_protocol(error),
        WebSocketError::Capacity(CapacityError::MessageTooLong { .. }) => {
            let cure = "send several messages, or set a larger limit at the receiver";
            (ErrorKind::InvalidData, cure)
        }
        WebSocketError::Capacity(CapacityError::TooManyHeaders) => {
            (ErrorKind::InvalidData, "send a shorter request")
        }
        WebSocketError::WriteBufferFull(_) => {
            let cure = "flush the WebSocket, or close it if the peer does not read";
            (ErrorKind::QuotaExceeded, cure)
        }
        WebSocketError::Utf8(_) => (
            ErrorKind::InvalidData,
            "send bytes as a binary message, and a text in UTF-8",
        ),
        WebSocketError::Http(answer) => (
            match answer.status() {
                StatusCode::NOT_FOUND => ErrorKind::NotFound,
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ErrorKind::PermissionDenied,
                _ => ErrorKind::Other,
            },
            "the server refuses the WebSocket: check the path of the URL, and what the server asks for",
        ),
        WebSocketError::Url(_) | WebSocketError::HttpFormat(_) => (
            ErrorKind::InvalidInput,
            "correct the URL, as in ws://localhost:8080/chat",
        ),
        WebSocketError::Tls(_) => (
            ErrorKind::InvalidData,
            "check the name of the host, and the certificate of the server",
        ),
        WebSocketError::AttackAttempt => (ErrorKind::InvalidData, "end the connection"),
    };
    match error {
        WebSocketError::Io(error) => error,
        error => io::Error::new(kind, ExplainedError { error, cure }),
    }
}

/// Returns the kind and the cure of a peer that breaks the protocol.
fn of_protocol(error: &ProtocolError) -> (ErrorKind, &'static str) {
    match error {
        ProtocolError::ResetWithoutClosingHandshake => (
            ErrorKind::UnexpectedEof,
            "the peer has gone, perhaps in the middle of a message: connect again",
        ),
        ProtocolError::HandshakeIncomplete => (
            ErrorKind::UnexpectedEof,
            "the peer has gone before the WebSocket began: check the address, or try again",
        ),
        ProtocolError::WrongHttpMethod
        | ProtocolError::WrongHttpVersion
        | ProtocolError::MissingConnectionUpgradeHeader
        | ProtocolError::MissingUpgradeWebSocketHeader
        | ProtocolError::MissingSecWebSocketVersionHeader
        | ProtocolError::MissingSecWebSocketKey
        | ProtocolError::SecWebSocketAcceptKeyMismatch => (
            ErrorKind::InvalidData,
            "the peer speaks HTTP and no WebSocket: check the URL, or use a client of WebSockets",
        ),
        ProtocolError::HttparseError(_) => (
            ErrorKind::InvalidData,
            "the peer speaks no HTTP: check the address and the port, and ws or wss",
        ),
        ProtocolError::SendAfterClosing => (
            ErrorKind::NotConnected,
            "send before `close`, or connect again",
        ),
        _ => (
            ErrorKind::InvalidData,
            "the peer breaks the protocol: correct the peer, and connect again",
        ),
    }
}
