//! The core decides as a model does that is obviously right.

mod reference;

use proptest::prelude::*;

use reference::{Front, Op, config, op};

fn ops(wait: impl Strategy<Value = f64>) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(wait), 1..120)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn evicts_and_expires_exactly(
        max_size in 0..14_u32,
        ops in ops(prop_oneof![(0..9_u32).prop_map(f64::from), 0.0..30.0, 0.0..1e8]),
    ) {
        let mut front = Front::new(max_size);
        for op in &ops {
            front.apply(op);
        }
        front.finish();
    }

    #[test]
    fn nor_does_a_clock_that_goes_back_change_that(
        max_size in 0..14_u32,
        ops in ops(prop_oneof![-30.0..30.0, -1e8..1e8]),
    ) {
        let mut front = Front::new(max_size);
        for op in &ops {
            front.apply(op);
        }
        front.finish();
    }
}

#[test]
fn a_large_cache_keeps_the_order() {
    let mut front = Front::new(2_000);
    for key in 0..2_500 {
        front.perform(&Op::Put(key, f64::INFINITY));
    }
    for key in (0..2_500).step_by(3).chain((0..2_500).step_by(7)) {
        front.perform(&Op::Get(key));
    }
    front.finish();
}
