//! A scripted Prometheus: each way to answer, and what is never done to one.

use std::path::Path;
use std::time::{Duration, Instant};

use rollgate::capability::sight::{Answer, Answering};
use rollgate::config::Services;

use crate::authority::Authority;
use crate::fake_server::{Act, FakeServer, Seen, json};
use crate::{ADDRESS, Named, Outcome, asked, block, named, services, sights, why};

pub fn trials() -> Vec<Named> {
    vec![
        ("a prometheus that answers is well and says its version", well),
        ("one of its kind without a version is well too", nameless),
        ("a wrong page, an error, a refusal and a redirect are four things", wrong),
        ("nobody on the port is said with the port", nobody),
        ("who hangs or drips is given up after five seconds", slow),
        ("more than a mebibyte and unasked-for encodings are not taken", huge),
        ("a redirect is not followed, with or without credentials", redirect),
        ("credentials go where the file says, from the file as it is now", credentials),
        ("a credential that cannot be read asks nothing", unreadable),
        ("a certificate is trusted by the named file alone", tls),
        ("an address that the file does not name is never asked", unnamed),
        ("each namespace that names a provider learns of it, and it is asked once", shared),
    ]
}

pub const ONE: &str = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795254000.5,"1"]}]}}"#;
const BUILD: &str = r#"{"status":"success","data":{"version":"2.42.0","revision":"x","goVersion":"go1.19"}}"#;

pub fn answers(seen: &Seen) -> Vec<Act> {
    match seen.path.rsplit('/').next() {
        Some("query") if seen.asks("query=vector%281%29") => json(200, ONE),
        Some("buildinfo") => json(200, BUILD),
        _ => json(404, "404 page not found"),
    }
}

pub fn reached_at(url: &str) -> Services {
    services(Path::new("/"), &format!("[[provider]]\naddress = '{ADDRESS}'\nreach = '{url}'\n"))
}

fn of_version(version: &str) -> Answer<Answering> {
    Answer::Seen(Answering::Well { version: version.into() })
}

fn well() -> Outcome {
    block(async {
        let server = FakeServer::start(|seen, _| answers(seen)).await;
        assert_eq!(asked(&reached_at(&server.url)).await, of_version("2.42.0"));
        assert_eq!(asked(&reached_at(&format!("{}/a/b/", server.url))).await, of_version("2.42.0"));
        let paths: Vec<String> = server.seen().iter().map(|seen| seen.path.clone()).collect();
        assert_eq!(
            paths,
            [
                "/api/v1/query",
                "/api/v1/status/buildinfo",
                "/a/b/api/v1/query",
                "/a/b/api/v1/status/buildinfo"
            ]
        );
        for seen in server.seen() {
            assert_eq!((seen.method.as_str(), seen.body.as_str()), ("GET", ""));
            assert_eq!(seen.header("authorization"), None);
            assert!(seen.header("user-agent").unwrap().starts_with("rollgate/"));
            assert_eq!(seen.header("host"), Some(server.url.strip_prefix("http://").unwrap()));
        }
        Ok(())
    })
}

fn nameless() -> Outcome {
    block(async {
        let server = FakeServer::start(|seen, _| match seen.path.as_str() {
            "/api/v1/query" => json(200, ONE),
            _ => json(404, "404 page not found"),
        })
        .await;
        assert_eq!(asked(&reached_at(&server.url)).await, of_version(""));
        Ok(())
    })
}

fn wrong() -> Outcome {
    block(async {
        let scripted = |code: u16, body: &'static str| async move {
            let server = FakeServer::start(move |_, _| json(code, body)).await;
            asked(&reached_at(&server.url)).await
        };
        let page = scripted(200, "<html><title>Welcome to nginx!</title></html>").await;
        assert!(matches!(page, Answer::Seen(Answering::Wrongly { .. })), "{page:?}");
        assert!(why(&page).contains("Welcome to nginx!"), "{page:?}");
        let error = scripted(500, "boom").await;
        assert_eq!(error, Answer::Failed { why: "answered 500: boom".into() });
        let shut = scripted(401, "Unauthorized").await;
        assert!(matches!(shut, Answer::Forbidden { .. }), "{shut:?}");
        Ok(())
    })
}

fn nobody() -> Outcome {
    block(async {
        let mut server = FakeServer::start(|seen, _| answers(seen)).await;
        let services = reached_at(&server.url);
        assert_eq!(asked(&services).await, of_version("2.42.0"));
        server.stop().await;
        let answer = asked(&services).await;
        assert!(matches!(answer, Answer::Failed { .. }), "{answer:?}");
        let said = why(&answer);
        assert!(said.starts_with(&format!("nothing is reached at {}: ", server.url)), "{said}");
        assert!(said.ends_with("is the port-forward up?"), "{said}");
        Ok(())
    })
}

