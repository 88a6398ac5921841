//! Which authorities count: what is read of a kubeconfig before anybody connects.

use super::*;

#[test]
fn the_systems_authorities_are_left_alone_where_nothing_is_verified() {
    let folder = Folder::new();
    let roots = |server: &str, more: &str| {
        let cluster = format!("{server}'{more}");
        let text = two_contexts().replace("https://east.example:6443/'", &cluster);
        let environment = Environment::default();
        resolve(&with(&folder.write("config", &text)), &environment).unwrap().config.root_cert
    };
    assert_eq!(roots("https://east.example", ""), None);
    assert_eq!(roots("https://east.example", ", insecure-skip-tls-verify: true"), Some(Vec::new()));
    assert_eq!(roots("http://east.example", ""), Some(Vec::new()));
    // The proxy itself is verified.
    assert_eq!(roots("http://east.example", ", proxy-url: 'https://proxy.corp'"), None);
}
