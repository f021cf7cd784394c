//! Deliveries: who gets what, what a bad receiver costs the others, and when it is switched off.

use crate::office::Office;
use crate::on_both_engines;
use payment::EndpointId;
use std::collections::BTreeSet;
use store::delivery::{Attempted, Claim, Delivery, DueDelivery, NextStep, ReplayMany, Replayed};
use store::endpoint::{
    AddEndpoint, Added, Alteration, ChangeEndpoint, Changed, Endpoint, EventFilter, OffReason,
    Tested,
};
use uuid::Uuid;

async fn endpoint(office: &Office, url: &str, types: Option<&[&str]>) -> Endpoint {
    let filter = types.map_or(EventFilter::ALL, |types| {
        let types: Vec<String> = types.iter().map(|&one| one.to_owned()).collect();
        EventFilter::parse(&types).unwrap()
    });
    let add = AddEndpoint {
        scope: office.scope.clone(),
        id: EndpointId::from_uuid(Uuid::now_v7()),
        url: url.to_owned(),
        filter,
        sealed_secret: vec![1],
        actor: "key_test".to_owned(),
        at: office.now(),
    };
    match office.writer.add_endpoint(add).await.unwrap() {
        Added::New(endpoint) => endpoint,
        other => panic!("not added: {other:?}"),
    }
}

async fn change(office: &Office, id: EndpointId, seen: Option<i64>, change: Alteration) -> Changed {
    let change = ChangeEndpoint {
        scope: office.scope.clone(),
        id,
        seen,
        change,
        actor: "key_test".to_owned(),
        at: office.now(),
    };
    office.writer.change_endpoint(change).await.unwrap()
}

async fn claim_up_to(office: &Office, limit: i64, without: &[EndpointId]) -> Vec<DueDelivery> {
    let claim = Claim {
        now: office.now(),
        lease_until: office.now().plus_seconds(90),
        per_endpoint: 5,
        limit,
        without: without.to_vec(),
    };
    office.writer.claim_deliveries(claim).await.unwrap()
}

async fn claim(office: &Office) -> Vec<DueDelivery> {
    claim_up_to(office, 100, &[]).await
}

fn attempted(office: &Office, due: &DueDelivery, status: u16, next: NextStep) -> Attempted {
    Attempted {
        tenant_id: due.tenant_id,
        delivery_id: due.id,
        endpoint_id: due.endpoint_id,
        attempt: due.attempt,
        started_at: office.now(),
        duration_micros: 1_000,
        response_status: Some(status),
        response_text: Some("vì \"sao\"".to_owned()),
        error: None,
        next,
    }
}

async fn listed(office: &Office, status: &str) -> Vec<Delivery> {
    office
        .store
        .deliveries(&office.scope, Some(status), None, None, 200)
        .await
        .unwrap()
}

