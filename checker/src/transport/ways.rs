//! Whether this machine has a way to an address, by its own routing tables. Nothing is sent and
//! nobody is asked: connecting a datagram socket only looks the way up.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

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
    let conf = RealDisk.read(Path::new(RESOLV_CONF)).unwrap_or_default();
    let far: Vec<_> = name_servers(&String::from_utf8_lossy(&conf)).collect();
    let asked = if far.is_empty() { &ANYWHERE[..] } else { &far[..] };
    asked.iter().any(|addr| leads_to(*addr))
}

/// Whether there has been a route beyond this machine: one that never had any has lost nothing.
static SEEN: AtomicBool = AtomicBool::new(false);

/// Whether any route leads beyond this machine, or never did.
pub(super) fn are_there() -> bool {
    let read = |file: &str| RealDisk.read(Path::new(file)).unwrap_or_default();
    let (v4, v6) = (read("/proc/net/route"), read("/proc/net/ipv6_route"));
    let found = leads_out(&String::from_utf8_lossy(&v4), &String::from_utf8_lossy(&v6));
    SEEN.fetch_or(found, Ordering::Relaxed);
    found || !SEEN.load(Ordering::Relaxed)
}

/// Whether one of the kernel's routes is up, not a refusal, and not only to this machine or link.
fn leads_out(v4: &str, v6: &str) -> bool {
    const UP: u32 = 1;
    const REJECT: u32 = 0x200;
    let serves = |interface: &str, flags: &str| {
        let flags = u32::from_str_radix(flags, 16).unwrap_or(0);
        interface != "lo" && flags & UP != 0 && flags & REJECT == 0
    };
    let v4 = v4.lines().skip(1).any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words.as_slice(), [interface, _, _, flags, ..] if serves(interface, flags))
    });
    let near = |target: &str| target.starts_with("fe80") || target.starts_with("ff");
    v4 || v6.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words.as_slice(), [target, .., flags, interface]
            if serves(interface, flags) && !near(target))
    })
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
    fn a_route_to_oneself_or_one_that_refuses_leads_nowhere() {
        let head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";
        let v4 = |line: &str| leads_out(&format!("{head}{line}"), "");
        assert!(v4("eth0 00000000 0101A8C0 0003 0 0 100 00000000 0 0 0\n"));
        assert!(!v4("lo 0000007F 00000000 0001 0 0 0 000000FF 0 0 0\n") && !v4(""));
        assert!(!v4("* 00000000 00000000 0200 0 0 0 00000000 0 0 0\n"));
        let v6 = |target: &str, flags: &str, interface: &str| {
            let none = "0".repeat(32);
            leads_out(
                "",
                &format!("{target} 40 {none} 00 {none} 00000100 1 0 {flags} {interface}\n"),
            )
        };
        assert!(v6(&"20010db8".repeat(4), "00000001", "eth0"));
        assert!(!v6("fe800000000000000000000000000000", "00000001", "eth0"));
        assert!(!v6(&"0".repeat(32), "00200200", "lo"));
    }

    #[test]
    fn name_servers_on_this_machine_say_nothing_of_its_network() {
        let conf =
            "# stub\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nsearch x\nnameserver ::1\n";
        let found: Vec<_> = name_servers(conf).collect();
        assert_eq!(found, ["192.0.2.53:53".parse().unwrap()]);
    }
}
