//! Forgeries: every small change to an authentic callback is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test helper may fail loudly

use payment::Timestamp;
use reconciler::Secret;
use reconciler::callback::{Dialect, RawCallback, sepay, thungan};

const SENT: i64 = 1_762_153_357;

/// A callback that is authentic as it stands, and the name of the header that proves it.
struct Authentic {
    dialect: Dialect,
    secrets: Vec<Secret>,
    headers: Vec<(String, String)>,
    proof: &'static str,
    body: Vec<u8>,
    /// Whether the proof covers the body and the time, which an API key does not.
    signed: bool,
}

fn authentic() -> Vec<Authentic> {
    let (sent, body) = (
        Timestamp::from_seconds(SENT),
        br#"{"id":92704,"transferAmount":2277000}"#,
    );
    let sepay_secret = Secret::new("spk_lab_7Qz2vN8xR4");
    let own_secret = Secret::new("whsec_a2hvYS1iaS1tYXQtY2hvLXdlYmhvb2stcmEtMDAwMSE=");
    let make = |dialect, secret: &Secret, headers: Vec<_>, proof, signed| Authentic {
        dialect,
        secrets: vec![secret.clone()],
        headers,
        proof,
        body: body.to_vec(),
        signed,
    };
    let hmac = sepay::sign(&sepay_secret, sent, body).unwrap().to_vec();
    let api_key = vec![sepay::api_key_header(&sepay_secret)];
    let own = thungan::sign(&own_secret, "msg_lab0001", sent, body)
        .unwrap()
        .to_vec();
    vec![
        make(
            Dialect::SepayHmac,
            &sepay_secret,
            hmac,
            sepay::SIGNATURE_HEADER,
            true,
        ),
        make(
            Dialect::SepayApiKey,
            &sepay_secret,
            api_key,
            sepay::API_KEY_HEADER,
            false,
        ),
        make(
            Dialect::Thungan,
            &own_secret,
            own,
            "webhook-signature",
            true,
        ),
    ]
}

struct Mutation {
    what: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    secrets: Vec<Secret>,
    received: i64,
}

impl Authentic {
    fn accepts(&self, mutation: &Mutation) -> bool {
        let raw = RawCallback {
            headers: &mutation.headers,
            body: &mutation.body,
            received_at: Timestamp::from_seconds(mutation.received),
        };
        self.dialect.authenticate(&raw, &mutation.secrets).is_ok()
    }

    fn unchanged(&self, what: String) -> Mutation {
        Mutation {
            what,
            headers: self.headers.clone(),
            body: self.body.clone(),
            secrets: self.secrets.clone(),
            received: SENT + 2,
        }
    }

    /// The same callback with another value in one header.
    fn with_header(&self, name: &str, value: &str) -> Mutation {
        let mut mutation = self.unchanged(format!("{name}: {value:?}"));
        for header in mutation
            .headers
            .iter_mut()
            .filter(|header| header.0 == name)
        {
            value.clone_into(&mut header.1);
        }
        mutation
    }

    fn value(&self, name: &str) -> &str {
        &self
            .headers
            .iter()
            .find(|header| header.0 == name)
            .unwrap()
            .1
    }

    fn mutations(&self) -> Vec<Mutation> {
        let mut all = Vec::new();
        self.flip_header_bits(&mut all);
        self.reshape_the_proof(&mut all);
        self.strip_and_repeat_headers(&mut all);
        self.change_keys(&mut all);
        if self.signed {
            self.change_the_body(&mut all);
            for received in [SENT + 301, SENT - 301, 0, i64::MAX / 2_000_000] {
                all.push(Mutation {
                    received,
                    ..self.unchanged(format!("received {received}"))
                });
            }
        }
        all
    }

    /// Every bit of every header value that stays ASCII text. The name of an HTTP authentication
    /// scheme may change its case; that flip is left out.
    fn flip_header_bits(&self, all: &mut Vec<Mutation>) {
        for (name, value) in &self.headers {
            for at in 0..value.len() {
                for bit in 0..7 {
                    let mut bytes = value.clone().into_bytes();
                    bytes[at] ^= 1 << bit;
                    let flipped = String::from_utf8(bytes).unwrap();
                    let scheme = flipped.to_lowercase().starts_with("apikey ") && at < 6;
                    if !scheme {
                        all.push(self.with_header(name, &flipped));
                    }
                }
            }
        }
    }

