use super::credentials;

fn header(proxy: &str) -> Option<String> {
    Some(credentials(&proxy.parse().unwrap())?.to_str().unwrap().to_owned())
}

#[test]
fn a_proxy_without_credentials_gets_none() {
    assert_eq!(header("http://proxy.test:3128"), None);
}

#[test]
fn a_proxys_credentials_are_those_of_its_address() {
    // `ann:secret` in base64.
    assert_eq!(header("http://ann:secret@proxy.test:3128").as_deref(), Some("Basic YW5uOnNlY3JldA=="));
}

#[test]
fn signs_that_an_address_cannot_hold_are_decoded() {
    // `ann:p@ss` in base64.
    assert_eq!(header("http://ann:p%40ss@proxy.test:3128").as_deref(), Some("Basic YW5uOnBAc3M="));
}

#[test]
fn the_header_is_not_shown_by_debug() {
    let header = credentials(&"http://ann:secret@proxy.test:3128".parse().unwrap()).unwrap();
    assert_eq!(format!("{header:?}"), "Sensitive");
}
