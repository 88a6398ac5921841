//! Owns the sign of life: while all streams are silent, the server is asked for something small.
//!
//! A dead connection looks like a quiet cluster; this tells them apart. Any answer counts, a refusal too. It never
//! asks while streams bring bytes. Invariant: when the server answers again, every source opens its stream anew.

use jiff::Timestamp;
use tokio::time::{sleep, timeout};

use super::Common;
use crate::cluster::fault::Fault;
use crate::rollout::delta::Delta;

/// Asks for signs of life until nobody listens.
pub(super) async fn ask(common: Common) {
    let mut down = false;
    loop {
        let silence = common.pulse.silence();
        let quiet = silence >= common.pace.quiet;
        if !quiet && !down {
            tokio::select! {
                () = sleep(common.pace.quiet - silence) => continue,
                () = common.deltas.closed() => return,
            }
        }
        let answered = if quiet { asked(&common).await } else { Some(true) };
        if let Some(answered) = answered {
            let link = Delta::Link { answered, at: Timestamp::now() };
            if common.deltas.send(link).await.is_err() {
                return;
            }
            if answered && down {
                common.hurry.send_modify(|times| *times += 1);
            }
            down = !answered;
        }
        tokio::select! {
            () = sleep(common.pace.quiet) => {}
            () = common.deltas.closed() => return,
        }
    }
}

/// Asks the server for its version; `None` where the question could not be asked for want of credentials.
async fn asked(common: &Common) -> Option<bool> {
    let request = http::Request::get("/version").body(bytes::Bytes::new()).ok()?;
    match timeout(common.pace.answer, common.clients.ask(&request)).await {
        Ok(Ok(_) | Err(Fault::Status(_) | Fault::Unreadable { .. })) => Some(true),
        Ok(Err(Fault::Credential { .. })) => None,
        Ok(Err(Fault::Unsent { .. } | Fault::Silent { .. } | Fault::Broken { .. })) | Err(_) => Some(false),
    }
}
