//! A blue-green look: preview, pods, pause, the switch, analyses, and the status.
//!
//! It owns when the active Service is switched. Invariant: users reach a version only when it has all its pods, and an
//! abort leads them back to the stable one (Argo: rollout/bluegreen.go, rollout/service.go).

use super::conditions::later;
use super::pass::Pass;
use super::pause::BLUE_GREEN_PAUSE;
use super::set::HASH;
use super::spec::{BlueGreen, labels_text};
use super::status::Status;

impl Pass<'_> {
    /// Looks at a blue-green Rollout.
    pub fn look_at_blue_green(&mut self) {
        let Some(strategy) = self.spec().strategy.blue_green.clone() else { return };
        if !self.services.contains_key(&strategy.active_service) {
            return;
        }
        self.sync_revision();
        let hash = self.current_hash();
        if !strategy.preview_service.is_empty() && !self.is_halted() {
            self.switch_service(&strategy.preview_service, &hash);
        }
        if self.template_has_changed() {
            return self.settle_blue_green(&strategy);
        }
        self.restart_pods();
        self.reconcile_blue_green_sets(&strategy);
        self.pause_before_promotion(&strategy);
        self.switch_active(&strategy);
        if !self.reconcile_runs() {
            return;
        }
        self.reconcile_metadata();
        self.settle_blue_green(&strategy);
    }

    /// Scales stable, new and old versions.
    pub fn reconcile_blue_green_sets(&mut self, strategy: &BlueGreen) {
        self.remove_deadlines();
        if let Some(stable) = self.sets.stable_set().cloned() {
            self.scale(&stable, self.spec().wanted());
        }
        let is_stable = self.sets.stable_set().is_some() && self.sets.separate_stable().is_none();
        if !is_stable {
            self.scale_new(self.preview_replicas(strategy));
        }
        self.scale_down_others();
        self.forget_old_sets();
    }

    /// Gives the pods that the new version shall have (Argo: `NewRSNewReplicas`).
    fn preview_replicas(&self, strategy: &BlueGreen) -> i64 {
        let wanted = self.spec().wanted();
        let (Some(few), Some(new)) = (strategy.preview_replica_count, self.sets.new_set()) else {
            return wanted;
        };
        let was = self.was();
        let active = self.sets.of(&was.blue_green.active_selector);
        if was.promote_full || active.is_none_or(|set| set.place == new.place) {
            return wanted;
        }
        let paused = self.spec().paused || !was.pause_conditions.is_empty();
        let is_known = new.hash() == was.current_pod_hash;
        if is_known && !paused && was.blue_green.scale_up_preview_check_point { wanted } else { few }
    }

    /// Tells whether the new version has the pods it shall have before promotion.
    fn is_ready(&self, strategy: &BlueGreen) -> bool {
        let wanted = self.preview_replicas(strategy);
        let new = self.sets.new_set();
        new.is_some_and(|set| set.replicas == wanted && set.status.available_replicas == wanted)
    }

    fn is_fast_tracked(&self, strategy: &BlueGreen) -> bool {
        let Some(new) = self.sets.new_set() else { return false };
        let active =
            self.services.get(&strategy.active_service).and_then(|service| service.selector.get(HASH));
        new.deadline().is_some() || self.was().promote_full || active.is_none_or(|hash| hash == new.hash())
    }

    /// Pauses before promotion, or ends that pause (Argo: `reconcileBlueGreenPause`).
    fn pause_before_promotion(&mut self, strategy: &BlueGreen) {
        if self.was().abort || !self.is_ready(strategy) || self.is_halted() {
            return;
        }
        let by_hand = strategy.auto_promotion_enabled == Some(false);
        let passed = self.was().blue_green.scale_up_preview_check_point;
        if self.is_fast_tracked(strategy) || passed || !(by_hand || strategy.auto_promotion_seconds > 0) {
            return self.intent.resume(BLUE_GREEN_PAUSE);
        }
        if !self.pre_promotion_is_done(strategy) {
            return;
        }
        match self.was().pause(BLUE_GREEN_PAUSE).map(|pause| pause.start_time) {
            Some(_) if self.pause_is_over(strategy) => self.intent.resume(BLUE_GREEN_PAUSE),
            Some(since) if strategy.auto_promotion_seconds > 0 => {
                self.wait_until(since, strategy.auto_promotion_seconds)
            }
            None if !self.was().controller_pause => self.intent.pause(BLUE_GREEN_PAUSE),
            _ => {}
        }
    }

    fn pre_promotion_is_done(&self, strategy: &BlueGreen) -> bool {
        let run = self.runs.pre_promotion.as_ref();
        strategy.pre_promotion_analysis.is_none() || run.is_some_and(|run| run.phase == "Successful")
    }

    /// Tells whether the pause before promotion is over: by time, by a person, or never needed (Argo:
    /// `CompletedBlueGreenPause`).
    fn pause_is_over(&self, strategy: &BlueGreen) -> bool {
        if self.intent.adds_pause() {
            return false;
        }
        let was = self.was();
        if was.blue_green.scale_up_preview_check_point {
            return true;
        }
        let pause = was.pause(BLUE_GREEN_PAUSE);
        if strategy.auto_promotion_enabled == Some(false) {
            return was.controller_pause && pause.is_none();
        }
        let seconds = strategy.auto_promotion_seconds;
        seconds == 0 || pause.is_some_and(|pause| self.now >= later(pause.start_time, seconds))
    }

    fn switch_active(&mut self, strategy: &BlueGreen) {
        let wanted = self.spec().wanted();
        let Some(new) = self.sets.new_set() else { return };
        if self.is_halted() || !self.is_ready(strategy) || !new.is_saturated(wanted) {
            return;
        }
        let promotes = self.pause_is_over(strategy) && self.pre_promotion_is_done(strategy);
        let hash = if self.was().abort {
            self.was().stable_rs.clone()
        } else if self.is_fast_tracked(strategy) || promotes {
            new.hash().to_owned()
        } else {
            self.selected(&strategy.active_service)
        };
        self.switch_service(&strategy.active_service, &hash);
    }

    /// Works out the status and writes it (Argo: `syncRolloutStatusBlueGreen`).
    fn settle_blue_green(&mut self, strategy: &BlueGreen) {
        self.settle_base();
        if self.template_has_changed() {
            self.start_over();
        }
        if self.was().promote_full || self.is_rollback_within_window() {
            self.intent.start_over();
        }
        self.next.blue_green.preview_selector = self.selected(&strategy.preview_service);
        self.next.blue_green.active_selector = self.selected(&strategy.active_service);
        if let Some(reason) = self.full_promotion() {
            self.promote(&reason);
        } else {
            self.next.blue_green.scale_up_preview_check_point = self.has_passed_check_point(strategy);
        }
        self.count_active();
        self.finish();
    }

    /// Counts pods as users see them: those of the active version, where there is one.
    fn count_active(&mut self) {
        let active = self.sets.of(&self.next.blue_green.active_selector);
        let selector = active.map(|set| set.metadata.labels.clone()).unwrap_or_default();
        match active.map(|set| set.status.clone()) {
            Some(status) => {
                self.next.hpa_replicas = status.replicas;
                self.next.available_replicas = status.available_replicas;
                self.next.ready_replicas = status.ready_replicas;
                let wanted = self.spec().selector.as_ref();
                let mut labels = wanted.map(|it| it.match_labels.clone()).unwrap_or_default();
                labels.extend(selector.get(HASH).map(|hash| (HASH.to_owned(), hash.clone())));
                self.next.selector = labels_text(&labels);
            }
            None => {
                self.next.hpa_replicas = self.sets.replicas();
                self.next.available_replicas = self.sets.available();
                self.next.selector = self.spec().selector_text();
            }
        }
    }

    /// Counts pods after a change of the wanted number alone.
    pub fn recount_blue_green(&self, status: &mut Status) {
        let active = self.sets.of(&status.blue_green.active_selector);
        let (replicas, available) = match active {
            Some(set) => (set.status.replicas, set.status.available_replicas),
            None => (self.sets.replicas(), self.sets.available()),
        };
        status.hpa_replicas = replicas;
        status.available_replicas = available;
    }

    fn has_passed_check_point(&self, strategy: &BlueGreen) -> bool {
        let Some(few) = strategy.preview_replica_count else { return false };
        let available = self.sets.new_set().map_or(0, |set| set.status.available_replicas);
        self.was().blue_green.scale_up_preview_check_point
            || (self.pre_promotion_is_done(strategy) && self.pause_is_over(strategy) && available == few)
    }

    /// Gives why a blue-green update is complete (Argo: `shouldFullPromote`).
    pub fn blue_green_promotion(&self) -> Option<String> {
        let (next, new) = (&self.next, self.sets.new_set()?);
        if next.blue_green.active_selector.is_empty() {
            return Some("Initial deploy".to_owned());
        }
        if next.blue_green.active_selector != next.current_pod_hash {
            return None;
        }
        if let Some(reason) = self.short_cut() {
            return Some(reason);
        }
        if self.is_aborted() {
            return None;
        }
        let strategy = self.spec().strategy.blue_green.as_ref()?;
        if strategy.post_promotion_analysis.is_some() {
            if new.deadline().is_some() {
                return Some(format!("Rollback to '{}' within scaleDownDelay", new.name()));
            }
            if self.runs.post_promotion.as_ref().is_none_or(|run| run.phase != "Successful") {
                return None;
            }
        }
        Some("Completed blue-green update".to_owned())
    }
}
