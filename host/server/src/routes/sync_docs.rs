//! How routes that run syncs are described in the OpenAPI document.

use super::sync_params::{Described, SyncParams};
use utoipa::IntoParams as _;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, Paths};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, Response, ResponseBuilder, Schema};

/// The document of a path that is read.
pub(super) fn read(path: &str, operation: Operation) -> Paths {
    with_methods(path, vec![HttpMethod::Get], operation)
}

/// The document of a path.
pub(super) fn with_methods(path: &str, methods: Vec<HttpMethod>, operation: Operation) -> Paths {
    let mut paths = Paths::new();
    paths.add_path_operation(path, methods, operation);
    paths
}

/// Parameters of a route itself.
pub(super) fn own(parameters: &[Described]) -> Vec<Parameter> {
    parameters.iter().map(Described::parameter).collect()
}

/// A route that tells the progress of its run; `name` begins its last sentence.
pub(super) fn streaming(summary: &str, name: &str, own: Vec<Parameter>) -> Operation {
    let example = format!(
        "event: complete\ndata: {{\"ok\": true, \"message\": \"{name} sync completed.\", \"result\": {{\"count\": 2}}}}\n\n"
    );
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let content = ContentBuilder::new().schema(Some(text)).example(Some(example.into())).build();
    let answer =
        ResponseBuilder::new().description("Progress and result").content("text/event-stream", content);
    let description = "Server-Sent Events as of the full update, for this part alone. A run that has to wait for another \
                       one says so first.";
    operation(format!("{summary}, with progress"), description, own).response("200", answer.build()).build()
}

/// A route that answers with the result alone.
pub(super) fn plain(summary: &str, listed: bool, own: Vec<Parameter>) -> Operation {
    let object = ObjectBuilder::new().schema_type(Type::Object).build();
    let (schema, description): (Schema, _) = if listed {
        (ArrayBuilder::new().items(object).build().into(), "The objects: id, url, name and operation of each")
    } else {
        (object.into(), "The counts of the objects")
    };
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let answer = ResponseBuilder::new().description(description).content("application/json", content);
    let text = "Answers when it is done. Clients with little patience may leave; the run goes on.";
    operation(summary.to_owned(), text, own)
        .response("200", answer.build())
        .response("502", refusal("Nothing could be done", "FaultBody"))
        .build()
}

/// What every route that runs a sync takes and may refuse.
pub(super) fn operation(summary: String, description: &str, own: Vec<Parameter>) -> OperationBuilder {
    OperationBuilder::new()
        .tag("sync")
        .summary(Some(summary))
        .description(Some(description))
        .parameters(Some(SyncParams::into_params(|| None).into_iter().chain(own)))
        .response("400", refusal("No endpoint, or ids that make no sense", "FaultBody"))
        .response("401", refusal("No key, or a wrong one", "DetailBody"))
        .response("422", refusal("A parameter that cannot be used", "InvalidBody"))
        .response("503", refusal("Too many runs are waiting", "CodedBody"))
}

/// An answer that is a refusal.
pub(super) fn refusal(description: &str, body: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(body))).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}
