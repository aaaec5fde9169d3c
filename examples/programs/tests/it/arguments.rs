//! The command lines: what is wrong is named, and help is no error.

use crate::setup::{printed, with_patience};

const PROGRAMS: [(&str, &str); 6] = [
    ("chat", env!("CARGO_BIN_EXE_chat")),
    ("crawler", env!("CARGO_BIN_EXE_crawler")),
    ("echo_server", env!("CARGO_BIN_EXE_echo_server")),
    ("jobs_from_redis", env!("CARGO_BIN_EXE_jobs_from_redis")),
    ("web_server", env!("CARGO_BIN_EXE_web_server")),
    ("wget", env!("CARGO_BIN_EXE_wget")),
];

#[test]
fn help_is_printed_and_is_no_error() {
    with_patience(async {
        for (name, program) in PROGRAMS {
            for option in ["--help", "-h"] {
                let came = printed(program, [option]).await;
                assert_eq!(came.code, Some(0), "{name}: {}", came.stderr);
                assert_eq!(came.stderr, "", "{name}");
                let usage = format!("usage: {name} ");
                assert!(came.stdout.starts_with(&usage), "{}", came.stdout);
            }
        }
    });
}

#[test]
fn a_server_names_the_argument_that_is_wrong() {
    with_patience(async {
        for (name, program) in PROGRAMS {
            if ["crawler", "jobs_from_redis", "wget"].contains(&name) {
                continue;
            }
            for (arguments, says) in [
                (
                    &["seven"][..],
                    "\"seven\" is no port: a port is a number up to 65535",
                ),
                (
                    &["65536"],
                    "\"65536\" is no port: a port is a number up to 65535",
                ),
                (&["--port"], "\"--port\" is no option"),
                (&["0", "1"], "\"1\" is one argument too many"),
            ] {
                let came = printed(program, arguments).await;
                assert_eq!((came.code, came.stdout.as_str()), (Some(1), ""), "{name}");
                let says = format!("{name}: {says}\n{name}: usage: {name} [PORT]");
                assert!(came.stderr.starts_with(&says), "{}", came.stderr);
            }
        }
        let came = printed(PROGRAMS[4].1, ["0", "--tls", "certificate.pem"]).await;
        let says = "web_server: --tls: it takes two files, a certificate and its key\n";
        assert!(came.stderr.starts_with(says), "{}", came.stderr);
    });
}
