//! The health screen in each case of what can be broken: the rows as one finds them, the row concerned opened, and what its
//! confirmation says. What edges say is in the words of the real server, as `tests/cluster/broken.rs` meets them.

use jiff::SignedDuration;
use rollgate::capability::sight::{Admitter, Answer, Answering, Provider, Right, Trial};
use rollgate::capability::{Act, Capability, Sight};
use rollgate::rollout::Strategy;
use rollgate::rollout::delta::{Contact, Delta, Kind, Object};

use crate::sights::{denied, healthy, judged, lease, opened, rights, see, split, staged, tried, well};
use crate::world::World;

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (120, 40);

/// The rows with one selected, and under them the same row opened.
fn rows_and(world: &mut World, row: Capability) -> String {
    opened(world, row);
    let open = world.text(SMALL);
    world.press("esc");
    let rows = world.text(SMALL);
    world.press("esc");
    format!("{rows}\n{}\n{open}", "=".repeat(80))
}

fn reads(right: &Right) -> bool {
    right.verb != "patch" && right.verb != "create"
}

fn patches(right: &Right, resource: &str) -> bool {
    right.verb == "patch" && right.group == "argoproj.io" && right.resource == resource
}

/// What somebody is told who may not look beyond their Rollouts.
fn without_the_cluster(world: &mut World, user: &str) {
    let no = |verb: &str, plural: &str, group: &str, place: &str| {
        format!(
            "{plural}.{group} is forbidden: User \"{user}\" cannot {verb} resource \"{plural}\" in API group \"{group}\" {place}"
        )
    };
    let scope = "at the cluster scope";
    let why = no("list", "validatingwebhookconfigurations", "admissionregistration.k8s.io", scope);
    see(world, Sight::Admission(Answer::Forbidden { why: why.into() }));
    let why = format!(
        "configmaps \"argo-rollouts-notification-configmap\" is forbidden: User \"{user}\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"argo-rollouts\""
    );
    see(world, Sight::Notifying(Answer::Forbidden { why: why.into() }));
}

/// The same, and who may not look into the controller's namespace either.
fn without_the_controller(world: &mut World, user: &str) {
    without_the_cluster(world, user);
    let why = format!(
        "leases.coordination.k8s.io \"argo-rollouts-controller-lock\" is forbidden: User \"{user}\" cannot get resource \"leases\" in API group \"coordination.k8s.io\" in the namespace \"argo-rollouts\""
    );
    see(world, Sight::Lease(Answer::Forbidden { why: why.into() }));
    let why = format!(
        "deployments.apps is forbidden: User \"{user}\" cannot list resource \"deployments\" in API group \"apps\" at the cluster scope"
    );
    see(world, Sight::Controllers(Answer::Forbidden { why: why.into() }));
}

/// The rows as a user of that name finds them.
fn as_user(user: &str, may: impl Fn(&Right) -> bool, more: impl Fn(&mut World, &str)) -> String {
    let mut world = World::fixture();
    world.app.session.user = user.into();
    well(&mut world, &["demo"]);
    rights(&mut world, "demo", may);
    more(&mut world, user);
    judged(&mut world);
    world.press("l");
    world.text(LARGE)
}

#[test]
fn who_may_do_everything() {
    insta::assert_snapshot!(as_user("admin", |_| true, |_, _| ()));
}

#[test]
fn who_may_order_and_not_look_at_the_cluster() {
    let may = |right: &Right| reads(right) || patches(right, "rollouts") || patches(right, "rollouts/status");
    insta::assert_snapshot!(as_user("operator", may, without_the_cluster));
}

#[test]
fn who_may_only_look() {
    insta::assert_snapshot!(as_user("viewer", reads, without_the_cluster));
}

#[test]
fn who_may_promote_and_abort_and_nothing_else() {
    let may = |right: &Right| reads(right) || patches(right, "rollouts/status");
    insta::assert_snapshot!(as_user("status-operator", may, without_the_cluster));
}

#[test]
fn who_may_order_in_one_namespace_and_not_look_at_the_controller() {
    let may = |right: &Right| reads(right) || patches(right, "rollouts") || patches(right, "rollouts/status");
    insta::assert_snapshot!(as_user("namespaced-operator", may, without_the_controller));
}

