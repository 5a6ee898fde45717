//! Whether this machine has a way to an address, by its own routing tables. Nothing is sent and
//! nobody is asked: connecting a datagram socket only looks the way up.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use store::{Disk as _, RealDisk};

/// Where this machine keeps the addresses of its name servers.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Addresses for documentation: they belong to nobody, so that only a default route leads there.
const ANYWHERE: [SocketAddr; 2] = [
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 53),
    SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 53),
];

/// What the system says when none of its own routes leads somewhere.
const ENETDOWN: i32 = 100;
const ENETUNREACH: i32 = 101;
const EHOSTUNREACH: i32 = 113;
const EAFNOSUPPORT: i32 = 97;
const EADDRNOTAVAIL: i32 = 99;

/// Whether a route leads to an address.
pub(super) fn leads_to(addr: SocketAddr) -> bool {
    let any: SocketAddr = match addr {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let looked = UdpSocket::bind(any).and_then(|socket| socket.connect(addr));
    let error = looked.err().and_then(|error| error.raw_os_error());
    !matches!(error, Some(ENETDOWN | ENETUNREACH | EHOSTUNREACH | EAFNOSUPPORT | EADDRNOTAVAIL))
}

/// Whether a route leads to any name server, or, when all of them are on this machine and ask
/// others, to anywhere.
pub(super) fn leads_to_names() -> bool {
    let conf = RealDisk.read(std::path::Path::new(RESOLV_CONF)).unwrap_or_default();
    let far: Vec<_> = name_servers(&String::from_utf8_lossy(&conf)).collect();
    let asked = if far.is_empty() { &ANYWHERE[..] } else { &far[..] };
    asked.iter().any(|addr| leads_to(*addr))
}

/// The name servers on other machines.
fn name_servers(conf: &str) -> impl Iterator<Item = SocketAddr> {
    let all = conf.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        words.next().filter(|word| *word == "nameserver").and(words.next())
    });
    let plain = all.filter_map(|text| text.split('%').next()?.parse::<std::net::IpAddr>().ok());
    plain.filter(|ip| !ip.is_loopback()).map(|ip| SocketAddr::new(ip, 53))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_leads_to_itself() {
        assert!(leads_to(([127, 0, 0, 1], 9).into()));
    }

    #[test]
    fn name_servers_on_this_machine_say_nothing_of_its_network() {
        let conf =
            "# stub\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nsearch x\nnameserver ::1\n";
        let found: Vec<_> = name_servers(conf).collect();
        assert_eq!(found, ["192.0.2.53:53".parse().unwrap()]);
    }
}
