//! Until when a certificate is good.

use std::path::Path;

use chrono::{DateTime, NaiveDateTime, Utc};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// From when until when the first certificate of a PEM file is good; `None` where that can't be read.
pub fn certificate_validity(file: &Path) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let certificate = CertificateDer::from_pem_slice(&std::fs::read(file).ok()?).ok()?;
    validity(&certificate)
}

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;

/// RFC 5280, 4.1: `Certificate { tbsCertificate { [0] version, serialNumber, signature, issuer, validity, … } … }`.
fn validity(der: &[u8]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let (SEQUENCE, certificate, _) = element(der)? else { return None };
    let (SEQUENCE, mut rest, _) = element(certificate)? else { return None };
    if rest.first() == Some(&0xa0) {
        rest = element(rest)?.2;
    }
    for _serial_signature_issuer in 0..3 {
        rest = element(rest)?.2;
    }
    let (SEQUENCE, times, _) = element(rest)? else { return None };
    let (tag, from, rest) = element(times)?;
    let (until_tag, until, _) = element(rest)?;
    Some((instant(tag, from)?, instant(until_tag, until)?))
}

/// Tag and content of the first element, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` after.
fn instant(tag: u8, text: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(text).ok()?;
    let century = match tag {
        UTC_TIME if text.get(..2)?.parse::<u8>().ok()? < 50 => "20",
        UTC_TIME => "19",
        _ => "",
    };
    Some(NaiveDateTime::parse_from_str(&format!("{century}{text}"), "%Y%m%d%H%M%SZ").ok()?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_certificates_life_are_read() {
        let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2001, 2, 3);
        parameters.not_after = rcgen::date_time_ymd(2051, 4, 5);
        let certificate = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let (from, until) = validity(certificate.der()).unwrap();
        assert_eq!(
            (from.to_string(), until.to_string()),
            ("2001-02-03 00:00:00 UTC".into(), "2051-04-05 00:00:00 UTC".into())
        );
        for cut in 0..80 {
            assert_eq!(validity(&certificate.der()[..cut]), None, "{cut}");
        }
    }
}
