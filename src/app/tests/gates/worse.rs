//! Worse data never open a promotion, whatever is done to them.

use super::*;

/// What is done to evidence to make it worse.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Missing,
    Old,
    Cut(i64),
    Broken,
}

fn harmed(evidence: &Evidence, harm: Harm) -> Evidence {
    let Evidence::Series { canary, stable, of } = evidence else { return evidence.clone() };
    let mut canary = canary.clone();
    match harm {
        Harm::Missing => return Evidence::Missing { why: "connection refused".into(), of: of.clone() },
        Harm::Old => canary.points.iter_mut().for_each(|(at, _)| *at -= SignedDuration::from_mins(30)),
        Harm::Cut(left) => canary.points.truncate(usize::try_from(left).unwrap()),
        Harm::Broken => canary.points.iter_mut().for_each(|(_, value)| *value = f64::NAN),
    }
    Evidence::Series { canary, stable: stable.clone(), of: of.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is done to the data of either metric: what is refused stays refused, and no key alone promotes on worse data.
    #[test]
    fn worse_data_never_open_a_promotion(
        errors in prop_oneof![Just(1.0), Just(5.0), 0.8..6.0_f64],
        points in 0_i64..80,
        which in 0_usize..2,
        harm in prop_oneof![Just(Harm::Missing), Just(Harm::Old), (0_i64..49).prop_map(Harm::Cut), Just(Harm::Broken)],
        while_open in any::<bool>(),
    ) {
        let mut world = gated();
        let at = world.now().wall;
        let beside = |ours: f64, theirs: f64| Evidence::Series {
            canary: around(at, ours, points), stable: around(at, theirs, points), of: of(at),
        };
        let before = vec![beside(errors, 1.0), beside(120.0, 120.0)];
        let mut worse = before.clone();
        worse[which] = harmed(&before[which], harm);
        bring(&mut world, before);
        if while_open {
            world.press("p");
            world.wait(500);
        }
        bring(&mut world, worse);
        prop_assert!(word(&world) >= Word::CannotTell, "{:?}", word(&world));
        if !while_open {
            world.press("p");
        }
        for _ in 0..3 {
            prop_assert!(!recorded(&confirms(&mut world)));
        }
    }
}
