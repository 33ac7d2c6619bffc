//! The file with signed checkpoints: one JWS (RFC 7515) a line, appended and never changed.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use http::{PublicKey, TokenSigner};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use store::Checkpoint;

use crate::keys;
use crate::settings::Settings;

/// Tells a checkpoint from everything else that is signed.
const TYPE: &str = "botica-checkpoint+jws";

#[derive(Serialize, Deserialize)]
struct Payload {
    seq: i64,
    /// In hexadecimal.
    hash: String,
    at: DateTime<Utc>,
}

/// Where this host keeps its checkpoints, and the key that it signs them with.
pub(crate) struct CheckpointFile {
    file: PathBuf,
    private: EncodingKey,
    public: PublicKey,
    reader: CheckpointReader,
}

/// Reads checkpoints that one host has signed.
pub(crate) struct CheckpointReader(DecodingKey);

impl CheckpointFile {
    /// The file and key of this host; the key is made at the first time.
    ///
    /// # Errors
    /// The key can't be made or read.
    pub(crate) fn open(settings: &Settings) -> anyhow::Result<Self> {
        let key = settings.audit_key_file();
        std::fs::create_dir_all(&settings.data_dir)
            .with_context(|| format!("can't make the data folder {}", settings.data_dir.display()))?;
        if !key.exists() {
            keys::write_secret(&key, &TokenSigner::generate())?;
            tracing::info!(file = %key.display(), "made a key for checkpoints");
        }
        let (private, public) = read_key(&key)?;
        let reader = CheckpointReader::new(&public)?;
        Ok(CheckpointFile { file: settings.checkpoint_file(), private, public, reader })
    }

    pub(crate) fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a checkpoint and appends it, to the disk.
    ///
    /// # Errors
    /// The file can't be written.
    pub(crate) fn append(&self, checkpoint: &Checkpoint, at: DateTime<Utc>) -> anyhow::Result<String> {
        let hash = checkpoint.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.public.kid().to_owned());
        let line = jsonwebtoken::encode(&header, &Payload { seq: checkpoint.seq, hash, at }, &self.private)?;
        self.write(&line).with_context(|| format!("can't write {}", self.file.display()))?;
        Ok(line)
    }

    fn write(&self, line: &str) -> std::io::Result<()> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.file)?;
        // Another Botica may share the folder.
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // A line that a power cut left half written was never a checkpoint.
        let whole = text.rfind('\n').map_or(0, |end| end + 1) as u64;
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_all()
    }

    /// The newest checkpoint.
    ///
    /// # Errors
    /// The file can't be read, or one of its lines was not signed by this host.
    pub(crate) fn last(&self) -> anyhow::Result<Option<Checkpoint>> {
        if !self.file.exists() {
            return Ok(None);
        }
        Ok(self.reader.read(&self.file)?.pop())
    }
}

/// The reader of this host's own checkpoints; none where it has never signed any.
pub(crate) fn own_reader(settings: &Settings) -> anyhow::Result<Option<CheckpointReader>> {
    let key = settings.audit_key_file();
    if !key.exists() {
        return Ok(None);
    }
    CheckpointReader::new(&read_key(&key)?.1).map(Some)
}

fn read_key(file: &Path) -> anyhow::Result<(EncodingKey, PublicKey)> {
    let pem = std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
    let what = || format!("{} is no Ed25519 private key (PKCS #8, PEM)", file.display());
    let public = TokenSigner::from_pkcs8_pem(&pem).with_context(what)?.public_key();
    Ok((EncodingKey::from_ed_pem(pem.as_bytes()).with_context(what)?, public))
}

impl CheckpointReader {
    /// # Errors
    /// Not an Ed25519 key.
    pub(crate) fn new(key: &PublicKey) -> anyhow::Result<Self> {
        Ok(CheckpointReader(DecodingKey::from_ed_pem(key.to_pem().as_bytes())?))
    }

