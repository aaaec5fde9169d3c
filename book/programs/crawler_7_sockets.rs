//! Stage 7: the workers, on sockets of a network in memory

use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::crawler_web::{Web, serve};
use groundup::net::{Network, open_connection, start_server};
use groundup::{Queue, spawn_named};

/// Fetches a page by HTTP/1.0. Returns its lines, each of which is a link.
async fn fetch(path: &str) -> io::Result<Vec<String>> {
    let (mut reader, mut writer) = open_connection("site", 80).await?;
    writer.write(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes());
    writer.drain().await?;
    reader.readuntil(b"\r\n\r\n").await?;
    let page = reader.read_to_end().await?;
    let page = String::from_utf8_lossy(&page);
    Ok(page.lines().map(str::to_string).collect())
}

async fn work(web: Rc<Web>, paths: Rc<Queue<String>>) -> io::Result<()> {
    loop {
        let path = paths.get().await.map_err(io::Error::other)?;
        for link in web.read_links(fetch(&path).await?) {
            paths.put_nowait(link).map_err(io::Error::other)?;
        }
        paths.task_done().map_err(io::Error::other)?;
    }
}

/// Visits all pages of a site in memory, with at most `workers` connections at once.
pub(crate) async fn crawl(web: &Rc<Web>, workers: usize) -> io::Result<()> {
    let network = Network::builder().latency(Duration::from_millis(5)).build();
    let pages = web.clone();
    let answer = move |reader, writer| serve(pages.clone(), reader, writer);
    let server = start_server("0.0.0.0", 80, answer);
    let server = network.host("site").run(server).await?;
    let paths = Rc::new(Queue::unbounded().named("pages"));
    drop(paths.put_nowait("/".to_string()));
    let begin = |_| spawn_named("worker", work(web.clone(), paths.clone()));
    let _workers: Vec<_> = (0..workers).map(|n| begin(n).cancel_on_drop()).collect();
    paths.join().await;
    server.close();
    Ok(())
}

pub async fn main() {
    let web = Web::new(3);
    crawl(&web, 9).await.expect("the site answers");
    web.report();
}
