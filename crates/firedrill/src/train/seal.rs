//! What must not be read by accident while an exercise is under way is put down in base64, at a
//! length that tells nothing. No secret is kept from somebody who wants to cheat.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Texts are filled up with blanks to a multiple of this, in bytes.
const LENGTH: usize = 8 * 1024;

/// A text under seal.
pub(super) fn sealed(text: &str) -> String {
    let length = text.len().next_multiple_of(LENGTH);
    let mut whole = text.as_bytes().to_vec();
    whole.resize(length, b' ');
    encoded(&whole)
}

/// The text of a seal without blanks at its end; nothing when it is broken.
pub(super) fn opened(seal: &str) -> Option<String> {
    let text = String::from_utf8(decoded(seal)?).ok()?;
    Some(text.trim_end_matches(' ').to_owned())
}

fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let held = three.iter().fold(0_usize, |held, byte| (held << 8) | usize::from(*byte));
        let held = held << (8 * (3 - three.len()));
        for nth in 0..4 {
            let letter = LETTERS[(held >> (18 - 6 * nth)) & 63];
            text.push(if nth <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_usize, 0);
    for letter in text.trim_end_matches('=').bytes() {
        held = ((held << 6) | LETTERS.iter().position(|known| *known == letter)?) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_as_it_was() {
        for text in ["", "a", "ab", "abc", "db: pool_exhausted\n", "größer \u{1f525}"] {
            assert_eq!(opened(&sealed(text)).as_deref(), Some(text));
            assert_eq!(decoded(&encoded(text.as_bytes())).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(encoded(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
        assert_eq!(opened("not a seal"), None);
    }

    #[test]
    fn a_seal_tells_neither_words_nor_how_many() {
        let (short, long) = (sealed("noop"), sealed(&"http.status ".repeat(300)));
        assert_eq!(short.len(), long.len());
        assert!(!long.contains("status"));
    }
}
