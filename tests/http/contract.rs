//! `openapi.yaml` and the routes are one.

use crate::support::on_both_engines;
use gateway::routes::OPERATIONS;
use std::collections::BTreeSet;

/// The operations of the contract: method, path, operationId. The file is ours and regular, so its
/// indentation is enough; a test of its own holds the file against a real YAML reader.
fn documented() -> BTreeSet<(String, String, String)> {
    let text = gateway::routes::OPENAPI;
    let mut found = BTreeSet::new();
    let (mut in_paths, mut path, mut method) = (false, String::new(), String::new());
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let word = line.trim();
        if indent == 0 && !word.is_empty() && !word.starts_with('#') {
            in_paths = word == "paths:";
        } else if in_paths && indent == 2 && word.starts_with('/') {
            path = word.trim_end_matches(':').to_owned();
        } else if in_paths
            && indent == 4
            && ["get:", "put:", "post:", "delete:", "patch:"].contains(&word)
        {
            method = word.trim_end_matches(':').to_owned();
        } else if in_paths
            && indent == 6
            && let Some(id) = word.strip_prefix("operationId: ")
        {
            found.insert((method.clone(), path.clone(), id.to_owned()));
        }
    }
    found
}

#[test]
fn every_operation_of_the_contract_is_a_route_and_every_route_is_in_the_contract() {
    let routes: BTreeSet<_> = OPERATIONS
        .iter()
        .map(|(method, path, id)| ((*method).to_owned(), (*path).to_owned(), (*id).to_owned()))
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
