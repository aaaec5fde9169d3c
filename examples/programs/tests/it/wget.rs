//! `wget`: three styles, one output.

use crate::setup::{Folder, HOUR, Printed, Script, has_peer, printed, serve, with_patience};

mod disks;
mod ends;
mod https;
mod names;

const WGET: &str = env!("CARGO_BIN_EXE_wget");

const STYLES: [&str; 3] = ["callback", "generator", "async"];

fn body(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 7 % 251) as u8).collect()
}

fn whole(head: &str, body: &[u8]) -> Vec<u8> {
    [head.as_bytes(), b"\r\n", body].concat()
}

/// The body in chunks of growing length, with an extension and a trailer.
fn chunked(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut rest, mut length) = (body, 1);
    while !rest.is_empty() {
        let (part, others) = rest.split_at(length.min(rest.len()));
        bytes.extend(format!("{:X};name=value\r\n", part.len()).into_bytes());
        bytes.extend([part, b"\r\n"].concat());
        (rest, length) = (others, length * 3);
    }
    bytes.extend(b"0\r\nchecksum: none\r\n\r\n");
    bytes
}

const OK: &str = "HTTP/1.1 200 OK\r\n";

fn script(path: &str) -> Script {
    let sized = |length: usize| format!("{OK}content-length: {length}\r\n");
    let redirect = |to: &str| format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\n");
    let in_chunks = format!("{OK}Transfer-Encoding: chunked\r\n");
    match path {
        "/large" => Script::Whole(whole(&sized(300_000), &body(300_000))),
        "/medium" => Script::Whole(whole(&sized(70_000), &body(70_000))),
        "/small" => Script::Whole(whole(&sized(5), &body(5))),
        "/empty" => Script::Whole(whole(&sized(0), b"")),
        "/none" => Script::Whole(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
        "/chunked" => Script::Whole(whole(&in_chunks, &chunked(&body(200_000)))),
        "/until-end" => Script::Whole(whole("HTTP/1.0 200 OK\r\n", &body(150_000))),
        "/bytes" => Script::Bytes(whole(&in_chunks, &chunked(&body(400)))),
        "/continued" => {
            let head = format!("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n{}", sized(3));
            Script::Bytes(whole(&head, &body(3)))
        }
        "/more-than-said" => Script::Whole(whole(&sized(3), &body(100))),
        "/moved" => Script::Whole(whole(&redirect("/folder/old?x=1"), b"see there")),
        "/folder/old?x=1" => Script::Whole(whole(&redirect("../small"), b"")),
        "/missing" => Script::Whole(whole("HTTP/1.1 404 Not Found\r\n", b"no")),
        "/busy" => Script::Whole(whole("HTTP/1.1 503 Service Unavailable\r\n", b"no")),
        "/nowhere" => Script::Whole(whole("HTTP/1.1 302 Found\r\n", b"")),
        "/circle" => Script::Whole(whole(&redirect("/circle"), b"")),
        "/to-tls" => Script::Whole(whole(&redirect("ftp://here/"), b"")),
        "/garbage" => Script::Silent(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        "/huge" => Script::Whole(format!("{OK}x: {}", "a".repeat(200_000)).into_bytes()),
        "/unclear" => Script::Whole(whole(&format!("{OK}content-length: many\r\n"), b"")),
        "/bad-chunk" => Script::Whole(whole(&in_chunks, b"5\r\nabcde\r\nxyz\r\n")),
        "/long-chunk" => Script::Whole(whole(&in_chunks, b"3\r\nabcde\r\n0\r\n\r\n")),
        "/cut" => Script::Whole(whole(&sized(1000), &body(10))),
        "/cut-chunk" => Script::Whole(whole(&in_chunks, b"5\r\nab")),
        "/cut-head" => Script::Whole(OK.as_bytes().to_vec()),
        "/nothing" => Script::Whole(Vec::new()),
        "/reset" => Script::Reset(whole(&sized(100_000), &body(10))),
        "/silent" => Script::Silent(Vec::new()),
        "/half" => Script::Silent(whole(&sized(100_000), &body(50_000))),
        path => panic!("there is no script for {path}"),
    }
}

/// Downloads in a style, and returns what was printed, where the file is FILE, and its bytes.
async fn in_style(style: &str, limit: &str, url: &str) -> (Printed, Option<Vec<u8>>) {
    let folder = Folder::new();
    let file = folder.0.join("file");
    let path = file.to_str().unwrap();
    let arguments = ["--style", style, "--time-out", limit, "-O", path, url];
    let mut came = printed(WGET, arguments).await;
    came.stderr = came.stderr.replace(path, "FILE");
    let bytes = std::fs::read(&file).ok();
    let left = if bytes.is_some() {
        vec!["file"]
    } else {
        vec![]
    };
    assert_eq!(folder.files(), left, "{style}, {url}: {}", came.stderr);
    (came, bytes)
}

/// Downloads in each style, compares what was printed, and returns that and the bytes.
async fn in_all_styles(limit: &str, url: &str) -> (Printed, Option<Vec<u8>>) {
    let first = in_style(STYLES[0], limit, url).await;
    for style in &STYLES[1..] {
        let other = in_style(style, limit, url).await;
        assert_eq!(other.0, first.0, "{style} for {url}");
        assert!(other.1 == first.1, "{style} for {url}: the bytes differ");
    }
    first
}

/// Limits for a server that is silent after the half of a file: the next one, if the machine was too slow to
/// get the half within the one before.
const LIMITS: [&str; 4] = ["0.3", "1", "4", "16"];

/// Returns true if a program can have a network and a disk of its own here.
fn has_own_mounts() -> bool {
    has_peer("unshare", &["-rmn", "mount", "-t", "tmpfs", "none", "/tmp"])
}

#[test]
fn the_three_styles_save_the_same_bytes_and_print_the_same_lines() {
    with_patience(async {
        let server = serve(script);
        for (path, expected) in [
            ("/large", body(300_000)),
            ("/small", body(5)),
            ("/empty", vec![]),
            ("/none", vec![]),
            ("/chunked", body(200_000)),
            ("/until-end", body(150_000)),
            ("/bytes", body(400)),
            ("/continued", body(3)),
            ("/more-than-said", body(3)),
            ("/moved", body(5)),
        ] {
            let url = format!("http://{}{path}", server.address);
            let (came, bytes) = in_all_styles(HOUR, &url).await;
            assert_eq!(came.code, Some(0), "{path}: {}", came.stderr);
            assert!(bytes.unwrap() == expected, "{path}: {}", came.stderr);
        }
    });
}

#[test]
fn a_download_prints_its_way_and_its_progress() {
    with_patience(async {
        let server = serve(script);
        let at = server.address;
        let (came, _) = in_all_styles(HOUR, &format!("{at}/moved")).await;
        let expected = format!(
            "http://{at}/moved\n  302 Found, to http://{at}/folder/old?x=1\n  \
             302 Found, to http://{at}/small\n  200 OK, 5 bytes\n  \
             [####################] 100 %\nsaved FILE, 5 bytes\n"
        );
        assert_eq!(came.stderr, expected);
        let (came, _) = in_all_styles(HOUR, &format!("http://{at}/large")).await;
        let lines: Vec<&str> = came.stderr.lines().collect();
        assert_eq!(lines.len(), 13, "{lines:#?}");
        assert_eq!(lines[1], "  200 OK, 300000 bytes");
        assert_eq!(lines[2], "  [##                  ]  10 %");
        assert_eq!(lines[12], "saved FILE, 300000 bytes");
        // A read takes more than a tenth of it, and each tenth has its line all the same.
        let (came, _) = in_all_styles(HOUR, &format!("http://{at}/medium")).await;
        assert_eq!(came.stderr.matches(" %\n").count(), 10, "{}", came.stderr);
        let (came, _) = in_all_styles(HOUR, &format!("http://{at}/chunked")).await;
        let middle = "  64 KiB\n  128 KiB\n  192 KiB\n";
        assert!(came.stderr.contains(middle), "{}", came.stderr);
    });
}

#[test]
fn a_failure_is_a_sentence_and_leaves_no_file() {
    with_patience(async {
        let server = serve(script);
        let at = server.address;
        for (path, sentence) in [
            (
                "/missing",
                format!("404 Not Found for http://{at}/missing: check the path"),
            ),
            ("/circle", "more than 10 redirects in a row".into()),
            ("/busy", format!("http://{at}/busy: try again later")),
            ("/nowhere", "does not say where the page is".into()),
            (
                "/to-tls",
                format!("http://{at}/to-tls redirects to another address: \"ftp://here/\" is no"),
            ),
            ("/garbage", "first line is \"SSH-2.0-OpenSSH_9.2\"".into()),
            ("/huge", "its header has more than 64 KiB".into()),
            ("/unclear", "the length of the body is unclear".into()),
            (
                "/bad-chunk",
                "a chunk does not begin with its length".into(),
            ),
            ("/long-chunk", "a chunk is longer than it says".into()),
            ("/cut", "990 bytes are missing; try again".into()),
            ("/cut-chunk", "the last chunk is missing; try again".into()),
            ("/cut-head", "the head is not complete; try again".into()),
            ("/nothing", "there is no answer; try again".into()),
            ("/reset", format!("{at} has reset the connection")),
            ("/silent", format!("{at} was silent for 0.3 s")),
        ] {
            // A short limit only where it is waited for: a machine with much to do is silent, too.
            let limit = if path == "/silent" { "0.3" } else { HOUR };
            let (came, bytes) = in_all_styles(limit, &format!("http://{at}{path}")).await;
            assert_eq!((came.code, bytes), (Some(1), None), "{path}");
            let last = came.stderr.lines().last().unwrap_or_default();
            assert!(last.starts_with("wget: "), "{path}: {last}");
            assert!(last.contains(&sentence), "{path}: {last}");
        }
    });
}

#[test]
fn a_server_that_is_silent_after_a_half_is_a_sentence_and_leaves_no_file() {
    with_patience(async {
        let server = serve(script);
        let at = server.address;
        for style in STYLES {
            let mut limits = LIMITS.into_iter();
            let (limit, (came, bytes)) = loop {
                let limit = limits.next().expect("the half comes within a limit");
                let ended = in_style(style, limit, &format!("http://{at}/half")).await;
                if ended.0.stderr.contains(" 50 %\n") {
                    break (limit, ended);
                }
            };
            let expected = format!(
                "http://{at}/half\n  200 OK, 100000 bytes\n  [##                  ]  10 %\n  \
                 [####                ]  20 %\n  [######              ]  30 %\n  \
                 [########            ]  40 %\n  [##########          ]  50 %\n\
                 wget: {at} was silent for {limit} s: try again, or wait longer with --time-out\n"
            );
            assert_eq!(came.stderr, expected, "{style}");
            assert_eq!((came.code, bytes), (Some(1), None), "{style}");
        }
    });
}

#[test]
fn a_wrong_command_line_is_a_sentence() {
    with_patience(async {
        for (arguments, sentence) in [
            (vec![], "the URL is missing\nwget: usage: wget"),
            (
                vec!["--style", "thread", "http://here/"],
                "wget: --style \"thread\": it is callback, generator or async\nwget: usage: wget",
            ),
            (
                vec!["--time-out", "-1", "http://here/"],
                "wget: --time-out \"-1\": it is a number of seconds, above 0\nwget: usage: wget",
            ),
            (
                vec!["--time-out", "0", "http://here/"],
                "wget: --time-out \"0\": it is a number of seconds, above 0\n",
            ),
            (
                vec!["--time-out"],
                "wget: --time-out: a value is missing behind it\n",
            ),
            (
                vec!["--quiet", "http://here/"],
                "wget: \"--quiet\" is no option\nwget: usage: wget",
            ),
            (
                vec!["http://here/", "http://there/"],
                "wget: \"http://there/\" is one URL too many\nwget: usage: wget",
            ),
            (vec!["gopher://here/"], "begins neither with http:// nor"),
            (vec!["http://"], "it has no host"),
            (vec!["http://here:99999/"], "a port is a number up to 65535"),
            (
                vec!["http://me:secret@here/"],
                "names and passwords are not sent",
            ),
            (vec!["http://he re/"], "it has no host"),
            (
                vec!["--trust", "/no/such/file", "http://here/"],
                "/no/such/file: ",
            ),
        ] {
            let came = printed(WGET, &arguments).await;
            assert_eq!(came.code, Some(1), "{arguments:?}");
            assert!(
                came.stderr.contains(sentence),
                "{arguments:?}: {}",
                came.stderr
            );
        }
    });
}

#[test]
fn urls_and_links_are_read_as_browsers_read_them() {
    use programs::http::url::Url;
    let base = Url::parse("HTTP://Example.org/a/b?q#f").unwrap();
    assert_eq!(base.to_string(), "http://example.org/a/b?q");
    for (link, expected) in [
        ("c", "http://example.org/a/c"),
        ("./c?x", "http://example.org/a/c?x"),
        ("../c/", "http://example.org/c/"),
        ("../../../c", "http://example.org/c"),
        ("..", "http://example.org/"),
        ("/c#f", "http://example.org/c"),
        ("?x", "http://example.org/a/b?x"),
        ("", "http://example.org/a/b?q"),
        ("//other:81/c", "http://other:81/c"),
        ("https://[::1]/", "https://[::1]/"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("a b\r\nx: y", "http://example.org/a/a%20b%0D%0Ax:%20y"),
    ] {
        let joined = base.join(link).unwrap();
        assert_eq!(joined.to_string(), expected, "{link:?}");
        assert_eq!(Url::parse(&joined.to_string()).unwrap(), joined, "{link:?}");
    }
    assert!(base.join("mailto:me").is_err());
    assert_eq!(Url::parse("[::1]:8080").unwrap().address(), "[::1]:8080");
    assert_eq!(base.file_name(), "b");
    assert_eq!(
        Url::parse("http://here/..").unwrap().file_name(),
        "index.html"
    );
}
