//! URLs of `http` and `https`.

use std::fmt;

use crate::failure::Failure;

/// A URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Url {
    /// True for `https`.
    pub is_tls: bool,
    /// The name or address of the host; an address of IPv6 without its brackets.
    pub host: String,
    /// The port, also if it is the usual one.
    pub port: u16,
    /// The path and the query. It begins with a slash.
    pub path: String,
}

impl Url {
    /// Reads a URL. A text without a scheme is taken as `http`.
    ///
    /// # Errors
    ///
    /// If the scheme is another one, or the host or the port is no host or port.
    pub fn parse(text: &str) -> Result<Url, Failure> {
        let wrong = |why: &str| Failure::url(text, why);
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong("it begins neither with http:// nor with https://")),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(wrong("names and passwords are not sent"));
        }
        let usual = if is_tls { 443 } else { 80 };
        // The colons inside of brackets belong to an address of IPv6.
        let after_host = authority.rfind(']').map_or(0, |at| at + 1);
        let (host, port) = match authority[after_host..].rsplit_once(':') {
            None => (authority, usual),
            Some((part, port)) => {
                let port = port
                    .parse()
                    .map_err(|_| wrong("a port is a number up to 65535"))?;
                (&authority[..after_host + part.len()], port)
            }
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if host.is_empty() || !host.chars().all(fits) {
            return Err(wrong("it has no host"));
        }
        Ok(Url {
            is_tls,
            host: host.to_ascii_lowercase(),
            port,
            path: encoded(path),
        })
    }

    /// Reads the target of a link or of a redirect on this page.
    ///
    /// # Errors
    ///
    /// As [`Url::parse`].
    pub fn join(&self, link: &str) -> Result<Url, Failure> {
        let link = link.trim();
        let scheme = if self.is_tls { "https" } else { "http" };
        let is_of_schemes = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if let Some((before, rest)) = link.split_once(':')
            && before.chars().all(is_of_schemes)
        {
            return match rest.starts_with("//") {
                true => Url::parse(link),
                false => Err(Failure::url(link, "it is a link to something else")),
            };
        }
        if link.starts_with("//") {
            return Url::parse(&format!("{scheme}:{link}"));
        }
        let link = link.split('#').next().unwrap_or_default();
        let old = self.path.split('?').next().unwrap_or("/");
        let path = match link.chars().next() {
            None => self.path.clone(),
            Some('/') => without_dots(link),
            Some('?') => format!("{old}{link}"),
            Some(_) => {
                let folder = &old[..=old.rfind('/').unwrap_or(0)];
                without_dots(&format!("{folder}{link}"))
            }
        };
        let path = encoded(&path);
        Ok(Url {
            path,
            ..self.clone()
        })
    }

    /// Returns the host and the port, as the header `host` and messages have them.
    pub fn address(&self) -> String {
        let Url { host, port, .. } = self;
        match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        }
    }

    /// Returns the name of a file for the page: the last part of its path, or `index.html`.
    pub fn file_name(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        match path.rsplit('/').next() {
            Some(name) if !name.trim_start_matches('.').is_empty() => name.to_string(),
            _ => "index.html".to_string(),
        }
    }
}

/// Makes a path that a request can have: nothing in it ends a line.
fn encoded(path: &str) -> String {
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut text = String::from(slash);
    for byte in path.bytes() {
        match byte {
            b'!'..=b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

/// Removes the parts `.` and `..` of a path.
fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut parts = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") {
        parts.push("");
    }
    format!("/{}{query}", parts.join("/"))
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        let usual = if self.is_tls { 443 } else { 80 };
        match self.port == usual {
            true => {
                let address = self.address();
                let host = address.trim_end_matches(char::is_numeric);
                write!(f, "{scheme}://{}{}", host.trim_end_matches(':'), self.path)
            }
            false => write!(f, "{scheme}://{}{}", self.address(), self.path),
        }
    }
}
