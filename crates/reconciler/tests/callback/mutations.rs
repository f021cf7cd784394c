//! Forgeries: every small change to an authentic callback is refused, or means the same as before.

use crate::samples::{SENT, Sample, sample, sample_with, secret};
use reconciler::Secret;
use reconciler::callback::{AuthenticationError, Dialect, Proof};

struct Mutation {
    what: String,
    sample: Sample,
}

/// Whether a mutation is believed to be something that its sender did not say. Where the proof covers
/// values, another spelling of the same values is no forgery, and what cannot be read books nothing.
fn is_taken_in(original: &Sample, mutation: &Mutation) -> bool {
    let Ok(authentic) = mutation.sample.authenticate() else {
        return false;
    };
    match original.dialect.proof() {
        Proof::Bytes | Proof::Sender => true,
        Proof::Values => {
            let truth = original.authenticate().unwrap().read().unwrap();
            authentic.read().is_ok_and(|notices| notices != truth)
        }
    }
}

fn mutations(original: &Sample) -> Vec<Mutation> {
    let mut all = Mutations {
        original,
        all: Vec::new(),
    };
    all.flip_header_bits();
    all.cut_and_dress_up_headers();
    all.strip_and_repeat_headers();
    all.change_keys();
    all.change_the_source();
    all.change_the_time();
    if original.dialect.proof() != Proof::Sender {
        all.change_the_body();
    }
    all.all
}

struct Mutations<'a> {
    original: &'a Sample,
    all: Vec<Mutation>,
}

