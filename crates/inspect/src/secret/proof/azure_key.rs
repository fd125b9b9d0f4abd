//! Keys of Azure services: base64 that ends in a mark of the service and a checksum of all that stands before it.

use super::{Proof, Verdict, base64_bytes, marvin};

pub(super) const PROOF: Proof = Proof { name: "azure-key", judge, complete: Some(complete) };

/// Length of the checksum in bytes.
const TAIL: usize = 4;

/// What a key may be for. The seed of its checksum is the reverse of such a word.
const KINDS: [&[u8; 8]; 25] = [
    b"Default0",
    b"System00",
    b"Unknown0",
    b"Send0000",
    b"Manage00",
    b"Listen00",
    b"AbAcct00",
    b"Master00",
    b"Functi00",
    b"sysAll00",
    b"Resour00",
    b"MastRO00",
    b"SystRO00",
    b"Encryp00",
    b"MastRW00",
    b"SystRW00",
    b"Access00",
    b"Query000",
    b"PAdmin00",
    b"Classic0",
    b"ACRDflt0",
    b"IoTHub00",
    b"DpsKey00",
    b"Device00",
    b"Tenant00",
];

fn judge(value: &[u8]) -> Verdict {
    let Some(bytes) = base64_bytes(value) else { return Verdict::Refuted };
    let Some((body, tail)) = bytes.split_last_chunk::<TAIL>() else { return Verdict::Refuted };
    let fits = |kind: &&[u8; 8]| marvin::checksum(body, u64::from_be_bytes(**kind)).to_le_bytes() == *tail;
    // A service may have seeds that are not published.
    if KINDS.iter().any(fits) { Verdict::Proven } else { Verdict::Fits }
}

/// The end of a storage key, from its mark on.
fn complete(before: &str) -> Option<String> {
    use base64::Engine as _;
    let body = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/')).next()?;
    let body = base64_bytes(body.as_bytes())?;
    let sum = marvin::checksum(&body, u64::from_be_bytes(*b"Default0"));
    Some(base64::engine::general_purpose::STANDARD.encode(sum.to_le_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        let body = format!("{}+ASt", "Zk3q".repeat(19));
        format!("{body}{}", complete(&format!("AccountKey={body}")).unwrap())
    }

    #[test]
    fn the_checksum_proves_a_key() {
        assert_eq!(key().len(), 88);
        assert_eq!(judge(key().as_bytes()), Verdict::Proven);
    }

    #[test]
    fn a_changed_key_is_not_proven() {
        assert_eq!(judge(key().replacen('Z', "Y", 1).as_bytes()), Verdict::Fits);
        assert_eq!(judge(b"="), Verdict::Refuted);
    }
}
