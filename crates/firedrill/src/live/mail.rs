//! Reads a mail as our checker writes it: headers, encoded words, transfer encodings, the plain
//! part of two. Not a general mail reader: what it does not know it leaves as it is.

/// What matters of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mail {
    /// The subject.
    pub(super) subject: String,
    /// The Message-ID without brackets.
    pub(super) id: String,
    /// The addresses of `To`, without names.
    pub(super) to: Vec<String>,
    /// The plain text.
    pub(super) body: String,
}

/// Reads a mail.
pub(super) fn read(bytes: &[u8]) -> Mail {
    let text = String::from_utf8_lossy(bytes);
    let part = Part::of(&text);
    let id = part.header("message-id").unwrap_or_default();
    let to = part.header("to").unwrap_or_default();
    Mail {
        subject: words(&part.header("subject").unwrap_or_default()),
        id: id.trim_matches(['<', '>']).to_owned(),
        to: to.split(',').map(address).collect(),
        body: part.plain().replace("\r\n", "\n"),
    }
}

/// Headers and what follows them.
struct Part<'a> {
    headers: Vec<(String, String)>,
    rest: &'a str,
}

impl<'a> Part<'a> {
    fn of(text: &'a str) -> Self {
        let (head, rest) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.split("\r\n") {
            match (line.starts_with([' ', '\t']), headers.last_mut(), line.split_once(':')) {
                (true, Some((_, value)), _) => value.push_str(&format!(" {}", line.trim())),
                (false, _, Some((name, value))) => {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
                (true, None, _) | (false, _, None) => {}
            }
        }
        Self { headers, rest }
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// The text, or that of the first part of several.
    fn plain(&self) -> String {
        if let Some(boundary) = self.boundary() {
            let mark = format!("--{boundary}\r\n");
            let first = self.rest.split_once(&mark).map_or("", |(_, rest)| rest);
            let end = format!("\r\n--{boundary}");
            return Part::of(first.split(&end).next().unwrap_or_default()).plain();
        }
        let encoding = self.header("content-transfer-encoding").unwrap_or_default();
        match encoding.to_ascii_lowercase().as_str() {
            "quoted-printable" => text_of(&quoted(&self.rest.replace("=\r\n", ""))),
            "base64" => text_of(&base64(self.rest)),
            _ => self.rest.to_owned(),
        }
    }

    fn boundary(&self) -> Option<String> {
        let kind = self.header("content-type").filter(|kind| kind.starts_with("multipart/"))?;
        let (_, rest) = kind.split_once("boundary=")?;
        let value = rest.strip_prefix('"').map(|rest| rest.split('"').next());
        value.unwrap_or_else(|| rest.split(';').next()).map(|text| text.trim().to_owned())
    }
}

/// `Ops <ops@example.test>` without the name.
fn address(text: &str) -> String {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or(text, |(address, _)| address).trim().to_owned()
}

/// A header with its encoded words (`=?utf-8?b?…?=`) read; blanks between two of them are none.
fn words(text: &str) -> String {
    let (mut read, mut rest, mut after_word) = (String::new(), text, false);
    while let Some((before, word, behind)) = next_word(rest) {
        if !(after_word && before.trim().is_empty()) {
            read.push_str(before);
        }
        read.push_str(&word);
        (rest, after_word) = (behind, true);
    }
    read + rest
}

/// The text before the first encoded word, the word, and the text behind it.
fn next_word(text: &str) -> Option<(&str, String, &str)> {
    let (before, rest) = text.split_once("=?")?;
    let mut fields = rest.splitn(3, '?');
    let (_, encoding, rest) = (fields.next()?, fields.next()?, fields.next()?);
    let (word, behind) = rest.split_once("?=")?;
    let bytes = match encoding {
        "b" | "B" => base64(word),
        "q" | "Q" => quoted(&word.replace('_', " ")),
        _ => return None,
    };
    Some((before, text_of(&bytes), behind))
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `=C3=A4` as bytes.
fn quoted(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match code.filter(|_| *first == b'=').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}

/// Base64 with or without line breaks; ends at the first character that is none of it.
fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    let codes = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    for code in codes.map_while(|byte| LETTERS.iter().position(|letter| *letter == byte)) {
        held = (held << 6) | code as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_mail_is_read() {
        let mail = read(
            b"From: a@b.c\r\nTo: Ops <ops@example.test>,\r\n b@c.d\r\nSubject: [P1][FIRST_FAIL]\r\n  \
              api\r\nMessage-ID: <41.17.first_fail.api@firedrill>\r\n\r\none\r\n.two\r\n",
        );
        assert_eq!(mail.subject, "[P1][FIRST_FAIL] api");
        assert_eq!(mail.id, "41.17.first_fail.api@firedrill");
        assert_eq!(mail.to, ["ops@example.test", "b@c.d"]);
        assert_eq!(mail.body, "one\n.two\n");
    }

    #[test]
    fn encodings_are_read() {
        let cases = [
            ("quoted-printable", "gr=C3=B6=C3=9Fer =3D =\r\nhere", "größer = here"),
            ("base64", "Z3LDtsOf\r\nZXI=", "größer"),
            ("7bit", "plain =3D", "plain =3D"),
        ];
        for (encoding, body, expected) in cases {
            let text = format!("Content-Transfer-Encoding: {encoding}\r\n\r\n{body}");
            assert_eq!(read(text.as_bytes()).body, expected, "{encoding}");
        }
        assert_eq!(words("a =?utf-8?b?Z3LDtg==?= =?utf-8?Q?=C3=9Fer_b?= c"), "a größer b c");
        assert_eq!(words("=?broken"), "=?broken");
    }

    #[test]
    fn of_two_parts_the_plain_one_is_read() {
        let text = "Content-Type: multipart/alternative; boundary=\"=_x\"\r\n\r\n--=_x\r\n\
                    Content-Type: text/plain\r\n\r\nplain\r\n--=_x\r\nContent-Type: text/html\r\n\
                    \r\n<p>page</p>\r\n--=_x--\r\n";
        assert_eq!(read(text.as_bytes()).body, "plain");
    }
}
