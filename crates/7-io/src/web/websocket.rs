//! WebSockets: async-tungstenite on the sockets of this floor.
//!
//! The problem: async-tungstenite speaks to any stream of the crate `futures`, and so to every socket
//! of this floor. Two things are left to a program: to connect, and to set the limits of a message. A
//! peer can announce a message of any length, and its frames pile up until the last has come.
//!
//! Invariant: a message of more than [`MESSAGE_LIMIT`] bytes is an error, before it is in memory.
//!
//! Read next: `web/websocket_error.rs`.

use std::io;

use async_tungstenite::tungstenite::Error as WebSocketError;
use async_tungstenite::tungstenite::client::IntoClientRequest;
use async_tungstenite::tungstenite::protocol::WebSocketConfig;
use async_tungstenite::{WebSocketStream, accept_async_with_config, client_async_with_config};
use futures_io::{AsyncRead, AsyncWrite};

use super::dialled::dial;
use super::transport::WebStream;

/// Most bytes of a message: 1 MiB.
const MESSAGE_LIMIT: usize = 1 << 20;

fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_LIMIT))
        .max_frame_size(Some(MESSAGE_LIMIT))
}

/// Answers the handshake of a WebSocket on a connection, and returns the WebSocket: a stream and a
/// sink of messages. A message may have 1 MiB; for another limit, call
/// `async_tungstenite::accept_async_with_config`.
///
/// # Errors
///
/// If the peer does not ask for a WebSocket, or the connection fails. [`websocket_error`](crate::websocket_error) adds a cure to the
/// text, also to an error of the WebSocket itself. A peer that is silent is
/// waited for, so wrap the call in a [`timeout`](groundup_sync::combinators::timeout).
///
/// The example needs the crate `futures`, too.
///
/// ```
/// # mod groundup { pub mod net { pub use groundup_io::*; } pub use groundup_io::executor::*; pub mod web { pub use groundup_io::*; } }
/// use futures::StreamExt;
/// use groundup::net::TcpListener;
/// use groundup::web::{accept_websocket, connect_websocket};
/// use groundup::{run, spawn};
///
/// run(async {
///     let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
///     let url = format!("ws://{}/chat", listener.local_addr()?);
///     let echo = spawn(async move {
///         let (stream, _) = listener.accept().await?;
///         let mut socket = accept_websocket(stream).await?;
///         while let Some(message) = socket.next().await {
///             let message = message?;
///             if message.is_text() {
///                 socket.send(message).await?;
///             }
///         }
///         Ok::<_, groundup::web::async_tungstenite::tungstenite::Error>(())
///     });
///     let mut socket = connect_websocket(&url).await?;
///     socket.send("hello".into()).await?;
///     assert_eq!(socket.next().await.unwrap()?.to_text()?, "hello");
///     socket.close(None).await?;
///     # while socket.next().await.is_some() {}
///     echo.await?
/// #   .map_err(Box::<dyn std::error::Error>::from)
/// })
/// # .unwrap();
/// ```
pub async fn accept_websocket<S>(stream: S) -> Result<WebSocketStream<S>, WebSocketError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    accept_async_with_config(stream, Some(limits())).await
}

/// Connects to the URL of a WebSocket, `ws://...`, or with the feature `tls` `wss://...`. See
/// [`accept_websocket`] for the limit of a message, and an example.
///
/// # Errors
///
/// If the URL has no host, the host does not answer, or answers something else. [`websocket_error`](crate::websocket_error) adds a
/// cure to the text.
///
/// ```
/// # mod groundup { pub use groundup_io::executor::*; pub mod web { pub use groundup_io::*; } }
/// use groundup::run;
/// use groundup::web::connect_websocket;
///
/// let refused = run(connect_websocket("ws://127.0.0.1:1/"));
/// assert!(refused.unwrap_err().to_string().contains("no connection to 127.0.0.1:1"));
/// ```
pub async fn connect_websocket(url: &str) -> Result<WebSocketStream<WebStream>, WebSocketError> {
    let request = url.into_client_request()?;
    let invalid = |what: &str| {
        let text = format!("{url}: {what}");
        WebSocketError::Io(io::Error::new(io::ErrorKind::InvalidInput, text))
    };
    let uri = request.uri();
    let host = uri.host().ok_or_else(|| invalid("the URL has no host"))?;
    let stream = match uri.scheme_str() {
        Some("ws") => WebStream::Plain(dial(host, uri.port_u16().unwrap_or(80)).await?),
        #[cfg(feature = "tls")]
        Some("wss") => {
            let port = uri.port_u16().unwrap_or(443);
            let tls = super::tls::tls_connector();
            WebStream::Tls(Box::new(super::tls::connect_tls(&tls, host, port).await?))
        }
        #[cfg(not(feature = "tls"))]
        Some("wss") => return Err(invalid("wss needs the feature `tls`")),
        _ => return Err(invalid("the URL begins neither with ws: nor with wss:")),
    };
    let (socket, _answer) = client_async_with_config(request, stream, Some(limits())).await?;
    Ok(socket)
}
