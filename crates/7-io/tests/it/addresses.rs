//! The text of an error of each kind of socket that binds or connects.
//!
//! Read next: `props.rs`.

use std::error::Error as _;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;

use groundup_io::{
    IntoAddress, ListenOptions, TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener,
    UnixStream, open_connection, start_server,
};

use crate::setup::*;

#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "the tests call what they need")]
#[path = "../../src/sockets/address_error.rs"]
mod address_error;

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
        let (_held, address) = free_address();
        let listener = TcpListener::bind(address).unwrap();
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

/// Checks the text of an error of the system, which names the cause with its number, and its source.
#[cfg(target_os = "linux")]
fn assert_says(error: &Error, what: &str, (kind, number, cause): Cause, cure: &str) {
    assert_eq!(
        error.to_string(),
        format!("cannot {what}: {cause} (os error {number}){cure}")
    );
    assert_is_of_the_system(error, kind, number);
}

type Cause = (ErrorKind, i32, &'static str);

#[cfg(target_os = "linux")]
const IN_USE: Cause = (ErrorKind::AddrInUse, 98, "Address already in use");

#[cfg(target_os = "linux")]
#[test]
fn a_udp_socket_says_the_address_the_cause_and_the_cure() {
    Setup::new().run(async {
        let one = UdpSocket::bind(LOCAL).unwrap();
        let address = one.local_addr().unwrap();
        let cure = "; pass another port, or end the program that has it";
        let error = UdpSocket::bind(address).unwrap_err();
        assert_says(&error, &format!("bind to {address}"), IN_USE, cure);

        let not_available = (ErrorKind::AddrNotAvailable, 99, "Cannot assign requested address");
        let cure = "; pass an address of this machine, or 0.0.0.0";
        let error = UdpSocket::bind(([192, 0, 2, 1], 0)).unwrap_err();
        assert_says(&error, "bind to 192.0.2.1:0", not_available, cure);

        let denied = (ErrorKind::PermissionDenied, 13, "Permission denied");
        let cure = "; check the firewall of this machine; a UDP socket needs `set_broadcast` before a \
                    broadcast";
        // The broadcast of loopback, to which there is a route also without a network.
        let anywhere = UdpSocket::bind(([0; 4], 0)).unwrap();
        let error = anywhere.connect(([127, 255, 255, 255], 9)).unwrap_err();
        assert_says(&error, "connect to 127.255.255.255:9", denied, cure);

        // A cause without a cure of its own has the address, too. Its kind has no name.
        let error = one.connect(SocketAddr::from(([0; 16], 9))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot connect to [::]:9: Address family not supported by protocol (os error 97)"
        );
    });
}

/// No program can make the system refuse a connect without a firewall, so the page of the texts is asked.
#[cfg(target_os = "linux")]
#[test]
fn a_connect_of_tcp_that_is_not_permitted_is_not_told_of_broadcasts() {
    let address = SocketAddr::from(([192, 0, 2, 1], 80));
    let denied = (ErrorKind::PermissionDenied, 13, "Permission denied");
    let error = address_error::Use::Connect.of_address(address)(Error::from_raw_os_error(13));
    let cure = "; check the firewall of this machine";
    assert_says(&error, "connect to 192.0.2.1:80", denied, cure);
}

#[cfg(target_os = "linux")]
#[test]
fn unix_sockets_say_the_path_the_cause_and_the_cure() {
    let missing = (ErrorKind::NotFound, 2, "No such file or directory");
    let refused = (ErrorKind::ConnectionRefused, 111, "Connection refused");
    let folder = std::env::temp_dir().join(format!("groundup-errors-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("socket");
    let [listens, binds, connects] =
        ["listen at", "bind to", "connect to"].map(|what| format!("{what} {}", path.display()));
    Setup::new().run(async {
        let (one, _) = UnixDatagram::pair().unwrap();
        let cure = "; check the path, and that a program has bound to it";
        let none = [
            UnixStream::connect(&path).await.unwrap_err(),
            one.connect(&path).unwrap_err(),
        ];
        none.iter()
            .for_each(|error| assert_says(error, &connects, missing, cure));

        drop(UnixListener::bind(&path).unwrap());
        let cure = "; remove the file if no program uses it, or pass another path";
        assert_says(
            &UnixListener::bind(&path).unwrap_err(),
            &listens,
            IN_USE,
            cure,
        );
        assert_says(
            &UnixDatagram::bind(&path).unwrap_err(),
            &binds,
            IN_USE,
            cure,
        );

        let cure = "; the file is there, and its program is not: start the program";
        assert_says(
            &UnixStream::connect(&path).await.unwrap_err(),
            &connects,
            refused,
            cure,
        );

        std::fs::remove_file(&path).unwrap();
        drop(UnixDatagram::bind(&path).unwrap());
        assert_says(&one.connect(&path).unwrap_err(), &connects, refused, cure);

        std::fs::remove_dir_all(&folder).unwrap();
        let cure = "; make the directory of the file first";
        assert_says(
            &UnixListener::bind(&path).unwrap_err(),
            &listens,
            missing,
            cure,
        );
        assert_says(
            &UnixDatagram::bind(&path).unwrap_err(),
            &binds,
            missing,
            cure,
        );

        let name = format!("groundup-longest-{}", std::process::id());
        let mut longest = std::env::temp_dir().join(name).into_os_string();
        longest.push("x".repeat(107 - longest.len()));
        drop(UnixListener::bind(&longest).unwrap());
        std::fs::remove_file(&longest).unwrap();

        // The standard library says this one before the system does.
        let path = "x".repeat(108);
        let tail = format!(
            "{path}: path must be shorter than SUN_LEN; pass a path of at most 107 bytes, \
                            none of which is 0"
        );
        let long = [
            UnixListener::bind(&path).unwrap_err(),
            UnixDatagram::bind(&path).unwrap_err(),
            UnixStream::connect(&path).await.unwrap_err(),
            one.connect(&path).unwrap_err(),
        ];
        let verbs = ["listen at", "bind to", "connect to", "connect to"];
        for (error, verb) in long.iter().zip(verbs) {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert_eq!(error.to_string(), format!("cannot {verb} {tail}"));
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_connect_says_that_a_unix_listener_has_no_room() {
    let path = std::env::temp_dir().join(format!("groundup-no-room-{}", std::process::id()));
    let full = (
        ErrorKind::WouldBlock,
        11,
        "Resource temporarily unavailable",
    );
    Setup::new().run(async {
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        // The system lets one more connection wait than it was told.
        socket2::SockRef::from(&listener).listen(0).unwrap();
        let _waits = UnixStream::connect(&path).await.unwrap();
        let error = UnixStream::connect(&path).await.unwrap_err();
        std::fs::remove_file(&path).unwrap();
        let cure = "; too many connections wait to be accepted: connect again later";
        assert_says(
            &error,
            &format!("connect to {}", path.display()),
            full,
            cure,
        );
    });
}

#[test]
fn a_path_in_memory_has_its_cause_and_cure() {
    in_memory(async || {
        let missing = UnixStream::connect("/run/it").await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert_eq!(
            missing.to_string(),
            "cannot connect to /run/it: entity not found; check the path, and that a program has bound to \
             it"
        );
        let _listener = UnixListener::bind("/run/it").unwrap();
        let taken = UnixListener::bind("/run/it").unwrap_err();
        assert_eq!(taken.kind(), ErrorKind::AddrInUse);
        assert_eq!(
            taken.to_string(),
            "the path /run/it of the host is in use: pass another path, or drop the listener there"
        );
    });
}

#[test]
fn a_text_is_an_address_and_a_wrong_one_an_error_with_a_cure() {
    Setup::new().run(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connected = TcpStream::connect(address.to_string()).await.unwrap();
        assert_eq!(connected.peer_addr().unwrap(), address);

        let one = UdpSocket::bind("127.0.0.1:0").unwrap();
        let other = UdpSocket::bind("127.0.0.1:0".to_string()).unwrap();
        let to = other.local_addr().unwrap().to_string();
        assert_eq!(one.send_to(b"tea", &to).await.unwrap(), 3);
        let mut room = [0; 9];
        assert_eq!(other.recv_from(&mut room).await.unwrap().0, 3);
        one.connect(&to).unwrap();

        for wrong in [
            "localhost:80",
            "127.0.0.1",
            "",
            "::1:80x",
            "127.0.0.1:65536",
        ] {
            let errors = [
                wrong.into_address().unwrap_err(),
                TcpListener::bind(wrong).unwrap_err(),
                ListenOptions::new().listen(wrong).unwrap_err(),
                TcpStream::connect(wrong).await.unwrap_err(),
                UdpSocket::bind(wrong).unwrap_err(),
                one.connect(wrong).unwrap_err(),
                one.send_to(b"tea", wrong).await.unwrap_err(),
            ];
            for error in errors {
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                let text =
                    format!("{wrong:?} is no address: write an IP address and a port, as in");
                assert!(error.to_string().starts_with(&text), "{error}");
            }
        }
    });
}
