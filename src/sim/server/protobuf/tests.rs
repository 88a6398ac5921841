use serde_json::json;

use super::*;

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    assert!(length < 128, "one byte of length is enough here");
    [&[number << 3 | 2, length], bytes].concat()
}

fn body(kind: &str, raw: &[u8]) -> Vec<u8> {
    let types = [field(1, b"v1"), field(2, kind.as_bytes())].concat();
    [MAGIC, &field(1, &types), &field(2, raw), &field(3, b""), &field(4, b"")].concat()
}

#[test]
fn a_config_map_is_read_with_its_pairs() {
    let metadata = [field(1, b"told"), field(2, b""), field(3, b"shop")].concat();
    let pair = |key: &[u8], value: &[u8]| field(2, &[field(1, key), field(2, value)].concat());
    let raw = [field(1, &metadata), pair(b"a", b"b"), pair(b"c", b""), vec![4 << 3, 1]].concat();
    let expected = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "told", "namespace": "shop"},
        "data": {"a": "b", "c": ""}, "immutable": true,
    });
    assert_eq!(read(&body("ConfigMap", &raw)), Some(expected));
}

#[test]
fn bytes_become_base64_and_fields_that_are_not_known_are_passed_over() {
    let raw =
        [field(2, &[field(1, b"key"), field(2, b"\xFF\x00")].concat()), vec![0x78, 0xAC, 0x02]].concat();
    let secret = read(&body("Secret", &raw)).unwrap();
    assert_eq!(secret["data"], json!({"key": "/wA="}));
}

#[test]
fn what_is_broken_or_of_another_kind_is_nothing() {
    let whole = body("ConfigMap", &field(1, &field(1, b"told")));
    assert!(read(&whole).is_some());
    for end in 0..whole.len() - 4 {
        // Cut anywhere, it is refused or lacks its end; it never breaks anything.
        let cut = read(&whole[..end]);
        assert!(cut.is_none_or(|value| value != read(&whole).unwrap()), "{end}");
    }
    assert_eq!(read(&body("Deployment", b"")), None);
    assert_eq!(read(b"{}"), None);
    assert_eq!(
        read(&[MAGIC, &[0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]].concat()),
        None
    );
}
