//! A real postfix for tests: its own configuration, queue and mailboxes in a temporary folder, on
//! free ports of 127.0.0.1. Knows the user [`USER`] with [`PASSWORD`]; delivers everything for
//! `example.test`, but puts `grey@` off and refuses `gone@`. Stopped when dropped.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::{
    fs,
    io::Write,
    net::TcpListener,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

#[path = "skip.rs"]
mod skip;

pub(crate) const USER: &str = "alert@mx.test";
pub(crate) const PASSWORD: &str = "s3cret canary";
const NOBODY: u32 = 65_534;
const PATIENCE: Duration = Duration::from_secs(60);

/// A running mail server.
#[derive(Debug)]
pub(crate) struct Postfix {
    dir: TempDir,
    /// STARTTLS and login.
    pub(crate) port: u16,
    /// TLS from the first byte, and login.
    pub(crate) tls_port: u16,
}

impl Postfix {
    /// Starts one. Nothing comes back, and the skip is noted, where postfix cannot run.
    pub(crate) async fn start() -> Option<Self> {
        if let Err(why) = usable() {
            skip::skipped(why);
            return None;
        }
        let dir = tempfile::Builder::new().prefix("firedrill-postfix").tempdir().unwrap();
        let (port, tls_port) = free_ports();
        let server = Self { dir, port, tls_port };
        server.write_files();
        server.up().await;
        Some(server)
    }

    /// Starts it again after [`Self::down`].
    pub(crate) async fn up(&self) {
        self.control("start");
        let until = Instant::now() + PATIENCE;
        for port in [self.port, self.tls_port] {
            while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                assert!(Instant::now() < until, "postfix does not listen: {}", self.log());
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Stops it: nobody listens any more.
    pub(crate) async fn down(&self) {
        self.control("stop");
        let until = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
            assert!(Instant::now() < until, "postfix does not stop: {}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// The certificate that vouches for the server.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.path("tls/cert.pem")
    }

    /// The texts of all mails that were delivered to an address.
    pub(crate) fn mails_to(&self, address: &str) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.path("mail/inbox/new")) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
        let header = format!("Delivered-To: {address}");
        texts.filter(|text| text.lines().any(|line| line == header)).collect()
    }

    /// The same, once there are so many.
    pub(crate) async fn wait_for_mails_to(&self, address: &str, count: usize) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let mails = self.mails_to(address);
            if mails.len() >= count {
                return mails;
            }
            assert!(Instant::now() < until, "no mail to {address}: {}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// What the server logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("mail.log")).unwrap_or_default()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn control(&self, verb: &str) -> Output {
        let etc = self.path("etc");
        let output = Command::new("postfix").arg("-c").arg(etc).arg(verb).output().unwrap();
        assert!(output.status.success(), "postfix {verb}: {output:?} {}", self.log());
        output
    }

    fn write_files(&self) {
        let folder = |name: &str| {
            fs::create_dir_all(self.path(name)).unwrap();
            fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
        };
        ["", "etc", "etc/sasl", "spool", "data", "mail", "tls"].into_iter().for_each(folder);
        let postfix = uid_of("postfix");
        chown(self.path("mail"), Some(NOBODY), Some(NOBODY)).unwrap();
        chown(self.path("data"), Some(postfix), None).unwrap();
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(self.path("tls/cert.pem"), certified.cert.pem()).unwrap();
        fs::write(self.path("tls/key.pem"), certified.signing_key.serialize_pem()).unwrap();
        let main = MAIN_CF.replace("{DIR}", self.dir.path().to_str().unwrap());
        fs::write(self.path("etc/main.cf"), main.replace("{NOBODY}", &NOBODY.to_string())).unwrap();
        let master = MASTER_CF.replace("{PORT}", &self.port.to_string());
        let master = master.replace("{TLS_PORT}", &self.tls_port.to_string());
        fs::write(self.path("etc/master.cf"), master).unwrap();
        let users = self.path("sasldb2");
        let sasl = SASL_CONF.replace("{USERS}", users.to_str().unwrap());
        fs::write(self.path("etc/sasl/smtpd.conf"), sasl).unwrap();
        add_user(&users);
        chown(&users, Some(postfix), None).unwrap();
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // It may be down already.
        let _ = Command::new("postfix").arg("-c").arg(self.path("etc")).arg("stop").output();
    }
}

fn usable() -> Result<(), &'static str> {
    if !["/usr/sbin/postfix", "/usr/sbin/saslpasswd2"].iter().all(|path| Path::new(path).exists()) {
        return Err("postfix not found");
    }
    let uid = fs::metadata("/proc/self").map_err(|_| "postfix needs /proc")?.uid();
    if uid == 0 { Ok(()) } else { Err("postfix needs root") }
}

fn free_ports() -> (u16, u16) {
    let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [a, b] = free.map(|listener| listener.local_addr().unwrap().port());
    (a, b)
}

fn uid_of(user: &str) -> u32 {
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let line = passwd.lines().find(|line| line.split(':').next() == Some(user)).unwrap();
    line.split(':').nth(2).unwrap().parse().unwrap()
}

fn add_user(users: &Path) {
    let (name, realm) = USER.split_once('@').unwrap();
    let mut child = Command::new("saslpasswd2")
        .args(["-p", "-c", "-u", realm, "-f"])
        .arg(users)
        .arg(name)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

const MAIN_CF: &str = "\
compatibility_level = 3.6
queue_directory = {DIR}/spool
data_directory = {DIR}/data
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
myhostname = mx.test
mydestination =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 192.0.2.1/32
maillog_file = {DIR}/mail.log
maillog_file_prefixes = /
virtual_mailbox_domains = example.test
virtual_mailbox_base = {DIR}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{NOBODY}
virtual_gid_maps = static:{NOBODY}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {DIR}/tls/cert.pem
smtpd_tls_key_file = {DIR}/tls/key.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {DIR}/etc/sasl
smtpd_recipient_restrictions =
  check_recipient_access inline:{ {grey@example.test = 450 4.2.0 Greylisted}
  {gone@example.test = 550 5.1.1 No such user} }, permit_sasl_authenticated, reject
smtpd_client_restrictions =
default_transport = error:no mail leaves this machine
smtp_dns_support_level = disabled
";

const MASTER_CF: &str = "\
127.0.0.1:{PORT} inet n - n - - smtpd
127.0.0.1:{TLS_PORT} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

const SASL_CONF: &str = "\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
sasldb_path: {USERS}
";
