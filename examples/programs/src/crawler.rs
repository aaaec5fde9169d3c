//! A crawler: a queue of pages, some workers, and a limit.
//!
//! ```text
//!   the first page ──> queue ──> worker 1 ──> fetch ──> links ─┐
//!                        ^       worker 2 ..                   │ new ones, of the same host,
//!                        └─────────────────────────────────────┘ up to the limit
//!   queue.join(): as many task_done as put; then no page is left, and none can come
//! ```
//!
//! A page that fails is a line in the result, and the others go on. The workers are a task group: one that
//! panics, or cannot tell its page, ends the crawl.

pub mod links;
pub mod site;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use groundup::trace::Event;
use groundup::web::futures_rustls::TlsConnector;
use groundup::{GroupError, Queue, TaskGroup, current_task, task_group};
use groundup_view::Timeline;

use crate::failure::Failure;
use crate::http::connection::fetch;
use crate::http::url::Url;
use links::links;

/// The limits of a crawl.
#[derive(Clone)]
pub struct Options {
    /// Most pages to fetch.
    pub limit: usize,
    /// How many pages are fetched at once.
    pub workers: usize,
    /// Most time for a page.
    pub time_out: Duration,
    /// The certificates to trust.
    pub tls: TlsConnector,
}

/// A page that was visited.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Its URL.
    pub url: Url,
    /// Its status and the number of its links, or the reason why there is no page.
    pub found: Result<(u16, usize), Failure>,
}

impl Visit {
    /// Returns why there is no page: the answer of the server is an error, or there is none.
    pub fn failure(&self) -> Option<Failure> {
        match &self.found {
            Ok((status, _)) if *status >= 400 => Some(Failure::status(&self.url, *status, "")),
            Ok(_) => None,
            Err(failure) => Some(failure.clone()),
        }
    }
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Ok((status, 1)) => write!(f, "{status}  {}  (1 link)", self.url),
            Ok((status, links)) => write!(f, "{status}  {}  ({links} links)", self.url),
            Err(failure) => write!(f, "---  {}  {failure}", self.url),
        }
    }
}

/// Takes a page that was visited.
type Tell = dyn Fn(&Visit) -> Result<(), Failure>;

/// A crawl that is on its way.
struct Crawl {
    options: Options,
    pages: Queue<Url>,
    seen: RefCell<BTreeSet<Url>>,
    left_out: Cell<usize>,
    tell: Box<Tell>,
}

/// Visits the pages of a site, beginning with one, and calls `tell` with each. Returns how many links
/// led beyond the limit.
///
/// # Errors
///
/// If `tell` fails, or a worker panics. Then no other page is visited.
pub async fn crawl(
    first: Url,
    options: Options,
    tell: impl Fn(&Visit) -> Result<(), Failure> + 'static,
) -> Result<usize, Failure> {
    if let Some(task) = current_task() {
        task.set_name("crawl");
    }
    let workers = options.workers.max(1);
    let crawl = Rc::new(Crawl {
        options,
        pages: Queue::unbounded().named("pages"),
        seen: RefCell::default(),
        left_out: Cell::new(0),
        tell: Box::new(tell),
    });
    crawl.add(first);
    // To wait for the queue alone would be to wait for ever if a worker has failed: its page stays undone.
    let all = task_group(async |group: TaskGroup<Failure>| {
        for number in 1..=workers {
            group.spawn_named(format!("worker {number}"), crawl.clone().work());
        }
        crawl.pages.join().await;
        crawl.pages.shutdown(); // ends the workers
        Ok(())
    });
    all.await.map_err(GroupError::merge)?;
    Ok(crawl.left_out.get())
}

impl Crawl {
    /// Puts a page into the queue, unless it is known or beyond the limit.
    fn add(&self, url: Url) {
        let mut seen = self.seen.borrow_mut();
        if seen.contains(&url) {
            return;
        }
        if seen.len() == self.options.limit {
            self.left_out.update(|count| count + 1);
            return;
        }
        seen.insert(url.clone());
        drop(self.pages.put_nowait(url)); // it is unbounded, and shut down only after the last page
    }

    async fn work(self: Rc<Self>) -> Result<(), Failure> {
        while let Ok(url) = self.pages.get().await {
            let found = self.visit(&url).await;
            (self.tell)(&Visit { url, found })?;
            _ = self.pages.task_done();
        }
        Ok(())
    }

    async fn visit(&self, url: &Url) -> Result<(u16, usize), Failure> {
        let Options { tls, time_out, .. } = &self.options;
        let page = fetch(url, tls, *time_out).await?;
        let kind = page.head.get("content-type").unwrap_or("text/html");
        let mut targets = match kind.starts_with("text/html") {
            true => links(&String::from_utf8_lossy(&page.body)),
            false => Vec::new(),
        };
        targets.extend(page.head.get("location").map(str::to_string));
        let targets = targets.iter().filter_map(|link| url.join(link).ok());
        let inside = |target: &Url| (&target.host, target.port) == (&url.host, url.port);
        let targets: Vec<Url> = targets.filter(inside).collect();
        let count = targets.len();
        targets.into_iter().for_each(|target| self.add(target));
        Ok((page.head.status, count))
    }
}

/// Returns the timeline of a crawl: its main task and its workers, without tasks of the site.
pub fn timeline(events: &[Event]) -> Timeline {
    let is_own = |event: &&Event| {
        let Some(task) = &event.task else {
            return false;
        };
        task.number == 1 || task.name.to_string().starts_with("worker ")
    };
    let own: Vec<Event> = events.iter().filter(is_own).cloned().collect();
    Timeline::of(&own).titled("a crawl")
}
