//! A web server: a page, JSON, a slow answer, and its own tasks, live.
//!
//! ```text
//!   /        the page, with links to the others
//!   /json    what the server has done, for a program
//!   /slow    an answer of the kitchen: one pan, 3 s for each answer
//!   /tasks   who waits for what, and the last seconds as a timeline; it loads itself again
//! ```
//!
//! The second request for `/slow` waits for the pan. On `/tasks` one sees which order has it.

pub mod pages;
pub mod tasks;

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use groundup::net::TcpListener;
use groundup::trace::Recorder;
use groundup::web::HttpServer;
use groundup::web::futures_rustls::TlsAcceptor;
use groundup::web::hyper::body::Incoming;
use groundup::web::hyper::service::service_fn;
use groundup::web::hyper::{Method, Request, Response, StatusCode};
use groundup::{Lock, current_task, sleep, spawn_named, time};

use crate::serving::report;

/// How long an order takes.
const COOKING: Duration = Duration::from_secs(3);

/// How many events of the trace the live page draws.
///
/// The log is a ring of the last ones: a server that runs for months has no room for its whole trace, and no
/// browser could draw it.
pub const EVENTS: usize = 600;

/// The state of the server.
pub struct Site {
    /// The events of the loop that were last.
    pub log: Recorder,
    /// How long an answer of the kitchen takes.
    pub cooking: Duration,
    pan: Lock<()>,
    answered: Cell<u64>,
    open: Cell<u64>,
    orders: Cell<u64>,
}

impl Site {
    /// Makes the state; the log is the trace of the loop.
    pub fn new(log: Recorder) -> Self {
        Site {
            log,
            cooking: COOKING,
            pan: Lock::new().named("the pan"),
            answered: Cell::new(0),
            open: Cell::new(0),
            orders: Cell::new(0),
        }
    }

    /// Returns how many requests are being answered.
    pub fn open(&self) -> u64 {
        self.open.get()
    }
}

/// Serves the site until `until` is done, and answers the requests that are there by then.
pub async fn serve(
    listener: TcpListener,
    site: Rc<Site>,
    tls: Option<TlsAcceptor>,
    until: impl Future<Output = ()>,
) {
    if let Some(task) = current_task() {
        task.set_name("the listener");
    }
    let service = service_fn(move |request| answer(request, site.clone()));
    let mut server = HttpServer::new(listener)
        .header_limit(Duration::from_secs(10))
        .on_error(report);
    if let Some(tls) = tls {
        server = server.tls(tls);
    }
    server.serve(service, until).await;
}

/// A request that is being answered, and its name. Its drop counts, also if the peer has gone.
struct Open<'a>(&'a Site, String);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.update(|open| open - 1);
        self.0.answered.update(|answered| answered + 1);
        if let Some(task) = current_task() {
            task.set_name(format!("answered {}", self.1));
        }
    }
}

/// Cooks two eggs, when the pan is free.
async fn cook(site: Rc<Site>) -> String {
    let before = time();
    let _pan = site.pan.acquire().await;
    let waited = (time() - before).as_secs_f64();
    sleep(site.cooking).await;
    format!("two eggs, after {waited:.1} s in line\n")
}

async fn answer(
    request: Request<Incoming>,
    site: Rc<Site>,
) -> Result<Response<String>, Infallible> {
    site.open.update(|open| open + 1);
    let (method, path) = (request.method(), request.uri().path());
    let short: String = path.chars().take(40).collect();
    let open = Open(&site, format!("{method} {short}"));
    if let Some(task) = current_task() {
        task.set_name(&open.1);
    }
    if method != Method::GET && method != Method::HEAD {
        let text = format!("{method} is not for this page: use GET\n");
        return Ok(pages::text(StatusCode::METHOD_NOT_ALLOWED, text));
    }
    Ok(match path {
        "/" => pages::html(pages::front()),
        "/json" => pages::json(pages::report(&site)),
        "/slow" => {
            // A task of its own: if the peer leaves, the order is cancelled, and gives the pan back.
            let number = site.orders.get() + 1;
            site.orders.set(number);
            let order = spawn_named(format!("order {number}"), cook(site.clone()));
            match order.cancel_on_drop().await {
                Ok(eggs) => pages::text(StatusCode::OK, eggs),
                Err(error) => pages::text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
            }
        }
        "/tasks" => {
            let is_held = request.uri().query() == Some("hold");
            pages::html(tasks::page(&site, is_held))
        }
        path => pages::text(
            StatusCode::NOT_FOUND,
            format!("there is no page {path}; the first one is /\n"),
        ),
    })
}
