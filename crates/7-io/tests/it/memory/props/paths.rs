//! The listeners at the paths of a network beside a map.
//!
//! The problem: the table of paths goes by a hash, and two names of one path, as `/a` and `//a`, are
//! one path. The dullest model is a map of the standard library from host and path to the listener.
//!
//! Read next: `memory/props/conserved.rs`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use groundup_io::{Network, UnixListener, UnixStream};
use proptest::prelude::*;

use crate::setup::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    Listen,
    Connect,
    Close,
}

fn op() -> impl Strategy<Value = (usize, PathBuf, Op)> {
    let op = prop_oneof![Just(Op::Listen), Just(Op::Connect), Just(Op::Close)];
    let path = prop_oneof!["/[ab]{1,2}", "//[ab]", "/[ab]/[ab]?"].prop_map(PathBuf::from);
    (0..2_usize, path, op)
}

proptest! {
    /// A path of a host belongs to the listener that took it first, until that one is closed.
    #[test]
    fn a_path_belongs_to_one_listener(ops in prop::collection::vec(op(), 0..60)) {
        Setup::without_sockets().run(async {
            let network = Network::new();
            let hosts = ["one", "other"].map(|name| network.host(name));
            let mut listeners = BTreeMap::new();
            for (host, path, op) in ops {
                let at = (host, path.clone());
                match op {
                    Op::Listen => match hosts[host].run(async { UnixListener::bind(&path) }).await {
                        Ok(listener) => assert!(listeners.insert(at, listener).is_none()),
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::AddrInUse);
                            assert!(listeners.contains_key(&at));
                        }
                    },
                    Op::Connect => {
                        let found = hosts[host].run(UnixStream::connect(&path)).await;
                        assert_eq!(found.is_ok(), listeners.contains_key(&at), "{path:?}");
                    }
                    Op::Close => drop(listeners.remove(&at)),
                }
            }
        });
    }
}
