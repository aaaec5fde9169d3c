//! The programs beside those of others: curl, openssl, Python.
//!
//! A peer that is missing is said to be skipped, and with `GROUNDUP_PEERS=required` is a failure.

use std::process::Stdio;

use futures::AsyncWriteExt;
use groundup::net::StreamReader;
use groundup::process::Command;

use crate::setup::{Folder, certificate, has_peer, printed, start, with_patience};

const WGET: &str = env!("CARGO_BIN_EXE_wget");
const SERVER: &str = env!("CARGO_BIN_EXE_web_server");
const CHAT: &str = env!("CARGO_BIN_EXE_chat");

#[test]
fn curl_keeps_its_connection_and_gets_each_page() {
    if !has_peer("curl", &["--version"]) {
        return;
    }
    with_patience(async {
        let server = start(SERVER, &["0"]).await;
        let at = format!("http://127.0.0.1:{}", server.port);
        let urls = ["/", "/json", "/tasks"].map(|path| format!("{at}{path}"));
        let format = "-w%{stderr}%{http_code} %{num_connects};";
        let came = printed(
            "curl",
            [
                ["-s", format].as_slice(),
                &urls.each_ref().map(|url| &**url),
            ]
            .concat(),
        )
        .await;
        assert_eq!(came.stderr, "200 1;200 0;200 0;");
        assert!(came.stdout.contains("\"answered\": 1"), "{}", came.stdout);
        assert!(
            came.stdout
                .contains("<td>GET /tasks</td><td>writes this page</td>"),
            "{}",
            came.stdout
        );
        // HTTP/2, at a server that was told nothing of it.
        let arguments = [
            "-s",
            "--http2-prior-knowledge",
            "-w%{stderr}%{http_version}",
            &urls[1],
        ];
        let came = printed("curl", arguments).await;
        assert_eq!(came.stderr, "2", "{}", came.stdout);
        // A method that is not for it, and a body that nobody reads.
        let body = "x".repeat(100_000);
        let arguments = ["-s", "-d", &body, "-w%{stderr}%{http_code}", &urls[0]];
        assert_eq!(printed("curl", arguments).await.stderr, "405");
        server.end().await;
    });
}

