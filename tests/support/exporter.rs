//! An app of the tests' own with two versions: what it would have measured in the past, and a page that a Prometheus scrapes.
//!
//! Chance is a fixed sequence, so that each run of the tests sees the same.

#![allow(dead_code, reason = "each file of tests uses a part of it")]

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener};

use jiff::{SignedDuration, Timestamp};

/// How metrics of the tests' own app are judged; the errors are counted and the latency is measured.
pub const METRICS: &str = r#"
metrics:
  - name: errors
    query: '100 * sum(rate(app_errors_total{hash="{{canary}}"}[2m])) / sum(rate(app_requests_total{hash="{{canary}}"}[2m]))'
    direction: increase
    groups: [errors]
    critical: true
    tolerance: 0.3
  - name: latency
    query: 'app_latency_ms{hash="{{canary}}",app="{{name}}"}'
    direction: increase
    groups: [latency]
"#;

/// A version of the app, as its Prometheus knows it.
#[derive(Clone)]
pub struct Version {
    /// Hash of its pods.
    pub hash: String,
    /// Requests that fail, in per cent.
    pub errors: f64,
    /// Time to answer, in milliseconds.
    pub latency: f64,
    /// For how many minutes it has been there.
    pub minutes: i64,
}

impl Version {
    /// One that behaves as the stable version does, for two hours.
    pub fn good(hash: &str) -> Self {
        Self { hash: hash.to_owned(), errors: 1.0, latency: 100.0, minutes: 120 }
    }
}

/// A sequence of numbers between -1 and 1 that looks like chance.
pub struct Noise(u64);

impl Noise {
    pub fn of(hash: &str) -> Self {
        Self(hash.bytes().fold(7, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))))
    }

    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// How far apart samples lie.
const APART: i64 = 30;
/// Requests between two samples.
const REQUESTS: f64 = 3000.0;

/// Writes what was measured of versions until `now`, as OpenMetrics; `more` is put in before the end.
pub fn past(versions: &[Version], now: Timestamp, more: &str) -> String {
    let (mut requests, mut errors, mut latency) = (String::new(), String::new(), String::new());
    for version in versions {
        let mut noise = Noise::of(&version.hash);
        let (mut asked, mut failed) = (0.0, 0.0);
        for step in (0..=version.minutes * 60 / APART).rev() {
            let at = now.checked_sub(SignedDuration::from_secs(step * APART)).unwrap().as_second();
            asked += REQUESTS;
            failed += (REQUESTS * version.errors / 100.0 * (1.0 + 0.2 * noise.next())).round();
            let took = version.latency * (1.0 + 0.05 * noise.next());
            let hash = &version.hash;
            let _ = writeln!(requests, "app_requests_total{{hash=\"{hash}\"}} {asked} {at}");
            let _ = writeln!(errors, "app_errors_total{{hash=\"{hash}\"}} {failed} {at}");
            let _ = writeln!(latency, "app_latency_ms{{hash=\"{hash}\",app=\"web\"}} {took:.3} {at}");
        }
    }
    format!(
        "# TYPE app_requests counter\n{requests}# TYPE app_errors counter\n{errors}# TYPE app_latency_ms gauge\n{latency}{more}# EOF\n"
    )
}

/// Listens, and answers each scrape with what the versions would have counted by then; ends with the process.
pub fn listen(versions: Vec<Version>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut noises: Vec<Noise> = versions.iter().map(|version| Noise::of(&version.hash)).collect();
        let mut counted = vec![(0.0, 0.0); versions.len()];
        for mut stream in listener.incoming().flatten() {
            let mut page = String::new();
            for ((version, noise), (asked, failed)) in versions.iter().zip(&mut noises).zip(&mut counted) {
                *asked += REQUESTS;
                *failed += (REQUESTS * version.errors / 100.0 * (1.0 + 0.2 * noise.next())).round();
                let _ = writeln!(page, "app_requests_total{{hash=\"{}\"}} {asked}", version.hash);
                let _ = writeln!(page, "app_errors_total{{hash=\"{}\"}} {failed}", version.hash);
                let took = version.latency * (1.0 + 0.05 * noise.next());
                let _ = writeln!(page, "app_latency_ms{{hash=\"{}\",app=\"web\"}} {took:.3}", version.hash);
            }
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                page.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(page.as_bytes()));
        }
    });
    address
}
