//! How services are followed: as wished, and no longer than somebody listens.

use std::time::Duration;

use rollgate::capability::Sight;
use rollgate::capability::wish::{Attention, Wish};
use rollgate::clock::Clock;
use rollgate::evidence::Evidence;
use tokio::sync::{mpsc, watch};

use crate::fake_server::FakeServer;
use crate::prometheus::{answers, reached_at};
use crate::{Named, Outcome, block, named};

pub fn trials() -> Vec<Named> {
    vec![
        ("nothing is asked before somebody looks, and what is wished is told", wished),
        ("following ends with those who listen", ends),
    ]
}

fn looking(attention: Attention) -> Wish {
    Wish { providers: vec![named()], attention, ..Wish::default() }
}

fn wished() -> Outcome {
    block(async {
        let server = FakeServer::start(|seen, _| answers(seen)).await;
        let (wishes, received) = watch::channel(looking(Attention::None));
        let (sender, mut sights) = mpsc::channel(8);
        let evidence = Evidence::new(reached_at(&server.url), Clock::Machine);
        let following = tokio::spawn(evidence.follow(received, sender));
        let early = tokio::time::timeout(Duration::from_millis(300), sights.recv()).await;
        assert!(early.is_err() && server.seen().is_empty(), "{early:?}");
        wishes.send_replace(looking(Attention::Glance));
        let mut told = Vec::new();
        while told.len() < 2 {
            told.push(tokio::time::timeout(Duration::from_secs(30), sights.recv()).await.unwrap().unwrap().0);
        }
        assert!(told.iter().any(|sight| matches!(sight, Sight::Provider(..))), "{told:?}");
        assert!(told.iter().any(|sight| matches!(sight, Sight::PolicyService(_))), "{told:?}");
        drop(wishes);
        tokio::time::timeout(Duration::from_secs(30), following).await.unwrap().unwrap();
        Ok(())
    })
}

fn ends() -> Outcome {
    block(async {
        let (_wishes, received) = watch::channel(looking(Attention::Glance));
        let (sender, sights) = mpsc::channel(8);
        drop(sights);
        let server = FakeServer::start(|seen, _| answers(seen)).await;
        let following =
            tokio::spawn(Evidence::new(reached_at(&server.url), Clock::Machine).follow(received, sender));
        tokio::time::timeout(Duration::from_secs(30), following).await.unwrap().unwrap();
        Ok(())
    })
}
