//! WebSockets on our sockets, and peers that break the rules.
//!
//! Every test is one loop on the real clock with both ends in it, and none waits for a time.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use groundup::net::{TcpListener, TcpStream};
use groundup::web::async_tungstenite::tungstenite::{Error, Message};
use groundup::web::{accept_websocket, connect_websocket, websocket_error};
use groundup::{Task, run, spawn};

#[path = "support/patience.rs"]
mod patience;

use patience::patiently;

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Accepts one WebSocket and sends each message back. Returns how it ended.
fn echo() -> (Task<Result<usize, Error>>, u16) {
    let (listener, port) = listen();
    let echo = async move {
        let (stream, _) = listener.accept().await?;
        let mut socket = accept_websocket(stream).await?;
        let mut echoed = 0;
        while let Some(message) = socket.next().await {
            let message = message?;
            if message.is_text() || message.is_binary() {
                socket.send(message).await?;
                echoed += 1;
            }
        }
        Ok(echoed)
    };
    (spawn(echo), port)
}

#[test]
fn a_websocket_echoes_texts_and_bytes_of_every_length() {
    run(patiently(async {
        let (server, port) = echo();
        let mut socket = connect_websocket(&format!("ws://127.0.0.1:{port}/"))
            .await
            .unwrap();
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000] {
            let message = Message::binary(vec![7; length]);
            socket.send(message.clone()).await.unwrap();
            assert_eq!(socket.next().await.unwrap().unwrap(), message);
        }
        socket.send("tea".into()).await.unwrap();
        assert_eq!(
            socket.next().await.unwrap().unwrap().to_text().unwrap(),
            "tea"
        );
        socket.close(None).await.unwrap();
        while socket.next().await.is_some() {}
        assert_eq!(server.await.unwrap().unwrap(), 9);
    }));
}

/// A handshake by hand, for a peer that breaks the rules afterwards.
async fn raw_websocket(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(([127, 0, 0, 1], port)).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
    stream
}

/// How a peer that breaks the rules goes on after its bytes.
#[derive(Clone, Copy)]
enum Then {
    Stays,
    HangsUp,
    Resets,
}

/// Sends bytes to an echo after the handshake, and returns the error of the echo.
async fn error_of(bytes: &[u8], then: Then) -> io::Error {
    let (server, port) = echo();
    let mut stream = raw_websocket(port).await;
    stream.write_all(bytes).await.unwrap();
    match then {
        Then::Stays => {}
        // A drop would be a reset, since the answer is not read.
        Then::HangsUp => stream.shutdown(Shutdown::Write).unwrap(),
        Then::Resets => {
            stream.set_linger(Some(Duration::ZERO)).unwrap();
            stream = raw_websocket(echo().1).await;
        }
    }
    let error = server.await.unwrap().unwrap_err();
    drop(stream);
    websocket_error(error)
}

#[test]
fn a_peer_that_breaks_the_rules_is_an_error_with_cause_and_cure() {
    let hangs_up = "WebSocket protocol error: Connection reset without closing handshake; the peer has gone, \
                    perhaps in the middle of a message: connect again";
    let broken = "; the peer breaks the protocol: correct the peer, and connect again";
    let too_long = "Space limit exceeded: Message too long: 2147483647 > 1048576; send several messages, or set a \
                    larger limit at the receiver";
    let not_masked =
        format!("WebSocket protocol error: Received an unmasked frame from client{broken}");
    let reserved = format!("WebSocket protocol error: Reserved bits are non-zero{broken}");
    let no_text = "UTF-8 encoding error: invalid utf-8 sequence of 1 bytes from index 0; send bytes as a binary \
                   message, and a text in UTF-8";
    let (ended, invalid) = (ErrorKind::UnexpectedEof, ErrorKind::InvalidData);
    run(patiently(async {
        for (bytes, then, kind, text) in [
            // A text of five bytes, of which two come.
            (
                &[0x81, 0x85, 1, 2, 3, 4, b'a', b'b'][..],
                Then::HangsUp,
                ended,
                hangs_up,
            ),
            (&[0x81], Then::HangsUp, ended, hangs_up),
            (&[], Then::HangsUp, ended, hangs_up),
            (
                &[0x82, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0],
                Then::Stays,
                invalid,
                too_long,
            ),
            (&[0x81, 0x01, b'a'], Then::Stays, invalid, &not_masked),
            (&[0xf1, 0x80, 0, 0, 0, 0], Then::Stays, invalid, &reserved),
            (
                &[0x81, 0x81, 0, 0, 0, 0, 0xff],
                Then::Stays,
                invalid,
                no_text,
            ),
        ] {
            let error = error_of(bytes, then).await;
            assert_eq!(
                (error.kind(), &*error.to_string()),
                (kind, text),
                "{bytes:x?}"
            );
            let source = error.get_ref().unwrap().source().unwrap();
            assert!(text.starts_with(&source.downcast_ref::<Error>().unwrap().to_string()));
        }
        // An error of the connection beneath stays as it is.
        let error = error_of(&[0x81], Then::Resets).await;
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert!(error.raw_os_error().is_some(), "{error:?}");
    }));
}