#[test]
fn who_may_do_nothing() {
    let refused = |world: &mut World, user: &str| {
        without_the_controller(world, user);
        let at = world.now().wall;
        for (kind, plural, group) in [
            (Kind::Rollouts, "rollouts.argoproj.io", "argoproj.io"),
            (Kind::ReplicaSets, "replicasets.apps", "apps"),
            (Kind::Pods, "pods", ""),
            (Kind::AnalysisRuns, "analysisruns.argoproj.io", "argoproj.io"),
            (Kind::Experiments, "experiments.argoproj.io", "argoproj.io"),
        ] {
            let resource = plural.split('.').next().unwrap();
            let why = format!(
                "{plural} is forbidden: User \"{user}\" cannot list resource \"{resource}\" in API group \"{group}\" in the namespace \"demo\""
            );
            world.tell(Delta::Contact(World::source(kind), Contact::Forbidden { why: why.into() }, at));
        }
    };
    insta::assert_snapshot!(as_user("nobody", |_| false, refused));
}

#[test]
fn a_controller_that_is_gone() {
    let mut world = healthy();
    lease(&mut world, 180);
    see(&mut world, Sight::Controllers(Answer::Seen(Vec::new())));
    judged(&mut world);
    insta::assert_snapshot!(rows_and(&mut world, Capability::Reconciling));
}

#[test]
fn definitions_that_were_removed() {
    let mut world = healthy();
    let at = world.now().wall;
    let why = "Argo Rollouts is not installed in this cluster: kubectl create namespace argo-rollouts && kubectl apply -n argo-rollouts -f https://github.com/argoproj/argo-rollouts/releases/latest/download/install.yaml; rollgate keeps looking";
    for kind in [Kind::Rollouts, Kind::AnalysisRuns, Kind::Experiments] {
        world.tell(Delta::Contact(World::source(kind), Contact::Absent { why: why.into() }, at));
    }
    judged(&mut world);
    insta::assert_snapshot!(rows_and(&mut world, Capability::ReadRollouts));
}

#[test]
fn a_policy_that_refuses() {
    let mut world = staged();
    let admitter = Admitter {
        kind: "ValidatingAdmissionPolicy",
        name: "sale".into(),
        fails_closed: true,
        namespaces: vec!["demo".into()],
    };
    see(&mut world, Sight::Admission(Answer::Seen(vec![admitter])));
    let why = "rollouts.argoproj.io \"paused-at-step\" is forbidden: ValidatingAdmissionPolicy 'sale' with binding 'sale' denied request: no promotions before the sale";
    see(&mut world, tried(Trial::Refused { why: why.into() }));
    judged(&mut world);
    world.press("esc esc");
    insta::assert_snapshot!(rows_and(&mut world, Capability::Admission));
    insta::assert_snapshot!(
        "a_policy_that_refuses_stands_in_the_row_of_the_act",
        rows_and(&mut world, Capability::Promote)
    );
}

#[test]
fn traffic_that_contradicts_the_claimed_weight() {
    let mut world = healthy();
    see(&mut world, split(60));
    judged(&mut world);
    insta::assert_snapshot!(rows_and(&mut world, Capability::WeightsVerified));
}

/// Tells of each kind how its watch stands.
fn contact(world: &mut World, contact: &Contact) {
    let at = world.now().wall;
    for kind in [Kind::Rollouts, Kind::ReplicaSets, Kind::Pods, Kind::AnalysisRuns, Kind::Experiments] {
        world.tell(Delta::Contact(World::source(kind), contact.clone(), at));
    }
}

#[test]
fn a_token_that_has_expired() {
    let mut world = healthy();
    let why = "the server no longer accepts your credentials (Unauthorized); log in again outside (any kubectl command with this context will do): rollgate takes up the new login";
    contact(&mut world, &Contact::Unauthorized { why: why.into() });
    judged(&mut world);
    insta::assert_snapshot!(rows_and(&mut world, Capability::ReadRollouts));
    let mut world = staged();
    contact(&mut world, &Contact::Unauthorized { why: why.into() });
    judged(&mut world);
    let drawn = world.shown(SMALL);
    assert!(!drawn.contains("acknowledge and send"), "{drawn}");
    insta::assert_snapshot!("a_confirmation_whose_token_has_expired", drawn);
}

#[test]
fn a_server_that_is_down() {
    let mut world = healthy();
    let next = world.now().wall;
    let why = "nothing is reached at https://10.1.2.3:6443: connection refused (os error 111)";
    contact(&mut world, &Contact::Retrying { why: why.into(), next });
    for sight in [
        Sight::Lease(Answer::Failed { why: why.into() }),
        Sight::Controllers(Answer::Failed { why: why.into() }),
    ] {
        see(&mut world, sight);
    }
    world.rest(120_000);
    judged(&mut world);
    insta::assert_snapshot!(rows_and(&mut world, Capability::ReadRollouts));
    insta::assert_snapshot!(
        "a_controller_that_cannot_be_told_of_while_the_server_is_down",
        rows_and(&mut world, Capability::Reconciling)
    );
}

