//! What a download does with the bytes that come, without any waiting.
//!
//! ```text
//!             ┌── Step::More: read on
//!   received ─┼── Step::Again: the page is elsewhere; connect anew, and send `request`
//!   (or ended)└── Step::Done: the file is saved
//! ```

use std::path::{Path, PathBuf};

use super::progress::Progress;
use super::saved::Saved;
use crate::failure::Failure;
use crate::http::head::Head;
use crate::http::response::{self, Receives, Response};
use crate::http::url::Url;
use crate::output::tell;

/// Most redirects in a row.
const REDIRECTS: usize = 10;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read more bytes.
    More,
    /// Connect to the new [`Download::url`].
    Again,
    /// Nothing: the file is saved.
    Done,
}

/// A download that is on its way.
#[derive(Debug)]
pub struct Download {
    redirects: usize,
    response: Response,
    incoming: Incoming,
}

/// The receiver of the parts of the response.
#[derive(Debug)]
struct Incoming {
    url: Url,
    path: PathBuf,
    elsewhere: Option<Url>,
    saved: Option<Saved>,
    progress: Progress,
}

impl Download {
    /// Begins a download into a file; without a path, the URL names the file.
    pub fn new(url: Url, path: Option<&Path>) -> Self {
        tell(format_args!("{url}\n"));
        let named = || PathBuf::from(url.file_name());
        Download {
            redirects: 0,
            response: Response::default(),
            incoming: Incoming {
                path: path.map_or_else(named, Path::to_path_buf),
                url,
                elsewhere: None,
                saved: None,
                progress: Progress::new(None),
            },
        }
    }

    /// Returns the URL to connect to.
    pub fn url(&self) -> &Url {
        &self.incoming.url
    }

    /// Returns the bytes to send on a new connection.
    pub fn request(&self) -> Vec<u8> {
        response::request(self.url())
    }

    /// Takes bytes that came. No bytes are the end of the connection.
    ///
    /// # Errors
    ///
    /// If the answer is not the page, or cannot be saved.
    pub fn received(&mut self, bytes: &[u8]) -> Result<Step, Failure> {
        let is_complete = match bytes {
            [] => self.response.end().map(|()| true)?,
            bytes => self.response.take(bytes, &mut self.incoming)?,
        };
        if let Some(url) = self.incoming.elsewhere.take() {
            return self.redirect(url);
        }
        if !is_complete {
            return Ok(Step::More);
        }
        self.incoming.progress.end();
        let saved = self.incoming.saved.take().map(Saved::finish).transpose()?;
        let path = self.incoming.path.display();
        let bytes = saved.unwrap_or_default();
        if self.incoming.path != Path::new("-") {
            tell(format_args!("saved {path}, {bytes} bytes\n"));
        }
        Ok(Step::Done)
    }

    fn redirect(&mut self, url: Url) -> Result<Step, Failure> {
        self.redirects += 1;
        if self.redirects > REDIRECTS {
            return Err(Failure::new(format!(
                "more than {REDIRECTS} redirects in a row, the last one to {url}: the server sends in circles"
            )));
        }
        self.response = Response::default();
        self.incoming.url = url;
        Ok(Step::Again)
    }
}

impl Receives for Incoming {
    fn head(&mut self, head: &Head) -> Result<(), Failure> {
        let (status, reason) = (head.status, &head.reason);
        match (status, head.get("location")) {
            (301 | 302 | 303 | 307 | 308, Some(link)) => {
                let joined = self.url.join(link);
                let url = joined.map_err(|why| Failure::redirect(&self.url, &why))?;
                tell(format_args!("  {status} {reason}, to {url}\n"));
                self.elsewhere = Some(url);
                Ok(())
            }
            (200..=299, _) => {
                let length = head.length()?.filter(|_| !head.is_chunked());
                let known = length.map(|length| format!("{length} bytes"));
                let known = known.unwrap_or("of unknown length".into());
                tell(format_args!("  {status} {reason}, {known}\n"));
                self.progress = Progress::new(length);
                self.saved = Some(Saved::begin(&self.path)?);
                Ok(())
            }
            _ => Err(Failure::status(&self.url, status, reason)),
        }
    }

    fn body(&mut self, part: &[u8]) -> Result<(), Failure> {
        if let Some(saved) = &mut self.saved {
            saved.write(part)?;
            self.progress.add(part.len());
        }
        Ok(())
    }
}
