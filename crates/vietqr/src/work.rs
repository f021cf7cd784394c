//! Counting the work of reading, so that a test can say "twice the input, twice the work" without a
//! clock. Outside the tests of this crate nothing is counted.

/// Notes that so many objects or characters were looked at.
#[cfg(not(test))]
#[inline]
pub(crate) const fn done(_steps: usize) {}

#[cfg(test)]
pub(crate) use counted::done;

#[cfg(test)]
mod counted {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    pub(crate) fn done(steps: usize) {
        STEPS.set(STEPS.get() + steps);
    }

    fn steps_of(task: impl FnOnce()) -> usize {
        STEPS.set(0);
        task();
        STEPS.get()
    }

    /// Texts that grow by repeating a piece: whatever a piece provokes, it is provoked more often.
    const PIECES: [&str; 14] = [
        "0101x",
        "2604ab12",
        "26140010A000000727",
        "26190010A0000007270201x",
        "38140010A000000727",
        "38260010A00000072701080006970415",
        "26080004ABCD",
        "620801040000",
        "62085004ABCD",
        "64080002vi0100",
        "80080004ABCD",
        "5902ô",
        "0804🙏🙏đ1",
        "54011",
    ];

    #[test]
    fn twice_the_input_is_at_most_about_twice_the_work() {
        for piece in PIECES {
            let work = |bytes: usize| {
                let text = format!("000201{}6304", piece.repeat(bytes / piece.len()));
                let check = String::from_iter(crate::crc::digits(crate::crc::checksum(&text)));
                let text = text + &check;
                let reading = steps_of(|| {
                    let decoded = crate::decode(&text);
                    let _ = decoded.schemes();
                    let _ = decoded.payable();
                    let _ = decoded.reencode(crate::Order::Canonical);
                });
                assert!(reading > 0, "something was counted");
                reading
            };
            let (half, whole) = (work(1400), work(2800));
            assert!(
                whole <= 2 * half + half / 5 + 200,
                "{piece}: {half}, then {whole}"
            );
            // And in all it is a small multiple of the length.
            assert!(whole <= 60 * 2800, "{piece}: {whole}");
        }
    }
}
