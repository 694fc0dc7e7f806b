//! Hostile addresses of vendors, watched at the socket.
//!
//! The watching takes place in a network of its own where every address in the world is this machine's, so that a
//! listener sees whatever is connected to. Where the kernel grants no such network, only what leads to this machine
//! can be watched.

use super::*;
use crate::domain::ids::{AccountId, SubscriptionId};
use crate::domain::outcome::ReadError;
use crate::upstream::transport::{ConfigError, Lookup};
use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Command;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Says to a test that it runs inside its own network.
const INSIDE: &str = "EVERY_ADDRESS_IS_HERE";

/// Addresses that must not be called, one or more of each kind.
const FORBIDDEN: [&str; 26] = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.5",
    "10.255.1.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "192.168.77.7",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.7",
    "198.18.0.9",
    "198.51.100.3",
    "203.0.113.3",
    "192.88.99.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "0.1.2.3",
    "172.20.10.2",
    "10.96.0.1",
];

/// The same of IPv6, where no IPv4 address is meant.
const FORBIDDEN_V6: [&str; 12] = [
    "::",
    "::1",
    "fe80::1",
    "fe80::a9fe:a9fe",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456::7",
    "ff02::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "fec0::1",
];

/// Connections that were made, by the address they were made to.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Vec<IpAddr>>>);

impl Watch {
    /// Accepts whatever comes to `listener` and redirects it to this machine.
    fn over(listener: TcpListener) -> Self {
        let watch = Self::default();
        let seen = watch.clone();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                seen.0.lock().unwrap().push(stream.local_addr().unwrap().ip().to_canonical());
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    let _ = stream.read(&mut head).await;
                    let answer = format!(
                        "HTTP/1.1 307 X\r\nlocation: http://169.254.169.254:{port}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        watch
    }

    fn taken(&self) -> Vec<IpAddr> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Hosts as somebody might write them into a form, with the address they are meant to reach.
fn hosts() -> Vec<(String, IpAddr)> {
    let mut hosts = Vec::new();
    for address in FORBIDDEN.map(|text| text.parse::<Ipv4Addr>().unwrap()) {
        let [a, b, c, d] = address.octets();
        let (number, high) = (address.to_bits(), (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])));
        let wide: String = address.to_string().chars().map(wide).collect();
        let meant = IpAddr::V4(address);
        for form in [
            address.to_string(),
            format!("{address}."),
            number.to_string(),
            format!("{number:#x}"),
            format!("0{number:o}"),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("{a:#x}.{b:#X}.{c}.{d:#x}").replace("0X", "0x"),
            format!("{a}.{}", number & 0x00ff_ffff),
            format!("{a}.{b}.{}", number & 0xffff),
            wide,
            format!("%{:02x}{}", address.to_string().as_bytes()[0], &address.to_string()[1..]),
            format!("[::ffff:{address}]"),
            format!("[::ffff:{:x}:{:x}]", high.0, high.1),
        ] {
            hosts.push((form, meant));
        }
        for form in [
            format!("::{address}"),
            format!("64:ff9b::{address}"),
            format!("64:ff9b:1::{address}"),
            format!("2002:{:x}:{:x}::1", high.0, high.1),
            format!("2001:0:{:x}:{:x}::1", high.0, high.1),
            format!("::ffff:0:{address}"),
            format!("2606:4700::5efe:{address}"),
        ] {
            hosts.push((format!("[{form}]"), form.parse().unwrap()));
        }
    }
    for address in FORBIDDEN_V6.map(|text| text.parse::<Ipv6Addr>().unwrap()) {
        hosts.push((format!("[{address}]"), address.into()));
    }
    hosts
}

/// A digit or dot as a character that becomes it when a host is read.
fn wide(character: char) -> char {
    match character {
        '.' => '\u{3002}',
        digit => char::from_u32(0xff10 + digit.to_digit(10).unwrap()).unwrap(),
    }
}

/// A resolver in hostile hands: what it says of a name, the last of it again and again.
fn resolver(answers: HashMap<String, Vec<Vec<IpAddr>>>) -> Lookup {
    let answers = Arc::new(Mutex::new(answers));
    Arc::new(move |name| {
        let mut answers = answers.lock().unwrap();
        let of_name = answers.get_mut(&name);
        let found = of_name.map(|list| if list.len() > 1 { list.remove(0) } else { list[0].clone() });
        Box::pin(async move { found.ok_or_else(|| std::io::Error::other("no such name")) })
    })
}

/// The one way out under these settings.
fn out(settings: TransportSettings, lookup: &Lookup) -> Arc<Transport> {
    Arc::new(Transport::resolving(settings, InFlight::default(), lookup.clone()).unwrap())
}

