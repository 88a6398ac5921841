use super::*;

#[test]
fn paths_of_names_are_shown_as_they_are() {
    for plain in [
        "",
        "/k8s/clusters/c-m-7xk2p9qd",
        "/v1/projects/123456789012/locations/global/gkeMemberships/prod-eu-west-1",
        "/clusters/a-long-name-with-many-words-and-a-number-17",
        "/kubernetesclusters/internationalisation",
    ] {
        assert_eq!(path(plain), plain);
    }
}

#[test]
fn a_segment_that_looks_drawn_at_random_gives_way_to_a_digest() {
    for secret in [
        "q7Zk2Lw9Xv4Tb1Ns8Rm",
        "glpat-3xYk92LmQw7Zt5Rn8Vb1",
        "0123456789abcdef0123456789abcdef",
        "018f3c2e-9a41-7b50-8d3a-1f0e5c6b7a89",
    ] {
        let shown = path(&format!("/proxy/{secret}/api"));
        assert!(!shown.contains(secret), "{shown}");
        assert!(shown.starts_with("/proxy/~") && shown.ends_with("/api"), "{shown}");
        assert_eq!(shown.len(), "/proxy/~".len() + 12 + "/api".len());
    }
}

#[test]
fn two_clusters_behind_one_proxy_are_still_told_apart() {
    let [one, other] =
        ["q7Zk2Lw9Xv4Tb1Ns8Rm", "q7Zk2Lw9Xv4Tb1Ns8Rn"].map(|key| path(&format!("/proxy/{key}")));
    assert_ne!(one, other);
    assert_eq!(one, path("/proxy/q7Zk2Lw9Xv4Tb1Ns8Rm"));
}
