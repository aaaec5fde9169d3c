//! The link between two hosts: latency, bandwidth, loss, partition.
//!
//! The problem: a program that works beside its peer may fail with an ocean in between. So the link
//! between two hosts has properties, which a test sets.
//!
//! ```text
//!   sent      the line is free    the last byte has left      arrival
//!    |────────────────|─────────────────────|───────────────────|
//!       other packets   size / bandwidth      latency + jitter
//! ```
//!
//! While a link is cut, datagrams are lost. Packets of connections are held, as if the system sent
//! them again until it is heard. They set out when the link is healed.
//!
//! Invariants:
//! 1. The two directions have the same properties, and a line each.
//! 2. The packets that are held keep their order, and set out before later ones.
//!
//! Read next: `memory/ends.rs`.

use groundup_sync::task::NumberMap;

use super::hosts::HostId;
use super::packets::Packet;

/// Number of different times between none and the whole jitter.
const STEPS: usize = 8;

/// The properties of a link.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LinkOptions {
    /// In ns.
    pub(crate) latency: u64,
    /// In ns.
    pub(crate) jitter: u64,
    /// In bytes a second; `None` is without limit.
    pub(crate) bandwidth: Option<u64>,
    /// One of so many datagrams is lost.
    pub(crate) loses_one_in: Option<usize>,
}

/// The link between two hosts.
#[derive(Default)]
struct LinkState {
    options: LinkOptions,
    /// The packets that are held, while the link is cut.
    cut: Option<Vec<Packet>>,
    /// The times at which the two lines are free.
    free_at: [u64; 2],
}

/// The choices for one packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    /// Of how much jitter, in steps.
    pub(crate) jitter: usize,
    /// Whether a datagram is lost: the last number means that it is.
    pub(crate) loss: usize,
    /// After how many quarters of the bytes of a connection a second packet begins.
    pub(crate) cut: usize,
}

/// The links between the hosts of a network.
pub(crate) struct Links {
    links: NumberMap<LinkState>,
    /// The options of the links that have none of their own.
    default: LinkOptions,
}

impl Links {
    /// Makes links that all have these options at first.
    pub(crate) fn new(default: LinkOptions) -> Self {
        let links = NumberMap::default();
        Links { links, default }
    }

    fn get_mut(&mut self, a: HostId, b: HostId) -> &mut LinkState {
        let key = key_of(a, b);
        if self.links.get(key).is_none() {
            let options = self.default;
            let new = LinkState {
                options,
                ..LinkState::default()
            };
            self.links.insert(key, new);
        }
        self.links.get_mut(key).expect("it is there, or was added")
    }

    fn get(&self, a: HostId, b: HostId) -> Option<&LinkState> {
        self.links.get(key_of(a, b))
    }

    /// Returns the options of a link, to change them.
    pub(crate) fn options_mut(&mut self, a: HostId, b: HostId) -> &mut LinkOptions {
        &mut self.get_mut(a, b).options
    }

    /// Returns the number of answers to each question of a [`Draw`]; one answer is no question.
    pub(crate) fn options_of(&self, packet: &Packet) -> Draw {
        let link = self.get(packet.hosts.0, packet.hosts.1);
        let options = link.map_or(self.default, |link| link.options);
        let is_cut = link.is_some_and(|link| link.cut.is_some());
        let (mut jitter, mut loss, mut cut) = (1, 1, 1);
        if !packet.at_once && !is_cut {
            if options.jitter != 0 && packet.varies() {
                jitter = STEPS;
                cut = packet.cuts();
            }
            if packet.is_datagram() && packet.varies() {
                loss = options.loses_one_in.unwrap_or(1);
            }
        }
        Draw { jitter, loss, cut }
    }

    /// Sends a packet out. Returns the time of its arrival, or `None` if it is lost or held.
    pub(crate) fn send(&mut self, now: u64, packet: Packet, draw: Draw) -> Option<(u64, Packet)> {
        if packet.at_once {
            return Some((now, packet));
        }
        let (from, to) = packet.hosts;
        let link = self.get_mut(from, to);
        if let Some(held) = &mut link.cut {
            if !packet.is_datagram() {
                held.push(packet);
            }
            return None;
        }
        let options = link.options;
        let is_sent = packet.is_datagram() && packet.varies();
        let loses = options.loses_one_in.filter(|_| is_sent);
        let free_at = &mut link.free_at[usize::from(from > to)];
        let size = packet.size() as u64;
        let passes = (options.bandwidth).map_or(0, |bandwidth| time_of(size, bandwidth));
        let left = now.max(*free_at).saturating_add(passes);
        *free_at = left;
        if loses.is_some_and(|one_in| draw.loss + 1 == one_in) {
            return None;
        }
        let jitter = u128::from(options.jitter) * draw.jitter as u128 / (STEPS as u128 - 1);
        let arrives = left.saturating_add(options.latency);
        Some((arrives.saturating_add(jitter as u64), packet))
    }

    /// Cuts a link. The packets that were on it are lost or held.
    pub(crate) fn cut(&mut self, a: HostId, b: HostId, on_the_way: Vec<Packet>) {
        let held = self.get_mut(a, b).cut.get_or_insert_default();
        let kept = on_the_way
            .into_iter()
            .filter(|packet| !packet.is_datagram());
        held.extend(kept);
    }

    /// Heals a link. Returns the packets that were held.
    pub(crate) fn heal(&mut self, a: HostId, b: HostId) -> Vec<Packet> {
        self.get_mut(a, b).cut.take().unwrap_or_default()
    }

    /// Returns the number of packets that are held.
    pub(crate) fn held(&self) -> usize {
        let links = self.links.keys().filter_map(|key| self.links.get(key));
        links
            .map(|link| link.cut.as_ref().map_or(0, Vec::len))
            .sum()
    }
}

/// Returns the time for which so many bytes occupy the line, in ns.
fn time_of(bytes: u64, bandwidth: u64) -> u64 {
    let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(bandwidth.max(1));
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

/// Returns the key of a link in a map, the same in both directions.
fn key_of(a: HostId, b: HostId) -> (u64, u64) {
    (a.min(b).number(), a.max(b).number())
}
