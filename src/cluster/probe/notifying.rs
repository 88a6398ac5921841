//! stub
use super::eye::View;
use crate::capability::Sight;
pub(super) async fn configured(_view: &View<'_>) -> Vec<Sight> {
    Vec::new()
}
