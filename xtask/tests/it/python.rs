//! Values as Python writes them, compared with CPython's output.

use xtask::python::{float, list, set, string};

#[test]
fn floats_are_written_as_by_repr() {
    let table = [
        (5.0, "5.0"),
        (0.1, "0.1"),
        (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (1.2345e-7, "1.2345e-07"),
        (123456789.125, "123456789.125"),
        (1e15, "1000000000000000.0"),
        (9999999999999998.0, "9999999999999998.0"),
        (1e16, "1e+16"),
        (1.5e22, "1.5e+22"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (0.30000000000000004, "0.30000000000000004"),
        (100.0, "100.0"),
        (-2.5, "-2.5"),
        (-0.0, "-0.0"),
        (2.5e-05, "2.5e-05"),
        (0.000123, "0.000123"),
    ];
    for (value, written) in table {
        assert_eq!(float(value), written);
    }
    let odd = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(float);
    assert_eq!(odd, ["inf", "-inf", "nan"]);
}

#[test]
fn strings_are_written_as_by_repr() {
    let table = [
        ("b1", "'b1'"),
        ("", "''"),
        ("it's", "\"it's\""),
        ("say \"hi\"", "'say \"hi\"'"),
        ("it's \"both\"", "'it\\'s \"both\"'"),
        ("a\\b\n\t", "'a\\\\b\\n\\t'"),
        ("\u{1}é", "'\\x01é'"),
    ];
    for (value, written) in table {
        assert_eq!(string(value), written);
    }
    assert_eq!(list(["a", "b1"]), "['a', 'b1']");
    assert_eq!(list([""; 0]), "[]");
    assert_eq!(set(["a", "b1"]), "{'a', 'b1'}");
    assert_eq!(set([""; 0]), "set()");
}
