//! The connection of a request, in the async style.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup::net::{TcpStream, look_up, staggered_race};
use groundup::web::WebStream;
use groundup::web::futures_rustls::TlsConnector;
use groundup::web::futures_rustls::pki_types::ServerName;
use groundup::{DefaultPool, EventLoop, ReportKind, ThreadPool, timeout};

use super::head::Head;
use super::response::{Receives, Response, request};
use super::url::Url;
use crate::failure::Failure;
use crate::output::tell;

/// The delay between the attempts at two addresses of a host.
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

/// How many look-ups are made at once.
const LOOK_UPS: usize = 8;

/// Waits for a step of a request, but not longer than the limit.
///
/// # Errors
///
/// If the step has failed, or takes too long.
pub async fn within<T>(
    limit: Duration,
    url: &Url,
    step: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let done = timeout(limit, step).await;
    done.unwrap_or_else(|_elapsed| Err(Failure::late(url, limit)))
}

/// Has the close of a loop wait for no look-up. The system looks a name up on a thread, for a minute and
/// more if no server of names answers, and a loop waits for the threads of its pool. A look-up that nobody
/// awaits any more leaves nothing behind, and goes with the process.
pub fn leave_look_ups(event_loop: &EventLoop) {
    event_loop.keep(|| DefaultPool::new(ThreadPool::new(LOOK_UPS)).limit(Duration::ZERO));
    // The loop reports what it has not waited for.
    event_loop.set_exception_handler(Some(Rc::new(|report| {
        if report.kind != ReportKind::StillRunning {
            tell(format_args!("{report}\n"));
        }
    })));
}

/// Looks the host of a URL up, but not longer than the limit.
///
/// # Errors
///
/// If the host is not known, or no server of names answers.
pub async fn find(url: &Url, limit: Duration) -> Result<Vec<SocketAddr>, Failure> {
    let found = timeout(limit, look_up(url.host.as_str(), url.port)).await;
    let found = found.map_err(|_elapsed| Failure::no_names(url, limit))?;
    found.map_err(|error| Failure::unknown_host(url, &error))
}

/// Connects to one of these addresses of the host of a URL, with TLS if it says so.
///
/// # Errors
///
/// If the host does not answer, or has a certificate that does not fit.
pub async fn connect(
    url: &Url,
    addresses: Vec<SocketAddr>,
    tls: &TlsConnector,
) -> Result<WebStream, Failure> {
    let attempts = addresses.into_iter().map(TcpStream::connect);
    let stream = staggered_race(attempts, NEXT_ADDRESS).await;
    let stream = stream.map_err(|errors| {
        let unknown = io::Error::from(io::ErrorKind::NotFound);
        Failure::connection(url, errors.first().unwrap_or(&unknown))
    })?;
    if !url.is_tls {
        return Ok(WebStream::Plain(stream));
    }
    let name = ServerName::try_from(url.host.clone());
    let name =
        name.map_err(|_| Failure::url(&url.to_string(), "no certificate has such a name"))?;
    let stream = tls.connect(name, stream).await;
    let stream = stream.map_err(|error| Failure::tls(url, &error))?;
    Ok(WebStream::Tls(Box::new(stream)))
}

/// A page that was fetched whole.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Its status and headers.
    pub head: Head,
    /// Its body.
    pub body: Vec<u8>,
}

/// Keeps a response in memory, up to a limit.
#[derive(Default)]
struct InMemory {
    head: Option<Head>,
    body: Vec<u8>,
}

/// Most bytes of a page that is fetched into memory.
pub const PAGE_LIMIT: usize = 1 << 20;

impl Receives for InMemory {
    fn head(&mut self, head: &Head) -> Result<(), Failure> {
        self.head = Some(head.clone());
        Ok(())
    }

    fn body(&mut self, part: &[u8]) -> Result<(), Failure> {
        self.body.extend_from_slice(part);
        match self.body.len() > PAGE_LIMIT {
            true => Err(Failure::new("the page has more than 1 MiB: it is left out")),
            false => Ok(()),
        }
    }
}

/// Fetches a page into memory. Redirects and errors are pages, too.
///
/// # Errors
///
/// If there is no address within the limit, or then no connection and complete answer within the same
/// limit, or the page is too large.
pub async fn fetch(url: &Url, tls: &TlsConnector, limit: Duration) -> Result<Fetched, Failure> {
    let addresses = find(url, limit).await?;
    let fetching = async {
        let mut stream = connect(url, addresses, tls).await?;
        let failed = |error: io::Error| Failure::connection(url, &error);
        stream.write_all(&request(url)).await.map_err(failed)?;
        let (mut response, mut page) = (Response::default(), InMemory::default());
        let mut some = vec![0; 16 * 1024];
        loop {
            let bytes = stream.read(&mut some).await.map_err(failed)?;
            if bytes == 0 {
                response.end()?;
                break;
            }
            if response.take(&some[..bytes], &mut page)? {
                break;
            }
        }
        let head = page
            .head
            .ok_or_else(|| Failure::garbage("it has no head"))?;
        let body = page.body;
        Ok(Fetched { head, body })
    };
    within(limit, url, fetching).await
}
