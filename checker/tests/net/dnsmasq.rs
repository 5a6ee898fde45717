//! A real name server for tests, on a free port of 127.0.0.1. Stopped when dropped.

use std::process::{Child, Command, Stdio};

use engine::Status;

use crate::{
    skip::skipped,
    support::{free_port, said, until},
};

/// A running dnsmasq that knows the names under `test`.
#[derive(Debug)]
pub(crate) struct Dnsmasq {
    child: Child,
    pub(crate) port: u16,
}

const NAMES: [&str; 9] = [
    "--local=/test/",
    "--host-record=svc.test,192.0.2.10,2001:db8::10",
    "--host-record=two.test,192.0.2.1",
    "--host-record=two.test,192.0.2.2",
    "--cname=alias.test,svc.test",
    "--mx-host=test,Mail.test,10",
    "--srv-host=_sip._tcp.test,svc.test,5060,10,5",
    "--txt-record=test,v=spf1 -all",
    "--ptr-record=10.2.0.192.in-addr.arpa,svc.test",
];

impl Dnsmasq {
    /// Starts one; questions about `broken.test` go on to that port. Nothing comes back, and the
    /// skip is noted, where there is no dnsmasq.
    pub(crate) async fn start(broken: u16) -> Option<Self> {
        let port = free_port();
        let long = "x".repeat(250);
        let big = format!("--txt-record=big.test,{long},{long},{long}");
        let mut command = Command::new("dnsmasq");
        command
            .args(["-k", "--conf-file=/dev/null", "--pid-file", "--user=root", "--log-facility=-"])
            .args(["-a", "127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts"])
            .arg(format!("--port={port}"))
            .args(NAMES)
            .arg(big)
            .arg(format!("--server=/broken.test/127.0.0.1#{broken}"))
            .stderr(Stdio::null());
        let Ok(child) = command.spawn() else {
            skipped("dnsmasq not found");
            return None;
        };
        let server = Self { child, port };
        let keys = &format!("type: dns, server: '127.0.0.1:{port}', query: svc.test");
        until("dnsmasq answers", || async move { said(keys).await.0 == Status::Ok }).await;
        Some(server)
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
