//! A descriptor that passes bytes, as the reactor knows it.
//!
//! The problem: the standard streams are shared with the shell and with other programs. Whether a
//! call blocks is a property of the open file, and not of the descriptor. So a program that makes its
//! standard input non-blocking makes that of its shell non-blocking, too, and `println!` fails. So
//! such a descriptor is left as it is, and each attempt asks before it reads or writes.
//!
//! | descriptor | a read | a write |
//! |---|---|---|
//! | non-blocking | one call | one call |
//! | left as it is | one call asks, one reads the bytes that are there | one asks, one writes at most 4 KiB, for which there is room |
//!
//! Invariant: an attempt does not block, unless another program takes the bytes or the room between
//! the question and the call.
//!
//! Read next: `posix/pipes/ends.rs`.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{ioctl_fionbio, read, write};

/// So many bytes go into a pipe that can be written to.
const ROOM: usize = 4096;

/// A descriptor, and whether its calls may block.
#[derive(Debug)]
pub(crate) struct Descriptor {
    descriptor: OwnedFd,
    asks: bool,
}

impl Descriptor {
    /// Takes a descriptor over, and makes it non-blocking.
    pub(crate) fn own(descriptor: OwnedFd) -> io::Result<Descriptor> {
        ioctl_fionbio(&descriptor, true)?;
        let asks = false;
        Ok(Descriptor { descriptor, asks })
    }

    /// Takes a descriptor whose open file other programs share.
    pub(crate) fn shared(descriptor: OwnedFd) -> Descriptor {
        let asks = true;
        Descriptor { descriptor, asks }
    }

    /// Takes a descriptor that is only waited for.
    pub(crate) fn waited_for(descriptor: OwnedFd) -> Descriptor {
        let asks = false;
        Descriptor { descriptor, asks }
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ask(PollFlags::IN)?;
        Ok(read(&self.descriptor, buffer)?)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.ask(PollFlags::OUT)?;
        let most = if self.asks { ROOM } else { usize::MAX };
        Ok(write(&self.descriptor, &bytes[..bytes.len().min(most)])?)
    }

    /// Gives the error "would block" if the next call would, and the file says so only when asked.
    fn ask(&self, flags: PollFlags) -> io::Result<()> {
        if self.asks {
            let mut asked = [PollFd::new(&self.descriptor, flags)];
            if poll(&mut asked, Some(&Timespec::default()))? == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
        }
        Ok(())
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Source for Descriptor {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.descriptor.as_raw_fd()).register(registry, token, interest)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.descriptor.as_raw_fd()).reregister(registry, token, interest)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        SourceFd(&self.descriptor.as_raw_fd()).deregister(registry)
    }
}
