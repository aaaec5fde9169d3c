//! The program of the echo server: `echo_server [PORT]`.
//!
//! It serves at port 7007 if none is given. Ctrl-C or SIGTERM ends it.

use std::process::ExitCode;
use std::rc::Rc;

use groundup::{Event, Runner};
use programs::echo::serve;
use programs::failure::Failure;
use programs::serving::{no_port, until_ctrl_c};

async fn echo(port: u16, pressed: Rc<Event>) -> Result<(), Failure> {
    let begun = |port| {
        println!("echo_server is at port {port}: try `nc localhost {port}`; it ends at Ctrl-C");
    };
    let until = async {
        pressed.wait().await;
        println!("the server ends; Ctrl-C once more ends it at once");
    };
    let served = serve(port, begun, until).await;
    served.map_err(|error| no_port(&error, port, "echo_server"))?;
    println!("no client is left");
    Ok(())
}

fn main() -> ExitCode {
    let port = std::env::args().nth(1).map(|text| text.parse());
    let Ok(port) = port.unwrap_or(Ok(7007)) else {
        eprintln!("usage: echo_server [PORT]");
        return ExitCode::FAILURE;
    };
    let ran = Runner::new().run(until_ctrl_c(|pressed| echo(port, pressed)));
    match ran.unwrap_or_else(|error| Err(Failure::run(&error))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("echo_server: {failure}");
            ExitCode::FAILURE
        }
    }
}
