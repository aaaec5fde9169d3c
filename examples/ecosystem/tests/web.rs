//! TLS, and tokio's traits on our sockets.
//!
//! Every test is one loop on the real clock with both ends in it, and none waits for a time.

use std::io::ErrorKind;

use futures::AsyncReadExt;
use groundup::net::{StreamReader, TcpListener, TcpStream};
use groundup::web::{
    FuturesIo, TokioIo, connect_tls, tls_acceptor, tls_connector, tls_connector_trusting,
};
use groundup::{Task, run, spawn};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[path = "support/patience.rs"]
mod patience;

use patience::patiently;

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A certificate of our own for a name, and its key.
fn certificate(name: &str) -> (String, String) {
    let own = rcgen::generate_simple_self_signed([name.to_string()]).unwrap();
    (own.cert.pem(), own.signing_key.serialize_pem())
}

/// Accepts one connection by TLS, and sends back what comes until its end.
fn tls_echo(name: &str) -> (Task<std::io::Result<u64>>, u16, String) {
    let (certificate, key) = certificate(name);
    let acceptor = tls_acceptor(&certificate, &key).unwrap();
    let (listener, port) = listen();
    let echo = async move {
        let (stream, _) = listener.accept().await?;
        let (reader, mut writer) = acceptor.accept(stream).await?.split();
        let copied = futures::io::copy(reader, &mut writer).await?;
        futures::AsyncWriteExt::close(&mut writer).await?;
        Ok(copied)
    };
    (spawn(echo), port, certificate)
}

#[test]
fn tls_carries_bytes_both_ways_and_its_end() {
    run(patiently(async {
        let (server, port, certificate) = tls_echo("localhost");
        let tls = tls_connector_trusting(&certificate).unwrap();
        let stream = connect_tls(&tls, "localhost", port).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let sent: Vec<u8> = (0..500_000u32).map(|n| n as u8).collect();
        let bytes = sent.clone();
        let sender = spawn(async move {
            futures::AsyncWriteExt::write_all(&mut writer, &bytes).await?;
            futures::AsyncWriteExt::close(&mut writer).await
        });
        let mut came = Vec::new();
        futures::AsyncReadExt::read_to_end(&mut reader, &mut came)
            .await
            .unwrap();
        sender.await.unwrap().unwrap();
        assert!(came == sent, "{} bytes", came.len());
        assert_eq!(server.await.unwrap().unwrap(), 500_000);
    }));
}

#[test]
fn a_certificate_that_does_not_fit_is_an_error_at_both_ends() {
    run(patiently(async {
        // Another name.
        let (server, port, certificate) = tls_echo("another.example");
        let tls = tls_connector_trusting(&certificate).unwrap();
        let error = connect_tls(&tls, "localhost", port).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains("TLS with localhost"), "{error}");
        assert!(error.to_string().contains("another.example"), "{error}");
        assert!(server.await.unwrap().is_err());
        // An authority that is not trusted.
        let (server, port, _) = tls_echo("localhost");
        let error = connect_tls(&tls_connector(), "localhost", port)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("UnknownIssuer"), "{error}");
        assert!(server.await.unwrap().is_err());
    }));
}

#[test]
fn a_peer_that_speaks_no_tls_is_an_error() {
    run(patiently(async {
        let (listener, port) = listen();
        let server = spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            futures::AsyncWriteExt::write_all(&mut stream, b"220 welcome\r\n")
                .await
                .unwrap();
            stream
        });
        let error = connect_tls(&tls_connector(), "localhost", port)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("TLS with localhost"), "{error}");
        drop(server.await);
    }));
}

#[test]
fn an_end_that_was_not_announced_is_an_error() {
    run(patiently(async {
        let (certificate, key) = certificate("localhost");
        let acceptor = tls_acceptor(&certificate, &key).unwrap();
        let (listener, port) = listen();
        let server = spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(stream).await.unwrap();
            futures::AsyncWriteExt::write_all(&mut stream, b"half")
                .await
                .unwrap();
            futures::AsyncWriteExt::flush(&mut stream).await.unwrap();
            // The connection ends, and TLS does not say so: an attacker may have cut it.
            drop(stream);
        });
        let tls = tls_connector_trusting(&certificate).unwrap();
        let mut stream = connect_tls(&tls, "localhost", port).await.unwrap();
        let mut came = Vec::new();
        let read = futures::AsyncReadExt::read_to_end(&mut stream, &mut came).await;
        assert_eq!(read.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert_eq!(came, b"half");
        server.await.unwrap();
    }));
}

#[test]
fn a_key_of_another_certificate_is_an_error() {
    let ((certificate, _), (_, key)) = (certificate("one"), certificate("two"));
    assert!(tls_acceptor(&certificate, &key).is_err());
    assert!(tls_acceptor(&certificate, "").is_err());
    assert!(tls_connector_trusting("-----BEGIN CERTIFICATE-----\nAAAA\n").is_err());
}

#[test]
fn tokios_helpers_read_and_write_our_sockets() {
    run(patiently(async {
        let (listener, port) = listen();
        let server = spawn(async move {
            let (stream, _) = listener.accept().await?;
            let (mut reader, mut writer) = tokio::io::split(TokioIo::new(stream));
            tokio::io::copy(&mut reader, &mut writer).await
        });
        let mut stream = TokioIo::new(TcpStream::connect(([127, 0, 0, 1], port)).await.unwrap());
        let sent: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
        tokio::io::AsyncWriteExt::write_all(&mut stream, &sent)
            .await
            .unwrap();
        tokio::io::AsyncWriteExt::shutdown(&mut stream)
            .await
            .unwrap();
        // Into memory that is not initialized, and into memory that is.
        let (mut came, mut some) = (Vec::with_capacity(64 * 1024), [0; 1000]);
        stream.read_buf(&mut came).await.unwrap();
        let bytes = stream.read(&mut some).await.unwrap();
        came.extend(&some[..bytes]);
        stream.read_to_end(&mut came).await.unwrap();
        assert!(came == sent, "{} bytes", came.len());
        assert_eq!(server.await.unwrap().unwrap(), 100_000);
    }));
}

#[test]
fn our_reader_reads_a_stream_of_tokio() {
    run(patiently(async {
        let (mut theirs, ours) = tokio::io::duplex(16);
        let sender = spawn(async move {
            theirs
                .write_all(b"a line that is longer than the pipe\nand another\n")
                .await
        });
        let mut reader = StreamReader::new(FuturesIo::new(ours));
        let line = reader.readline().await.unwrap();
        assert_eq!(line, b"a line that is longer than the pipe\n");
        assert_eq!(reader.readline().await.unwrap(), b"and another\n");
        sender.await.unwrap().unwrap();
    }));
}
