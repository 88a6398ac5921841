use super::*;

#[test]
fn the_core_alone_is_a_policy_and_lint_says_that_it_judges_nothing() {
    let policy = file::read(CORE, "frontend").unwrap();
    assert_eq!((&*policy.name, policy.least_points), ("frontend", 50));
    assert_eq!(
        (policy.lifetime, policy.interval),
        (SignedDuration::from_hours(3), SignedDuration::from_hours(1))
    );
    assert_eq!((policy.thresholds.pass, policy.thresholds.marginal), (95.0, 75.0));
    assert_eq!((policy.triggers.error_ratio, policy.triggers.deny_rate), (2.0, 0.03));
    let findings = lint::lint(&policy, None);
    assert_eq!(findings[0].grade, lint::Grade::Error);
    assert!(findings[0].what.as_str().contains("no metrics"));
}

#[test]
fn a_query_is_written_once_and_asked_for_both_versions() {
    let Origin::Query { canary, stable } = policy().metrics.remove(0).origin else { panic!() };
    assert!(canary.contains("hash=\"{{canary}}\"") && canary.contains("{{namespace}}"));
    assert!(stable.contains("hash=\"{{stable}}\"") && !stable.contains("{{canary}}"));
}

#[test]
fn arguments_are_filled_in_and_unknown_ones_refused() {
    let metric =
        |query: &str| format!("{CORE}args:\n  job: web\nmetrics:\n  - name: errors\n    query: {query}\n");
    let policy = file::read(&metric("'errors{job=\"{{job}}\",hash=\"{{canary}}\"}'"), "x").unwrap();
    let Origin::Query { canary, .. } = &policy.metrics[0].origin else { panic!() };
    assert_eq!(canary, "errors{job=\"web\",hash=\"{{canary}}\"}");
    let refused = file::read(&metric("'errors{job=\"{{jib}}\",hash=\"{{canary}}\"}'"), "x").unwrap_err();
    assert!(refused.to_string().contains("`{{jib}}`"), "{refused}");
    let refused = file::read(&metric("'errors{job=\"{{job}}\"}'"), "x").unwrap_err();
    assert!(refused.to_string().contains("{{canary}}"), "{refused}");
}

#[test]
fn what_is_not_known_is_refused_with_its_line_and_what_was_meant() {
    for (wrong, right, line, words) in [
        (
            "min_data_points_per_metrc",
            "min_data_points_per_metric",
            2,
            "did you mean `min_data_points_per_metric`?",
        ),
        ("marginl", "marginal", 7, "did you mean `marginal`?"),
        ("rollback_trigers", "rollback_triggers", 8, "did you mean `rollback_triggers`?"),
    ] {
        let fault = file::read(&CORE.replace(right, wrong), "x").unwrap_err();
        assert_eq!(fault.line, Some(line), "{fault}");
        assert!(fault.why.contains(words), "{fault}");
    }
}

#[test]
fn a_value_that_means_nothing_is_refused_with_its_line() {
    for (from, to, line, words) in [
        ("pass: 95", "pass: 950", 6, "between 0 and 100"),
        ("marginal: 75", "marginal: 96", 7, "above pass"),
        ("metric: 50", "metric: 1", 2, "between 2 and"),
        (
            "direction: increase\n    groups: [errors]",
            "direction: incraese\n    groups: [errors]",
            14,
            "did you mean `increase`?",
        ),
        ("name: latency", "name: errors", 18, "two metrics `errors`"),
    ] {
        let text = format!("{CORE}{METRICS}").replacen(from, to, 1);
        let fault = file::read(&text, "x").unwrap_err();
        assert_eq!(fault.line, Some(line), "{fault}");
        assert!(fault.why.contains(words), "{fault}");
    }
}

#[test]
fn a_trigger_names_a_metric_that_exists() {
    let text = format!("{CORE}    error_rate_metric: errrors\n{METRICS}");
    let fault = file::read(&text, "x").unwrap_err();
    assert!(fault.to_string().contains("no metric `errrors`"), "{fault}");
}

#[test]
fn a_trigger_that_names_a_metric_of_analysis_runs_can_never_be_told_and_lint_says_so() {
    let text = format!("{CORE}    parser_failure_metric: parse\n{METRICS}  - name: parse\n");
    let findings = lint::lint(&file::read(&text, "x").unwrap(), None);
    let found = findings.iter().find(|finding| finding.about == "parser_failure_metric").unwrap();
    assert_eq!(found.grade, lint::Grade::Error);
    assert!(found.what.as_str().contains("names parse, which has no query"), "{found:?}");
    let queried = format!("{CORE}    error_rate_metric: errors\n{METRICS}");
    let findings = lint::lint(&file::read(&queried, "x").unwrap(), None);
    assert!(findings.iter().all(|finding| finding.grade != lint::Grade::Error), "{findings:?}");
}

