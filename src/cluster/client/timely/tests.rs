use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::*;

/// Sends a request whose machine slept for so many seconds while it was connecting; returns what the server read of it,
/// and whether it failed as too late.
async fn slept(seconds: u64) -> (String, bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/status", listener.local_addr().unwrap());
    let time = Arc::new(AtomicU64::new(100));
    let clock = {
        let time = Arc::clone(&time);
        move || Duration::from_secs(time.load(Ordering::SeqCst))
    };
    let latest = Some(Latest(Duration::from_secs(110)));
    let body = Timely { body: Full::new(Bytes::from_static(b"[the patch]")), latest, clock };
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::patch(uri).body(body).unwrap();
    // Nothing is taken of the body before the request is polled: what passes until then passes while it connects.
    time.fetch_add(seconds, Ordering::SeqCst);
    let sending = tokio::spawn(client.request(request));
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    let mut buffer = [0; 1024];
    while !read.ends_with(b"[the patch]") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
        }
    }
    drop(stream);
    let late = sending.await.unwrap().is_err_and(|error| is_late(&error));
    (String::from_utf8(read).unwrap(), late)
}

#[tokio::test]
async fn what_is_in_time_is_sent_as_it_is() {
    let (read, late) = slept(10).await;
    assert!(
        read.starts_with("PATCH /status HTTP/1.1\r\n") && read.ends_with("\r\n\r\n[the patch]"),
        "{read}"
    );
    assert!(read.contains("content-length: 11\r\n") && !late, "{read}");
}

#[tokio::test]
async fn after_its_time_no_byte_of_the_body_is_sent_and_it_is_known_why() {
    let (read, late) = slept(11).await;
    assert!(!read.contains("patch]") && late, "{read}");
}
