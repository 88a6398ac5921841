use super::*;

/// What a controller of v1.9.1 says, in its form; the counts are these tests' own.
const PAGE: &str = "\
# HELP argo_rollouts_controller_info Running Argo-rollouts version
# TYPE argo_rollouts_controller_info gauge
argo_rollouts_controller_info{version=\"v1.9.1+1234567\"} 1
# TYPE rollout_reconcile histogram
rollout_reconcile_bucket{name=\"web\",namespace=\"shop\",le=\"0.01\"} 90
rollout_reconcile_sum{name=\"web\",namespace=\"shop\"} 0.4
rollout_reconcile_count{name=\"web\",namespace=\"shop\"} 101
rollout_reconcile_count{name=\"api\",namespace=\"shop\"} 20
rollout_reconcile_error{name=\"api\",namespace=\"shop\"} 3
analysis_run_reconcile_count{name=\"web\",namespace=\"shop\"} 7000
workqueue_depth{name=\"AnalysisRuns\"} 40
workqueue_depth{name=\"Rollouts\"} 2
workqueue_unfinished_work_seconds{name=\"Rollouts\"} 190.5
workqueue_longest_running_processor_seconds{name=\"Rollouts\"} 130.25
workqueue_longest_running_processor_seconds{name=\"Services\"} 900
";

#[test]
fn counts_are_summed_over_rollouts_and_only_the_queue_of_rollouts_counts() {
    let wanted = Meters {
        version: "v1.9.1+1234567".into(),
        reconciled: 121,
        failed: 3,
        queued: 2,
        busy: SignedDuration::from_millis(130_250),
    };
    assert_eq!(meters(PAGE), Some(wanted));
}

#[test]
fn a_standby_says_who_it_is_and_counts_nothing() {
    let page = "argo_rollouts_controller_info{version=\"v1.9.1\"} 1\nworkqueue_depth{name=\"Rollouts\"} 0\n";
    let meters = meters(page).unwrap();
    assert_eq!((meters.reconciled, meters.queued, meters.busy), (0, 0, SignedDuration::ZERO));
}

#[test]
fn without_the_controllers_own_line_it_is_not_its_page() {
    for page in ["", "<html>hello</html>", "process_cpu_seconds_total 3\nrollout_reconcile_count 9\n", "{}"] {
        assert_eq!(meters(page), None, "{page}");
    }
}

#[test]
fn labels_are_read_whatever_stands_in_their_values() {
    let line = r#"m{ a="x,b=\"y\"}", name="Roll\\outs\n2",b="" } 1e3 1700000000"#;
    let read: Vec<_> = samples(line).collect();
    let [sample] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((sample.name, sample.value), ("m", 1000.0));
    assert_eq!(sample.labels.get("a").as_deref(), Some("x,b=\"y\"}"));
    assert_eq!(sample.labels.get("name").as_deref(), Some("Roll\\outs\n2"));
    assert_eq!(sample.labels.get("b").as_deref(), Some(""));
    assert_eq!(sample.labels.get("c"), None);
}

#[test]
fn lines_that_are_none_are_left_out_and_hide_no_other() {
    let page = "m{a=\"open 1\nm 2\n\n m{a=\"b\"}\nm{a=\"b\"} x\nm\nm\t+Inf\n# m 9\n";
    let values: Vec<f64> = samples(page).map(|sample| sample.value).collect();
    assert_eq!(values, [2.0, f64::INFINITY]);
}

#[test]
fn values_that_cannot_be_are_no_counts() {
    let page = |value: &str| {
        format!(
            "argo_rollouts_controller_info 1\nrollout_reconcile_count {value}\nworkqueue_longest_running_processor_seconds{{name=\"Rollouts\"}} {value}\n"
        )
    };
    for value in ["NaN", "-Inf", "-5"] {
        let meters = meters(&page(value)).unwrap();
        assert_eq!((meters.reconciled, meters.busy), (0, SignedDuration::ZERO), "{value}");
    }
    assert_eq!(meters(&page("1e300")).unwrap().reconciled, u64::MAX);
}
