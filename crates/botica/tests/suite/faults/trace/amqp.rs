//! What AMQP 0.9.1 says on one connection about publishes and their confirms.

use std::collections::BTreeMap;

use super::calls::Call;

/// A method frame's class and method.
const PUBLISH: [u8; 4] = [0, 60, 0, 40];
const ACK: [u8; 4] = [0, 60, 0, 80];

/// One frame, and the line at which all of it was there.
struct Frame {
    kind: u8,
    channel: u16,
    payload: Vec<u8>,
    at: usize,
}

fn frames(calls: &[&Call], is_written: bool) -> Vec<Frame> {
    let (mut stream, mut all) = (Vec::new(), Vec::new());
    for call in calls.iter().filter(|call| call.is_write() == is_written) {
        stream.extend_from_slice(&call.bytes);
        // A connection's first bytes are none of a frame.
        if stream.starts_with(b"AMQP") && stream.len() >= 8 {
            stream.drain(..8);
        }
        while stream.len() >= 8 {
            let size = u32::from_be_bytes([stream[3], stream[4], stream[5], stream[6]]) as usize;
            if stream.len() < size + 8 {
                break;
            }
            let frame: Vec<u8> = stream.drain(..size + 8).collect();
            assert_eq!(frame[size + 7], 0xce, "not the end of a frame");
            let channel = u16::from_be_bytes([frame[1], frame[2]]);
            all.push(Frame { kind: frame[0], channel, payload: frame[7..size + 7].to_vec(), at: call.ended });
        }
    }
    all
}

/// The messages with their delivery tags, which count the publishes of a channel. One channel alone publishes.
pub(super) fn published(calls: &[&Call]) -> Vec<(u64, Vec<u8>)> {
    let (mut all, mut channel) = (Vec::<(u64, Vec<u8>)>::new(), None);
    for frame in frames(calls, true) {
        if frame.kind == 1 && frame.payload.starts_with(&PUBLISH) {
            assert_eq!(*channel.get_or_insert(frame.channel), frame.channel, "two channels publish");
            all.push((all.len() as u64 + 1, Vec::new()));
        } else if matches!(frame.kind, 2 | 3)
            && channel == Some(frame.channel)
            && let Some((_, body)) = all.last_mut()
        {
            body.extend(frame.payload);
        }
    }
    all
}

/// The line at which each confirm was read, by the delivery tag.
pub(super) fn confirmed(calls: &[&Call]) -> BTreeMap<u64, usize> {
    let (mut confirmed, mut all_below) = (BTreeMap::new(), 1);
    for frame in frames(calls, false) {
        if frame.kind == 1 && frame.payload.starts_with(&ACK) {
            let tag = u64::from_be_bytes(frame.payload[4..12].try_into().unwrap());
            let is_multiple = frame.payload[12] & 1 == 1;
            for tag in if is_multiple { all_below..=tag } else { tag..=tag } {
                confirmed.entry(tag).or_insert(frame.at);
            }
            if is_multiple {
                all_below = all_below.max(tag + 1);
            }
        }
    }
    confirmed
}

#[cfg(test)]
pub(super) mod tests {
    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&[kind, 0, 1], size.as_slice(), payload, &[0xce]].concat()
    }

    pub(in super::super) fn publish(body: &[u8]) -> Vec<u8> {
        [frame(1, &super::PUBLISH), frame(2, &[0, 60]), frame(3, body)].concat()
    }

    pub(in super::super) fn ack(tag: u64, is_multiple: bool) -> Vec<u8> {
        frame(1, &[&super::ACK, tag.to_be_bytes().as_slice(), &[u8::from(is_multiple)]].concat())
    }
}
