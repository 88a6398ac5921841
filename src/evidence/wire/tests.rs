use super::*;

fn ip(written: &str) -> IpAddr {
    written.parse().unwrap()
}

#[test]
fn without_tls_only_this_machine_is_spoken_to() {
    for local in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
        assert!(is_allowed(ip(local), false), "{local}");
    }
    for other in
        ["10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::", "2001:db8::1", "::ffff:10.0.0.1"]
    {
        assert!(!is_allowed(ip(other), false), "{other}");
    }
}

#[test]
fn the_machines_own_link_is_never_asked_not_even_with_tls() {
    for barred in [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
    ] {
        assert!(!is_allowed(ip(barred), true), "{barred}");
    }
    for asked in ["10.0.0.1", "203.0.113.7", "127.0.0.1", "2001:db8::1", "fd12:3456::1"] {
        assert!(is_allowed(ip(asked), true), "{asked}");
    }
}
