//! Owns how the health screen is browsed: which row, in which namespace, opened or not, where one goes back to.
//!
//! It changes nothing that is known. Invariants: a row is selected always; namespaces come with the worst first.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::app::session::Origin;
use crate::app::{App, Effect, Notice, Page};
use crate::capability::{Capability, Health, Scope};

/// How the health screen is browsed.
#[derive(Debug, Default)]
pub struct Visit {
    /// The namespace that is looked at alone.
    pub namespace: Option<Arc<str>>,
    /// Whether the selected row is opened.
    pub opened: bool,
    row: usize,
    came_from: Page,
}

impl Visit {
    /// Returns the selected row.
    pub fn row(&self) -> Capability {
        Capability::ALL.get(self.row).copied().unwrap_or(Capability::ReadRollouts)
    }
}

impl App {
    /// Lists the namespaces, the one that needs a person most first.
    pub fn namespaces_by_need(&self) -> Vec<Arc<str>> {
        let rows = Capability::ALL.into_iter().filter(|row| !row.is_of_cluster());
        let rows: Vec<Capability> = rows.collect();
        let need = |namespace: &Arc<str>| {
            let severities = rows.iter().filter_map(|row| self.health.account(*row, namespace));
            let severities: Vec<u8> = severities.map(|account| account.state.severity()).collect();
            let worst = severities.iter().copied().max().unwrap_or(0);
            Reverse((worst, severities.iter().filter(|one| **one == worst).count()))
        };
        let mut names = self.health.namespaces().to_vec();
        names.sort_by_cached_key(|namespace| (need(namespace), namespace.clone()));
        names
    }

    /// Returns the account that is selected: in the namespace that is looked at, else where it is worst.
    pub fn visited(&self) -> Option<&Health> {
        let row = self.health.visit.row();
        match &self.health.visit.namespace {
            Some(namespace) => self.health.account(row, namespace),
            None => self.health.worst(row),
        }
    }

    pub(in crate::app) fn is_checking(&self) -> bool {
        self.page == Page::Health
    }

    pub(in crate::app) fn look_at_health(&mut self) -> Vec<Effect> {
        if self.session.origin != Origin::Cluster {
            self.notice =
                Some(Notice::bad("This is a dump, not a cluster: nothing can be asked about its health."));
            return Vec::new();
        }
        self.browse.pin();
        let came_from = std::mem::replace(&mut self.page, Page::Health);
        let known = |name: &Arc<str>| self.health.namespaces().contains(name);
        let namespace = self.browse.namespace.clone().filter(known);
        self.health.visit = Visit { namespace, came_from, row: self.health.visit.row, opened: false };
        self.scroll = 0;
        Vec::new()
    }

    pub(in crate::app) fn look_away(&mut self) -> Vec<Effect> {
        self.scroll = 0;
        if !std::mem::take(&mut self.health.visit.opened) {
            self.page = std::mem::take(&mut self.health.visit.came_from);
            self.browse.touch();
        }
        Vec::new()
    }

    pub(in crate::app) fn step_row(&mut self, by: isize) {
        if self.health.visit.opened {
            self.scroll = self.scroll.saturating_add_signed(by).min(self.scrollable);
            return;
        }
        let last = Capability::ALL.len().saturating_sub(1);
        self.health.visit.row = self.health.visit.row.saturating_add_signed(by).min(last);
    }

    pub(in crate::app) fn open_row(&mut self) -> Vec<Effect> {
        self.health.visit.opened = !self.health.visit.opened;
        self.scroll = 0;
        Vec::new()
    }

    /// Looks at the next namespace alone, the worst first; after the last one at all of them, unless a row is opened.
    pub(in crate::app) fn next_visited(&mut self) -> Vec<Effect> {
        self.scroll = 0;
        let visit = &self.health.visit;
        let (names, current) = if visit.opened {
            let accounts = self.health.accounts(visit.row());
            let names: Vec<Arc<str>> = accounts.iter().filter_map(|account| named(account)).collect();
            (names, self.visited().and_then(named))
        } else {
            (self.namespaces_by_need(), visit.namespace.clone())
        };
        let at = current.and_then(|current| names.iter().position(|name| *name == current));
        let next = match at {
            Some(at) if visit.opened => names.get(at + 1).or(names.first()),
            Some(at) => names.get(at + 1),
            None => names.first(),
        };
        if names.len() > 1 {
            self.health.visit.namespace = next.cloned();
        }
        Vec::new()
    }

    /// Copies what the selected row says to paste.
    pub(in crate::app) fn copy_remedy(&mut self) -> Vec<Effect> {
        let paste = self.visited().and_then(|account| account.remedy.as_ref()?.paste.clone());
        match paste {
            Some(paste) => vec![Effect::Copy(paste.to_string())],
            None => {
                self.notice = Some(Notice::good("There is nothing to paste for this row."));
                Vec::new()
            }
        }
    }
}

fn named(account: &Health) -> Option<Arc<str>> {
    match &account.scope {
        Scope::Cluster => None,
        Scope::Namespace(name) => Some(name.clone()),
    }
}
