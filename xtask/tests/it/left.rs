//! A tour whose reader has gone.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::rc::Rc;

use xtask::programs::{self, Program};
use xtask::stage::Settings;
use xtask::tour::full_tour;
use xtask::tour::options::Options;

/// A pipe whose reader has gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A program that does not print the line that is expected of it.
static WRONG: Program = Program {
    id: "S0.P1",
    title: "a wrong program",
    see: "nothing",
    lanes: &[],
    main: || Ok(()),
    lines: &["a line"],
    or_lines: &[],
    exact: 0.0,
    seeded: None,
    claim: None,
    remark: "",
};

/// A tour whose reader goes after the first program leaves the page of an earlier one, and fails if that
/// program was wrong.
#[test]
fn a_tour_without_a_reader_leaves_the_page_and_tells_of_what_it_has_seen() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("left");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for (first, is_well) in [(programs::all()[0], true), (&WRONG, false)] {
        let page = folder.join("index.html");
        std::fs::write(&page, "the whole tour").expect("the page can be written");
        let options = Options {
            programs: vec![first, programs::all()[1]],
            settings: Settings::EXACT,
            trace: false,
            plain: false,
            page: Some(page.clone()),
        };
        let toured = full_tour(&options, Rc::new(RefCell::new(Closed)), false);
        assert_eq!(toured, Ok(is_well), "{}", first.title);
        let left = std::fs::read_to_string(&page).expect("the page is there");
        assert_eq!(left, "the whole tour");
    }
}
