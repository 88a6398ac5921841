//! The cluster of a schedule: what the API server does with a patch, what the watch tells of it, another engineer, and the controller.

use super::*;

/// The API server's store with this object alone.
pub(super) fn holding(place: &Place, value: &Value) -> Objects {
    let mut objects = Objects::new(1);
    objects.adopt(place.clone(), Ties::of(value), |version| {
        let mut value = value.clone();
        value["metadata"]["resourceVersion"] = version.to_string().into();
        value.to_string()
    });
    objects
}

impl World {
    pub(super) fn value(&self) -> Value {
        let mut value: Value =
            self.objects.get(&self.place).map(|stored| (*stored.value).clone()).unwrap_or_default();
        let marks = self.marks.iter().map(|(manager, at)| {
            let time = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            let fields = json!({"f:spec": {}, "f:status": {}});
            json!({"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields})
        });
        value["metadata"]["managedFields"] = marks.collect();
        value
    }

    pub(super) fn apply(&mut self, path: &str, body: &str) -> Result<String, u16> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let part = if path.ends_with("/status") { Part::Status } else { Part::Whole };
        let patch = Patch { kind: PatchKind::Json, body: body.as_bytes() };
        let now = self.steady();
        let stored = self.objects.patch(&self.place, part, patch, now).map_err(|refusal| refusal.code)?;
        let version = stored.version.to_string();
        let manager = query.split('&').find_map(|pair| pair.strip_prefix("fieldManager=")).unwrap_or("?");
        self.marks.push((manager.to_owned(), now));
        self.soon(1_500, Happening::Controller);
        self.seen();
        Ok(version)
    }

    /// The watch tells of every state in the order in which they came, as one that is open does.
    pub(super) fn seen(&mut self) {
        let value = self.value();
        if let Some(rollout) = parsed(&value) {
            let reading = Box::new(Reading::watched(&rollout));
            self.told_at = (self.now + 1 + self.dice.below(800)).max(self.told_at);
            self.at(self.told_at, Happening::Hears(self.life, Event::Seen(reading)));
        }
    }

    pub(super) fn other(&mut self) {
        let Some(rollout) = parsed(&self.value()) else { return };
        let which = self.dice.below(4);
        let id = "0199a000-0000-7000-8000-00000000000b";
        let Some(theirs) = staged(order(which), id, &rollout, self.steady()) else { return };
        let request = theirs.request().clone();
        if self.apply(&request.path, &request.body).is_ok() {
            self.by_others += 1;
            self.told.push(format!("{} somebody else's {}", self.now, theirs.kind().word()));
        }
    }

    /// What a controller does next, as far as these orders want it to: it takes note of the spec, of an abort, and of a
    /// pause that ended.
    pub(super) fn controller(&mut self) {
        let value = self.value();
        let status = &value["status"];
        let mut change = serde_json::Map::new();
        let generation = value["metadata"]["generation"].to_string();
        if status["observedGeneration"] != generation.as_str() {
            change.insert("observedGeneration".into(), generation.into());
        }
        let paused = status["pauseConditions"].as_array().is_some_and(|all| !all.is_empty());
        if status["abort"] == true && status["abortedAt"].is_null() {
            let at = self.steady().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            change.insert("abortedAt".into(), at.into());
            change.insert("currentStepIndex".into(), 0.into());
            change.insert("pauseConditions".into(), Value::Null);
            change.insert("controllerPause".into(), Value::Null);
        } else if !paused && status["controllerPause"] == true && status["abort"] != true {
            let index = status["currentStepIndex"].as_i64().unwrap_or(0) + 1;
            change.insert("currentStepIndex".into(), index.into());
            change.insert("controllerPause".into(), Value::Null);
        } else if status["currentStepIndex"] == 2 && status["abort"] != true {
            // It reaches the next pause, and its list of pauses takes the place of whatever stood there.
            let pause = json!([{"reason": "CanaryPauseStep", "startTime": self.steady().to_string()}]);
            change.insert("currentStepIndex".into(), 3.into());
            change.insert("pauseConditions".into(), pause);
            change.insert("controllerPause".into(), true.into());
            self.marks.retain(|(manager, _)| !manager.starts_with("rollgate-"));
        }
        if change.is_empty() {
            return;
        }
        let body = json!({"status": change}).to_string();
        let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
        let now = self.steady();
        if self.objects.patch(&self.place, Part::Status, patch, now).is_ok() {
            self.marks.push(("rollouts-controller".to_owned(), now));
            self.seen();
            self.soon(5_000, Happening::Controller);
        }
    }
}