    fn reshape_the_proof(&self, all: &mut Vec<Mutation>) {
        let proof = self.value(self.proof).to_owned();
        let (prefix, rest) = match self.dialect {
            Dialect::SepayHmac => proof.split_at("sha256=".len()),
            Dialect::SepayApiKey => proof.split_at("Apikey ".len()),
            _ => proof.split_at("v1,".len()),
        };
        for cut in 0..rest.len() {
            all.push(self.with_header(self.proof, &format!("{prefix}{}", &rest[..cut])));
            all.push(self.with_header(self.proof, &format!("{prefix}{}", &rest[cut + 1..])));
        }
        let other_prefixes = [
            "", "sha1=", "sha512=", "SHA256=", "sha256:", "md5=", "none=", "v0,", "v2,", "v1a,",
            "V1,", "v1=", "v1;", "Bearer ", "Basic ", "Apikey", "Apikey  ", "ApiKey\t", "Key ",
        ];
        for other in other_prefixes {
            all.push(self.with_header(self.proof, &format!("{other}{rest}")));
        }
        let upper = rest.to_uppercase();
        let long = format!("{rest}{rest}");
        for other in [
            upper.as_str(),
            &long,
            "",
            "00",
            " ",
            &"0".repeat(64),
            &"A".repeat(44),
            "=",
            "==",
            "é",
        ] {
            all.push(self.with_header(self.proof, &format!("{prefix}{other}")));
        }
        for around in [
            format!(" {proof}"),
            format!("{proof} "),
            format!("{proof}\n"),
            format!("{proof},{proof}"),
            format!("\"{proof}\""),
        ] {
            all.push(self.with_header(self.proof, &around));
        }
    }

    fn strip_and_repeat_headers(&self, all: &mut Vec<Mutation>) {
        for at in 0..self.headers.len() {
            let mut stripped = self.unchanged(format!("without {}", self.headers[at].0));
            stripped.headers.remove(at);
            all.push(stripped);
            for (name, value) in [
                (self.headers[at].0.clone(), self.headers[at].1.clone()),
                (self.headers[at].0.to_uppercase(), String::new()),
            ] {
                let mut repeated = self.unchanged(format!("{name} twice"));
                repeated.headers.insert(0, (name, value));
                all.push(repeated);
            }
        }
        all.push(Mutation {
            headers: Vec::new(),
            ..self.unchanged("no headers".to_owned())
        });
    }

    fn change_keys(&self, all: &mut Vec<Mutation>) {
        let whsec = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        for other in [
            "",
            "x",
            "spk_lab_7Qz2vN8xR5",
            "spk_lab_7Qz2vN8xR",
            "whsec_",
            "whsec_AAAA",
            whsec,
        ] {
            let secrets = vec![Secret::new(other)];
            all.push(Mutation {
                secrets,
                ..self.unchanged(format!("secret {other}"))
            });
        }
        all.push(Mutation {
            secrets: Vec::new(),
            ..self.unchanged("no secret".to_owned())
        });
    }

    fn change_the_body(&self, all: &mut Vec<Mutation>) {
        for at in 0..self.body.len() {
            for bit in 0..8 {
                let mut flipped = self.unchanged(format!("bit {bit} of body byte {at}"));
                flipped.body[at] ^= 1 << bit;
                all.push(flipped);
            }
        }
        let mut spaced = self.unchanged("a space after a colon".to_owned());
        spaced.body.insert(6, b' ');
        let mut longer = self.unchanged("a line break at the end".to_owned());
        longer.body.push(b'\n');
        let empty = Mutation {
            body: Vec::new(),
            ..self.unchanged("an empty body".to_owned())
        };
        all.extend([spaced, longer, empty]);
    }
}

#[test]
fn no_mutation_of_an_authentic_callback_is_accepted() {
    for authentic in authentic() {
        let dialect = authentic.dialect.as_str();
        assert!(
            authentic.accepts(&authentic.unchanged(String::new())),
            "{dialect} itself"
        );
        let mutations = authentic.mutations();
        assert!(
            mutations.len() >= 200,
            "{dialect}: only {} mutations",
            mutations.len()
        );
        let accepted: Vec<_> = mutations
            .iter()
            .filter(|mutation| authentic.accepts(mutation))
            .map(|mutation| &mutation.what)
            .collect();
        assert!(accepted.is_empty(), "{dialect} accepted {accepted:?}");
    }
}

#[test]
fn a_proof_of_one_dialect_is_nothing_to_another() {
    for authentic in authentic() {
        for other in Dialect::ALL
            .into_iter()
            .filter(|other| *other != authentic.dialect)
        {
            let raw = RawCallback {
                headers: &authentic.headers,
                body: &authentic.body,
                received_at: Timestamp::from_seconds(SENT),
            };
            assert!(
                other.authenticate(&raw, &authentic.secrets).is_err(),
                "{other:?}"
            );
        }
    }
}

#[test]
fn the_old_secret_is_good_while_it_is_live_and_not_after() {
    for authentic in authentic() {
        let new = match authentic.dialect {
            Dialect::Thungan => "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            _ => "another secret",
        };
        let both = vec![Secret::new(new), authentic.secrets[0].clone()];
        let unchanged = authentic.unchanged(String::new());
        assert!(authentic.accepts(&Mutation {
            secrets: both,
            ..authentic.unchanged(String::new())
        }));
        assert!(!authentic.accepts(&Mutation {
            secrets: vec![Secret::new(new)],
            ..unchanged
        }));
    }
}
