//! A DNS server with records that tests set: real packets over UDP, and over TCP for what is too long,
//! so that a real resolver can be tested with what real servers do.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use hickory_proto::{
    op::{Message, Query, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, CNAME, MX, TXT},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinHandle,
};

/// The most that is sent in one packet; what is longer is cut and asked for again over TCP.
const LARGEST_PACKET: usize = 512;
/// The most octets of one string of a TXT record.
const LONGEST_STRING: usize = 255;

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server says that it failed.
    ServFail,
    /// The server says nothing.
    Silence,
}

#[derive(Default)]
struct Zone {
    records: HashMap<String, Vec<RData>>,
    troubles: HashMap<String, Trouble>,
    everything: Option<Trouble>,
    asked: Vec<(String, RecordType, Transport)>,
}

/// How a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In one packet.
    Udp,
    /// Over a connection.
    Tcp,
}

/// The server. It ends when it is dropped.
pub struct DnsServer {
    zone: Arc<Mutex<Zone>>,
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl DnsServer {
    /// Starts one that knows no names.
    pub async fn start() -> Self {
        // A port that is free for both; nearly always the first.
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = tcp.local_addr().unwrap();
        let zone = Arc::<Mutex<Zone>>::default();
        let tasks = vec![
            tokio::spawn(serve_udp(udp, zone.clone())),
            tokio::spawn(serve_tcp(tcp, zone.clone())),
        ];
        Self { zone, address, tasks }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a text, however long.
    pub fn txt(&self, name: &str, text: &str) {
        let strings: Vec<&[u8]> = text.as_bytes().chunks(LONGEST_STRING).collect();
        self.add(name, RData::TXT(TXT::from_bytes(strings)));
    }

    /// Adds a host that takes mail; `.` is the promise to take none.
    pub fn mx(&self, name: &str, preference: u16, exchange: &str) {
        self.add(name, RData::MX(MX::new(preference, absolute(exchange))));
    }

    /// Says that a name stands for another one.
    pub fn cname(&self, name: &str, target: &str) {
        self.add(name, RData::CNAME(CNAME(absolute(target))));
    }

    /// Adds an address.
    pub fn a(&self, name: &str, address: Ipv4Addr) {
        self.add(name, RData::A(A(address)));
    }

    /// Forgets a name.
    pub fn remove(&self, name: &str) {
        self.zone().records.remove(&key(name));
    }

    /// Has something go wrong with a name, or no more.
    pub fn trouble(&self, name: &str, trouble: Option<Trouble>) {
        let mut zone = self.zone();
        match trouble {
            Some(trouble) => zone.troubles.insert(key(name), trouble),
            None => zone.troubles.remove(&key(name)),
        };
    }

    /// Has something go wrong with every name, or no more.
    pub fn trouble_everywhere(&self, trouble: Option<Trouble>) {
        self.zone().everything = trouble;
    }

    /// How often a name was asked for, and how.
    #[must_use]
    pub fn asked(&self, name: &str, transport: Transport) -> usize {
        let name = key(name);
        let zone = self.zone();
        zone.asked
            .iter()
            .filter(|(asked, _, by)| *asked == name && *by == transport)
            .count()
    }

    fn add(&self, name: &str, data: RData) {
        self.zone().records.entry(key(name)).or_default().push(data);
    }

    fn zone(&self) -> std::sync::MutexGuard<'_, Zone> {
        self.zone.lock().unwrap()
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn key(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn absolute(name: &str) -> Name {
    let name = name.trim_end_matches('.');
    Name::from_ascii(format!("{name}.")).unwrap()
}

async fn serve_udp(socket: UdpSocket, zone: Arc<Mutex<Zone>>) {
    let mut packet = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut packet).await {
        let Some(answer) = answer(&packet[..length], &zone, Transport::Udp) else {
            continue;
        };
        let mut bytes = answer.to_vec().unwrap();
        if bytes.len() > LARGEST_PACKET {
            bytes = answer.truncate().to_vec().unwrap();
        }
        let _gone = socket.send_to(&bytes, from).await;
    }
}

async fn serve_tcp(listener: TcpListener, zone: Arc<Mutex<Zone>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, zone.clone()));
    }
}

/// Questions and answers with their length in front (RFC 1035 section 4.2.2).
async fn converse(mut stream: TcpStream, zone: Arc<Mutex<Zone>>) {
    while let Ok(length) = stream.read_u16().await {
        let mut question = vec![0; usize::from(length)];
        if stream.read_exact(&mut question).await.is_err() {
            return;
        }
        let Some(answer) = answer(&question, &zone, Transport::Tcp) else {
            continue;
        };
        let bytes = answer.to_vec().unwrap();
        let length = u16::try_from(bytes.len()).unwrap();
        let sent = [length.to_be_bytes().as_slice(), &bytes].concat();
        if stream.write_all(&sent).await.is_err() {
            return;
        }
    }
}

/// `None` when nothing is to be said.
fn answer(packet: &[u8], zone: &Mutex<Zone>, transport: Transport) -> Option<Message> {
    let question = Message::from_vec(packet).ok()?;
    let query = question.queries.first()?.clone();
    let name = key(&query.name().to_ascii());
    let mut zone = zone.lock().unwrap();
    zone.asked.push((name.clone(), query.query_type(), transport));
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.metadata.recursion_desired = question.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    answer.add_query(query.clone());
    match zone.everything.or(zone.troubles.get(&name).copied()) {
        Some(Trouble::Silence) => return None,
        Some(Trouble::ServFail) => answer.metadata.response_code = ResponseCode::ServFail,
        None => fill(&mut answer, &zone, &query, name),
    }
    Some(answer)
}

/// Follows names that stand for others, as a resolver would that asks further.
fn fill(answer: &mut Message, zone: &Zone, query: &Query, mut name: String) {
    let mut owner = query.name().clone();
    for _ in 0..8 {
        let Some(records) = zone.records.get(&name) else {
            if answer.answers.is_empty() {
                answer.metadata.response_code = ResponseCode::NXDomain;
            }
            return;
        };
        let wanted = records
            .iter()
            .filter(|data| data.record_type() == query.query_type());
        let found: Vec<Record> = wanted
            .map(|data| Record::from_rdata(owner.clone(), 60, data.clone()))
            .collect();
        if !found.is_empty() {
            answer.add_answers(found);
            return;
        }
        let alias = records.iter().find_map(|data| match data {
            RData::CNAME(target) => Some(target.0.clone()),
            _ => None,
        });
        let Some(target) = alias else { return };
        answer.add_answer(Record::from_rdata(owner, 60, RData::CNAME(CNAME(target.clone()))));
        name = key(&target.to_ascii());
        owner = target;
    }
}
