//! TLS: for one style, and with a certificate that is trusted.

use groundup::net::TcpListener;
use groundup::spawn;
use groundup::web::tls_acceptor;

use super::{OK, WGET, body, whole};
use crate::setup::{Folder, printed, with_patience};

#[test]
fn https_is_for_the_async_style_and_a_certificate_must_be_trusted() {
    with_patience(async {
        let own = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
        let folder = Folder::new();
        let pem = folder.0.join("certificate.pem");
        std::fs::write(&pem, own.cert.pem()).unwrap();
        let acceptor = tls_acceptor(&own.cert.pem(), &own.signing_key.serialize_pem()).unwrap();
        let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = spawn(async move {
            loop {
                use futures::{AsyncReadExt, AsyncWriteExt};
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut some = [0; 1000];
                drop(stream.read(&mut some).await);
                let answer = whole(&format!("{OK}content-length: 5\r\n"), &body(5));
                drop(stream.write_all(&answer).await);
                drop(stream.close().await);
            }
        });
        let _serving = serving.cancel_on_drop();
        let url = format!("https://localhost:{port}/");
        let (pem, file) = (pem.to_str().unwrap(), folder.0.join("file"));
        let path = file.to_str().unwrap();
        let came = printed(WGET, ["--trust", pem, "-O", path, &url]).await;
        assert_eq!(came.code, Some(0), "{}", came.stderr);
        assert_eq!(std::fs::read(&file).unwrap(), body(5));
        let came = printed(WGET, ["-O", path, &url]).await;
        assert!(
            came.stderr.contains("pass its certificate with --trust"),
            "{}",
            came.stderr
        );
        let another = url.replace("localhost", "127.0.0.1");
        let came = printed(WGET, ["--trust", pem, "-O", path, &another]).await;
        assert!(
            came.stderr.contains("no trusted connection to 127.0.0.1"),
            "{}",
            came.stderr
        );
        for style in ["callback", "generator"] {
            let came = printed(WGET, ["--style", style, &url]).await;
            assert!(came.stderr.contains("use --style async"), "{}", came.stderr);
        }
    });
}

#[test]
fn a_server_that_speaks_no_tls_is_named_as_such() {
    with_patience(async {
        // It answers the first bytes of the handshake as a web server without TLS does, or ends.
        for (answer, says) in [
            (
                &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
                "does not speak TLS: ",
            ),
            (b"<!DOCTYPE HTML>\n", "does not speak TLS: "),
            (b"", "has ended the connection at the beginning of TLS: "),
        ] {
            let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
            let at = listener.local_addr().unwrap();
            let answers = spawn(async move {
                use futures::{AsyncReadExt, AsyncWriteExt};
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut some = [0; 10_000];
                let came = stream.read(&mut some).await.unwrap();
                assert_ne!(came, 0);
                stream.write_all(answer).await.unwrap();
                stream.close().await.unwrap();
                drop(stream.read(&mut some).await); // until the peer has read
            });
            let came = printed(WGET, [format!("https://{at}/")]).await;
            answers.await.unwrap();
            let says =
                format!("wget: {at} {says}begin the URL with http://, or correct its port\n");
            assert!(came.stderr.ends_with(&says), "{}", came.stderr);
            assert_eq!(came.code, Some(1));
        }
    });
}
