//! The head of a response: its status and its headers.

use crate::failure::Failure;

/// Most bytes of a head. A server that sends more is not answering a request.
pub const LIMIT: usize = 64 * 1024;

/// The status and the headers of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the status, such as 404.
    pub status: u16,
    /// The words of the status, such as "Not Found".
    pub reason: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// Reads a head, without the empty line at its end.
    ///
    /// # Errors
    ///
    /// If the text is no head of HTTP/1.
    pub fn parse(bytes: &[u8]) -> Result<Head, Failure> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
        let first = lines.next().unwrap_or_default();
        let wrong = || Failure::garbage(format!("its first line is {:?}", clipped(first)));
        let mut words = first.splitn(3, ' ');
        let version = words.next().unwrap_or_default();
        if !version.starts_with("HTTP/1.") {
            return Err(wrong());
        }
        let status: u16 = words
            .next()
            .and_then(|word| word.parse().ok())
            .ok_or_else(wrong)?;
        if !(100..1000).contains(&status) {
            return Err(wrong());
        }
        let reason = words.next().unwrap_or_default().trim().to_string();
        let mut headers = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| Failure::garbage(format!("a header is {:?}", clipped(line))))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_string()));
        }
        Ok(Head {
            status,
            reason,
            headers,
        })
    }

    /// Returns the first header of this name, which is in small letters.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// Returns the length of the body, if a header has it.
    ///
    /// # Errors
    ///
    /// If it is no number, or there are two different ones.
    pub fn length(&self) -> Result<Option<u64>, Failure> {
        let named = |(name, _): &&(String, String)| name == "content-length";
        let mut values = self.headers.iter().filter(named).map(|(_, value)| value);
        let Some(first) = values.next() else {
            return Ok(None);
        };
        let is_number = first.bytes().all(|byte| byte.is_ascii_digit());
        match first.parse() {
            Ok(length) if is_number && values.all(|value| value == first) => Ok(Some(length)),
            _ => Err(Failure::garbage("the length of the body is unclear")),
        }
    }

    /// Returns true if the body comes in chunks.
    pub fn is_chunked(&self) -> bool {
        let coding = self.get("transfer-encoding").unwrap_or_default();
        coding.to_ascii_lowercase().ends_with("chunked")
    }

    /// Returns true if a response of this status has no body.
    pub fn has_no_body(&self) -> bool {
        matches!(self.status, 100..200 | 204 | 304)
    }
}

/// The beginning of a text, for a message.
fn clipped(text: &str) -> String {
    text.chars().take(60).collect()
}
