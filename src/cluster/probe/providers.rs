//! stub
use super::eye::View;
use crate::capability::Sight;
use std::sync::Arc;
pub(super) async fn named(_view: &View<'_>, _namespace: &Arc<str>) -> Vec<Sight> {
    Vec::new()
}