/// Sends a request to an echo, and ends the data. Returns the error of the handshake.
async fn error_of_request(request: &[u8]) -> io::Error {
    let (server, port) = echo();
    let mut stream = TcpStream::connect(([127, 0, 0, 1], port)).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    websocket_error(server.await.unwrap().unwrap_err())
}

#[test]
fn a_handshake_that_is_none_is_an_error_with_cause_and_cure() {
    let no_websocket =
        "; the peer speaks HTTP and no WebSocket: check the URL, or use a client of WebSockets";
    let gone = "; the peer has gone before the WebSocket began: check the address, or try again";
    let no_http = "; the peer speaks no HTTP: check the address and the port, and ws or wss";
    let (ended, invalid) = (ErrorKind::UnexpectedEof, ErrorKind::InvalidData);
    run(patiently(async {
        for (request, kind, cause, cure) in [
            (
                &b"GET / HTTP/1.1\r\nhost: h\r\n\r\n"[..],
                invalid,
                "No \"Connection: upgrade\" header",
                no_websocket,
            ),
            (
                b"POST / HTTP/1.1\r\nhost: h\r\n\r\n",
                invalid,
                "Unsupported HTTP method used - only GET is allowed",
                no_websocket,
            ),
            (b"GET / HT", ended, "Handshake not finished", gone),
            (
                b"\x16\x03\x01\x02\x00\x01",
                invalid,
                "httparse error: invalid token",
                no_http,
            ),
        ] {
            let error = error_of_request(request).await;
            let text = format!("WebSocket protocol error: {cause}{cure}");
            assert_eq!((error.kind(), error.to_string()), (kind, text));
        }
    }));
}

/// Answers one request with these bytes, and ends. Returns what `connect_websocket` makes of it.
async fn error_of_answer(answer: &'static str) -> io::Error {
    let (listener, port) = listen();
    let server = spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).await? > 0);
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown(Shutdown::Write)?;
        stream.read(&mut request).await
    });
    let url = format!("ws://127.0.0.1:{port}/chat");
    let error = connect_websocket(&url).await.unwrap_err();
    drop(server.await.unwrap());
    websocket_error(error)
}

#[test]
fn a_server_that_refuses_is_an_error_with_cause_and_cure() {
    let check =
        "the server refuses the WebSocket: check the path of the URL, and what the server asks for";
    run(patiently(async {
        for (answer, kind, cause) in [
            ("404 Not Found", ErrorKind::NotFound, "404 Not Found"),
            (
                "403 Forbidden",
                ErrorKind::PermissionDenied,
                "403 Forbidden",
            ),
            ("200 OK", ErrorKind::Other, "200 OK"),
        ] {
            let head = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
            let error = error_of_answer(head.leak()).await;
            let text = format!("HTTP error: {cause}; {check}");
            assert_eq!((error.kind(), error.to_string()), (kind, text));
        }
        let error = error_of_answer("SSH-2.0-OpenSSH_9.2\r\n").await;
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let cure = "; the peer speaks no HTTP: check the address and the port, and ws or wss";
        assert!(error.to_string().ends_with(cure), "{error}");
        let error = error_of_answer("").await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{error}");
        let error = websocket_error(connect_websocket("http://127.0.0.1/").await.unwrap_err());
        assert_eq!(
            error.to_string(),
            "http://127.0.0.1/: the URL begins neither with ws: nor with wss:"
        );
    }));
}

#[test]
fn a_message_without_room_is_no_call_to_repeat() {
    let full = websocket_error(Error::WriteBufferFull(Box::new("tea".into())));
    assert_eq!(
        full.kind(),
        ErrorKind::QuotaExceeded,
        "and not `WouldBlock`"
    );
    let cure = "; flush the WebSocket, or close it if the peer does not read";
    assert!(full.to_string().ends_with(cure), "{full}");
}
