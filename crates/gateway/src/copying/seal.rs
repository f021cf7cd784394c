//! Sealing a backup on its way to the disk, in bounded memory.
//!
//! A header (magic, salt, nonce), then chunks of 64 KiB under XChaCha20-Poly1305 in the STREAM
//! construction: a chunk that is changed, moved, left out or cut off does not open. The key is derived
//! from the master key and the salt, so that no two backups share one.

use super::ArchiveError;
use aead_stream::{DecryptorBE32, EncryptorBE32, Nonce, StreamBE32};
use chacha20poly1305::aead::KeyInit;
use chacha20poly1305::{Key, XChaCha20Poly1305};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::io::{self, Read, Write};

/// What a sealed backup begins with.
pub(super) const MAGIC: &[u8; 24] = b"thungan sealed backup 1\n";
/// What the key is for; never used for another purpose.
const PURPOSE: &[u8] = b"thungan backup 1";
const SALT: usize = 32;
/// XChaCha20-Poly1305 takes 24 bytes, of which the construction counts in 5.
const NONCE: usize = 19;
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

fn cipher(master_key: &SecretString, salt: &[u8]) -> Result<XChaCha20Poly1305, ArchiveError> {
    let master = hex::decode(master_key.expose_secret().trim());
    let master = master.ok().filter(|bytes| bytes.len() == 32);
    let master = master.ok_or(crate::seal::SealError::BadMasterKey)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&master)
        .map_err(|_| crate::seal::SealError::BadMasterKey)?;
    mac.update(PURPOSE);
    mac.update(salt);
    let key: [u8; 32] = mac.finalize().into_bytes().into();
    Ok(XChaCha20Poly1305::new(&Key::from(key)))
}

fn refused(_: chacha20poly1305::aead::Error) -> io::Error {
    io::Error::other("the cipher refused")
}

/// Seals what is written to it.
pub(super) struct Seal<W> {
    inner: W,
    encryptor: EncryptorBE32<XChaCha20Poly1305>,
    chunk: Vec<u8>,
}

impl<W: Write> Seal<W> {
    pub(super) fn new(mut inner: W, master_key: &SecretString) -> Result<Self, ArchiveError> {
        let salt: [u8; SALT] = rand::random();
        let nonce: [u8; NONCE] = rand::random();
        let cipher = cipher(master_key, &salt)?;
        inner.write_all(MAGIC)?;
        inner.write_all(&salt)?;
        inner.write_all(&nonce)?;
        Ok(Self {
            inner,
            encryptor: EncryptorBE32::from_aead(cipher, &nonce_of(nonce)),
            chunk: Vec::with_capacity(CHUNK),
        })
    }

