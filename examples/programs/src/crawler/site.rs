//! A small site to crawl, on asyncio's streams.
//!
//! It has twelve good pages, one of which is slow, a redirect, a link to nowhere, and a page whose
//! connection breaks.

use std::io;
use std::time::Duration;

use groundup::net::{Server, StreamReader, StreamWriter, start_server};
use groundup::{sleep, timeout};

/// How long a page takes, as if it came from far away.
const USUAL: Duration = Duration::from_millis(30);

/// How much longer the slow page takes.
const SLOW: Duration = Duration::from_millis(300);

/// Most time for the request of a peer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the site at a host and a port; port 0 is a free one.
///
/// # Errors
///
/// If the port is in use.
pub async fn start_site(host: &str, port: u16) -> io::Result<Server> {
    start_server(host, port, |reader, writer| async {
        let answered = timeout(PATIENCE, answer(reader, writer)).await;
        answered.unwrap_or(Ok(())) // a silent peer is not served
    })
    .await
}

async fn answer(mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    let head = reader.readuntil(b"\r\n\r\n").await?;
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/");
    sleep(USUAL).await;
    let (status, header, body) = match path {
        "/" => ("200 OK", "", page(&["a/", "b/", "c/", "old", "nowhere"])),
        "/a/" => ("200 OK", "", page(&["1", "2", "3", "../b/"])),
        "/b/" => ("200 OK", "", page(&["1", "2", "3", "broken"])),
        "/c/" => {
            sleep(SLOW).await;
            (
                "200 OK",
                "",
                page(&["1", "2", "/a/#top", "http://example.org/"]),
            )
        }
        "/old" => ("301 Moved Permanently", "location: /a/\r\n", String::new()),
        "/b/broken" => {
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf of ");
            return writer.drain().await;
        }
        leaf if ["/a/", "/b/", "/c/"].iter().any(|folder| {
            let name = leaf.strip_prefix(folder);
            name.is_some_and(|name| ["1", "2", "3"].contains(&name))
        }) =>
        {
            ("200 OK", "", page(&["/"]))
        }
        _ => ("404 Not Found", "", page(&["/"])),
    };
    let length = body.len();
    writer.write(
        format!(
            "HTTP/1.1 {status}\r\n{header}content-type: text/html\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{body}"
        )
        .as_bytes(),
    );
    writer.drain().await
}

fn page(links: &[&str]) -> String {
    let link = |link: &&str| format!("<li><a href=\"{link}\">{link}</a></li>");
    let links: String = links.iter().map(link).collect();
    format!("<!doctype html><title>a page</title><ul>{links}</ul>")
}
