//! The query of a request, decoded.
//!
//! It owns percent-decoding and the API's reading of booleans and numbers in a query (apimachinery:
//! pkg/runtime/conversion.go). It never knows which parameters there are. Invariant: a name that is given twice counts
//! by its first value, as in the real server.

use crate::sim::objects::Refusal;

/// The parameters of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads what stands after the question mark.
    pub(super) fn parse(raw: &str) -> Self {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        Self { pairs: raw.split('&').filter(|part| !part.is_empty()).map(pair).collect() }
    }

    /// Returns a parameter's first value, empty ones too.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns a parameter's first value unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.given(name).filter(|value| !value.is_empty())
    }

    /// Returns every value of a parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Reads a boolean: whatever is given but `false` and `0` means yes; `None` where nothing is given.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.given(name).map(|value| !value.eq_ignore_ascii_case("false") && value != "0")
    }

    /// Reads a whole number.
    ///
    /// # Errors
    /// 400 in Go's words where it is none.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let wrong = |_| Refusal::bad_request(format!("strconv.ParseInt: parsing {value:?}: invalid syntax"));
        value.parse::<u64>().map(Some).map_err(wrong)
    }
}

/// Undoes percent-encoding, and `+` for a space; what is no encoding stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes().iter();
    while let Some(byte) = rest.next() {
        let pair = rest.as_slice();
        let value = match (byte, pair) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        match value {
            Some(value) => {
                bytes.push(value);
                rest.nth(1);
            }
            None => bytes.push(if *byte == b'+' { b' ' } else { *byte }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
