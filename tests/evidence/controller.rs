//! A scripted controller, as far as its metrics go.

use jiff::SignedDuration;
use rollgate::capability::Sight;
use rollgate::capability::sight::{Answer, Meters};
use rollgate::config::Services;

use crate::fake_server::{FakeServer, json};
use crate::{Named, Outcome, block, services, sights};

pub fn trials() -> Vec<Named> {
    vec![
        ("metrics of a controller that no file names are not asked for", unnamed),
        ("a controller's metrics are read by one request, which carries the token that the file names", read),
        ("metrics that are no controller's, forbidden, moved or too many are told as that", unwell),
    ]
}

const PAGE: &str = "argo_rollouts_controller_info{version=\"v1.9.1\"} 1\n\
    rollout_reconcile_count{name=\"web\",namespace=\"shop\"} 12\nworkqueue_depth{name=\"Rollouts\"} 1\n";

async fn asked(services: &Services) -> Option<Answer<Meters>> {
    let mut told = sights(services, &[]).await.into_iter().filter_map(|sight| match sight {
        Sight::Meters(answer) => Some(answer),
        _ => None,
    });
    told.next()
}

fn at(url: &str, more: &str) -> (tempfile::TempDir, Services) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "sekret\n").unwrap();
    let read = services(folder.path(), &format!("[controller]\nmetrics = '{url}'\n{more}\n"));
    (folder, read)
}

fn unnamed() -> Outcome {
    block(async {
        assert_eq!(asked(&Services::default()).await, None);
        Ok(())
    })
}

fn read() -> Outcome {
    block(async {
        let server = FakeServer::start(|_, _| json(200, PAGE)).await;
        let (_folder, services) = at(&server.url, "bearer-token-file = 'token'");
        let wanted = Meters {
            version: "v1.9.1".into(),
            reconciled: 12,
            failed: 0,
            queued: 1,
            busy: SignedDuration::ZERO,
        };
        assert_eq!(asked(&services).await, Some(Answer::Seen(wanted)));
        let seen = server.seen();
        let asked: Vec<_> = seen.iter().map(|seen| (seen.method.as_str(), seen.path.as_str())).collect();
        assert_eq!(asked, [("GET", "/metrics")]);
        assert_eq!(seen[0].header("authorization"), Some("Bearer sekret"));
        Ok(())
    })
}

fn unwell() -> Outcome {
    block(async {
        let long = format!("{PAGE}{}", "# a comment that says nothing\n".repeat(300_000));
        for (code, page, wanted) in [
            (
                200,
                "<html>It works!</html>",
                "answered with what no controller of Argo Rollouts says: <html>It works!",
            ),
            (200, long.as_str(), "answers with more than 8 MiB"),
            (401, "", "answered 401: log in with bearer-token-file"),
            (302, "", "a redirect"),
            (503, "no endpoints", "answered 503: no endpoints"),
        ] {
            let page = page.to_owned();
            let server = FakeServer::start(move |_, _| json(code, &page)).await;
            let (_folder, services) = at(&server.url, "");
            let why = match asked(&services).await {
                Some(Answer::Failed { why } | Answer::Forbidden { why }) => why,
                other => return Err(format!("{code}: {other:?}")),
            };
            assert!(why.as_str().starts_with(&server.url) && why.as_str().contains(wanted), "{why}");
        }
        Ok(())
    })
}
