//! A response that comes in pieces.

use super::body::{Body, Chunk};
use super::head::{Head, LIMIT};
use super::url::Url;
use crate::failure::Failure;

/// Gets the parts of a response as they come.
pub trait Receives {
    /// Called once, with the head.
    ///
    /// # Errors
    ///
    /// If the response is not wanted.
    fn head(&mut self, head: &Head) -> Result<(), Failure>;

    /// Called with each part of the body.
    ///
    /// # Errors
    ///
    /// If the part cannot be kept.
    fn body(&mut self, part: &[u8]) -> Result<(), Failure>;
}

/// How far a response has come: its head, then its body, then nothing.
#[derive(Debug)]
pub enum Response {
    /// These bytes of the head have come.
    Head(Vec<u8>),
    /// The head is complete.
    Body(Body),
}

impl Default for Response {
    fn default() -> Self {
        Response::Head(Vec::new())
    }
}

impl Response {
    /// Takes bytes of the connection, and returns true if the response is complete.
    ///
    /// # Errors
    ///
    /// If they are not HTTP, or the receiver does not want them.
    pub fn take(&mut self, bytes: &[u8], to: &mut impl Receives) -> Result<bool, Failure> {
        let mut bytes = bytes;
        loop {
            match self {
                Response::Head(came) => match head_of(came, &mut bytes)? {
                    None => return Ok(false),
                    // The server says that it goes on, and the answer comes later.
                    Some(head) if (100..200).contains(&head.status) => came.clear(),
                    Some(head) => {
                        *self = Response::Body(body_after(&head)?);
                        to.head(&head)?;
                    }
                },
                Response::Body(body) if body.is_over() => return Ok(true),
                Response::Body(_) if bytes.is_empty() => return Ok(false),
                Response::Body(body) => {
                    let part = body.take(&mut bytes)?;
                    if !part.is_empty() {
                        to.body(part)?;
                    }
                }
            }
        }
    }

    /// Takes the end of the connection.
    ///
    /// # Errors
    ///
    /// If a part of the response is missing.
    pub fn end(&self) -> Result<(), Failure> {
        let missing = match self {
            Response::Body(body) if body.is_over() => return Ok(()),
            Response::Body(Body::UntilEnd) => return Ok(()),
            Response::Body(Body::Length(left)) => format!("{left} bytes are missing"),
            Response::Body(Body::Chunked(..)) => "the last chunk is missing".to_string(),
            Response::Head(came) if came.is_empty() => "there is no answer".to_string(),
            Response::Head(_) => "the head is not complete".to_string(),
        };
        Err(Failure::new(format!(
            "the server has ended the connection too early: {missing}; try again"
        )))
    }
}

/// Takes the bytes of a head off the front of `bytes`. Gives the head when it is complete.
fn head_of(came: &mut Vec<u8>, bytes: &mut &[u8]) -> Result<Option<Head>, Failure> {
    while let Some((&byte, rest)) = bytes.split_first() {
        *bytes = rest;
        came.push(byte);
        if came.ends_with(b"\n\r\n") || came.ends_with(b"\n\n") {
            return Head::parse(came).map(Some);
        }
        if came.len() > LIMIT {
            let kib = LIMIT / 1024;
            return Err(Failure::garbage(format!(
                "its header has more than {kib} KiB"
            )));
        }
    }
    // What does not begin like HTTP will not become HTTP.
    let begin = &came[..came.len().min(5)];
    match b"HTTP/".starts_with(begin) {
        true => Ok(None),
        false => Head::parse(came).map(Some),
    }
}

fn body_after(head: &Head) -> Result<Body, Failure> {
    Ok(match head.length()? {
        _ if head.has_no_body() => Body::Length(0),
        _ if head.is_chunked() => Body::Chunked(Chunk::Size, Vec::new()),
        Some(length) => Body::Length(length),
        None => Body::UntilEnd,
    })
}

/// Returns the request for a page, on a connection of its own.
pub fn request(url: &Url) -> Vec<u8> {
    let (path, host) = (&url.path, url.address());
    format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nuser-agent: groundup\r\naccept: */*\r\n\
         connection: close\r\n\r\n"
    )
    .into_bytes()
}