    /// All checkpoints of a file, as they were written.
    ///
    /// # Errors
    /// The file can't be read; a line was not signed with this key.
    pub(crate) fn read(&self, file: &Path) -> anyhow::Result<Vec<Checkpoint>> {
        let mut text = String::new();
        let mut open = File::open(file).with_context(|| format!("can't read {}", file.display()))?;
        open.read_to_string(&mut text).with_context(|| format!("can't read {}", file.display()))?;
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let number = |(at, line): (usize, &str)| {
            self.checkpoint(line).with_context(|| {
                format!(
                    "line {} of {} is no checkpoint that this key has signed: it was altered, or is of another host \
                     (give its key by --public-key)",
                    at + 1,
                    file.display()
                )
            })
        };
        whole.lines().enumerate().map(number).collect()
    }

    fn checkpoint(&self, line: &str) -> anyhow::Result<Checkpoint> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        // It is no token: it says where the record stood, and does so for ever.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let signed = jsonwebtoken::decode::<Payload>(line, &self.0, &validation)?;
        if signed.header.typ.as_deref() != Some(TYPE) {
            bail!("it was signed for something else");
        }
        let Payload { seq, hash, .. } = signed.claims;
        Ok(Checkpoint { seq, hash: bytes(&hash).context("the hash has not 64 hexadecimal digits")? })
    }
}

fn bytes(hexadecimal: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        hexadecimal.chars().map(|digit| digit.to_digit(16)?.try_into().ok()).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    bytes.try_into().ok().filter(|_| digits.len() == 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> DateTime<Utc> {
        "2026-03-09T14:05:00Z".parse().unwrap()
    }

    fn checkpoint(seq: i64) -> Checkpoint {
        Checkpoint { seq, hash: std::array::from_fn(|place| place as u8 * 7) }
    }

    fn host() -> (tempfile::TempDir, CheckpointFile) {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { data_dir: folder.path().to_owned(), ..Settings::default() };
        let file = CheckpointFile::open(&settings).unwrap();
        (folder, file)
    }

    #[test]
    fn checkpoints_are_read_back_as_they_were_signed() {
        let (folder, file) = host();
        assert_eq!(file.last().unwrap(), None);
        for seq in [0, 7, 1 << 40] {
            file.append(&checkpoint(seq), at()).unwrap();
        }
        assert_eq!(file.last().unwrap(), Some(checkpoint(1 << 40)));
        let settings = Settings { data_dir: folder.path().to_owned(), ..Settings::default() };
        let again = CheckpointFile::open(&settings).unwrap();
        assert_eq!(again.reader.read(&again.file).unwrap(), [0, 7, 1 << 40].map(checkpoint));
    }

    #[test]
    fn what_was_not_signed_here_is_told_by_its_line() {
        let ((_folder, file), (_other_folder, other)) = (host(), host());
        file.append(&checkpoint(1), at()).unwrap();
        let strange = other.append(&checkpoint(2), at()).unwrap();
        let mut text = std::fs::read_to_string(&file.file).unwrap();
        let own = text.clone();
        for line in [&*strange, "x", &own.replace("ey", "fy")] {
            text = format!("{own}{}\n", line.trim());
            std::fs::write(&file.file, &text).unwrap();
            let error = format!("{:#}", file.last().unwrap_err());
            assert!(error.starts_with("line 2 of "), "{error}");
        }
    }

    #[test]
    fn a_half_written_line_is_written_over() {
        let (_folder, file) = host();
        let first = file.append(&checkpoint(1), at()).unwrap();
        std::fs::write(&file.file, format!("{first}\n{}", &first[..50])).unwrap();
        assert_eq!(file.last().unwrap(), Some(checkpoint(1)));
        file.append(&checkpoint(2), at()).unwrap();
        assert_eq!(file.reader.read(&file.file).unwrap(), [checkpoint(1), checkpoint(2)]);
    }

    #[test]
    fn an_access_token_is_no_checkpoint() {
        let (_folder, file) = host();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        let payload = Payload { seq: 1, hash: "00".repeat(32), at: at() };
        let token = jsonwebtoken::encode(&header, &payload, &file.private).unwrap();
        std::fs::write(&file.file, format!("{token}\n")).unwrap();
        assert!(file.last().is_err());
    }
}