impl Mutations<'_> {
    fn add(&mut self, what: String, change: impl FnOnce(&mut Sample)) {
        let mut sample = self.original.clone();
        change(&mut sample);
        self.all.push(Mutation { what, sample });
    }

    /// The value of one header, changed.
    fn with_header(&mut self, at: usize, value: String) {
        let what = format!("{}: {value:?}", self.original.headers[at].0);
        self.add(what, |sample| sample.headers[at].1 = value);
    }

    /// Every bit of every header value that stays ASCII text. The name of an HTTP authentication scheme
    /// may change its case; that flip is left out.
    fn flip_header_bits(&mut self) {
        for (at, (_, value)) in self.original.headers.iter().enumerate() {
            let scheme = value.split_once(' ').map_or(0, |(scheme, _)| scheme.len());
            for byte in 0..value.len() {
                for bit in 0..7 {
                    let mut bytes = value.clone().into_bytes();
                    bytes[byte] ^= 1 << bit;
                    let flipped = String::from_utf8(bytes).unwrap();
                    if byte >= scheme || !flipped.eq_ignore_ascii_case(value) {
                        self.with_header(at, flipped);
                    }
                }
            }
        }
    }

    fn cut_and_dress_up_headers(&mut self) {
        for (at, (_, value)) in self.original.headers.iter().enumerate() {
            let rest = value
                .split_once([' ', '=', ','])
                .map_or(&value[..], |(_, rest)| rest);
            for cut in 0..value.len() {
                self.with_header(at, value[..cut].to_owned());
                self.with_header(at, value[cut + 1..].to_owned());
            }
            for prefix in [
                "sha1=", "sha512=", "SHA256=", "sha256:", "md5=", "none=", "v0,", "v2,", "v1a,",
                "V1,", "v1=", "v1;", "t=1,v1=", "Basic ", "Apikey", "Apikey  ", "ApiKey\t", "Key ",
                "Bearer", "Bearer  ", "Token ",
            ] {
                let dressed = format!("{prefix}{rest}");
                if dressed != *value {
                    self.with_header(at, dressed);
                }
            }
            for other in [
                value.to_uppercase(),
                format!("{value}{value}"),
                format!(" {value}"),
                format!("{value} "),
                format!("{value}\n"),
                format!("{value},{value}"),
                format!("\"{value}\""),
                String::new(),
                "0".repeat(64),
                "A".repeat(44),
                "é".to_owned(),
            ] {
                // A value of digits alone is its own upper case.
                if other != *value {
                    self.with_header(at, other);
                }
            }
        }
    }

    fn strip_and_repeat_headers(&mut self) {
        for at in 0..self.original.headers.len() {
            let (name, value) = self.original.headers[at].clone();
            self.add(format!("without {name}"), |sample| {
                sample.headers.remove(at);
            });
            for (name, value) in [(name.clone(), value), (name.to_uppercase(), String::new())] {
                self.add(format!("{name} twice"), |sample| {
                    sample.headers.insert(0, (name, value));
                });
            }
        }
        if !self.original.headers.is_empty() {
            self.add("no headers".to_owned(), |sample| sample.headers.clear());
        }
    }

    /// Secrets that the sender does not have: another tenant's, one letter off, none, too many.
    fn change_keys(&mut self) {
        let dialect = self.original.dialect;
        let own = self.original.secrets[0].expose().to_owned();
        let mut others: Vec<String> = (1..26)
            .map(|seed| secret(dialect, seed).expose().to_owned())
            .collect();
        others.push(own[..own.len() - 1].to_owned());
        others.push(format!("{own} "));
        others.push(own.to_uppercase());
        others.push(String::new());
        for other in others {
            self.add(format!("secret {other}"), |sample| {
                sample.secrets = vec![Secret::new(other)];
            });
        }
        self.add("no secret".to_owned(), |sample| sample.secrets.clear());
        self.add("three secrets".to_owned(), |sample| {
            sample.secrets = vec![sample.secrets[0].clone(); 3];
        });
    }

    /// A token is good at its own source only, whatever secret the other has.
    fn change_the_source(&mut self) {
        if self.original.dialect.token_form().is_some() {
            for other in ["", "nguon", "nguon-mau2", "NGUON-MAU", "nguon-mau\n"] {
                self.add(format!("source {other}"), |sample| {
                    sample.source = other.to_owned()
                });
            }
        }
    }

    fn change_the_time(&mut self) {
        let seconds = match self.original.dialect {
            Dialect::SepayHmac | Dialect::Thungan => 301,
            Dialect::CassoV2 | Dialect::Tingee => 86_401,
            _ if self.original.dialect.token_form().is_some() => 301,
            _ => return,
        };
        for received in [SENT + seconds, SENT - seconds, 0, i64::MAX / 2_000_000] {
            self.add(format!("received {received}"), |sample| {
                sample.received = received
            });
        }
    }

    fn change_the_body(&mut self) {
        for at in 0..self.original.body.len() {
            for bit in 0..8 {
                self.add(format!("bit {bit} of body byte {at}"), |sample| {
                    sample.body[at] ^= 1 << bit;
                });
            }
            self.add(format!("cut at {at}"), |sample| sample.body.truncate(at));
            self.add(format!("without byte {at}"), |sample| {
                sample.body.remove(at);
            });
        }
        self.add("a space after a colon".to_owned(), |sample| {
            sample.body.insert(6, b' ');
        });
        self.add("a line break at the end".to_owned(), |sample| {
            sample.body.push(b'\n')
        });
        let twice = [&self.original.body[..], &self.original.body[..]].concat();
        self.add("twice".to_owned(), |sample| sample.body = twice);
        let text = String::from_utf8(self.original.body.clone()).unwrap();
        // Numbers and words that a forger would like to read differently.
        for (from, to) in [
            ("79000", "790000"),
            ("79000", "\"79000\""),
            ("79000", "79000.0"),
            ("79000", "7.9e4"),
            ("7900000", "79000000"),
            ("0011001234567", "0011001234568"),
            ("QH234567895V", "QH2345678"),
            ("FT25307111", "FT25307112"),
            ("CRDT", "DBIT"),
            ("\"in\"", "\"out\""),
            ("false", "true"),
            ("null", "\"null\""),
            ("\"\"", "null"),
            ("\"type\":1", "\"type\":2"),
            ("&vnp_Card", "&vnp_Amount=1&vnp_Card"),
            ("vnp_Card", "vnp_card"),
            ("=00&", "=00%00&"),
        ] {
            if text.contains(from) {
                let changed = text.replacen(from, to, 1).into_bytes();
                self.add(format!("{from} -> {to}"), |sample| sample.body = changed);
            }
        }
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
            let pretty = serde_json::to_vec_pretty(&value).unwrap();
            self.add("re-serialised".to_owned(), |sample| sample.body = pretty);
            let escaped: String = text
                .chars()
                .map(|letter| match letter {
                    letter if letter.is_ascii() => letter.to_string(),
                    letter => format!("\\u{:04x}", u32::from(letter)),
                })
                .collect();
            if escaped != text {
                let escaped = escaped.into_bytes();
                self.add("escaped".to_owned(), |sample| sample.body = escaped);
            }
        }
    }
}

#[test]
fn no_mutation_of_an_authentic_callback_is_believed() {
    for dialect in Dialect::ALL {
        let name = dialect.as_str();
        let original = sample(dialect);
        let notices = original.authenticate().unwrap().read().unwrap();
        assert_eq!(notices[0].amount.get(), 79_000, "{name} itself");
        let mutations = mutations(&original);
        assert!(
            mutations.len() >= 200,
            "{name}: only {} mutations",
            mutations.len()
        );
        let believed: Vec<_> = mutations
            .iter()
            .filter(|mutation| is_taken_in(&original, mutation))
            .map(|mutation| &mutation.what)
            .collect();
        assert!(believed.is_empty(), "{name} believed {believed:?}");
        println!("{name}: {} mutations, 0 believed", mutations.len());
    }
}

