//! Chunks from and to curl, and several requests in one write.

use std::convert::Infallible;
use std::fs::File;
use std::process::Stdio;
use std::rc::Rc;

use futures::AsyncWriteExt;
use futures::stream::{Iter, iter};
use groundup::net::{StreamReader, TcpListener};
use groundup::process::Command;
use groundup::web::HttpServer;
use groundup::web::hyper::body::{Bytes, Frame, Incoming};
use groundup::web::hyper::service::service_fn;
use groundup::web::hyper::{Request, Response};
use groundup::{Event, spawn};
use http_body_util::{BodyExt, StreamBody};

use crate::setup::{Folder, certificate, command, has_peer, start, with_patience};

const SERVER: &str = env!("CARGO_BIN_EXE_web_server");

type Parts = StreamBody<Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>>;

/// Answers with the body of the request, in parts. Its length is not said, so they are chunks.
async fn echo(request: Request<Incoming>) -> Result<Response<Parts>, Infallible> {
    let coding = request.headers().get("transfer-encoding").cloned();
    let body = request.collect().await.unwrap().to_bytes();
    let part = |part: &[u8]| Ok(Frame::data(Bytes::copy_from_slice(part)));
    let parts: Vec<_> = body.chunks(10_000).map(part).collect();
    let mut answer = Response::new(StreamBody::new(iter(parts)));
    if let Some(coding) = coding {
        answer.headers_mut().insert("x-coding", coding);
    }
    Ok(answer)
}

#[test]
fn curl_sends_and_reads_a_body_in_chunks() {
    if !has_peer("curl", &["--version"]) {
        return;
    }
    with_patience(async {
        let folder = Folder::new();
        let sent: Vec<u8> = (0..150_000u32).map(|n| (n % 251) as u8).collect();
        let (upload, came) = (folder.0.join("upload"), folder.0.join("came"));
        std::fs::write(&upload, &sent).unwrap();
        let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let stop = Rc::new(Event::new());
        let stopped = stop.clone();
        let until = async move { stopped.wait().await };
        let server = spawn(HttpServer::new(listener).serve(service_fn(echo), until));
        let in_chunks = ["-s", "-D-", "-H", "transfer-encoding: chunked"];
        let mut curl = command("curl");
        curl.args(in_chunks).args(["--data-binary", "@-", "-o"]);
        curl.arg(&came).arg(&url);
        curl.stdin(Stdio::from(File::open(&upload).unwrap()));
        let output = curl.output().await.unwrap();
        let head = String::from_utf8(output.stdout).unwrap();
        assert!(head.contains("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("\r\nx-coding: chunked\r\n"), "{head}");
        assert!(
            head.contains("\r\ntransfer-encoding: chunked\r\n"),
            "{head}"
        );
        assert!(std::fs::read(&came).unwrap() == sent);
        stop.set();
        server.await.unwrap();
        // The web server has no use for it, and serves the next request.
        let server = start(SERVER, &["0"]).await;
        let url = format!("http://127.0.0.1:{}/json", server.port);
        let mut curl = command("curl");
        let code = ["-o", "/dev/null", "-w%{stderr}%{http_code};"];
        curl.args(in_chunks).args(["-d", "@-"]).args(code).arg(&url);
        curl.args(["--next", "-s"]).args(code).arg(&url);
        curl.stdin(Stdio::from(File::open(&upload).unwrap()));
        let output = curl.output().await.unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "405;200;");
        server.end().await;
    });
}

/// curl asks for one page after the other: since 7.65 it has no pipelining. So `openssl` takes the bytes
/// to the server, in one record of TLS.
#[test]
fn requests_in_one_write_get_their_answers_in_order() {
    if !has_peer("openssl", &["version"]) {
        return;
    }
    with_patience(async {
        let folder = Folder::new();
        let (certificate, key) = certificate(&folder);
        let server = start(SERVER, &["0", "--tls", &certificate, &key]).await;
        let at = format!("localhost:{}", server.port);
        let mut client = Command::new("openssl");
        client.args(["s_client", "-connect", &at, "-CAfile", &certificate]);
        client.args(["-alpn", "http/1.1", "-quiet", "-verify_return_error"]);
        client.stdin(Stdio::piped()).stdout(Stdio::piped());
        client.stderr(Stdio::null()).kill_on_drop(true);
        let mut client = client.spawn().unwrap();
        let mut input = client.stdin.take().unwrap();
        let requests = "GET / HTTP/1.1\r\nhost: h\r\n\r\n\
                        GET /nothing HTTP/1.1\r\nhost: h\r\n\r\n\
                        GET /json HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
        input.write_all(requests.as_bytes()).await.unwrap();
        let mut output = StreamReader::new(client.stdout.take().unwrap());
        let answers = String::from_utf8(output.read_to_end().await.unwrap()).unwrap();
        let heads: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).collect();
        let [page, missing, json] = heads[..] else {
            panic!("{answers}");
        };
        assert!(
            page.starts_with("200 OK\r\n") && page.contains("<h1>"),
            "{page}"
        );
        assert!(missing.starts_with("404 Not Found\r\n"), "{missing}");
        assert!(
            missing.ends_with("there is no page /nothing; the first one is /\n"),
            "{missing}"
        );
        assert!(json.contains("\"answered\": 2, \"open\": 1,"), "{json}");
        server.end().await;
    });
}
