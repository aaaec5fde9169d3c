//! The async style: each wait is an `await`, and the loop is the caller.
//!
//! It is the page of the generator without its second half: sockets of the library are futures, and the
//! loop polls them. And since a future can be handed to a function, `within` puts a limit of time around
//! any step, and TLS around any stream.

use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use groundup::web::futures_rustls::TlsConnector;

use super::download::{Download, Step};
use crate::failure::Failure;
use crate::http::connection::{connect, find, within};

/// Downloads a page.
///
/// # Errors
///
/// The reason why nothing was saved.
pub async fn wget(
    mut download: Download,
    limit: Duration,
    tls: &TlsConnector,
) -> Result<(), Failure> {
    loop {
        let url = download.url().clone();
        let failed = |error| Failure::connection(&url, &error);
        let addresses = find(&url, limit).await?;
        let mut stream = within(limit, &url, connect(&url, addresses, tls)).await?;
        let request = download.request();
        let sent = async { stream.write_all(&request).await.map_err(failed) };
        within(limit, &url, sent).await?;
        let mut bytes = vec![0; 16 * 1024];
        let step = loop {
            let read = async { stream.read(&mut bytes).await.map_err(failed) };
            let came = within(limit, &url, read).await?;
            match download.received(&bytes[..came])? {
                Step::More => {}
                step => break step,
            }
        };
        if step == Step::Done {
            return Ok(());
        }
    }
}