#[test]
fn curl_and_openssl_speak_tls_with_the_server() {
    if !has_peer("curl", &["--version"]) || !has_peer("openssl", &["version"]) {
        return;
    }
    with_patience(async {
        let folder = Folder::new();
        let (certificate, key) = certificate(&folder);
        let server = start(SERVER, &["0", "--tls", &certificate, &key]).await;
        let url = format!("https://localhost:{}/json", server.port);
        for (version, option) in [("2", "--http2"), ("1.1", "--http1.1")] {
            let trusting = [
                "-s",
                option,
                "--cacert",
                &certificate,
                "-w%{stderr}%{http_version}",
                &url,
            ];
            let came = printed("curl", trusting).await;
            assert_eq!(came.stderr, version, "{}", came.stdout);
        }
        // Many at once, on one connection.
        let many = format!("{url}?[1-50]");
        let trusting = ["-s", "-Z", "--http2", "--cacert", &certificate, &many];
        let came = printed("curl", trusting).await;
        assert_eq!(
            came.stdout.matches("\"answered\"").count(),
            50,
            "{}",
            came.stdout
        );
        assert_eq!(
            printed("curl", ["-s", &url]).await.code,
            Some(60),
            "it is not trusted"
        );
        let at = format!("localhost:{}", server.port);
        let arguments = [
            "s_client",
            "-connect",
            &at,
            "-CAfile",
            &certificate,
            "-alpn",
            "http/1.1",
            "-brief",
        ];
        let mut command = Command::new("openssl");
        command.args(arguments).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut client = command.spawn().unwrap();
        let mut input = client.stdin.take().unwrap();
        let request = b"GET /json HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        input.write_all(request).await.unwrap();
        let mut output = StreamReader::new(client.stdout.take().unwrap());
        let answer = String::from_utf8(output.read_to_end().await.unwrap()).unwrap();
        assert!(answer.contains("HTTP/1.1 200 OK"), "{answer}");
        let mut told = StreamReader::new(client.stderr.take().unwrap());
        let told = String::from_utf8(told.read_to_end().await.unwrap()).unwrap();
        assert!(told.contains("Verification: OK"), "{told}");
        server.end().await;
        // Our client at openssl's server, which answers a GET with a page about the connection.
        let mut command = Command::new("openssl");
        command.args([
            "s_server",
            "-accept",
            "localhost:0",
            "-cert",
            &certificate,
            "-key",
            &key,
            "-www",
        ]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut peer = command.spawn().unwrap();
        let mut lines = StreamReader::new(peer.stdout.take().unwrap());
        let port = loop {
            let line = String::from_utf8(lines.readline().await.unwrap()).unwrap();
            assert!(!line.is_empty(), "openssl says no port");
            if let Some(at) = line.strip_prefix("ACCEPT ") {
                break at.trim().rsplit(':').next().unwrap().to_string();
            }
        };
        let url = format!("https://localhost:{port}/");
        let came = printed(WGET, ["--trust", &certificate, "-O", "-", &url]).await;
        assert!(
            came.stdout.contains("TLSv1.3"),
            "{}{}",
            came.stderr,
            came.stdout
        );
        drop(peer);
    });
}

#[test]
fn wget_gets_a_file_from_pythons_server_in_each_style() {
    if !has_peer("python3", &["--version"]) {
        return;
    }
    with_patience(async {
        let (served, saved) = (Folder::new(), Folder::new());
        let bytes: Vec<u8> = (0..500_000u32).map(|n| n as u8).collect();
        std::fs::create_dir(served.0.join("sub")).unwrap();
        std::fs::write(served.0.join("sub/data.bin"), &bytes).unwrap();
        let mut command = Command::new("python3");
        command.args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]);
        command.current_dir(&served.0).stdin(Stdio::null());
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut peer = command.spawn().unwrap();
        let mut lines = StreamReader::new(peer.stdout.take().unwrap());
        let line = String::from_utf8(lines.readline().await.unwrap()).unwrap();
        let port = line
            .split(' ')
            .find_map(|word| word.parse::<u16>().ok())
            .unwrap();
        for style in ["callback", "generator", "async"] {
            let file = saved.0.join(style);
            let path = file.to_str().unwrap();
            let url = format!("http://127.0.0.1:{port}/sub/data.bin");
            let came = printed(WGET, ["--style", style, "-O", path, &url]).await;
            assert_eq!(came.code, Some(0), "{}", came.stderr);
            assert!(std::fs::read(&file).unwrap() == bytes, "{style}");
            // Python redirects a folder without a slash.
            let url = format!("http://127.0.0.1:{port}/sub");
            let came = printed(WGET, ["--style", style, "-O", "-", &url]).await;
            assert!(came.stdout.contains("data.bin"), "{}", came.stdout);
        }
    });
}

/// A member that greets, writes down one answer, and leaves.
const MEMBER: &str = "
import asyncio, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1]) as socket:
        print(await socket.recv())
        await socket.send('hello from Python')
        print(await socket.recv())
asyncio.run(main())
";

#[test]
fn a_member_of_pythons_websockets_takes_part() {
    if !has_peer("python3", &["-c", "import websockets"]) {
        return;
    }
    with_patience(async {
        let chat = start(CHAT, &["0"]).await;
        let url = format!("ws://127.0.0.1:{}/chat?name=py", chat.port);
        let came = printed("python3", ["-c", MEMBER, &url]).await;
        let expected = "* py has come; here are: py\npy: hello from Python\n";
        assert_eq!(came.stdout, expected, "{}", came.stderr);
        chat.end().await;
    });
}
