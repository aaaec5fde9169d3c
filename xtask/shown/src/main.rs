//! Runs a program of the tour, as the page of the tour shows it.
//!
//! The problem: a reader pastes the Rust of the page into a crate of their own, which depends on `groundup`
//! alone. It must compile there, and print what the source prints. So this package, which depends on
//! `groundup` alone, has each program as a module, and its test runs them all.
//!
//! `cargo xtask tour --bless` writes the programs, in `../programs`.
//!
//! Read next: `../../src/listing.rs`, which puts a program together.

#![forbid(unsafe_code)]
// A listing has no item and no import that its program does not need.
#![deny(unused)]

macro_rules! programs {
    ($($module:ident: $id:literal,)*) => {
        $(mod $module {
            include!(concat!("../programs/", $id, ".txt"));

            pub(super) fn begin() -> Outcome {
                main()
            }
        })*

        fn main() -> Result<(), Box<dyn std::error::Error>> {
            match std::env::args().nth(1).as_deref() {
                $(Some($id) => $module::begin(),)*
                _ => Err(concat!("give the id of a program:" $(, " ", $id)*).into()),
            }
        }
    };
}

programs! {
    s0_p1: "S0.P1",
    s0_p2: "S0.P2",
    s0_p3: "S0.P3",
    s0_p4: "S0.P4",
    s0_p5: "S0.P5",
    s0_p6: "S0.P6",
    s0_p7: "S0.P7",
    s2_p1: "S2.P1",
    s2_p2: "S2.P2",
    s2_p3: "S2.P3",
    s2_p4: "S2.P4",
    s2_p5: "S2.P5",
    s2_p6: "S2.P6",
    s2_p7: "S2.P7",
    s2_p8: "S2.P8",
    s2_p9: "S2.P9",
    s3_p1: "S3.P1",
    s3_p2: "S3.P2",
    s3_p3: "S3.P3",
    s3_p4: "S3.P4",
    s3_p5: "S3.P5",
    s3_p6: "S3.P6",
    s3_p7: "S3.P7",
    s3_p8: "S3.P8",
    s3_p9: "S3.P9",
    s4_p1: "S4.P1",
    s4_p2: "S4.P2",
    s4_p2_verbatim: "S4.P2-verbatim",
    s4_p3: "S4.P3",
    s4_p4: "S4.P4",
}
