//! One rule of nftables, in the namespace of the run: TCP to anywhere but loopback goes to a door.
//!
//! As text: `table ip portcullis { chain out { type nat hook output priority -100; ip daddr != 127.0.0.0/8 meta l4proto
//! tcp redirect to :PORT } }`.

use super::netlink::{CREATE, Message, Netlink, attribute};
use rustix::io::Result;

const BATCH_BEGIN: u16 = 16;
const BATCH_END: u16 = 17;
/// Subsystem of nftables, in the upper byte of a message's type.
const TABLES: u16 = 10 << 8;
const NEW_TABLE: u16 = TABLES;
const NEW_CHAIN: u16 = TABLES | 3;
const NEW_RULE: u16 = TABLES | 6;
const APPEND: u16 = 0x800;

const INET: u8 = 2;
const TABLE: &[u8] = b"portcullis\0";
const CHAIN: &[u8] = b"out\0";

/// Set on attributes that hold others.
const NESTED: u16 = 0x8000;

const REGISTER_1: u32 = 1;
const EQUAL: u32 = 0;
const NOT_EQUAL: u32 = 1;
const TCP: u8 = 6;

/// Turns connections to `port`.
pub(super) fn to(port: u16) -> Result<()> {
    let messages = vec![batch(BATCH_BEGIN), table(), chain(), rule(port), batch(BATCH_END)];
    Netlink::netfilter()?.ask_all(messages)
}

/// `struct nfgenmsg`: family, version, resource in network order.
fn header(message: &mut Message, family: u8, resource: u16) {
    message.bytes(&[family, 0]).bytes(&resource.to_be_bytes());
}

fn batch(kind: u16) -> Message {
    let mut message = Message::silent(kind);
    header(&mut message, 0, 10);
    message
}

fn table() -> Message {
    let mut message = Message::new(NEW_TABLE, CREATE);
    header(&mut message, INET, 0);
    message.attribute(1, TABLE);
    message
}

fn chain() -> Message {
    let mut message = Message::new(NEW_CHAIN, CREATE);
    header(&mut message, INET, 0);
    let (output, before_filters) = (3_u32, -100_i32);
    let hook = [attribute(1, &output.to_be_bytes()), attribute(2, &before_filters.to_be_bytes())].concat();
    message.attribute(1, TABLE).attribute(3, CHAIN).attribute(4 | NESTED, &hook).attribute(7, b"nat\0");
    message
}

fn rule(port: u16) -> Message {
    let expressions = [
        // The first byte of the destination (offset 16 of the header), which is not 127.
        load_from_network_header(16, 1),
        compare(NOT_EQUAL, &[127]),
        load_protocol(),
        compare(EQUAL, &[TCP]),
        immediate(&port.to_be_bytes()),
        redirect(),
    ];
    let mut message = Message::new(NEW_RULE, CREATE | APPEND);
    header(&mut message, INET, 0);
    message.attribute(1, TABLE).attribute(2, CHAIN).attribute(4 | NESTED, &expressions.concat());
    message
}

fn expression(name: &[u8], data: &[Vec<u8>]) -> Vec<u8> {
    let body = [attribute(1, name), attribute(2 | NESTED, &data.concat())].concat();
    attribute(1 | NESTED, &body)
}

fn number(kind: u16, value: u32) -> Vec<u8> {
    attribute(kind, &value.to_be_bytes())
}

fn data(kind: u16, value: &[u8]) -> Vec<u8> {
    attribute(kind | NESTED, &attribute(1, value))
}

fn load_from_network_header(offset: u32, length: u32) -> Vec<u8> {
    let network = 1;
    expression(b"payload\0", &[number(1, REGISTER_1), number(2, network), number(3, offset), number(4, length)])
}

fn load_protocol() -> Vec<u8> {
    let layer_four = 16;
    expression(b"meta\0", &[number(2, layer_four), number(1, REGISTER_1)])
}

fn compare(how: u32, value: &[u8]) -> Vec<u8> {
    expression(b"cmp\0", &[number(1, REGISTER_1), number(2, how), data(3, value)])
}

fn immediate(value: &[u8]) -> Vec<u8> {
    expression(b"immediate\0", &[number(1, REGISTER_1), data(2, value)])
}

fn redirect() -> Vec<u8> {
    expression(b"redir\0", &[number(1, REGISTER_1)])
}