    /// Writes the last chunk. What is not finished does not open.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let last = self
            .encryptor
            .encrypt_last(self.chunk.as_slice())
            .map_err(refused)?;
        self.inner.write_all(&last)?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for Seal<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits until more comes: only then it is known not to be the last.
        if self.chunk.len() == CHUNK {
            let sealed = self
                .encryptor
                .encrypt_next(self.chunk.as_slice())
                .map_err(refused)?;
            self.inner.write_all(&sealed)?;
            self.chunk.clear();
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk
            .extend_from_slice(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Opens what was sealed. The magic was read before.
pub(super) struct Unseal<R> {
    inner: R,
    decryptor: Option<DecryptorBE32<XChaCha20Poly1305>>,
    /// The next sealed chunk, read ahead: whether it is the last is known when nothing follows.
    next: Vec<u8>,
    open: Vec<u8>,
    at: usize,
}

impl<R: Read> Unseal<R> {
    pub(super) fn new(mut inner: R, master_key: &SecretString) -> Result<Self, ArchiveError> {
        let (mut salt, mut nonce) = ([0u8; SALT], [0u8; NONCE]);
        inner.read_exact(&mut salt)?;
        inner.read_exact(&mut nonce)?;
        let cipher = cipher(master_key, &salt)?;
        let next = read_chunk(&mut inner)?;
        Ok(Self {
            inner,
            decryptor: Some(DecryptorBE32::from_aead(cipher, &nonce_of(nonce))),
            next,
            open: Vec::new(),
            at: 0,
        })
    }
}

fn nonce_of(bytes: [u8; NONCE]) -> Nonce<XChaCha20Poly1305, StreamBE32<XChaCha20Poly1305>> {
    bytes.into()
}

fn read_chunk(inner: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK + TAG);
    inner
        .take(u64::try_from(CHUNK + TAG).unwrap_or(u64::MAX))
        .read_to_end(&mut chunk)?;
    Ok(chunk)
}

impl<R: Read> Read for Unseal<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.open.len() {
            let Some(mut decryptor) = self.decryptor.take() else {
                return Ok(0);
            };
            let after = read_chunk(&mut self.inner)?;
            let wrong = |_| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    "it was sealed under another master key, or it is damaged or cut off",
                )
            };
            let sealed = std::mem::replace(&mut self.next, after);
            if self.next.is_empty() {
                self.open = decryptor.decrypt_last(sealed.as_slice()).map_err(wrong)?;
            } else {
                self.open = decryptor.decrypt_next(sealed.as_slice()).map_err(wrong)?;
                self.decryptor = Some(decryptor);
            }
            self.at = 0;
        }
        let rest = self.open.get(self.at..).unwrap_or_default();
        let given = rest.len().min(out.len());
        if let (Some(out), Some(rest)) = (out.get_mut(..given), rest.get(..given)) {
            out.copy_from_slice(rest);
        }
        self.at += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: &str) -> SecretString {
        digit.repeat(64).into()
    }

    fn sealed(text: &[u8]) -> Vec<u8> {
        let mut seal = Seal::new(Vec::new(), &key("a")).unwrap();
        seal.write_all(text).unwrap();
        seal.finish().unwrap()
    }

    fn opened(sealed: &[u8], key: &SecretString) -> Result<Vec<u8>, ()> {
        let rest = sealed.strip_prefix(MAGIC).ok_or(())?;
        let mut out = Vec::new();
        let mut unseal = Unseal::new(rest, key).map_err(|_| ())?;
        unseal.read_to_end(&mut out).map_err(|_| ())?;
        Ok(out)
    }

    #[test]
    fn what_was_sealed_opens_at_every_border_of_a_chunk() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let text: Vec<u8> = (0..length)
                .map(|at| (at % 251).try_into().unwrap())
                .collect();
            let sealed = sealed(&text);
            assert_eq!(opened(&sealed, &key("a")), Ok(text), "{length}");
        }
    }

    #[test]
    fn what_was_changed_cut_or_sealed_under_another_key_does_not_open() {
        let text = vec![7u8; 3 * CHUNK];
        let whole = sealed(&text);
        assert!(!whole.windows(64).any(|window| window == [7u8; 64]));
        assert_eq!(opened(&whole, &key("b")), Err(()));
        let head = MAGIC.len() + SALT + NONCE;
        for at in [
            MAGIC.len(),
            head - 1,
            head,
            head + CHUNK + TAG,
            whole.len() - 1,
        ] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&changed, &key("a")), Err(()), "{at}");
        }
        let chunk = CHUNK + TAG;
        for end in [
            head,
            head + 1,
            head + chunk,
            head + 2 * chunk,
            whole.len() - 1,
        ] {
            assert_eq!(opened(&whole[..end], &key("a")), Err(()), "{end}");
        }
        let mut swapped = whole[..head].to_vec();
        swapped.extend_from_slice(&whole[head + chunk..head + 2 * chunk]);
        swapped.extend_from_slice(&whole[head..head + chunk]);
        swapped.extend_from_slice(&whole[head + 2 * chunk..]);
        assert_eq!(opened(&swapped, &key("a")), Err(()));
        let mut longer = whole.clone();
        longer.extend_from_slice(b"more");
        assert_eq!(opened(&longer, &key("a")), Err(()));
    }
}