/// Asks both kinds of vendors at this address, and says in words what became of it.
async fn call(transport: &Arc<Transport>, url: &str) -> BTreeSet<String> {
    let secret = || SecretString::from("EXAMPLE-secret-key-for-tests-0001==");
    let vsa = Vsa9Config { url: url.to_owned(), user: "u".into(), access_token: secret(), own_organizations: vec![] };
    let lmp = LmpConfig { url: url.to_owned(), access_token: secret(), secret_key: secret() };
    let mut said = BTreeSet::new();
    match Vsa9::new(transport.clone(), partner(), vsa) {
        Ok(vsa) => said.extend(Vsa::Vsa9(vsa).probe().await.err().map(|error| error.to_string())),
        Err(error) => said.extend([error.to_string()]),
    }
    match Lmp::new(transport.clone(), partner(), lmp) {
        Ok(lmp) => {
            said.extend(lmp.service_plans().await.err().map(|error| error.to_string()));
            let account = AccountId::parse("a").unwrap();
            let subscription = SubscriptionId::parse("s").unwrap();
            lmp.set_units(&account, &subscription, 5, Stamp::now()).await;
        }
        Err(error) => said.extend([error.to_string()]),
    }
    said
}

#[test]
fn hostile_addresses_are_never_connected_to() {
    let test = "upstream::tests::addresses::watched_in_a_network_of_its_own";
    let routes = "ip link set lo up && ip route add local 0.0.0.0/0 dev lo && ip -6 route add local ::/0 dev lo && exec \"$0\" \"$@\"";
    let program = std::env::current_exe().unwrap();
    let inside = Command::new("unshare")
        .args(["--map-root-user", "--net", "sh", "-c", routes])
        .arg(&program)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output();
    let Ok(output) = inside else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    let is_granted = said.contains("running 1 test");
    assert!(!is_granted || output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    if !is_granted {
        println!("no network of its own is granted: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Run by the test above once more, inside; outside it watches this machine's own addresses.
#[tokio::test(flavor = "multi_thread")]
async fn watched_in_a_network_of_its_own() {
    let is_inside = std::env::var_os(INSIDE).is_some();
    let listener = TcpListener::bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))).await;
    let listener = match listener {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))).await.unwrap(),
    };
    let port = listener.local_addr().unwrap().port();
    let watch = Watch::over(listener);
    let public: IpAddr = if is_inside { [93, 184, 215, 14] } else { [127, 9, 9, 9] }.into();
    let settings = TransportSettings {
        allow_http: true,
        allowed_networks: vec![public.into()],
        call_timeout: Duration::from_secs(2),
        ..settings_of_the_outside()
    };

    // Addresses in place of names, and names that lead to addresses, alone or behind a public one.
    let hosts = hosts();
    let mut names = HashMap::new();
    for (number, (_, address)) in hosts.iter().enumerate() {
        names.insert(format!("alone{number}.example"), vec![vec![*address]]);
        names.insert(format!("behind{number}.example"), vec![vec![*address, public]]);
        names.insert(format!("later{number}.example"), vec![vec![public], vec![*address]]);
    }
    let lookup = resolver(names);
    let guarded = out(settings.clone(), &lookup);
    let mut said = BTreeSet::new();
    for (number, (host, _)) in hosts.iter().enumerate() {
        said.extend(call(&guarded, &format!("http://{host}:{port}")).await);
        if number % 7 == 0 {
            said.extend(call(&guarded, &format!("http://alone{number}.example:{port}")).await);
        }
    }
    assert_eq!(watch.taken(), [public; 0], "addresses in place of names, and names that lead nowhere else");
    let expected = [ConfigError::PrivateAddress.to_string(), ReadError::Unreachable.to_string()];
    let other: Vec<_> = said.iter().filter(|said| !expected.contains(said)).collect();
    assert!(other.is_empty(), "{other:?}");

    let mut connected = 0;
    for number in (0..hosts.len()).step_by(7) {
        for name in ["behind", "later", "later"] {
            call(&guarded, &format!("http://{name}{number}.example:{port}")).await;
        }
        let seen = watch.taken();
        assert!(seen.iter().all(|address| *address == public), "{number}: {seen:?}");
        connected += seen.len();
    }
    assert!(connected > hosts.len() / 7, "the public address was reached {connected} times");

    // What was watched can be seen: with everything allowed, the same addresses are connected to.
    let networks = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
    let everything = out(TransportSettings { allowed_networks: networks, ..settings }, &lookup);
    let mut seen = BTreeSet::new();
    let is_here = |address: &IpAddr| is_inside || address.to_canonical().is_loopback();
    for (host, _) in hosts.iter().filter(|(_, address)| is_here(address)) {
        call(&everything, &format!("http://{host}:{port}")).await;
        seen.extend(watch.taken());
    }
    assert!(seen.len() > if is_inside { 100 } else { 1 }, "{seen:?}");
    println!(
        "{} hostile addresses, {} names that lead to them, alone, behind a public address or at the second question: \
         0 connections to forbidden ones, {connected} to the public one; with everything allowed, {} addresses were seen",
        hosts.len(),
        hosts.len().div_ceil(7) * 3,
        seen.len()
    );
}

fn settings_of_the_outside() -> TransportSettings {
    TransportSettings { allow_private_addresses: false, ..settings() }
}
