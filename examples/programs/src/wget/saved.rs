//! A file that is there whole, or not at all.
//!
//! The bytes go to a file with another name beside it, which gets the right name when it is complete.
//! If the download fails or is cancelled, its value is dropped, and the other file is removed.
//!
//! ```text
//!   begin ──> .NAME.part ── write, write ──> finish: NAME
//!                 └── dropped before: removed
//! ```
//!
//! To write a file blocks the loop for the moment in which the system copies the bytes. A program with
//! more to do meanwhile would write on a thread (`groundup::to_thread`).

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file that is being written.
#[derive(Debug)]
pub struct Saved {
    path: PathBuf,
    file: Box<dyn Output>,
    /// The name of the file as long as it is not complete; none for a device or the standard output.
    temporary: Option<PathBuf>,
    bytes: u64,
}

/// Something that bytes are written to.
trait Output: Write + std::fmt::Debug {
    /// Returns when the bytes are on the disk, or reports why they are not.
    fn complete(&mut self) -> io::Result<()>;
}

impl Output for io::Stdout {
    fn complete(&mut self) -> io::Result<()> {
        self.flush()
    }
}

impl Output for File {
    fn complete(&mut self) -> io::Result<()> {
        match self.metadata()?.is_file() {
            true => self.sync_all(),
            false => Ok(()), // a device
        }
    }
}

impl Saved {
    /// Begins to write a file. `-` is the standard output.
    ///
    /// # Errors
    ///
    /// If there can be no file of this name.
    pub fn begin(path: &Path) -> Result<Self, Failure> {
        let failed = |error| Failure::file(path, &error);
        let saved = |file, temporary| Saved {
            path: path.to_path_buf(),
            file,
            temporary,
            bytes: 0,
        };
        if path == Path::new("-") {
            return Ok(saved(Box::new(io::stdout()), None));
        }
        // A device such as /dev/null stays, and a file must not take its place.
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            let device = File::options().write(true).open(path).map_err(failed)?;
            return Ok(saved(Box::new(device), None));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!(".{name}.{}.part", std::process::id());
        let temporary = path.with_file_name(name);
        let file = File::create_new(&temporary).map_err(failed)?;
        Ok(saved(Box::new(file), Some(temporary)))
    }

    /// Writes bytes.
    ///
    /// # Errors
    ///
    /// If the system does not take them, as when the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.bytes += bytes.len() as u64;
        let written = self.file.write_all(bytes);
        written.map_err(|error| self.failure(&error))
    }

    /// Gives the file its name, and returns the number of its bytes.
    ///
    /// # Errors
    ///
    /// If the bytes do not reach the disk.
    pub fn finish(mut self) -> Result<u64, Failure> {
        let mut finished = self.file.complete();
        if let (Ok(()), Some(temporary)) = (&finished, &self.temporary) {
            finished = fs::rename(temporary, &self.path);
        }
        finished.map_err(|error| self.failure(&error))?;
        self.temporary = None;
        Ok(self.bytes)
    }

    fn failure(&self, error: &io::Error) -> Failure {
        match self.path == Path::new("-") {
            true => Failure::output(error),
            false => Failure::file(&self.path, error),
        }
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            drop(fs::remove_file(temporary));
        }
    }
}
