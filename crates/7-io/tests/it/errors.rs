//! The text of each error.
//!
//! Read next: `props.rs`.

use std::error::Error as _;
use std::io::{Error, ErrorKind};

use groundup_io::{
    ListenOptions, ReadError, TcpListener, TcpStream, open_connection, start_server,
};

use crate::setup::*;

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

/// Checks the kind of an error, and that its source is the error of the system with this number.
fn assert_is_of_the_system(error: &Error, kind: ErrorKind, number: i32) {
    assert_eq!(error.kind(), kind);
    let source = error.source().expect("it has a source");
    let source = source.downcast_ref::<Error>().expect("it is of the system");
    assert_eq!((source.kind(), source.raw_os_error()), (kind, Some(number)));
}

#[cfg(target_os = "linux")]
#[test]
fn errors_of_an_address_have_the_address_the_cause_and_the_cure() {
    Setup::new().run(async {
        let listener = TcpListener::bind(LOCAL).unwrap();
        let address = listener.local_addr().unwrap();
        let port = address.port();
        let in_use = format!(
            "cannot listen at {address}: Address already in use (os error 98); pass another port, or end \
             the program that listens there"
        );
        let server = start_server("127.0.0.1", port, |_, _| async { Ok(()) });
        let taken = [
            TcpListener::bind(address).unwrap_err(),
            ListenOptions::new().backlog(1).listen(address).unwrap_err(),
            server.await.unwrap_err(),
        ];
        for error in taken {
            assert_is_of_the_system(&error, ErrorKind::AddrInUse, 98);
            assert_eq!(error.to_string(), in_use);
        }

        let elsewhere = TcpListener::bind(([192, 0, 2, 1], 0)).unwrap_err();
        assert_is_of_the_system(&elsewhere, ErrorKind::AddrNotAvailable, 99);
        assert_eq!(
            elsewhere.to_string(),
            "cannot listen at 192.0.2.1:0: Cannot assign requested address (os error 99); pass an address \
             of this machine, or 0.0.0.0"
        );

        drop(listener);
        let cure = "Connection refused (os error 111); check the address and the port, and that a program \
                    listens there";
        let refused = TcpStream::connect(address).await.unwrap_err();
        assert_is_of_the_system(&refused, ErrorKind::ConnectionRefused, 111);
        assert_eq!(refused.to_string(), format!("cannot connect to {address}: {cure}"));
        let refused = open_connection("localhost", port).await.unwrap_err();
        assert_is_of_the_system(&refused, ErrorKind::ConnectionRefused, 111);
        assert_eq!(refused.to_string(), format!("no connection to localhost:{port}: {cure}"));
    });
}

#[test]
fn a_refusal_in_memory_has_the_cure_too() {
    in_memory(async || {
        let refused = TcpStream::connect(([127, 0, 0, 1], 80)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(
            refused.to_string(),
            "cannot connect to 127.0.0.1:80: connection refused; check the address and the port, and that \
             a program listens there"
        );
    });
}
