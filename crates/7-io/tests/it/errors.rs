//! The text of each error of a reader.
//!
//! Read next: `addresses.rs`.

use std::io::{Error, ErrorKind};

use groundup_io::ReadError;

#[test]
fn each_error_says_the_cause_and_the_cure() {
    let incomplete = |expected| ReadError::Incomplete {
        partial: b"abc".to_vec(),
        expected,
    };
    let overrun = |found| ReadError::LimitOverrun {
        consumed: 7,
        limit: 5,
        found,
    };
    let texts = [
        incomplete(Some(5)),
        incomplete(None),
        overrun(true),
        overrun(false),
        ReadError::Io(ErrorKind::BrokenPipe.into()),
    ]
    .map(|error| error.to_string());
    assert_eq!(
        texts,
        [
            "3 bytes read on a total of 5 expected bytes: the peer has ended the data; the bytes that \
             came are in the error",
            "3 bytes read, and the separator is not among them: the peer has ended the data; the \
             bytes that came are in the error",
            "the separator is found, but the chunk is longer than the limit (7 bytes, the limit is \
             5): end the connection, or make the reader with a larger limit",
            "the separator is not found, and the chunk exceeds the limit (7 bytes, the limit is 5): \
             end the connection, or make the reader with a larger limit",
            "broken pipe",
        ]
    );
    let kinds = [
        incomplete(None),
        overrun(true),
        ErrorKind::BrokenPipe.into_read(),
    ];
    let kinds = kinds.map(|error| Error::from(error).kind());
    assert_eq!(
        kinds,
        [
            ErrorKind::UnexpectedEof,
            ErrorKind::InvalidData,
            ErrorKind::BrokenPipe
        ]
    );
}

/// Makes the error of a connection.
trait IntoRead {
    fn into_read(self) -> ReadError;
}

impl IntoRead for ErrorKind {
    fn into_read(self) -> ReadError {
        Error::from(self).into()
    }
}
