use bytes::Bytes;
use http::StatusCode;

use super::*;

fn answered(code: u16, body: &str) -> Announced {
    said(Ok(Written {
        status: StatusCode::from_u16(code).unwrap(),
        retry_after: None,
        classified: false,
        body: Bytes::copy_from_slice(body.as_bytes()),
    }))
}

#[test]
fn an_event_that_is_there_already_is_the_orders_own() {
    assert_eq!(answered(201, "{}"), Announced::Made);
    assert_eq!(answered(409, r#"{"kind":"Status","reason":"AlreadyExists","code":409}"#), Announced::Made);
}

#[test]
fn a_missing_right_is_told_from_another_failure() {
    assert_eq!(
        answered(403, r#"{"kind":"Status","reason":"Forbidden","message":"no","code":403}"#),
        Announced::NoRight
    );
    assert!(matches!(answered(500, "boom"), Announced::Failed { why } if why.as_str().contains("500")));
    let unsent = Fault::Unsent { why: "refused".into() };
    assert!(matches!(said(Err(unsent)), Announced::Failed { why } if why.as_str().contains("refused")));
}
