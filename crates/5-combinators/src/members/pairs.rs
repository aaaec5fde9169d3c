//! Pairs: several things of several types, as a head and a tail.
//!
//! The problem: `join((a, b, c))` takes three futures of three types. Tuples of two, of three and
//! of four have nothing in common, so code for one length does not serve another. A list has one
//! shape at every length: a head, and a tail that is a list. So a verb turns its tuple into pairs,
//! works on the pairs, and turns the outputs into a tuple again:
//!
//! ```text
//!   (a, b, c)                                           a tuple of 1 to 12
//!       │ into_pairs
//!       v
//!   Pair ──tail──> Pair ──tail──> Pair ──tail──> End
//!    │ head         │ head         │ head         │
//!    a              b              c              │     each verb: its work on the head,
//!    v              v              v              v     then the same work on the tail
//!   Pair ────────> Pair ────────> Pair ────────> End
//!    x              y              z
//!       │ into_tuple
//!       v
//!   (x, y, z)
//! ```
//!
//! So a trait of a verb has two impls, for a [`Pair`] and for the [`End`], and reads like a
//! function over a list. The recursion is one of types: a pair holds its tail in place, without an
//! allocation, and each call is of another function, which the compiler inlines. Only the two
//! conversions know how long a tuple is.
//!
//! Invariants:
//! 1. The pairs have the order of the tuple.
//! 2. The head is dropped before the tail, as the fields of a tuple are.
//!
//! Read next: `gather.rs`.

use pin_project_lite::pin_project;

pin_project! {
    /// The first of several things, and the others.
    #[derive(Clone, Debug)]
    pub struct Pair<H, T> {
        #[pin]
        pub(crate) head: H,
        #[pin]
        pub(crate) tail: T,
    }
}

/// The tail of the last pair.
#[derive(Clone, Debug)]
pub struct End;

/// Marks an argument as pairs, for the compiler.
pub enum Paired {}

/// Marks an argument as a tuple, for the compiler.
pub enum Tupled {}

/// A tuple of 1 to 12 things.
pub trait Tuple {
    /// Pairs of the same things.
    type Pairs;
    /// Returns the things as pairs.
    fn into_pairs(self) -> Self::Pairs;
}

/// Pairs of 1 to 12 things.
pub trait Pairs {
    /// A tuple of the same things.
    type Tuple;
    /// Returns the things as a tuple.
    fn into_tuple(self) -> Self::Tuple;
}

/// Outputs that are returned: a `Vec` as it is, pairs as a tuple.
pub trait Collect {
    /// A `Vec` or a tuple.
    type Output;
    /// Returns the outputs.
    fn collect(self) -> Self::Output;
}

impl<T> Collect for Vec<T> {
    type Output = Vec<T>;

    fn collect(self) -> Vec<T> {
        self
    }
}

impl<P: Pairs> Collect for P {
    type Output = P::Tuple;

    fn collect(self) -> P::Tuple {
        self.into_tuple()
    }
}

/// Things of one type, in a `Vec` or in pairs.
pub trait Alike<T>: Sized {
    /// Appends the things to a list, in order.
    fn append_to(self, list: &mut Vec<T>);
    /// Returns the things as a list.
    fn into_vec(self) -> Vec<T> {
        let mut list = Vec::new();
        self.append_to(&mut list);
        list
    }
}

impl<T> Alike<T> for Vec<T> {
    fn append_to(mut self, list: &mut Vec<T>) {
        list.append(&mut self);
    }
}

impl<T> Alike<T> for End {
    fn append_to(self, _: &mut Vec<T>) {}
}

impl<T, Tail: Alike<T>> Alike<T> for Pair<T, Tail> {
    fn append_to(self, list: &mut Vec<T>) {
        list.push(self.head);
        self.tail.append_to(list);
    }
}

/// The type of pairs.
macro_rules! pairs_of {
    () => { End };
    ($head:ident $($tail:ident)*) => { Pair<$head, pairs_of!($($tail)*)> };
}

/// Pairs as an expression, and as a pattern.
macro_rules! pairs {
    () => { End };
    ($head:ident $($tail:ident)*) => { Pair { head: $head, tail: pairs!($($tail)*) } };
}

/// Writes the two conversions for each length, from 1 on: for the first of the rows, for the first
/// two, and so on.
macro_rules! conversions {
    ([$($type:ident $name:ident)*]) => {};
    ([$($type:ident $name:ident)*] $next:ident $of_next:ident $($rest:ident)*) => {
        conversions! { $($type $name)* $next $of_next }
        conversions! { [$($type $name)* $next $of_next] $($rest)* }
    };
    ($($type:ident $name:ident)+) => {
        impl<$($type),+> Tuple for ($($type,)+) {
            type Pairs = pairs_of!($($type)+);

            fn into_pairs(self) -> Self::Pairs {
                let ($($name,)+) = self;
                pairs!($($name)+)
            }
        }

        impl<$($type),+> Pairs for pairs_of!($($type)+) {
            type Tuple = ($($type,)+);

            fn into_tuple(self) -> Self::Tuple {
                let pairs!($($name)+) = self;
                ($($name,)+)
            }
        }
    };
}

conversions! { [] A a B b C c D d E e F f G g H h I i J j K k L l }
