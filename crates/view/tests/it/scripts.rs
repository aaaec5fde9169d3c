//! The scripts of the page without their blanks.
//!
//! `browser.rs` shows that the page works; the tests here have lines that the page may get.
//!
//! Read next: `events.rs`.

#[path = "../../src/page/script.rs"]
mod script;

fn squeezed(line: &str) -> String {
    let mut page = String::new();
    script::write(&mut page, &[line]);
    page.trim_end().to_string()
}

#[test]
fn blanks_that_mean_nothing_go() {
    let line = "  const a = (b + 1) * c, { d } = e || [f, g]; if (h) return -i; else j();";
    let short = "const a=(b+1)*c,{d}=e||[f,g];if(h)return-i;else j();";
    assert_eq!(squeezed(line), short);
    assert_eq!(squeezed("a + +b - -c in d"), "a+ +b- -c in d");
    assert_eq!(squeezed("low = a / 2 + (b + c) / 2"), "low=a/2+(b+c)/2");
    assert_eq!(
        squeezed("\"use strict\";\n// a remark\n\n} else {"),
        "}else{"
    );
}

#[test]
fn texts_templates_and_patterns_stay() {
    for line in [
        "\"a = b\",'c \\' + d'",
        "`a + ${b} = c`",
        "x=/^(timer#\\d+ at|on time) [ /]+ $/.exec(y)",
    ] {
        assert_eq!(squeezed(line), line);
    }
    assert_eq!(
        squeezed("f = `a ${b + `c ${ { d: 1 } } e`} = g` + h"),
        "f=`a ${b+`c ${{d:1}} e`} = g`+h"
    );
}
