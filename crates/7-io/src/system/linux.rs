//! The calls that only Linux has.
//!
//! The problem: a descriptor that becomes readable when a process ends is the best way to wait for
//! it, and only Linux has one. The standard library has no way to ask which signals a program
//! handles, and Linux has a file that says so. So these calls stand on one page, and other systems
//! have its twin, `elsewhere.rs`.
//!
//! Invariant: no other page of this floor names Linux.
//!
//! Read next: `system/elsewhere.rs`.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::thread;

use rustix::process::{Pid, PidfdFlags, pidfd_open};

thread_local! {
    static IS_MAIN: bool = find_is_main();
}

/// Compares the numbers of the process and of the thread: the link is `PROCESS/task/THREAD`. Without
/// that file system, asks the standard library, which gives the thread its name.
fn find_is_main() -> bool {
    match fs::read_link("/proc/thread-self") {
        Ok(link) => link.iter().next() == link.file_name(),
        Err(_) => thread::current().name() == Some("main"),
    }
}

/// Returns true on the thread that runs `main`.
pub(crate) fn is_main_thread() -> bool {
    IS_MAIN.with(|&is_main| is_main)
}

/// Returns true if the process neither handles nor ignores the signal with this number. A program
/// that runs in the background of a shell may have been started with SIGINT ignored.
pub(crate) fn has_default_action(signal: i32) -> bool {
    // It has some 1,500 bytes, and more in a process of many groups. The name may be any bytes.
    let status = fs::read("/proc/self/status").unwrap_or_default();
    let status = String::from_utf8_lossy(&status);
    let sets = status.lines().filter_map(|line| {
        let set = line
            .strip_prefix("SigIgn:")
            .or(line.strip_prefix("SigCgt:"));
        u64::from_str_radix(set?.trim(), 16).ok()
    });
    let set = sets.fold(0, |all, set| all | set);
    set & (1 << (signal - 1)) == 0
}

/// Returns a descriptor that becomes readable when the process ends, for a child that has not been
/// waited for.
pub(crate) fn exit_descriptor(process: u32) -> io::Result<OwnedFd> {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    let process = process.ok_or(io::ErrorKind::InvalidInput)?;
    Ok(pidfd_open(process, PidfdFlags::NONBLOCK)?)
}
