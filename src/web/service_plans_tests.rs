use super::*;
use crate::web::tests::samples;

#[test]
fn untouched_seats_follow_the_endpoints() {
    let import = samples::import(3);
    let item = &import.items[0];
    let default = item.effective_seats(import.seat_rule).to_string();
    assert_eq!(seats(&import, item, Some(&default)), None);
    assert_eq!(seats(&import, item, Some("")), None);
    assert_eq!(seats(&import, item, Some("1,200")), Some(1200));
    assert_eq!(seats(&import, item, Some("many")), Some(0));
    assert_eq!(seats(&import, item, Some("99999999999")), Some(MAX_SEATS + 1));
}

#[test]
fn rows_move_by_one_place() {
    let import = samples::import(3);
    let ids: Vec<_> = import.items.iter().map(|item| item.organization_id.clone()).collect();
    let moved = |name, index: usize| order(&import, &Fields::of(&[(name, ids[index].as_str())]));
    assert_eq!(moved("up", 1), Some(vec![ids[1].clone(), ids[0].clone(), ids[2].clone()]));
    assert_eq!(moved("down", 1), Some(vec![ids[0].clone(), ids[2].clone(), ids[1].clone()]));
    assert_eq!((moved("up", 0), moved("down", 2)), (None, None));
    assert_eq!(order(&import, &Fields::of(&[])), None);
}

#[test]
fn the_formula_says_how_the_number_came_about() {
    let mut import = samples::import(1);
    import.items[0].endpoints = Some(41);
    assert_eq!(formula(&import, &import.items[0]), "41 endpoints + 20 % = 50 seats");
    import.items[0].endpoints = Some(1);
    assert_eq!(formula(&import, &import.items[0]), "1 endpoint: minimum of 10 seats");
}

#[test]
fn one_plan_for_all_rows() {
    let import = samples::import(3);
    let step = step(&import, &Fields::of(&[("go", "apply"), ("all_plan", "plan-b")]));
    assert!(step.items.iter().all(|item| item.service_plan_id.as_ref().map(ServicePlanId::as_str) == Some("plan-b")));
}