fn slow() -> Outcome {
    block(async {
        let hang = FakeServer::start(|_, _| vec![Act::Silence]).await;
        let half =
            FakeServer::start(|_, _| vec![Act::Head(200), Act::Piece("{".to_owned()), Act::Silence]).await;
        // A byte at a time, for ever: no silence is ever long.
        let drip = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dripping = format!("http://{}", drip.local_addr().unwrap());
        let task = tokio::spawn(async move {
            use tokio::io::AsyncWriteExt;
            let (mut stream, _) = drip.accept().await.unwrap();
            let mut tick = tokio::time::interval(Duration::from_millis(50));
            while stream.write_all(b"H").await.is_ok() {
                tick.tick().await;
            }
        });
        let begun = Instant::now();
        let services = [&hang.url, &half.url, &dripping].map(|url| reached_at(url));
        let all = services.each_ref().map(asked);
        let [first, second, third] = all;
        let (first, second, third) = tokio::join!(first, second, third);
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        for answer in [first, second] {
            assert!(matches!(answer, Answer::Failed { .. }), "{answer:?}");
            assert!(why(&answer).ends_with("did not answer within 5 s"), "{answer:?}");
        }
        // Or it is seen sooner that this will never be a head of HTTP.
        assert!(matches!(third, Answer::Failed { .. }), "{third:?}");
        task.abort();
        Ok(())
    })
}

fn huge() -> Outcome {
    block(async {
        let server = FakeServer::start(|_, _| {
            let piece = Act::Piece(" ".repeat(64 << 10));
            std::iter::once(Act::Head(200)).chain(std::iter::repeat_n(piece, 20)).chain([Act::End]).collect()
        })
        .await;
        let answer = asked(&reached_at(&server.url)).await;
        assert_eq!(why(&answer), format!("{} answers with more than 1 MiB", server.url));
        let packed = FakeServer::start(|_, _| {
            vec![Act::HeadWith(200, "content-encoding: gzip"), Act::Piece("\u{1}".to_owned()), Act::End]
        })
        .await;
        let answer = asked(&reached_at(&packed.url)).await;
        assert_eq!(why(&answer), format!("{} answers in an encoding that was not asked for", packed.url));
        assert!(packed.seen().iter().all(|seen| seen.header("accept-encoding").is_none()));
        Ok(())
    })
}

fn redirect() -> Outcome {
    block(async {
        let elsewhere = FakeServer::start(|seen, _| answers(seen)).await;
        let head = format!("location: {}/api/v1/query?query=vector%281%29", elsewhere.url);
        let head: &'static str = Box::leak(head.into_boxed_str());
        let server = FakeServer::start(move |_, _| vec![Act::HeadWith(307, head), Act::End]).await;
        let answer = asked(&reached_at(&server.url)).await;
        assert!(matches!(answer, Answer::Seen(Answering::Wrongly { .. })), "{answer:?}");
        assert!(why(&answer).contains(&format!("a redirect to {}", elsewhere.url)), "{answer:?}");
        assert_eq!(elsewhere.seen().len(), 0);
        Ok(())
    })
}

fn credentials() -> Outcome {
    block(async {
        let folder = tempfile::tempdir().unwrap();
        let server = FakeServer::start(|seen, _| answers(seen)).await;
        let provider = format!("[[provider]]\naddress = '{ADDRESS}'\nreach = '{}'\n", server.url);
        let bearer = services(folder.path(), &format!("{provider}bearer-token-file = 'token'\n"));
        for token in ["tok-sekret-1", "tok-sekret-2"] {
            std::fs::write(folder.path().join("token"), format!("{token}\n")).unwrap();
            let seen = server.seen().len();
            assert_eq!(asked(&bearer).await, of_version("2.42.0"));
            let wanted = format!("Bearer {token}");
            assert!(server.seen()[seen..].iter().all(|seen| seen.header("authorization") == Some(&wanted)));
        }
        std::fs::write(folder.path().join("pw"), "p:w").unwrap();
        let basic = services(folder.path(), &format!("{provider}user = 'ann'\npassword-file = 'pw'\n"));
        let seen = server.seen().len();
        asked(&basic).await;
        // base64 of ann:p:w
        assert!(
            server.seen()[seen..]
                .iter()
                .all(|seen| seen.header("authorization") == Some("Basic YW5uOnA6dw=="))
        );
        Ok(())
    })
}

