//! Bank statements: looked at, imported in the background, followed, listed.

use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::body;
use crate::problem::{Code, Problem, Problems};
use crate::statements::{ErrorView, ImportView, LineView, PreviewView};
use crate::view::Page;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use payment::{StatementImportId, text};
use reconciler::statement::{Encoding, FILE_BYTES_MAX, Refusal};
use serde::Deserialize;
use std::sync::Arc;
use store::statement::{Preview, TakeStatement, Taken, Told};
use uuid::Uuid;

/// Characters of a file's name that are kept.
const NAME_MAX: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    account: Option<String>,
    encoding: Option<String>,
    file_name: Option<String>,
}

impl Query {
    fn told(&self) -> Result<Told, Problem> {
        let encoding = match self.encoding.as_deref().map(Encoding::parse) {
            Some(None) => {
                return Err(Problem::parameter(
                    "encoding",
                    "encoding phải là một trong utf-8, utf-16le, utf-16be, windows-1258, tcvn3.",
                    "encoding must be one of utf-8, utf-16le, utf-16be, windows-1258, tcvn3.",
                ));
            }
            known => known.flatten(),
        };
        let account = self.account.clone();
        if account
            .as_ref()
            .is_some_and(|number| number.is_empty() || number.len() > 34)
        {
            return Err(Problem::parameter(
                "account",
                "account phải có 1 đến 34 ký tự.",
                "account must have 1 to 34 characters.",
            ));
        }
        Ok(Told { account, encoding })
    }

    fn name(&self) -> Result<String, Problem> {
        let name = self.file_name.as_deref().unwrap_or_default();
        if name.is_empty() {
            return Ok(String::new());
        }
        text::plain(name, NAME_MAX).map_err(|error| {
            Problem::parameter(
                "file_name",
                format!("file_name không hợp lệ: {error}"),
                format!("file_name is not valid: {error}"),
            )
        })
    }
}

/// A file that was read, and everything that it is of the tenant's.
struct Read {
    file: Arc<Vec<u8>>,
    told: Told,
    preview: Arc<Preview>,
}

/// Reads the body as a statement. The permit bounds how many files are in memory at once.
async fn read(
    app: &App,
    caller: &Caller,
    query: &Query,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Read, Problem> {
    let told = query.told()?;
    let file = Arc::new(body::read_file(request, payload, FILE_BYTES_MAX).await?);
    let preview = {
        let (file, told) = (file.clone(), told.clone());
        web::block(move || Preview::read(&file, &told))
            .await
            .map_err(|_| busy())?
            .map_err(refused)?
    };
    let foreign = app.store.foreign_accounts(&caller.scope, &preview).await?;
    if !foreign.is_empty() {
        let mut problems = Problems::default();
        for account in foreign {
            problems.add(
                "",
                format!("tài khoản {account} không phải tài khoản của đơn vị"),
                format!("the account {account} is not one of yours"),
            );
        }
        return problems.finish(None);
    }
    Ok(Read {
        file,
        told,
        preview: Arc::new(preview),
    })
}

fn busy() -> Problem {
    let mut problem = Problem::new(
        Code::Unavailable,
        "Đang đọc các tệp khác; hãy gửi lại sau ít giây.",
        "Other files are being read; send it again in a few seconds.",
    );
    problem.retry_after = Some(5);
    problem
}

fn refused(refusal: Refusal) -> Problem {
    let mut problems = Problems::default();
    problems.add("", refusal.vietnamese(), refusal.english());
    problems
        .finish::<()>(None)
        .err()
        .unwrap_or_else(Problem::not_found)
}

pub(super) async fn preview(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<Query>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let _permit = app.files.try_acquire().map_err(|_| busy())?;
    let read = read(&app, &caller, &query, &request, payload).await?;
    let known = app.store.known_lines(&caller.scope, &read.preview).await?;
    Ok(HttpResponse::Ok().json(PreviewView::new(&read.preview, known)))
}

pub(super) async fn import(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<Query>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let _permit = app.files.try_acquire().map_err(|_| busy())?;
    let file_name = query.name()?;
    let read = read(&app, &caller, &query, &request, payload).await?;
    let taken = app
        .writer
        .take_statement(TakeStatement {
            scope: caller.scope.clone(),
            id: StatementImportId::from_uuid(Uuid::now_v7()),
            file: read.file,
            told: read.told,
            preview: read.preview,
            file_name,
            actor: caller.actor(),
            at: app.now(),
        })
        .await?;
    app.imports.notify_one();
    let found = app
        .store
        .statement_import(&caller.scope, taken.id())
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let mut response = match taken {
        Taken::New(_) => HttpResponse::Accepted(),
        Taken::Again(_) => HttpResponse::Ok(),
    };
    Ok(response
        .insert_header((
            header::LOCATION,
            app.link(&format!("/v1/statement-imports/{}", taken.id())),
        ))
        .json(ImportView::from(&found)))
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let before: Option<StatementImportId> = paging.cursor()?;
    let imports = app
        .store
        .statement_imports(&caller.scope, before, limit + 1)
        .await?;
    let (imports, next_cursor) = cursor::page(imports, limit, |import| import.id);
    let data: Vec<ImportView<'_>> = imports.iter().map(ImportView::from).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<store::statement::Import, Problem> {
    let id: StatementImportId = id.parse().map_err(|_| Problem::not_found())?;
    let found = app.store.statement_import(&caller.scope, id).await?;
    found.ok_or_else(Problem::not_found)
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let import = find(&app, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(ImportView::from(&import)))
}

pub(super) async fn lines(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let after = paging.cursor::<i64>()?.unwrap_or(0);
    let import = find(&app, &caller, &id).await?;
    let lines = app
        .store
        .statement_lines(&caller.scope, import.id, after, limit + 1)
        .await?;
    let (lines, next_cursor) = cursor::page(lines, limit, |line| line.ordinal);
    let data: Vec<LineView<'_>> = lines.iter().map(LineView::from).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

pub(super) async fn errors(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let after = paging.cursor::<i64>()?.unwrap_or(0);
    let import = find(&app, &caller, &id).await?;
    let errors = app
        .store
        .statement_errors(&caller.scope, import.id, after, limit + 1)
        .await?;
    let (errors, next_cursor) = cursor::page(errors, limit, |error| error.ordinal);
    let data: Vec<ErrorView<'_>> = errors.iter().map(ErrorView::from).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}