#[test]
fn limits_of_approvals_are_off_unless_they_are_written_and_want_a_topic_or_a_workflow() {
    let limiting = |limits: &str, more: &str| file::read(&format!("{CORE}{limits}{METRICS}{more}"), "x");
    assert!(!policy().triggers.backlog.is_watched());
    let asking = "policy_service: {workflow: refunds}\n";
    let both = limiting("    max_approvals_waiting: 5\n    max_approval_wait: 30m\n", asking).unwrap();
    let backlog = &both.triggers.backlog;
    assert_eq!((backlog.most, backlog.longest), (Some(5), Some(SignedDuration::from_mins(30))));
    for (limit, words) in [
        ("    max_approvals_waiting: -1\n", "does not lie between 0 and"),
        ("    max_approval_wait: soon\n", "is no duration"),
        ("    max_approval_wait: 0s\n", "is no duration"),
    ] {
        let refused = limiting(limit, asking).unwrap_err();
        assert!(refused.why.contains(words) && refused.line == Some(11), "{refused}");
    }
    for limit in ["    max_approvals_waiting: 5\n", "    max_approval_wait: 30m\n"] {
        let refused = limiting(limit, "").unwrap_err();
        assert!(refused.why.starts_with("whose approvals?") && refused.line == Some(11), "{refused}");
    }
    let none = lint::lint(&limiting("    max_approvals_waiting: 0\n", asking).unwrap(), None);
    assert!(none.iter().any(|finding| finding.about == "max_approvals_waiting"), "{none:?}");
    let brief = lint::lint(&limiting("    max_approval_wait: 30s\n", asking).unwrap(), None);
    assert!(brief.iter().any(|finding| finding.about == "max_approval_wait"), "{brief:?}");
}

#[test]
fn pauses_that_are_too_short_to_ever_pass_are_told_with_the_shortest_that_can() {
    let pause = |minutes: i64| {
        let written = Printable::from(format!("{minutes}m"));
        Step::Pause(Some(StepDuration { written, seconds: Some(minutes * 60) }))
    };
    let ladder =
        [Step::SetWeight(10), pause(20), Step::SetWeight(25), pause(30), Step::SetWeight(50), pause(50)];
    let findings = lint::lint(&policy(), Some(&ladder));
    let errors: Vec<_> = findings.iter().filter(|finding| finding.grade == lint::Grade::Error).collect();
    assert_eq!(errors.len(), 2, "{findings:?}");
    assert!(
        errors[0].what.as_str().contains("step 2 pauses for 20m, which holds 20 points of 50"),
        "{errors:?}"
    );
    assert!(errors[0].what.as_str().contains("the shortest pause that can is 50m"), "{errors:?}");
    let patient = [Step::SetWeight(10), pause(30), pause(20), Step::SetWeight(50), Step::Pause(None)];
    assert!(lint::lint(&policy(), Some(&patient)).iter().all(|finding| finding.grade != lint::Grade::Error));
}

#[test]
fn points_that_are_too_old_before_anybody_asks_again_are_told_with_the_shortest_that_are_not() {
    // Five points are fresh, and a canary is asked about every 15 s at most: 5 × 2 s are over before.
    let said = |resolution: &str, metrics: &str| {
        let text = format!("{CORE}  metric_resolution: {resolution}\n{metrics}");
        let findings = lint::lint(&file::read(&text, "x").unwrap(), None);
        let about = |finding: &&lint::Finding| finding.about == "metric_resolution";
        findings.iter().find(about).map(|finding| (finding.grade, finding.what.to_string()))
    };
    let (grade, what) = said("2s", METRICS).unwrap();
    assert_eq!(grade, lint::Grade::Error);
    assert!(what.contains("points are too old after 10s") && what.ends_with("make it 3s or more"), "{what}");
    assert_eq!(said("3s", METRICS), None);
    // What AnalysisRuns measure is not asked for point by point.
    assert_eq!(said("2s", "metrics: [{name: errors}]\n"), None);
}

