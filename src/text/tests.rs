use super::*;

#[test]
fn plain_text_is_kept() {
    assert_eq!(Printable::from_cluster("api-7d9").as_str(), "api-7d9");
}
