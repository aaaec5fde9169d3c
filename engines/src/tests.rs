//! The words of the command line, and the words of the table.

use lexopt::Parser;

use super::{Tally, scale, summary};

fn read(words: &[&str]) -> Result<Option<f64>, String> {
    scale(&mut Parser::from_args(words))
}

#[test]
fn the_scale_is_read_in_each_form() {
    assert_eq!(read(&[]), Ok(Some(0.05)));
    assert_eq!(read(&["--scale", "0.1"]), Ok(Some(0.1)));
    assert_eq!(read(&["--scale=0.1"]), Ok(Some(0.1)));
    assert_eq!(read(&["--scale", "1", "--scale", "0.5"]), Ok(Some(0.5)));
    assert_eq!(read(&["--help"]), Ok(None));
    assert_eq!(read(&["-h"]), Ok(None));
}

#[test]
fn a_mistake_is_one_line_with_its_cure() {
    let needs = Err("--scale needs a number from 0.001 to 1".into());
    for words in [
        &["--scale"][..],
        &["--scale", "2"],
        &["--scale=x"],
        &["--scale", "NaN"],
    ] {
        assert_eq!(read(words), needs, "{words:?}");
    }
    for (word, said) in [("--fast", "--fast"), ("-x", "-x"), ("tour", "tour")] {
        let expected = format!("there is no option {said}; --help lists them");
        assert_eq!(read(&[word]), Err(expected));
    }
}

#[test]
fn the_last_line_says_what_is_not_equal() {
    let tally = |late, not_judged| Tally {
        equal: 5,
        late,
        not_judged,
        ..Tally::default()
    };
    let said = |tallies: &[Tally]| summary(&tallies.iter().collect::<Vec<_>>());
    assert_eq!(said(&[tally(0, 0), tally(0, 0)]), "all equal");
    assert_eq!(
        said(&[tally(2, 0), tally(1, 1)]),
        "equal, 3 late, 1 not judged"
    );
    assert_eq!(said(&[tally(0, 1)]), "equal, 0 late, 1 not judged");
}
