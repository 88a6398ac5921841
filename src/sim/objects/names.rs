//! Which names the API takes, in its own words, and the names it makes up.
//!
//! It owns the grammar of names, labels and keys (apimachinery: util/validation/validation.go) and the alphabet of
//! generated suffixes (util/rand). It has no state: what is made up follows from seed, serial and attempt.

/// Letters of a generated suffix: no vowels, nothing that looks like another.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Letters that a generated suffix has.
const SUFFIX: usize = 5;

/// Letters of a `generateName` that are kept, so that the name has 63 at most.
const KEPT: usize = 63 - SUFFIX;

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

/// The seed of one piece of randomness; splitmix64's mixing.
pub(super) fn mixed(seed: u64, serial: u64, salt: u64) -> u64 {
    let mut z = seed ^ serial.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt.wrapping_mul(0xD1B5_4A32_D192_ED03);
    for _ in 0..2 {
        z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
    }
    z
}

/// A version 4 uuid that follows from seed and serial.
pub(super) fn uid(seed: u64, serial: u64) -> String {
    let high = (mixed(seed, serial, 1) & !0xF000) | 0x4000;
    let low = (mixed(seed, serial, 2) & !(0b11 << 62)) | (0b10 << 62);
    let (a, b, c) = (high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF);
    format!("{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xFFFF_FFFF_FFFF)
}

/// A name made of a `generateName` and five letters; another one for each attempt.
pub(super) fn generated(base: &str, seed: u64, serial: u64, attempt: u64) -> String {
    let kept = (0..=KEPT.min(base.len())).rev().find(|end| base.is_char_boundary(*end)).unwrap_or(0);
    let mut name = base.get(..kept).unwrap_or_default().to_owned();
    let mut left = mixed(seed, serial, 3 + attempt);
    let count = ALPHABET.len() as u64;
    for _ in 0..SUFFIX {
        let index = usize::try_from(left % count).unwrap_or_default();
        name.extend(ALPHABET.get(index).map(|letter| char::from(*letter)));
        left /= count;
    }
    name
}

fn no_longer_than(length: usize) -> String {
    format!("must be no more than {length} characters")
}

fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(inner) && text.ends_with(inner) && text.chars().all(|c| inner(c) || c == '-')
}

/// What is wrong with a DNS subdomain (RFC 1123), as names of most objects must be.
pub(super) fn subdomain_faults(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.len() > 253 {
        faults.push(no_longer_than(253));
    }
    if !name.split('.').all(is_label) {
        faults.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
             start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '{LABEL}(\\.{LABEL})*')"
        ));
    }
    faults
}

/// What is wrong with a DNS label (RFC 1123), as names of namespaces must be.
pub(super) fn label_faults(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.len() > 63 {
        faults.push(no_longer_than(63));
    }
    if is_label(name) {
        return faults;
    }
    if name.split('.').all(is_label) {
        faults.push("must not contain dots".to_owned());
    } else {
        faults.push(format!(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and \
             end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LABEL}')"
        ));
    }
    faults
}

/// What is wrong with a DNS label (RFC 1035), as names of Services must be.
pub(super) fn service_faults(name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.len() > 63 {
        faults.push(no_longer_than(63));
    }
    if !(is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase())) {
        faults.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
             character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
             validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        );
    }
    faults
}

fn is_qualified(name: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    name.starts_with(ends)
        && name.ends_with(ends)
        && name.chars().all(|c| ends(c) || matches!(c, '-' | '_' | '.'))
}

/// What is wrong with a key of a label or annotation.
pub(super) fn key_faults(key: &str) -> Vec<String> {
    let rule = format!(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric \
         character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{QUALIFIED}')"
    );
    let mut faults = Vec::new();
    let name = match key.split('/').collect::<Vec<_>>().as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                faults.push("prefix part must be non-empty".to_owned());
            } else {
                faults
                    .extend(subdomain_faults(prefix).into_iter().map(|fault| format!("prefix part {fault}")));
            }
            *name
        }
        _ => {
            return vec![format!(
                "a qualified name {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        faults.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        faults.push(format!("name part {}", no_longer_than(63)));
    }
    if !is_qualified(name) {
        faults.push(format!("name part {rule}"));
    }
    faults
}

/// What is wrong with the value of a label.
pub(super) fn label_value_faults(value: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if value.len() > 63 {
        faults.push(no_longer_than(63));
    }
    if !(value.is_empty() || is_qualified(value)) {
        faults.push(format!(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
             start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
             validation is '({QUALIFIED})?')"
        ));
    }
    faults
}
