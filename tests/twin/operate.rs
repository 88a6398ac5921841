//! Carries out one line of a script: the requests that Argo's plugin sends, sent by the harness or by the plugin itself.
//!
//! Owns what each order means on the wire (Argo: pkg/kubectl-argo-rollouts/cmd). Never waits for an effect. The answers
//! are handed back as they came; a refusal is an answer like any other.

use serde_json::{Value, json};

use super::answers::Answers;
use super::observer::Observer;
use super::script::{Line, Order, Promote};
use super::side::{Ask, Controller, Side, collection};
use super::{plugin, tuple};

/// Where a line is carried out.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub side: &'a Side,
    pub namespace: &'a str,
    pub answers: &'a Answers,
    pub controller: Controller<'a>,
}

impl Place<'_> {
    fn path(&self, kind: &str, name: &str) -> Result<String, String> {
        Ok(format!("{}/{name}", collection(kind, self.namespace)?))
    }

    /// Sends what the line orders and hands back the answers; orders that are no requests answer nothing.
    ///
    /// # Errors
    /// When no answer came, or the order makes no sense here.
    pub fn carry_out(&self, line: &Line, seen: &Observer) -> Result<Value, String> {
        if line.by_plugin && self.side.plugin.is_some() {
            let args = self.arguments(&line.order, seen)?;
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            return plugin::run(self.side, self.namespace, &args);
        }
        match &line.order {
            Order::Answer(name, value) => {
                self.answers.set(self.namespace, name, value);
                return Ok(Value::Null);
            }
            Order::Controller(up) => return (self.controller)(*up).map(|()| Value::Null),
            Order::Wait(_) | Order::Until(..) => return Ok(Value::Null),
            Order::Undo(revision) if self.template(*revision)?.is_none() => {
                return Ok(json!("no such revision"));
            }
            Order::DeletePod(role) if pod(seen, role).is_err() => return Ok(json!("no such pod")),
            _ => {}
        }
        let mut summaries = Vec::new();
        for ask in self.asks(&line.order, seen)? {
            let answer = self.side.send(&ask)?;
            summaries.push(answer.summary());
            if answer.code >= 400 {
                break;
            }
        }
        Ok(json!(summaries))
    }

    fn rollout(&self) -> Result<Value, String> {
        self.side.must(&Ask::get(&self.path("Rollout", "web")?))
    }

    fn asks(&self, order: &Order, seen: &Observer) -> Result<Vec<Ask>, String> {
        let path = self.path("Rollout", "web")?;
        let spec = |change: Value| vec![Ask::merge(&path, json!({"spec": change}))];
        let status = |change: Value| vec![Ask::merge(&format!("{path}/status"), json!({"status": change}))];
        let asks = match order {
            Order::Tag(tag) => vec![self.tag(tag)?],
            Order::Promote(how) => self.promote(*how, &path)?,
            Order::Pause => spec(json!({"paused": true})),
            Order::Resume => spec(json!({"paused": false})),
            Order::Abort => status(json!({"abort": true})),
            Order::Retry => status(json!({"abort": false})),
            Order::Undo(revision) => self.undo(*revision, &path)?,
            Order::Restart => spec(json!({"restartAt": second((self.side.now)())})),
            Order::Scale(count) => {
                vec![Ask::merge(&format!("{path}/scale"), json!({"spec": {"replicas": count}}))]
            }
            Order::Steps(steps) => {
                let to = json!([{"op": "replace", "path": "/spec/strategy/canary/steps", "value": steps}]);
                vec![Ask::json(&path, to)]
            }
            Order::Merge(change) => vec![Ask::merge(&path, change.clone())],
            Order::Status(change) => status(change.clone()),
            Order::Json(change) => vec![Ask::json(&path, change.clone())],
            Order::DeletePod(role) => vec![Ask::delete(&self.path("Pod", &pod(seen, role)?)?)],
            Order::DeleteRollout => vec![Ask::delete(&path)],
            Order::TerminateRun => vec![self.terminate("AnalysisRun", seen)?],
            Order::TerminateExperiment => vec![self.terminate("Experiment", seen)?],
            Order::Answer(..) | Order::Controller(_) | Order::Wait(_) | Order::Until(..) => Vec::new(),
        };
        Ok(asks)
    }

    fn tag(&self, tag: &str) -> Result<Ask, String> {
        let rollout = self.rollout()?;
        let path = match rollout["spec"]["workloadRef"]["name"].as_str() {
            Some(name) => self.path("Deployment", name)?,
            None => self.path("Rollout", "web")?,
        };
        let image = format!("rollgate.test/app:{tag}");
        let to = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image}]);
        Ok(Ask::json(&path, to))
    }

    /// Argo: cmd/promote/promote.go, as of 1.9.
    fn promote(&self, how: Promote, path: &str) -> Result<Vec<Ask>, String> {
        let rollout = self.rollout()?;
        let (spec, status) = (&rollout["spec"], &rollout["status"]);
        let steps = spec["strategy"]["canary"]["steps"].as_array().map_or(0, Vec::len);
        let index = status["currentStepIndex"].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(0);
        let next = if index < steps { index + 1 } else { index };
        let waits = status["pauseConditions"].as_array().is_some_and(|it| !it.is_empty());
        let run = &status["canary"]["currentStepAnalysisRunStatus"]["status"];
        let change = match how {
            Promote::SkipCurrent => Some(json!({"currentStepIndex": next})),
            Promote::SkipAll => Some(json!({"currentStepIndex": steps})),
            Promote::Full if status["currentPodHash"] == status["stableRS"] => None,
            Promote::Full => Some(json!({"promoteFull": true})),
            Promote::Step if run == "Inconclusive" && waits && status["controllerPause"] == true => {
                Some(json!({"pauseConditions": null, "controllerPause": false, "currentStepIndex": next}))
            }
            Promote::Step if waits => Some(json!({"pauseConditions": null})),
            Promote::Step if steps > 0 => Some(json!({"pauseConditions": null, "currentStepIndex": next})),
            Promote::Step => None,
        };
        let mut asks: Vec<Ask> = change
            .map(|change| Ask::merge(&format!("{path}/status"), json!({"status": change})))
            .into_iter()
            .collect();
        if spec["paused"] == true && matches!(how, Promote::Step | Promote::Full) {
            asks.push(Ask::merge(path, json!({"spec": {"paused": false}})));
        }
        Ok(asks)
    }

    /// Argo: cmd/undo/undo.go; 0 takes the second-highest revision.
    fn template(&self, revision: u64) -> Result<Option<Value>, String> {
        let list = self.side.must(&Ask::get(&collection("ReplicaSet", self.namespace)?))?;
        let number = |set: &Value| -> u64 {
            let note = &set["metadata"]["annotations"]["rollout.argoproj.io/revision"];
            note.as_str().and_then(|it| it.parse().ok()).unwrap_or(0)
        };
        let mut sets: Vec<&Value> = list["items"].as_array().into_iter().flatten().collect();
        sets.retain(|set| tuple::owned_by(set, "Rollout"));
        sets.sort_by_key(|set| std::cmp::Reverse(number(set)));
        let found = match revision {
            0 => sets.get(1).copied(),
            wanted => sets.iter().copied().find(|set| number(set) == wanted),
        };
        Ok(found.map(|set| {
            let mut template = set["spec"]["template"].clone();
            if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
                labels.remove("rollouts-pod-template-hash");
            }
            template
        }))
    }

    fn undo(&self, revision: u64, path: &str) -> Result<Vec<Ask>, String> {
        let template = self.template(revision)?;
        Ok(vec![Ask::json(path, json!([{"op": "replace", "path": "/spec/template", "value": template}]))])
    }

    fn terminate(&self, kind: &str, seen: &Observer) -> Result<Ask, String> {
        Ok(Ask::merge(&self.path(kind, &under_way(seen, kind)?)?, json!({"spec": {"terminate": true}})))
    }

    fn arguments(&self, order: &Order, seen: &Observer) -> Result<Vec<String>, String> {
        let words = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<String>>();
        let args = match order {
            Order::Tag(tag) => words(&["set", "image", "web", &format!("app=rollgate.test/app:{tag}")]),
            Order::Promote(Promote::Step) => words(&["promote", "web"]),
            Order::Promote(Promote::Full) => words(&["promote", "web", "--full"]),
            Order::Promote(Promote::SkipCurrent) => words(&["promote", "web", "--skip-current-step"]),
            Order::Promote(Promote::SkipAll) => words(&["promote", "web", "--skip-all-steps"]),
            Order::Pause => words(&["pause", "web"]),
            Order::Abort => words(&["abort", "web"]),
            Order::Retry => words(&["retry", "rollout", "web"]),
            Order::Undo(revision) => words(&["undo", "web", &format!("--to-revision={revision}")]),
            Order::Restart => words(&["restart", "web"]),
            Order::TerminateRun => words(&["terminate", "analysisrun", &under_way(seen, "AnalysisRun")?]),
            Order::TerminateExperiment => {
                words(&["terminate", "experiment", &under_way(seen, "Experiment")?])
            }
            other => return Err(format!("the plugin cannot {other:?}")),
        };
        Ok(args)
    }
}

fn second(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The first pod, by name, of the ReplicaSet with this role: `stable` or `updated`.
fn pod(seen: &Observer, role: &str) -> Result<String, String> {
    let status = &seen.rollout()["status"];
    let wanted = if role == "stable" { &status["stableRS"] } else { &status["currentPodHash"] };
    let mut pods = seen.all("Pod").filter(|pod| *wanted == *tuple::hash(pod));
    let pod = pods.next().ok_or_else(|| format!("no {role} pod"))?;
    Ok(pod["metadata"]["name"].as_str().unwrap_or_default().to_owned())
}

fn under_way(seen: &Observer, kind: &str) -> Result<String, String> {
    let goes_on = |one: &&Value| matches!(one["status"]["phase"].as_str(), Some("Running" | "Pending"));
    let found = seen.all(kind).find(goes_on).ok_or_else(|| format!("no {kind} is under way"))?;
    Ok(found["metadata"]["name"].as_str().unwrap_or_default().to_owned())
}
