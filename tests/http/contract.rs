//! `openapi.yaml` and the routes are one.

use crate::schema::operations;
use crate::support::on_both_engines;
use gateway::routes::OPERATIONS;
use std::collections::BTreeSet;

/// The operations of the contract: method, path, operationId.
fn documented() -> BTreeSet<(String, String, String)> {
    operations()
        .into_iter()
        .map(|of| (of.method.to_owned(), of.path.to_owned(), of.id.to_owned()))
        .collect()
}

#[test]
fn every_operation_of_the_contract_is_a_route_and_every_route_is_in_the_contract() {
    let routes: BTreeSet<_> = OPERATIONS
        .iter()
        .map(|of| (of.method.to_owned(), of.path.to_owned(), of.id.to_owned()))
        .collect();
    let documented = documented();
    let missing: Vec<_> = routes.difference(&documented).collect();
    let invented: Vec<_> = documented.difference(&routes).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "not documented: {missing:?}\nnot a route: {invented:?}"
    );
}

on_both_engines! {
    async fn every_operation_of_the_contract_answers(gateway: &Gateway) {
        for (method, path, _) in documented() {
            let concrete: String = path.split('/').map(|part| if part.starts_with('{') { "none" } else { part }).collect::<Vec<_>>().join("/");
            let method = method.to_uppercase().parse().unwrap();
            let answer = gateway.call(method, &concrete, None).await;
            assert_ne!(answer.status.as_u16(), 405, "{path}");
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.text);
            let unrouted = answer.json["detail"].as_str().is_some_and(|detail| detail.contains("/openapi.yaml"));
            assert!(!unrouted || path.starts_with("/assets/"), "{path} is not a route");
        }
    }
}
