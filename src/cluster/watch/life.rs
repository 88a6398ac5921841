//! Owns the sign of life: while all streams are silent, the server is asked for something small.
//!
//! A dead connection looks like a quiet cluster; this tells them apart. Any answer counts, a refusal too. It never
//! asks while streams bring bytes. Invariant: when the server answers again, every source opens its stream anew.

use tokio::time::{sleep, timeout};

use super::Shared;
use crate::cluster::fault::Fault;
use crate::rollout::delta::Delta;

/// Asks for signs of life until nobody listens.
pub(super) async fn ask(shared: Shared) {
    let mut down = false;
    loop {
        let silence = shared.pulse.silence();
        let quiet = silence >= shared.pace.quiet;
        if !quiet && !down {
            tokio::select! {
                () = sleep(shared.pace.quiet - silence) => continue,
                () = shared.deltas.closed() => return,
            }
        }
        let answered = if quiet { asked(&shared).await } else { Some(true) };
        if let Some(answered) = answered {
            let link = Delta::Link { answered, at: shared.pace.clock.now() };
            if shared.deltas.send(link).await.is_err() {
                return;
            }
            if answered && down {
                shared.hurry.send_modify(|times| *times += 1);
            }
            down = !answered;
        }
        tokio::select! {
            () = sleep(shared.pace.quiet) => {}
            () = shared.deltas.closed() => return,
        }
    }
}

/// Asks the server for its version; `None` where the question could not be asked for want of credentials.
async fn asked(shared: &Shared) -> Option<bool> {
    let request = http::Request::get("/version").body(bytes::Bytes::new()).ok()?;
    match timeout(shared.pace.answer, shared.clients.ask(&request)).await {
        Ok(Ok(_) | Err(Fault::Status(_) | Fault::Unreadable { .. })) => Some(true),
        Ok(Err(Fault::Credential { .. })) => None,
        Ok(Err(Fault::Unsent { .. } | Fault::Late { .. } | Fault::Silent { .. } | Fault::Broken { .. }))
        | Err(_) => Some(false),
    }
}
