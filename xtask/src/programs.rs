//! The programs of the source documents, as a catalogue.
//!
//! This project grew out of five texts about Python's asyncio. Their programs are the
//! tour. Each is written again on this library, as close to the original as Rust allows,
//! and must print the same lines at the same times.
//!
//! | id | document | file |
//! |---|---|---|
//! | `S0.P1` .. `S0.P7` | Ben Cordero, an introduction "for the synchronously minded" | `asynchronous_part_1.rs` |
//! | `S1.P1` .. `S1.P7` | the same article, as "Asynchronous part 1": the same programs | |
//! | `S2.P1` .. `S2.P9` | its sequel, "a toolbox of ways" to wait for several things | `toolbox.rs` |
//! | `S3.P1` .. `S3.P9` | "Async IO from Ground Up", a notebook | `ground_up.rs` |
//! | `S4.P1` .. `S4.P4` | "Python asyncio guide (part 1/2)" | `asyncio_guide.rs` |
//!
//! The expected lines of a program stand beside it: the lines that the source shows or,
//! where it shows none, the output of CPython. In these lines [`ELAPSED`] stands for the
//! number of seconds that the program measured.
//!
//! Invariants
//! 1. An id is `S<document>.P<number>`, in the order of the document.
//! 2. The catalogue is in the order of the documents, and of each document.
//! 3. Every program ends by itself.
//!
//! Read next: `programs/asynchronous_part_1.rs`.

mod asynchronous_part_1;
mod asyncio_guide;
mod ground_up;
mod toolbox;

use std::cell::RefCell;
use std::rc::Rc;

use crate::listing::{self, Listing};
use crate::stage::{Clock, Nobody, Outcome, Performance, Settings, play};

/// A placeholder in an expected line, for the seconds that the program measured and printed.
pub const ELAPSED: &str = "<elapsed>";

/// One of the source documents.
#[derive(Debug)]
pub struct Document {
    /// `S0`, `S1`, ...
    pub id: &'static str,
    /// The title of the document.
    pub title: &'static str,
    /// The author, as far as the text names one.
    pub author: &'static str,
    /// The chapter of the book that belongs to it, the floor, and an example, as paths from the root.
    pub reading: [&'static str; 3],
    /// The document that has the same programs, if this one has none of its own.
    pub same_as: Option<&'static str>,
    /// The text of the Rust file.
    source: &'static str,
    programs: &'static [Program],
}

/// A program of a document.
#[derive(Debug)]
pub struct Program {
    /// The id, such as `S0.P7`.
    pub id: &'static str,
    /// The title, in the source's words where it has any.
    pub title: &'static str,
    /// The one thing to look for in the picture, in a sentence.
    pub see: &'static str,
    /// The names of the tasks, in the order of their spawns, as the source calls the functions.
    pub lanes: &'static [&'static str],
    /// Runs the program. It needs a stage.
    pub main: fn() -> Outcome,
    /// The lines that it prints.
    pub lines: &'static [&'static str],
    /// Other lines that it may print on the real clock, where equal deadlines may swap.
    pub or_lines: &'static [&'static [&'static str]],
    /// The seconds that it takes, exactly.
    pub exact: f64,
    /// The least and the most seconds that it may take when a seed chooses the order of
    /// ready entries, if the order makes a difference.
    pub seeded: Option<(f64, f64)>,
    /// The seconds that the author measured, if the source has them.
    pub claim: Option<f64>,
    /// Further information.
    pub remark: &'static str,
}

impl Program {
    /// The default values of an entry of the catalogue.
    const BLANK: Program = Program {
        id: "",
        title: "",
        see: "",
        lanes: &[],
        main: || Ok(()),
        lines: &[],
        or_lines: &[],
        exact: 0.0,
        seeded: None,
        claim: None,
        remark: "",
    };

    /// Returns the document of the program.
    pub fn document(&self) -> &'static Document {
        let belongs = |document: &&Document| document.programs.iter().any(|p| p.id == self.id);
        let found = DOCUMENTS.iter().find(belongs);
        found.expect("every program of the catalogue is in a document")
    }

    /// Returns the program as the page shows it, in Python and in Rust.
    pub fn listing(&self) -> Listing {
        let main = self.number().to_lowercase().replace('-', "_");
        let title = format!("{}: {}", self.id, self.title);
        let found = listing::program(self.document().source, &main, &title);
        found.expect("the main function of a program is called like its number")
    }

    /// Runs the program on virtual time, with these settings apart from the clock.
    pub fn exactly(&self, settings: Settings) -> Performance {
        let exact = Settings {
            clock: Clock::Virtual,
            ..settings
        };
        play(self.main, exact, Rc::new(RefCell::new(Nobody)))
    }

    /// Returns the id without the document: `P7`.
    pub fn number(&self) -> &'static str {
        self.id
            .split_once('.')
            .map_or(self.id, |(_, number)| number)
    }
}

