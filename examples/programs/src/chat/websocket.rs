//! WebSockets as a transport.

use std::io::{self, ErrorKind};
use std::time::Duration;

use futures::StreamExt;
use futures::io::{AsyncRead, AsyncWrite};
use groundup::timeout;
use groundup::web::async_tungstenite::tungstenite::Message;
use groundup::web::async_tungstenite::tungstenite::error::{CapacityError, Error};
use groundup::web::async_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use groundup::web::async_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use groundup::web::async_tungstenite::{WebSocketReceiver, WebSocketSender};
use groundup::web::websocket_error;

use super::transport::{End, Hears, Speaks, TooLong};

/// Most bytes of a message: more than the room allows, so that the room can say so.
const MESSAGE: usize = 16 * 1024;

/// How long a peer may be silent: it answers pings, and the room sends one each 20 s.
const SILENCE: Duration = Duration::from_secs(60);

/// Returns the limits of a WebSocket of the chat.
pub fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MESSAGE))
        .max_frame_size(Some(MESSAGE))
}

impl<S: AsyncRead + AsyncWrite + Unpin> Hears for WebSocketReceiver<S> {
    async fn hear(&mut self) -> io::Result<Option<String>> {
        loop {
            let came = timeout(SILENCE, self.next()).await;
            let came = came.map_err(|_| {
                io::Error::new(ErrorKind::TimedOut, "the peer does not answer any more")
            })?;
            match came.transpose().map_err(broken)? {
                None | Some(Message::Close(_)) => return Ok(None),
                Some(Message::Text(text)) => return Ok(Some(text.to_string())),
                // A ping is answered by the library; the chat has no use for bytes.
                Some(_) => {}
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Speaks for WebSocketSender<S> {
    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.send(Message::text(text)).await.map_err(broken)
    }

    async fn ping(&mut self) -> io::Result<()> {
        let ping = Message::Ping(Vec::new().into());
        self.send(ping).await.map_err(broken)
    }

    async fn end(&mut self, how: End, reason: &str) -> io::Result<()> {
        let code = match how {
            End::Usual => CloseCode::Normal,
            End::Closed => CloseCode::Away,
            End::TooLong => CloseCode::Size,
            End::Refused => CloseCode::Policy,
        };
        let reason = reason.to_string().into();
        self.close(Some(CloseFrame { code, reason }))
            .await
            .map_err(broken)
    }
}

fn broken(error: Error) -> io::Error {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            TooLong(format!("a message has at most {MESSAGE} bytes")).into()
        }
        other => websocket_error(other),
    }
}
