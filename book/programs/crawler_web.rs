//! The web that every stage of the crawler visits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use groundup::net::{StreamReader, StreamWriter};
use groundup::{Instant, block, current_task, sleep, time};

/// A front page, `fan` sections, and `fan` leaves in each section. Counts what a crawl does.
pub(crate) struct Web {
    fan: usize,
    found: RefCell<BTreeSet<String>>,
    pub(crate) read: Cell<usize>,
    asked: Cell<usize>,
    pub(crate) most: Cell<usize>,
    pub(crate) looks: Cell<u32>,
}

impl Web {
    pub(crate) fn new(fan: usize) -> Rc<Web> {
        Rc::new(Web {
            fan,
            found: RefCell::new(BTreeSet::from(["/".to_string()])),
            read: Cell::new(0),
            asked: Cell::new(0),
            most: Cell::new(0),
            looks: Cell::new(0),
        })
    }

    /// Notes that a page was asked for. Returns how long it takes to come.
    pub(crate) fn ask(&self, path: &str) -> Duration {
        self.asked.update(|pages| pages + 1);
        let on_their_way = self.asked.get() - self.read.get();
        self.most.set(self.most.get().max(on_their_way));
        match path {
            "/b" | "/a/3" => Duration::from_millis(300),
            _ => Duration::from_millis(100),
        }
    }

    /// Looks once whether a page has come. A look keeps the thread busy for a millisecond.
    pub(crate) fn look(&self, due: Instant) -> bool {
        self.looks.update(|looks| looks + 1);
        block(Duration::from_millis(1));
        due <= time()
    }

    /// Reads a page that has come. Returns the links that no page before it had.
    pub(crate) fn read(&self, path: &str) -> Vec<String> {
        self.read_links(self.links(path))
    }

    /// Notes that a page with these links has come. Returns those that are new.
    pub(crate) fn read_links(&self, links: Vec<String>) -> Vec<String> {
        self.read.update(|pages| pages + 1);
        let mut found = self.found.borrow_mut();
        let new = links.into_iter().filter(|link| found.insert(link.clone()));
        new.collect()
    }

    /// Returns all links of a page: those to its children, and one to the front page.
    fn links(&self, path: &str) -> Vec<String> {
        let section = |number: usize| format!("/{}", (b'a' + number as u8) as char);
        let leaf = |number: usize| format!("{path}/{}", number + 1);
        let mut links: Vec<String> = match path.split('/').count() {
            _ if path == "/" => (0..self.fan).map(section).collect(),
            2 => (0..self.fan).map(leaf).collect(),
            _ => Vec::new(),
        };
        links.push("/".to_string());
        links
    }

    /// Prints the pages of a crawl in the order of their names, and what the crawl has cost.
    pub(crate) fn report(&self) {
        let found: Vec<String> = self.found.borrow().iter().cloned().collect();
        println!("{}", found.join(" "));
        let (read, most, looks) = (self.read.get(), self.most.get(), self.looks.get());
        println!(
            "{read} pages after {}, at most {most} at once, {looks} looks",
            time()
        );
    }
}

/// Answers one request, as a server of HTTP/1.0 does: a head, a page, and the end of the data.
pub(crate) async fn serve(
    web: Rc<Web>,
    mut reader: StreamReader,
    mut writer: StreamWriter,
) -> io::Result<()> {
    let request = reader.readuntil(b"\r\n\r\n").await?;
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or("/");
    if let Some(task) = current_task() {
        task.set_name(format!("site {path}"));
    }
    sleep(web.ask(path)).await;
    let page = web.links(path).join("\n");
    writer.write(format!("HTTP/1.0 200 OK\r\n\r\n{page}").as_bytes());
    writer.drain().await
}