/// The documents, in order.
pub static DOCUMENTS: [Document; 5] = [
    Document {
        id: "S0",
        title: "an introduction to async programming for the synchronously minded",
        author: "Ben Cordero",
        reading: [
            "book/text/floor-5.md",
            "crates/5-combinators/src/lib.rs",
            "examples/21_async_map.rs",
        ],
        same_as: None,
        source: include_str!("programs/asynchronous_part_1.rs"),
        programs: &asynchronous_part_1::PROGRAMS,
    },
    Document {
        id: "S1",
        title: "Asynchronous part 1",
        author: "Ben Cordero",
        reading: [
            "book/text/floor-5.md",
            "crates/5-combinators/src/lib.rs",
            "examples/21_async_map.rs",
        ],
        same_as: Some("S0"),
        source: "",
        programs: &[],
    },
    Document {
        id: "S2",
        title: "its sequel: a toolbox for waiting",
        author: "Ben Cordero",
        reading: [
            "book/text/floor-5.md",
            "crates/5-combinators/src/lib.rs",
            "examples/18_wait.rs",
        ],
        same_as: None,
        source: include_str!("programs/toolbox.rs"),
        programs: &toolbox::PROGRAMS,
    },
    Document {
        id: "S3",
        title: "Async IO from Ground Up",
        author: "an author whom the text does not name",
        reading: [
            "book/text/floor-2.md",
            "crates/2-interweave/src/lib.rs",
            "examples/07_interweave.rs",
        ],
        same_as: None,
        source: include_str!("programs/ground_up.rs"),
        programs: &ground_up::PROGRAMS,
    },
    Document {
        id: "S4",
        title: "Python asyncio guide (part 1/2)",
        author: "an author whom the text does not name",
        reading: [
            "book/text/floor-4.md",
            "crates/4-executor/src/lib.rs",
            "examples/12_timers.rs",
        ],
        same_as: None,
        source: include_str!("programs/asyncio_guide.rs"),
        programs: &asyncio_guide::PROGRAMS,
    },
];

impl Document {
    /// Returns the name and the author of the text, and the other text with the same programs.
    ///
    /// ```
    /// let copied = &xtask::programs::DOCUMENTS[0];
    /// let credit = copied.credit();
    /// assert!(credit.starts_with("S0  an introduction to async programming"));
    /// assert!(credit.ends_with(", by Ben Cordero; S1, Asynchronous part 1, is a copy of it"));
    /// ```
    pub fn credit(&self) -> String {
        let Document {
            id, title, author, ..
        } = self;
        let copies = DOCUMENTS.iter().filter(|other| other.same_as == Some(id));
        let copies = copies.map(|copy| format!("; {}, {}, is a copy of it", copy.id, copy.title));
        format!("{id}  {title}, by {author}{}", copies.collect::<String>())
    }

    /// Returns the programs of the document. Two documents with the same text share theirs.
    pub fn programs(&self) -> &'static [Program] {
        match self.same_as {
            None => self.programs,
            Some(id) => DOCUMENTS
                .iter()
                .find(|document| document.id == id)
                .map_or(&[], |document| document.programs),
        }
    }
}

/// Returns every program once, in order.
pub fn all() -> Vec<&'static Program> {
    DOCUMENTS.iter().flat_map(|d| d.programs).collect()
}

/// Returns the programs that `wanted` names: one (`S0.P7`), or all of a document (`S3`).
/// Upper and lower case are the same.
///
/// # Errors
/// A message that lists the known ids.
///
/// ```
/// use xtask::programs::find;
///
/// assert_eq!(find("s1.p7").unwrap()[0].id, "S0.P7"); // the same article
/// assert_eq!(find("S3").unwrap().len(), 9);
/// assert!(find("S9.P1").unwrap_err().contains("S9.P1"));
/// ```
pub fn find(wanted: &str) -> Result<Vec<&'static Program>, String> {
    let (document, number) = match wanted.split_once('.') {
        Some((document, number)) => (document, Some(number)),
        None => (wanted, None),
    };
    let found: Vec<_> = DOCUMENTS
        .iter()
        .filter(|d| d.id.eq_ignore_ascii_case(document))
        .flat_map(Document::programs)
        .filter(|p| number.is_none_or(|number| p.number().eq_ignore_ascii_case(number)))
        .collect();
    if found.is_empty() {
        let ranges: Vec<_> = DOCUMENTS.iter().map(range).collect();
        let ranges = ranges.join(", ");
        return Err(format!("no program is called {wanted}; there are {ranges}"));
    }
    Ok(found)
}

fn range(document: &Document) -> String {
    let programs = document.programs();
    let ends = (programs.first(), programs.last());
    match ends {
        (Some(first), Some(last)) => {
            format!(
                "{0}.{1} to {0}.{2}",
                document.id,
                first.number(),
                last.number()
            )
        }
        _ => document.id.to_owned(),
    }
}
