//! The programs of a running cluster, and what a test may do to them: pause, resume, kill, restart.
//!
//! Owns which of them run. Waits until the effect can be observed (the server answers, the controller holds its Lease),
//! so that a test goes on from a known state. A paused program is dead to the others and still holds its sockets.

use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::processes::Process;
use super::{ARGO_NAMESPACE, Cluster, PATIENCE, wait_while_alive};

const LEASE: &str =
    "/apis/coordination.k8s.io/v1/namespaces/argo-rollouts/leases/argo-rollouts-controller-lock";
const NODE_LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1";

/// The running programs; ended in this order.
#[derive(Default)]
pub struct Programs {
    pub rollouts_controller: Option<Process>,
    pub kubelet: Option<Process>,
    pub controller_manager: Option<Process>,
    pub api_server: Option<Process>,
    pub etcd: Option<Process>,
}

impl Programs {
    /// Answers an error when a program ended by itself.
    ///
    /// # Errors
    /// The sentence that says which, with the end of its log.
    pub fn check(&mut self) -> Result<(), String> {
        let all = [
            &mut self.etcd,
            &mut self.api_server,
            &mut self.controller_manager,
            &mut self.kubelet,
            &mut self.rollouts_controller,
        ];
        all.into_iter().flatten().try_for_each(Process::check)
    }
}

fn running<'a>(process: &'a mut Option<Process>, name: &str) -> Result<&'a mut Process, String> {
    process.as_mut().ok_or_else(|| format!("{name} does not run"))
}

impl Cluster {
    pub(super) fn programs(&self) -> MutexGuard<'_, Programs> {
        self.programs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers an error when a program of the cluster ended by itself.
    ///
    /// # Errors
    /// The sentence that says which, with the end of its log.
    pub fn check(&self) -> Result<(), String> {
        self.programs().check()
    }

    /// Starts kube-controller-manager, kwok with its node, and the Argo Rollouts controller; for a bare cluster.
    ///
    /// # Errors
    /// Which of them did not start.
    pub fn start_controllers(&self) -> Result<(), String> {
        self.start_bystanders()?;
        self.start_rollouts_controller()?;
        wait_while_alive(
            PATIENCE,
            "the node becomes ready",
            || self.check(),
            || {
                let node = self.api.get("/api/v1/nodes/node-1")?;
                let conditions =
                    node.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
                Ok(conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
            },
        )
    }

    fn start_bystanders(&self) -> Result<(), String> {
        let start = |name, command| Process::start(name, command, &self.layout.log(name), &self.reaper);
        // A new kwok would wait for the lease of the one before to run out.
        let _ = self.api.delete(NODE_LEASE);
        let mut programs = self.programs();
        programs.controller_manager =
            Some(start("kube-controller-manager", self.layout.controller_manager()?)?);
        programs.kubelet = Some(start("kwok", self.layout.kubelet()?)?);
        Ok(())
    }

    fn start_rollouts_controller(&self) -> Result<(), String> {
        // What a killed controller left would keep the next one waiting for its lease to run out.
        let _ = self.api.delete(LEASE);
        let name = "rollouts-controller";
        let command = self.layout.rollouts_controller()?;
        let process = Process::start(name, command, &self.layout.log(name), &self.reaper)?;
        self.programs().rollouts_controller = Some(process);
        wait_while_alive(
            PATIENCE,
            "the Argo Rollouts controller holds its lease",
            || self.check(),
            || {
                let lease = self.api.get(LEASE)?;
                let holder =
                    lease.pointer("/spec/holderIdentity").and_then(Value::as_str).unwrap_or_default();
                Ok(!holder.is_empty())
            },
        )
    }

    /// Stops the Argo Rollouts controller where it stands (SIGSTOP).
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause_controller(&self) -> Result<(), String> {
        running(&mut self.programs().rollouts_controller, "the Argo Rollouts controller")?.pause()
    }

    /// Lets the Argo Rollouts controller go on. One that lost its lease meanwhile ends by itself and is started anew.
    ///
    /// # Errors
    /// When it does not run or does not come back.
    pub fn resume_controller(&self) -> Result<(), String> {
        let before = self.lease_renewed()?;
        running(&mut self.programs().rollouts_controller, "the Argo Rollouts controller")?.resume()?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if self.check().is_err() {
                break;
            }
            if self.lease_renewed()? != before {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.kill_controller();
        self.start_rollouts_controller()
    }

    fn lease_renewed(&self) -> Result<Value, String> {
        Ok(self.api.get(LEASE)?.pointer("/spec/renewTime").cloned().unwrap_or_default())
    }

    /// Kills the Argo Rollouts controller (SIGKILL): its lease stays and runs out.
    pub fn kill_controller(&self) {
        drop(self.programs().rollouts_controller.take());
    }

    /// Kills the Argo Rollouts controller if it runs and starts a new one.
    ///
    /// # Errors
    /// When it does not come back.
    pub fn restart_controller(&self) -> Result<(), String> {
        self.kill_controller();
        self.start_rollouts_controller()
    }

    /// Stops the API server where it stands (SIGSTOP): connections stay open and nothing is answered.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause_api_server(&self) -> Result<(), String> {
        running(&mut self.programs().api_server, "the API server")?.pause()
    }

    /// Lets the API server go on.
    ///
    /// # Errors
    /// When it does not run or does not answer.
    pub fn resume_api_server(&self) -> Result<(), String> {
        running(&mut self.programs().api_server, "the API server")?.resume()?;
        self.wait_until_ready()
    }

    /// Kills the API server (SIGKILL): connections are reset and new ones refused.
    pub fn kill_api_server(&self) {
        drop(self.programs().api_server.take());
    }

    /// Kills the API server if it runs and starts a new one on the same port, with the same certificate and objects.
    ///
    /// kube-controller-manager and kwok are started anew with it: they wait longer with each server that goes (their
    /// client's back-off forgets nothing for two minutes), up to 90 s were measured, in which no pod becomes ready. The
    /// Argo Rollouts controller is left as it is: how it goes on is what tests are about.
    ///
    /// # Errors
    /// When it does not come back.
    pub fn restart_api_server(&self) -> Result<(), String> {
        self.kill_api_server();
        self.start_api_server()?;
        self.wait_until_ready()?;
        let bystanders = {
            let mut programs = self.programs();
            (programs.controller_manager.take(), programs.kubelet.take())
        };
        if bystanders.0.is_some() {
            drop(bystanders);
            self.start_bystanders()?;
        }
        Ok(())
    }

    pub(super) fn start_api_server(&self) -> Result<(), String> {
        let name = "kube-apiserver";
        let process = Process::start(name, self.layout.api_server()?, &self.layout.log(name), &self.reaper)?;
        self.programs().api_server = Some(process);
        Ok(())
    }

    pub(super) fn wait_until_ready(&self) -> Result<(), String> {
        wait_while_alive(
            PATIENCE,
            "the API server is ready",
            || self.check(),
            || Ok(self.api.text("/readyz")? == "ok"),
        )
    }

    pub(super) fn node(&self) -> Result<(), String> {
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": "node-1", "labels": {"kubernetes.io/hostname": "node-1"}},
        });
        self.api.create("/api/v1/nodes", &node)?;
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ARGO_NAMESPACE}});
        self.api.create("/api/v1/namespaces", &namespace)?;
        Ok(())
    }
}