/// The spelling of a signed body may change, its meaning never; where bytes are signed not even that.
#[test]
fn the_same_json_in_another_order_is_the_same_message_or_none() {
    for dialect in [
        Dialect::CassoV2,
        Dialect::Payos,
        Dialect::Momo,
        Dialect::Zalopay,
    ] {
        let original = sample(dialect);
        let mut turned = original.clone();
        let value: serde_json::Value = serde_json::from_slice(&original.body).unwrap();
        turned.body = turn(&value).into_bytes();
        assert_ne!(turned.body, original.body);
        let truth = original.authenticate().unwrap().read().unwrap();
        assert_eq!(turned.authenticate().unwrap().read().unwrap(), truth);
    }
}

/// JSON with its members the other way round.
fn turn(value: &serde_json::Value) -> String {
    let serde_json::Value::Object(members) = value else {
        return value.to_string();
    };
    let mut names: Vec<_> = members.keys().collect();
    names.sort();
    let members = names.iter().rev().map(|name| {
        let name_text = serde_json::to_string(name).unwrap();
        format!("{name_text}: {}", turn(&members[name.as_str()]))
    });
    format!("{{ {} }}", members.collect::<Vec<_>>().join(" , "))
}

/// `a=1&b=2` is one value or two: a message whose signature cannot tell is not read.
#[test]
fn a_signed_value_that_could_be_cut_in_two_is_not_read() {
    for (dialect, from, to) in [
        (
            Dialect::Payos,
            "QH234567895V",
            "QH234567895V&orderCode=7&reference=X",
        ),
        (Dialect::Momo, "Nộp phí", "Nộp&resultCode=0"),
    ] {
        let original = sample(dialect);
        let text = String::from_utf8(original.body.clone()).unwrap();
        let mut body: serde_json::Value = serde_json::from_str(&text.replace(from, to)).unwrap();
        let secret = &original.secrets[0];
        body["signature"] = match dialect {
            Dialect::Payos => {
                reconciler::callback::payos::sign(secret, body["data"].as_object().unwrap())
            }
            _ => reconciler::callback::momo::sign(secret, body.as_object().unwrap()),
        }
        .into();
        let ambiguous = Sample {
            body: body.to_string().into_bytes(),
            ..original.clone()
        };
        assert!(
            ambiguous.authenticate().unwrap().read().is_err(),
            "{}",
            dialect.as_str()
        );
        // An ampersand that hides nothing is an ordinary letter.
        let text = text.replace(from, "A & B=C & D");
        let mut body: serde_json::Value = serde_json::from_str(&text).unwrap();
        body["signature"] = match dialect {
            Dialect::Payos => {
                reconciler::callback::payos::sign(secret, body["data"].as_object().unwrap())
            }
            _ => reconciler::callback::momo::sign(secret, body.as_object().unwrap()),
        }
        .into();
        let plain = Sample {
            body: body.to_string().into_bytes(),
            ..original
        };
        assert_eq!(plain.authenticate().unwrap().read().unwrap().len(), 1);
    }
}

/// Senders that prove themselves in the same way cannot be told apart by their proof; everywhere else
/// a proof for one dialect opens no other.
#[test]
fn a_proof_of_one_dialect_is_nothing_to_another() {
    const ALIKE: [&[Dialect]; 3] = [
        &[Dialect::SepayApiKey, Dialect::SepayBankhub, Dialect::Pay2s],
        &[Dialect::SepayOauth2, Dialect::VietqrVn, Dialect::MbBalance],
        &[],
    ];
    for original in Dialect::ALL.map(sample) {
        for other in Dialect::ALL {
            let alike = ALIKE
                .iter()
                .any(|group| group.contains(&other) && group.contains(&original.dialect));
            if other == original.dialect || alike {
                continue;
            }
            let elsewhere = Sample {
                dialect: other,
                ..original.clone()
            };
            let verdict = elsewhere.authenticate();
            assert!(
                verdict.is_err(),
                "{} at {}",
                original.dialect.as_str(),
                other.as_str()
            );
        }
    }
}

#[test]
fn the_old_secret_is_good_while_it_is_live_and_not_after() {
    for dialect in Dialect::ALL {
        let (old, new) = (secret(dialect, 0), secret(dialect, 1));
        let mut during = sample(dialect);
        during.secrets = vec![new.clone(), old];
        assert!(during.authenticate().is_ok(), "{}", dialect.as_str());
        let mut changed = sample_with(dialect, new.clone());
        changed.secrets.push(secret(dialect, 0));
        assert!(changed.authenticate().is_ok(), "{}", dialect.as_str());
        let mut after = sample(dialect);
        after.secrets = vec![new];
        assert!(after.authenticate().is_err(), "{}", dialect.as_str());
    }
}

#[test]
fn what_we_ask_for_ourselves_cannot_be_sent_to_us() {
    for dialect in Dialect::POLLED {
        let mut sent = sample(Dialect::SepayApiKey);
        sent.dialect = dialect;
        sent.body = crate::samples::polled(dialect);
        assert_eq!(
            sent.authenticate(),
            Err(AuthenticationError::NoUsableSecret)
        );
    }
}
