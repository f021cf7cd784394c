//! `GET /v1/events`: the feed by cursor, for portals that ask instead of listening.

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::view::EventView;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub(super) struct After {
    after: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
struct Feed<'a> {
    data: Vec<EventView<'a>>,
    /// Always there: the reader keeps it and asks again with it, also when nothing new came.
    next_cursor: String,
    has_more: bool,
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<After>,
) -> Result<HttpResponse, Problem> {
    let after = match query.after.as_deref() {
        None | Some("") => 0,
        Some(text) => text
            .parse::<i64>()
            .ok()
            .filter(|number| *number >= 0)
            .ok_or_else(|| {
                Problem::parameter(
                    "after",
                    "Dùng next_cursor của lần đọc trước.",
                    "Use the next_cursor of the last read.",
                )
            })?,
    };
    let limit = query.limit.unwrap_or(100);
    if !(1..=200).contains(&limit) {
        return Err(Problem::parameter(
            "limit",
            "limit phải từ 1 đến 200.",
            "limit must be from 1 to 200.",
        ));
    }
    let mut events = app
        .store
        .events_after(&caller.scope, after, limit + 1)
        .await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = events.len() > wanted;
    events.truncate(wanted);
    let next_cursor = events
        .last()
        .map_or(after, |event| event.sequence)
        .to_string();
    let data = events.iter().map(EventView::from).collect();
    Ok(HttpResponse::Ok().json(Feed {
        data,
        next_cursor,
        has_more,
    }))
}
