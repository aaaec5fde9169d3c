//! `wget` beside nginx.
//!
//! nginx is asked for a file, a redirect, a page without a length, and more, over `http` and `https`. A
//! body that is cut off comes through nginx from a server of the test.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::process::Stdio;

use groundup::net::StreamReader;
use groundup::process::{Command, PipeReader, Process};

use crate::setup::{
    Folder, Printed, Script, certificate, has_peer, has_said, printed, serve, with_patience,
};

const WGET: &str = env!("CARGO_BIN_EXE_wget");

const STYLES: [&str; 3] = ["callback", "generator", "async"];

/// One process, which writes all its files in the folder of the test.
const CONFIGURATION: &str = "
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events {}
http {
    access_log off;
    absolute_redirect off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:PLAIN;
        listen 127.0.0.1:SECURE ssl;
        ssl_certificate CERTIFICATE;
        ssl_certificate_key KEY;
        root served;
        location /moved { return 302 /data.bin; }
        location /chunked { ssi on; ssi_types *; alias served/page.txt; }
        location /cut { proxy_pass http://UPSTREAM; proxy_buffering off; }
    }
}
";

/// What nginx says when it listens at both ports.
const LISTENS: &str = "event method";

/// nginx, and its ports. Its drop ends it.
struct Nginx {
    _process: Process,
    _lines: StreamReader<PipeReader>,
    plain: u16,
    secure: u16,
}

impl Nginx {
    /// Starts it. Another program may take one of its ports before it does, and then it gets others.
    async fn start(folder: &Folder, upstream: SocketAddr) -> Nginx {
        let (certificate, key) = certificate(folder);
        loop {
            let free = [(); 2].map(|()| StdListener::bind("127.0.0.1:0").unwrap());
            let [plain, secure] = free.map(|listener| listener.local_addr().unwrap().port());
            let configuration = CONFIGURATION
                .replace("PLAIN", &plain.to_string())
                .replace("SECURE", &secure.to_string())
                .replace("CERTIFICATE", &certificate)
                .replace("KEY", &key)
                .replace("UPSTREAM", &upstream.to_string());
            let file = folder.0.join("nginx.conf");
            std::fs::write(&file, configuration).unwrap();
            let mut command = Command::new("nginx");
            command.arg("-p").arg(&folder.0).arg("-c").arg(&file);
            command.args(["-e", "stderr"]);
            command.stdin(Stdio::null()).stderr(Stdio::piped());
            let mut process = command.kill_on_drop(true).spawn().unwrap();
            let mut lines = StreamReader::new(process.stderr.take().unwrap());
            // A connection would say nothing: another program may listen there.
            if has_said(&mut lines, LISTENS).await {
                return Nginx {
                    _process: process,
                    _lines: lines,
                    plain,
                    secure,
                };
            }
        }
    }
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 7 % 251) as u8).collect()
}

/// Downloads, and returns what was printed and the bytes of the file, if it was saved.
async fn save(options: &[&str], url: &str) -> (Printed, Option<Vec<u8>>) {
    let folder = Folder::new();
    let file = folder.0.join("file");
    let arguments = [options, &["-O", file.to_str().unwrap(), url]].concat();
    let came = printed(WGET, arguments).await;
    let saved = std::fs::read(&file).ok();
    let left = if saved.is_some() {
        vec!["file"]
    } else {
        vec![]
    };
    assert_eq!(folder.files(), left, "{url}: {}", came.stderr);
    (came, saved)
}

/// Runs a test beside nginx, if it is there, with the folder of its certificate.
fn beside_nginx(test: impl AsyncFnOnce(&Nginx, &Folder)) {
    if !has_peer("nginx", &["-v"]) {
        return;
    }
    with_patience(async {
        let folder = Folder::new();
        std::fs::create_dir_all(folder.0.join("served/sub")).unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.0.join(name), bytes).unwrap();
        write("served/data.bin", &bytes(500_000));
        write("served/sub/index.html", b"the folder");
        let page = format!(
            "<!--#set var=\"who\" value=\"nginx\" -->{}",
            "word ".repeat(50_000)
        );
        write(
            "served/page.txt",
            format!("{page}<!--#echo var=\"who\" -->").as_bytes(),
        );
        let cut = serve(|_| {
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
            Script::Whole([head, &*bytes(10)].concat())
        });
        let nginx = Nginx::start(&folder, cut.address).await;
        test(&nginx, &folder).await;
    });
}

#[test]
fn wget_saves_what_nginx_has_in_each_style() {
    beside_nginx(async |nginx, _| {
        let page = format!("{}nginx", "word ".repeat(50_000)).into_bytes();
        for style in STYLES {
            for (path, expected) in [
                ("data.bin", &bytes(500_000)),
                ("moved", &bytes(500_000)),
                ("sub", &b"the folder".to_vec()),
                ("chunked", &page),
            ] {
                let url = format!("http://127.0.0.1:{}/{path}", nginx.plain);
                let (came, saved) = save(&["--style", style], &url).await;
                assert_eq!(came.code, Some(0), "{style}, {path}: {}", came.stderr);
                assert!(
                    saved.as_ref() == Some(expected),
                    "{style}, {path}: {}",
                    came.stderr
                );
                let redirects = came.stderr.matches(", to http").count();
                assert_eq!(
                    redirects,
                    usize::from(matches!(path, "moved" | "sub")),
                    "{path}"
                );
            }
        }
    });
}

#[test]
fn wget_says_what_nginx_does_not_have_and_saves_nothing() {
    beside_nginx(async |nginx, _| {
        for style in STYLES {
            for (path, said) in [
                ("missing", "404 Not Found"),
                ("cut", "990 bytes are missing"),
            ] {
                let url = format!("http://127.0.0.1:{}/{path}", nginx.plain);
                let (came, saved) = save(&["--style", style], &url).await;
                assert_eq!(came.code, Some(1), "{style}, {path}: {}", came.stderr);
                assert!(
                    came.stderr.contains(said),
                    "{style}, {path}: {}",
                    came.stderr
                );
                assert_eq!(saved, None);
            }
        }
    });
}

#[test]
fn wget_trusts_the_certificate_of_nginx_only_if_it_is_given() {
    beside_nginx(async |nginx, folder| {
        let (plain, url) = (nginx.plain, format!("https://localhost:{}/", nginx.secure));
        let trusted = folder.0.join("certificate.pem");
        let trusts = ["--trust", trusted.to_str().unwrap()];
        for (path, expected) in [("data.bin", bytes(500_000)), ("moved", bytes(500_000))] {
            let (came, saved) = save(&trusts, &format!("{url}{path}")).await;
            assert!(saved == Some(expected), "{}", came.stderr);
        }
        let (came, saved) = save(&[], &format!("{url}data.bin")).await;
        assert_eq!((came.code, saved), (Some(1), None));
        assert!(came.stderr.contains("certificate"), "{}", came.stderr);
        // A port that speaks no TLS.
        let (came, saved) = save(&trusts, &format!("https://localhost:{plain}/data.bin")).await;
        assert_eq!((came.code, saved), (Some(1), None), "{}", came.stderr);
    });
}