on_both_engines! {
    async fn an_endpoint_gets_the_types_that_it_wants_and_a_trial_goes_to_one_alone(office: &Office) {
        let all = endpoint(office, "https://a.example.vn/", None).await;
        let paid = endpoint(office, "https://b.example.vn/", Some(&["payment_request.paid"])).await;
        let family = endpoint(office, "https://c.example.vn/", Some(&["payment_request.*"])).await;
        let money = endpoint(office, "https://d.example.vn/", Some(&["payment.*"])).await;
        let request = office.ask(&[("A", 100)]).await;
        office.pay(&request, 100).await;
        let got = |due: &[DueDelivery], id: EndpointId| -> Vec<String> {
            due.iter().filter(|one| one.endpoint_id == id).map(|one| one.event.event_type.clone()).collect()
        };
        let due = claim(office).await;
        let both = ["payment_request.created", "payment_request.paid"];
        assert_eq!(got(&due, all.id), both);
        assert_eq!(got(&due, paid.id), ["payment_request.paid"]);
        assert_eq!(got(&due, family.id), both);
        assert_eq!(got(&due, money.id), [""; 0]);
        let Tested::Sent(trial) = office.writer.test_endpoint(&office.scope, money.id, office.now()).await.unwrap() else { panic!() };
        let due = claim(office).await;
        assert_eq!(due.iter().map(|one| (one.id, one.endpoint_id)).collect::<Vec<_>>(), [(trial, money.id)]);
        assert_eq!(due[0].event.event_type, "endpoint.test");
        office.assert_books_hold().await;
    }

    async fn a_receiver_with_a_long_queue_does_not_fill_the_claim(office: &Office) {
        let long = endpoint(office, "https://long.example.vn/", Some(&["payment_request.created"])).await;
        for _ in 0..20 { office.ask(&[("A", 100)]).await; }
        office.pass_seconds(1);
        let short = endpoint(office, "https://short.example.vn/", None).await;
        office.ask(&[("A", 100)]).await;
        let due = claim_up_to(office, 6, &[]).await;
        assert_eq!(due.iter().filter(|one| one.endpoint_id == long.id).count(), 5);
        assert_eq!(due.iter().filter(|one| one.endpoint_id == short.id).count(), 1);
        // Claimed is claimed, and who is left out gets nothing.
        let due = claim_up_to(office, 100, &[long.id]).await;
        assert!(due.is_empty());
        let mut seen = BTreeSet::new();
        loop {
            let due = claim(office).await;
            if due.is_empty() { break; }
            assert!(due.iter().all(|one| seen.insert(one.id)));
        }
        assert_eq!(seen.len(), 16);
        // The leases end: all of them are due again, the same attempt, the same events.
        office.pass_seconds(91);
        assert_eq!(claim_up_to(office, 100, &[long.id]).await.len(), 1);
    }

    async fn a_delivery_that_is_put_back_is_due_later_and_counts_no_attempt(office: &Office) {
        endpoint(office, "https://a.example.vn/", None).await;
        office.ask(&[("A", 100)]).await;
        let due = claim(office).await;
        office.writer.put_back_deliveries(&due, office.now().plus_seconds(10)).await.unwrap();
        assert!(claim(office).await.is_empty());
        office.pass_seconds(10);
        let again = claim(office).await;
        assert_eq!((again[0].id, again[0].attempt), (due[0].id, 1));
    }

    async fn an_attempt_that_was_recorded_already_changes_nothing(office: &Office) {
        endpoint(office, "https://a.example.vn/", None).await;
        office.ask(&[("A", 100)]).await;
        let due = claim(office).await;
        let taken = attempted(office, &due[0], 204, NextStep::Done);
        office.writer.record_attempts(vec![taken]).await.unwrap();
        let late = attempted(office, &due[0], 500, NextStep::RetryAt(office.now()));
        office.writer.record_attempts(vec![late]).await.unwrap();
        let delivered = listed(office, "delivered").await;
        assert_eq!((delivered.len(), delivered[0].attempts), (1, 1));
        let detail = office.store.delivery(&office.scope, due[0].id).await.unwrap().unwrap();
        assert_eq!(detail.attempts.len(), 1);
        assert_eq!(detail.attempts[0].response_text.as_deref(), Some("vì \"sao\""));
        assert_eq!((detail.url.as_str(), detail.event.id), ("https://a.example.vn/", due[0].event.id));
        office.assert_books_hold().await;
    }

    async fn after_120_hours_of_nothing_but_failures_an_endpoint_is_reported_and_switched_off_with_an_event(office: &Office) {
        let bad = endpoint(office, "https://bad.example.vn/", Some(&["payment_request.created"])).await;
        let good = endpoint(office, "https://good.example.vn/", Some(&["endpoint.disabled"])).await;
        let fail = async || {
            office.ask(&[("A", 100)]).await;
            let due = claim(office).await;
            let failed = due.iter().map(|one| attempted(office, one, 500, NextStep::RetryAt(office.now().plus_seconds(1_000_000))));
            office.writer.record_attempts(failed.collect()).await.unwrap()
        };
        assert!(fail().await.is_empty());
        office.pass_seconds(119 * 3_600);
        assert!(fail().await.is_empty());
        let since = office.store.endpoint(&office.scope, bad.id).await.unwrap().unwrap().failing_since;
        // One success, and the hours begin anew.
        office.ask(&[("A", 100)]).await;
        let due = claim(office).await;
        office.writer.record_attempts(vec![attempted(office, &due[0], 200, NextStep::Done)]).await.unwrap();
        office.pass_seconds(2 * 3_600);
        assert!(fail().await.is_empty());
        office.pass_seconds(120 * 3_600);
        let useless = fail().await;
        assert_eq!(useless.len(), 1);
        let reason = OffReason::Failing(useless[0].failing_since.unwrap());
        assert_ne!(useless[0].failing_since, since);
        for _ in 0..2 {
            office.writer.give_up_endpoint(useless[0].tenant_id, bad.id, reason, office.now()).await.unwrap();
        }
        let off = office.store.endpoint(&office.scope, bad.id).await.unwrap().unwrap();
        assert!(off.disabled.unwrap().1.contains("120 hours"));
        assert_eq!(listed(office, "dead").await.len(), 4);
        let told = claim(office).await;
        assert_eq!((told.len(), told[0].endpoint_id, told[0].event.event_type.as_str()), (1, good.id, "endpoint.disabled"));
        assert!(told[0].event.data.get().contains(&bad.id.to_string()));
        office.assert_books_hold().await;
    }

    async fn an_endpoint_that_recovered_meanwhile_is_not_switched_off(office: &Office) {
        let shaky = endpoint(office, "https://a.example.vn/", None).await;
        office.ask(&[("A", 100)]).await;
        let due = claim(office).await;
        let reason = OffReason::Failing(office.now().plus_seconds(-600_000));
        office.writer.record_attempts(vec![attempted(office, &due[0], 200, NextStep::Done)]).await.unwrap();
        office.writer.give_up_endpoint(due[0].tenant_id, shaky.id, reason, office.now()).await.unwrap();
        assert!(office.store.endpoint(&office.scope, shaky.id).await.unwrap().unwrap().disabled.is_none());
    }

    async fn what_is_under_way_when_its_endpoint_is_switched_off_is_dead_afterwards(office: &Office) {
        let one = endpoint(office, "https://a.example.vn/", None).await;
        office.ask(&[("A", 100)]).await;
        let due = claim(office).await;
        assert!(matches!(change(office, one.id, Some(one.version + 1), Alteration::Off(OffReason::Asked)).await, Changed::OtherVersion));
        let Changed::Done(off) = change(office, one.id, Some(one.version), Alteration::Off(OffReason::Asked)).await else { panic!() };
        assert_eq!(off.version, one.version + 1);
        let failed = attempted(office, &due[0], 500, NextStep::RetryAt(office.now().plus_seconds(5)));
        office.writer.record_attempts(vec![failed]).await.unwrap();
        assert_eq!(listed(office, "dead").await.len(), 1);
        assert_eq!(office.writer.replay_delivery(&office.scope, due[0].id, office.now()).await.unwrap(), Replayed::EndpointOff);
        let on = Alteration::Settings { filter: None, enabled: Some(true) };
        let Changed::Done(on) = change(office, one.id, None, on).await else { panic!() };
        assert!(on.disabled.is_none() && on.version == off.version + 1);
        assert_eq!(office.writer.replay_delivery(&office.scope, due[0].id, office.now()).await.unwrap(), Replayed::Queued);
        assert_eq!(office.writer.replay_delivery(&office.scope, due[0].id, office.now()).await.unwrap(), Replayed::Waiting);
        office.assert_books_hold().await;
    }

    async fn a_changed_secret_signs_beside_the_one_before_and_a_repeated_change_is_one(office: &Office) {
        let one = endpoint(office, "https://a.example.vn/", None).await;
        let until = office.now().plus_seconds(3_600);
        for _ in 0..2 {
            let rotate = Alteration::Secret { sealed: vec![2], previous_until: until };
            assert!(matches!(change(office, one.id, None, rotate).await, Changed::Done(_)));
        }
        office.ask(&[("A", 100)]).await;
        let due = claim(office).await;
        assert_eq!(due[0].sealed_secret, [2]);
        assert_eq!(due[0].sealed_previous_secret, Some((vec![1], until)));
        assert_eq!(office.store.endpoint(&office.scope, one.id).await.unwrap().unwrap().version, 2);
        office.assert_books_hold().await;
    }

    async fn everything_that_failed_since_a_time_goes_out_again_and_nothing_else(office: &Office) {
        let one = endpoint(office, "https://a.example.vn/", None).await;
        let before = real_time();
        for _ in 0..3 { office.ask(&[("A", 100)]).await; }
        let due = claim(office).await;
        let next = [NextStep::GiveUp, NextStep::Done, NextStep::GiveUp];
        let attempts = due.iter().zip(next).map(|(one, next)| attempted(office, one, 500, next));
        // Taken means a success was recorded.
        let attempts = attempts.map(|mut one| { if one.next == NextStep::Done { one.response_status = Some(200); } one });
        office.writer.record_attempts(attempts.collect()).await.unwrap();
        let range = ReplayMany {
            scope: office.scope.clone(), since: before, until: None, status: Some("dead"), endpoint: Some(one.id), now: office.now(),
        };
        let later = ReplayMany { since: real_time().plus_seconds(60), ..range.clone() };
        assert_eq!(office.writer.replay_deliveries(later).await.unwrap().queued, 0);
        let foreign = ReplayMany { endpoint: Some(EndpointId::from_uuid(Uuid::now_v7())), ..range.clone() };
        assert_eq!(office.writer.replay_deliveries(foreign).await.unwrap().queued, 0);
        assert_eq!(office.writer.replay_deliveries(range.clone()).await.unwrap().queued, 2);
        assert_eq!(office.writer.replay_deliveries(range.clone()).await.unwrap().queued, 0);
        let again = claim(office).await;
        assert_eq!(again.iter().map(|one| (one.id, one.attempt)).collect::<Vec<_>>(), [(due[0].id, 2), (due[2].id, 2)]);
        let any = ReplayMany { status: None, ..range };
        assert_eq!(office.writer.replay_deliveries(any).await.unwrap().queued, 1);
        office.assert_books_hold().await;
    }
}

/// Ids carry the real time, whatever the office's clock says.
fn real_time() -> payment::Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    payment::Timestamp::from_micros(i64::try_from(since.as_millis()).unwrap() * 1_000)
}
