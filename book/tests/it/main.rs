//! Tests of the book's programs and of its check.

#![forbid(unsafe_code)]