fn unreadable() -> Outcome {
    block(async {
        let folder = tempfile::tempdir().unwrap();
        let server = FakeServer::start(|seen, _| answers(seen)).await;
        let text = format!(
            "[[provider]]\naddress = '{ADDRESS}'\nreach = '{}'\nbearer-token-file = 'token'\n",
            server.url
        );
        let services = services(folder.path(), &text);
        let file = folder.path().join("token");
        let said = why(&asked(&services).await);
        assert!(
            said.starts_with(&format!("the file {} cannot be used: No such file", file.display())),
            "{said}"
        );
        for (held, reason) in [("\n", "it is empty"), ("sekret\nsekret", "it must hold one line")] {
            std::fs::write(&file, held).unwrap();
            let said = why(&asked(&services).await);
            assert!(said.contains(reason) && !said.contains("sekret"), "{said}");
        }
        assert_eq!(server.seen().len(), 0);
        Ok(())
    })
}

fn tls() -> Outcome {
    block(async {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("of the test");
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.path().join("other.pem"), Authority::new("another").pem()).unwrap();
        std::fs::write(folder.path().join("empty.pem"), "").unwrap();
        let server =
            FakeServer::start_tls(authority.server(&["127.0.0.1"]).serves(), |seen, _| answers(seen)).await;
        let elsewhere = authority.server(&["prometheus.example.com"]).serves();
        let elsewhere = FakeServer::start_tls(elsewhere, |seen, _| answers(seen)).await;
        let past = authority.server_until(&["127.0.0.1"], 2001).serves();
        let past = FakeServer::start_tls(past, |seen, _| answers(seen)).await;
        // What a server without TLS makes of a greeting that it does not understand.
        let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let plain_url = format!("https://{}", plain.local_addr().unwrap());
        tokio::spawn(async move {
            use tokio::io::AsyncWriteExt;
            let (mut stream, _) = plain.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await.unwrap();
            stream
        });
        let at = |url: &str, file: &str| {
            services(folder.path(), &format!("[[provider]]\naddress = '{ADDRESS}'\nreach = '{url}'\n{file}"))
        };
        assert_eq!(asked(&at(&server.url, "ca-file = 'ca.pem'\n")).await, of_version("2.42.0"));
        for (services, words) in [
            (at(&server.url, ""), "ca-file"),
            (at(&server.url, "ca-file = 'other.pem'\n"), "name the right one with ca-file"),
            (at(&server.url, "ca-file = 'empty.pem'\n"), "holds no certificate"),
            (at(&server.url, "ca-file = 'none.pem'\n"), "none.pem cannot be used"),
            (at(&elsewhere.url, "ca-file = 'ca.pem'\n"), "its certificate is for another name"),
            (at(&past.url, "ca-file = 'ca.pem'\n"), "has expired, by the clock of this machine"),
            (at(&plain_url, "ca-file = 'ca.pem'\n"), "it does not speak TLS"),
        ] {
            let answer = asked(&services).await;
            assert!(matches!(answer, Answer::Failed { .. }), "{words}: {answer:?}");
            assert!(why(&answer).contains(words), "{words}: {answer:?}");
        }
        assert_eq!((server.seen().len(), elsewhere.seen().len(), past.seen().len()), (2, 0, 0));
        Ok(())
    })
}

fn unnamed() -> Outcome {
    block(async {
        let server = FakeServer::start(|seen, _| answers(seen)).await;
        let (namespace, mut provider) = named();
        provider.address = server.url.as_str().into();
        let other = services(
            Path::new("/"),
            &format!("[[provider]]\naddress = '{ADDRESS}'\nreach = '{}'\n", server.url),
        );
        let told = sights(&other, &[(namespace, provider)]).await;
        assert!(
            told.iter().all(|sight| matches!(sight, rollgate::capability::Sight::PolicyService(_))),
            "{told:?}"
        );
        assert_eq!(server.seen().len(), 0);
        Ok(())
    })
}

fn shared() -> Outcome {
    block(async {
        let server = FakeServer::start(|seen, _| answers(seen)).await;
        let all: Vec<_> = (0..200).map(|at| (format!("ns-{at}").into(), named().1)).collect();
        let told = sights(&reached_at(&server.url), &all).await;
        let well = |sight: &&rollgate::capability::Sight| matches!(sight, rollgate::capability::Sight::Provider(_, _, answer) if *answer == of_version("2.42.0"));
        assert_eq!(told.iter().filter(well).count(), 200);
        assert_eq!(server.seen().len(), 2, "one look, however many namespaces");
        Ok(())
    })
}