#[test]
fn a_selector_knows_patterns() {
    let text = format!("{CORE}applies_to:\n  namespaces: [prod, 'prod-*']\n  names: ['*-web-*']\n");
    let policy = file::read(&text, "x").unwrap();
    for (namespace, name, selected) in [
        ("prod", "shop-web-eu", true),
        ("prod-eu", "a-web-", true),
        ("production", "shop-web-eu", false),
        ("prod", "web", false),
    ] {
        assert_eq!(policy.applies_to.selects(namespace, name), selected, "{namespace} {name}");
    }
}

#[test]
fn a_regression_of_a_fifth_is_caught_more_often_with_more_points() {
    let policy = file::read(&format!("{CORE}  method: kayenta\n{METRICS}"), "x").unwrap();
    assert_eq!(policy.method, Method::Kayenta);
    let metric = &policy.metrics[1];
    let scene = power::regression(metric, 0.2, 0.3);
    let (few, many) =
        (power::caught(policy.method, metric, scene, 50), power::caught(policy.method, metric, scene, 200));
    assert!(few < 0.6 && many > 0.95, "{few} {many}");
    let wanted = power::points_for(0.8, policy.method, metric, scene).unwrap();
    assert!((60..200).contains(&wanted), "{wanted}");
    let same = power::regression(metric, 0.0, 0.3);
    assert!(power::caught(policy.method, metric, same, 50) < 0.03);
}

#[test]
fn what_the_policy_service_is_asked_is_a_topic_a_workflow_or_both_and_nothing_it_would_deny_unread() {
    let simulated =
        |text: &str| file::read(&format!("{CORE}policy_service: {text}\n"), "x").map(|it| it.simulation);
    let asked = simulated("{topic: job.refund, bundle: secops/demo, workflow: refunds}").unwrap().unwrap();
    assert_eq!(asked.topic.as_deref(), Some("job.refund"));
    assert_eq!((asked.bundle.as_deref(), asked.workflow.as_deref()), (Some("secops/demo"), Some("refunds")));
    assert_eq!(file::read(CORE, "x").unwrap().simulation, None);
    for (wrong, words) in [
        ("{topic: refund}", "they begin with job."),
        ("{bundle: secops/demo}", "a bundle is asked about a topic"),
        ("{}", "policy_service asks nothing"),
        ("{workflow: ''}", "it is empty"),
        ("{topik: job.a}", "did you mean `topic`?"),
    ] {
        let refused = simulated(wrong).unwrap_err().to_string();
        assert!(refused.contains(words), "{wrong}: {refused}");
    }
}

#[test]
fn a_score_that_is_written_as_a_share_of_one_is_refused_since_all_would_pass() {
    let text = format!("{CORE}{METRICS}")
        .replace("pass: 95", "pass: 0.95")
        .replace("marginal: 75", "marginal: 0.75");
    let fault = file::read(&text, "x").unwrap_err();
    assert_eq!(fault.line, Some(6));
    assert!(fault.why.contains("write 95"), "{fault}");
}

#[test]
fn a_measure_that_the_method_does_not_know_is_refused_and_not_read_as_another() {
    // As a ratio of means, 0.3 would allow a fall of 70 %.
    let sized = "    effect_size: {measure: cles, allowed_decrease: 0.3}\n";
    let fault = file::read(&format!("{CORE}{METRICS}{sized}"), "x").unwrap_err();
    assert!(fault.line == Some(22) && fault.why.contains("method: kayenta"), "{fault}");
    assert!(file::read(&format!("{CORE}  method: kayenta\n{METRICS}{sized}"), "x").is_ok());
}

#[test]
fn overload_that_nobody_could_count_is_refused() {
    let overloaded = |rule: &str, more: &str| {
        file::read(&format!("{CORE}    sustained_overload: {rule}\n{METRICS}{more}"), "x")
    };
    let asking = "policy_service: {topic: job.refund}\n";
    assert_eq!(overloaded("{at_least: 2}", asking).unwrap().triggers.overload.at_least, 2);
    for (rule, more, words) in [
        ("{at_least: 2}", "", "under policy_service"),
        ("{reasons: []}", asking, "never fire"),
        // The service tells of a hundred failed jobs at a time.
        ("{at_least: 101}", asking, "between 1 and 100"),
    ] {
        let fault = overloaded(rule, more).unwrap_err();
        assert!(fault.why.contains(words), "{rule}: {fault}");
    }
}

