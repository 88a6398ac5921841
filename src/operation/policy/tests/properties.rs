//! What holds for every policy and every order.

use proptest::prelude::*;

use super::*;

const WORDS: [&str; 5] = ["*", "prod", "staging", "pro*", "*ing"];

fn scopes() -> impl Strategy<Value = Scope> {
    let some = |from: &'static [&'static str]| {
        prop::collection::vec(prop::sample::select(from).prop_map(Pattern::new), 0..3)
    };
    let operations: &[&str] = &["promote", "abort", "pause", "re*", "*"];
    (some(&WORDS), some(&["shop", "pay", "*"]), some(&["web", "w*", "api"]), some(operations)).prop_map(
        |(contexts, namespaces, rollouts, operations)| Scope { contexts, namespaces, rollouts, operations },
    )
}

fn terms() -> impl Strategy<Value = Terms> {
    let limits = (prop::option::of(1..=100_u32), prop::option::of(1..2_000_i64), 10..600_i64);
    let roles =
        prop::collection::vec(prop::sample::select(&["sre", "dev"][..]).prop_map(str::to_owned), 0..2);
    (any::<bool>(), any::<bool>(), limits, roles).prop_map(|(name, reason, (most, cool, expiry), roles)| {
        Terms {
            name,
            reason,
            expiry: SignedDuration::from_secs(expiry),
            max_weight: most,
            cool_down: cool.map(SignedDuration::from_secs),
            roles,
        }
    })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let one =
        (scopes(), prop::option::of(terms())).prop_map(|(scope, terms)| Rule { scope, terms, line: None });
    prop::collection::vec(one, 0..5)
}

fn freezes() -> impl Strategy<Value = Freeze> {
    let begins = prop::sample::select(&["0 18 * * fri", "0 0 1 * *", "30 2 * * *"][..]);
    let lasts = prop::sample::select(&["1h", "62h", "10d"][..]);
    (scopes(), begins, lasts, any::<bool>()).prop_map(|(scope, begins, lasts, holds)| Freeze {
        scope,
        begins: Begin::Each(Cron::parse(begins).unwrap()),
        lasts: lasts.parse().unwrap(),
        ..weekend(if holds { Grip::Holds } else { Grip::Yields })
    })
}

#[derive(Clone, Debug)]
struct Order {
    context: &'static str,
    key: Key,
    kind: Kind,
    role: Option<&'static str>,
    weight_after: Option<u32>,
    promoted_ago: Option<i64>,
    now: Timestamp,
}

impl Order {
    fn ask(&self) -> Ask<'_> {
        Ask {
            context: self.context,
            key: &self.key,
            kind: self.kind,
            goes_back: false,
            role: self.role,
            weight_after: self.weight_after,
            last_promotion: self.promoted_ago.map(|ago| self.now - SignedDuration::from_secs(ago)),
            now: self.now,
        }
    }
}

fn orders() -> impl Strategy<Value = Order> {
    let place = (
        prop::sample::select(&["prod", "staging", "dev"][..]),
        prop::sample::select(&["shop", "pay"][..]),
        prop::sample::select(&["web", "api"][..]),
    );
    let known = (prop::option::of(0..=100_u32), prop::option::of(-100..3_000_i64));
    let role = prop::option::of(prop::sample::select(&["sre", "dev"][..]));
    let hour = 0..8_760_i64;
    (place, prop::sample::select(&Kind::ALL[..]), role, known, hour).prop_map(
        |((context, namespace, name), kind, role, (weight_after, promoted_ago), hour)| Order {
            context,
            key: Key { namespace: namespace.into(), name: name.into() },
            kind,
            role,
            weight_after,
            promoted_ago,
            now: time("2026-01-01T00:20:00Z") + SignedDuration::from_hours(hour),
        },
    )
}

/// What is to be typed of one leave is to be typed of the other too.
fn wants_no_less(leave: &Leave, than: &Leave) -> bool {
    let kind = |need: &Need| std::mem::discriminant(need);
    than.needs().iter().all(|need| leave.needs().iter().any(|other| kind(other) == kind(need)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_allowed_that_no_rule_allows(rules in rules(), frozen in prop::collection::vec(freezes(), 0..3), order in orders()) {
        let covers = |rule: &&Rule| rule.scope.covers(order.context, &order.key, order.kind);
        let last = rules.iter().rfind(covers).cloned();
        let verdict = Policy::new(rules, frozen).judge(&order.ask());
        if verdict.is_ok() {
            prop_assert!(last.is_some_and(|rule| rule.terms.is_some()));
        }
    }

    #[test]
    fn a_freeze_more_never_opens_anything(
        rules in rules(),
        frozen in prop::collection::vec(freezes(), 0..3),
        more in freezes(),
        order in orders(),
    ) {
        let before = Policy::new(rules.clone(), frozen.clone()).judge(&order.ask());
        let after = Policy::new(rules, frozen.into_iter().chain([more]).collect()).judge(&order.ask());
        match (before, after) {
            (Err(_), after) => prop_assert!(after.is_err()),
            (Ok(before), Ok(after)) => {
                prop_assert!(wants_no_less(&after, &before));
                prop_assert!(after.expires_after() <= before.expires_after());
            }
            (Ok(_), Err(_)) => {}
        }
    }

    #[test]
    fn a_denial_at_the_end_closes_what_it_covers_and_nothing_else(rules in rules(), scope in scopes(), order in orders()) {
        let before = Policy::new(rules.clone(), Vec::new()).judge(&order.ask());
        let covered = scope.covers(order.context, &order.key, order.kind);
        let after = Policy::new(rules.into_iter().chain([deny(scope)]).collect(), Vec::new()).judge(&order.ask());
        if covered {
            prop_assert!(after.is_err());
        } else {
            prop_assert_eq!(after, before);
        }
    }

    #[test]
    fn terms_more_never_open_anything(scope in scopes(), terms in terms(), order in orders()) {
        let judged = |terms| Policy::new(vec![allow(scope.clone(), terms)], Vec::new()).judge(&order.ask());
        let (loose, strict) = (judged(Terms::default()), judged(terms));
        if loose.is_err() {
            prop_assert!(strict.is_err());
        }
        if let (Ok(loose), Ok(strict)) = (loose, strict) {
            prop_assert!(wants_no_less(&strict, &loose));
        }
    }

    #[test]
    fn knowing_less_or_setting_more_never_opens_anything(rules in rules(), order in orders(), more in 0..100_u32) {
        let policy = Policy::new(rules, Vec::new());
        let judged = policy.judge(&order.ask());
        let heavier = order.weight_after.map(|weight| weight + more);
        for worse in [None, heavier] {
            let verdict = policy.judge(&Ask { weight_after: worse, ..order.ask() });
            prop_assert!(judged.is_ok() || verdict.is_err());
        }
    }

    #[test]
    fn the_way_back_is_never_frozen(rules in rules(), frozen in prop::collection::vec(freezes(), 1..4), order in orders()) {
        let order = Order { kind: Kind::Abort, ..order };
        let free = Policy::new(rules.clone(), Vec::new()).judge(&order.ask());
        prop_assert_eq!(Policy::new(rules, frozen).judge(&order.ask()), free);
    }
}