#[test]
fn a_clock_that_is_behind_or_ahead() {
    let mut world = healthy();
    see(&mut world, Sight::Skew(Answer::Seen(SignedDuration::from_secs(90))));
    // Who renews it keeps the server's time.
    lease(&mut world, 2 - 90);
    judged(&mut world);
    let behind = rows_and(&mut world, Capability::Clock);
    assert!(behind.contains("90 s behind the server's"), "{behind}");
    insta::assert_snapshot!(behind);
    let mut world = staged();
    see(&mut world, tried(Trial::Accepted));
    see(&mut world, Sight::Skew(Answer::Seen(SignedDuration::from_secs(-90))));
    lease(&mut world, 2 + 90);
    judged(&mut world);
    let ahead = world.shown(LARGE);
    assert!(
        ahead.contains("90 s ahead of the server's") && ahead.contains("acknowledge and send"),
        "{ahead}"
    );
    insta::assert_snapshot!("a_confirmation_by_a_clock_that_is_ahead", ahead);
}

#[test]
fn a_ledger_that_is_read_only() {
    let mut world = healthy();
    let why = "/home/ada/.local/state/rollgate/ledger.sqlite3 cannot be written: the file, its folder or its disk is read-only";
    see(&mut world, Sight::Recording(Answer::Failed { why: why.into() }));
    judged(&mut world);
    insta::assert_snapshot!(rows_and(&mut world, Capability::Ledger));
}

fn prometheus(answer: Answer<Answering>) -> Sight {
    let address = "http://prometheus.monitoring.svc:9090";
    let provider = Provider { kind: "prometheus".into(), address: address.into() };
    Sight::Provider("demo".into(), provider, answer)
}

fn gone() -> Sight {
    let why = "nothing is reached at http://127.0.0.1:9090: connection refused (os error 111)";
    prometheus(Answer::Failed { why: why.into() })
}

fn wrong() -> Sight {
    let what = "answers, but not as Prometheus does: <html><h1>It works!</h1></html>";
    prometheus(Answer::Seen(Answering::Wrongly { what: what.into() }))
}

fn up() -> Sight {
    prometheus(Answer::Seen(Answering::Well { version: "2.53.3".into() }))
}

/// The rows where a provider of metrics showed these, one after the other.
fn measured(sights: Vec<Sight>) -> String {
    let mut world = healthy();
    for sight in sights {
        see(&mut world, sight);
        judged(&mut world);
    }
    rows_and(&mut world, Capability::AnalysisProviders)
}

#[test]
fn a_prometheus_that_is_up() {
    insta::assert_snapshot!(measured(vec![up()]));
}

#[test]
fn a_prometheus_that_went_down() {
    insta::assert_snapshot!(measured(vec![up(), gone()]));
}

#[test]
fn a_prometheus_that_was_never_reached() {
    insta::assert_snapshot!(measured(vec![gone()]));
}

#[test]
fn a_prometheus_that_is_something_else() {
    insta::assert_snapshot!(measured(vec![wrong()]));
}

#[test]
fn a_confirmation_says_that_the_prometheus_which_is_to_judge_it_is_gone() {
    let mut world = healthy();
    let store = &world.app.store;
    let rollout = store.fleet.iter().map(|(_, standing)| &standing.rollout);
    let mut rollout =
        rollout.filter(|rollout| &*rollout.meta.key.name == "paused-at-step").cloned().next().unwrap();
    let of = std::sync::Arc::make_mut(&mut rollout);
    let Strategy::Canary(canary) = &mut of.spec.strategy else { panic!("no canary") };
    canary.background_analysis = true;
    of.meta.resource_version = "999999".into();
    world.tell(Delta::Seen(World::source(Kind::Rollouts), Object::Rollout(Box::new(of.clone()))));
    world.open("paused-at-step");
    world.press("p");
    see(&mut world, tried(Trial::Accepted));
    for sight in [up(), gone()] {
        see(&mut world, sight);
        judged(&mut world);
    }
    let drawn = world.shown(LARGE);
    assert!(
        drawn.contains("analysis-providers: degraded") && drawn.contains("acknowledge and send"),
        "{drawn}"
    );
    insta::assert_snapshot!(drawn);
}

#[test]
fn a_right_that_was_taken_away() {
    let mut world = healthy();
    see(&mut world, denied(Act::Promote));
    judged(&mut world);
    insta::assert_snapshot!(rows_and(&mut world, Capability::Promote));
}