#[test]
fn a_name_in_a_query_may_have_room_around_it_and_is_each_versions_own_everywhere() {
    let query = "'100 * e{h=\"{{canary}}\",j=\"{{ job }}\"} / r{h=\"{{ canary }}\"}'";
    let text = format!("{CORE}args: {{job: web}}\nmetrics:\n  - {{name: errors, query: {query}}}\n");
    let Origin::Query { canary, stable } = file::read(&text, "x").unwrap().metrics.remove(0).origin else {
        panic!()
    };
    assert_eq!(canary, "100 * e{h=\"{{canary}}\",j=\"web\"} / r{h=\"{{canary}}\"}");
    assert_eq!(stable, "100 * e{h=\"{{stable}}\",j=\"web\"} / r{h=\"{{stable}}\"}");
}

#[test]
fn weights_with_decimals_that_are_a_hundred_together_are_taken() {
    for weights in [[33.4, 33.3, 33.3], [14.2, 57.2, 28.6], [70.1, 19.8, 10.1]] {
        let metrics = (0..3).map(|nth| {
            format!("  - {{name: m{nth}, groups: [g{nth}], query: 'm{{h=\"{{{{canary}}}}\"}}'}}\n")
        });
        let groups = weights.iter().enumerate().map(|(nth, weight)| format!("  g{nth}: {weight}\n"));
        let text =
            format!("{CORE}metrics:\n{}groups:\n{}", metrics.collect::<String>(), groups.collect::<String>());
        let policy = file::read(&text, "x").unwrap_or_else(|fault| panic!("{weights:?}: {fault}"));
        assert!(lint::lint(&policy, None).iter().all(|finding| finding.about != "groups"), "{weights:?}");
    }
    let text = format!("{CORE}{METRICS}groups: {{errors: 60, latency: 40.1}}\n");
    assert!(file::read(&text, "x").is_err());
}

#[test]
fn what_is_no_policy_at_all_is_said_in_words_for_whoever_wrote_it() {
    for (text, words) in [
        (String::new(), "rollout_gates"),
        (format!("{CORE}---\n{CORE}"), "one policy"),
        (format!("{CORE}name: a\nname: b\n"), "`name` stands there twice"),
        (CORE.replace("metric: 50", "metric: 99999999999999999999"), "whole number"),
    ] {
        let fault = file::read(&text, "x").unwrap_err();
        assert!(fault.why.contains(words), "{fault}");
        assert!(!fault.why.contains("Options") && !fault.why.contains("i64"), "{fault}");
    }
}

#[test]
fn nobody_knows_how_long_an_analysis_holds_a_weight_so_that_no_pause_beside_it_is_called_too_short() {
    let ten = StepDuration { written: Printable::ours("10m"), seconds: Some(600) };
    let analysis = Step::Analysis(vec![Printable::ours("smoke")]);
    let ladder = [Step::SetWeight(10), Step::Pause(Some(ten.clone())), analysis, Step::SetWeight(50)];
    assert!(lint::lint(&policy(), Some(&ladder)).iter().all(|it| it.grade != lint::Grade::Error));
    let alone = [Step::SetWeight(10), Step::Pause(Some(ten)), Step::SetWeight(50)];
    assert!(lint::lint(&policy(), Some(&alone)).iter().any(|it| it.grade == lint::Grade::Error));
}

#[test]
fn what_is_laxer_than_it_reads_or_counts_for_nothing_is_told() {
    let about = |metric: &str, setting: &str| {
        let text = format!("{CORE}metrics:\n  - {{name: m, query: 'm{{h=\"{{{{canary}}}}\"}}', {metric}}}\n");
        let findings = lint::lint(&file::read(&text, "x").unwrap(), None);
        findings.iter().any(|it| it.about == setting && it.grade == lint::Grade::Warning)
    };
    assert!(about("effect_size: {allowed_increase: 15}", "allowed_increase"));
    assert!(about("effect_size: {allowed_decrease: 0.15}", "allowed_decrease"));
    assert!(!about("direction: increase, effect_size: {allowed_decrease: 0.15}", "allowed_decrease"));
    assert!(!about("effect_size: {allowed_increase: 2, allowed_decrease: 0.5}", "allowed_increase"));
    assert!(about("outliers: remove", "outliers") && !about("outliers: keep", "outliers"));
}

#[test]
fn no_more_points_are_tried_than_can_be_tried_while_somebody_waits() {
    let text = format!("{CORE}{METRICS}").replace("metric: 50", "metric: 100000");
    let policy = file::read(&text, "x").unwrap();
    let metric = &policy.metrics[1];
    let scene = power::regression(metric, 0.2, 0.3);
    assert_eq!(power::points_for(0.8, policy.method, metric, scene), None);
}
