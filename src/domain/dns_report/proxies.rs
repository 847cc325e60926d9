//! Proxies that stand before many names, by their addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The networks of Cloudflare, https://www.cloudflare.com/ips/: first address and length of the prefix.
const CLOUDFLARE_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(103, 21, 244, 0), 22),
    (Ipv4Addr::new(103, 22, 200, 0), 22),
    (Ipv4Addr::new(103, 31, 4, 0), 22),
    (Ipv4Addr::new(104, 16, 0, 0), 13),
    (Ipv4Addr::new(104, 24, 0, 0), 14),
    (Ipv4Addr::new(108, 162, 192, 0), 18),
    (Ipv4Addr::new(131, 0, 72, 0), 22),
    (Ipv4Addr::new(141, 101, 64, 0), 18),
    (Ipv4Addr::new(162, 158, 0, 0), 15),
    (Ipv4Addr::new(172, 64, 0, 0), 13),
    (Ipv4Addr::new(173, 245, 48, 0), 20),
    (Ipv4Addr::new(188, 114, 96, 0), 20),
    (Ipv4Addr::new(190, 93, 240, 0), 20),
    (Ipv4Addr::new(197, 234, 240, 0), 22),
    (Ipv4Addr::new(198, 41, 128, 0), 17),
];
const CLOUDFLARE_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2400, 0xcb00, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2803, 0xf800, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2405, 0xb500, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2405, 0x8100, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2a06, 0x98c0, 0, 0, 0, 0, 0, 0), 29),
    (Ipv6Addr::new(0x2c0f, 0xf248, 0, 0, 0, 0, 0, 0), 32),
];

/// Whose proxy all of these addresses are.
pub(super) fn proxy_of(addresses: &[IpAddr]) -> Option<&'static str> {
    let proxied = |address: &IpAddr| match address {
        IpAddr::V4(address) => {
            CLOUDFLARE_V4.iter().any(|(network, length)| (address.to_bits() ^ network.to_bits()).leading_zeros() >= *length)
        }
        IpAddr::V6(address) => {
            CLOUDFLARE_V6.iter().any(|(network, length)| (address.to_bits() ^ network.to_bits()).leading_zeros() >= *length)
        }
    };
    (!addresses.is_empty() && addresses.iter().all(proxied)).then_some("Cloudflare")
}
