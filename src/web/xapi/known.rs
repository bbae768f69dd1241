//! What the LRS has gathered of agents and activities: `/xapi/agents`, `/xapi/activities`
//! (Communication 2.4, 2.5).

use super::{Client, json_answer, wrong_parameter};
use crate::{parameters::Parameters, problem::Problem};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use app::App;

/// The Person object of an agent.
pub(super) async fn agent(
    request: HttpRequest,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let agent =
        xapi::agent_parameter(parameters.pairs()).map_err(|error| wrong_parameter(&error))?;
    let names = app.agent_names(&client.caller, &agent).await?;
    let names = names.iter().map(String::as_str);
    json_answer(&request, xapi::person_json([&agent], names))
}

/// An activity with its definition, if any statement has brought one.
pub(super) async fn activity(
    request: HttpRequest,
    parameters: Parameters,
    client: Client,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let activity =
        xapi::activity_parameter(parameters.pairs()).map_err(|error| wrong_parameter(&error))?;
    let definition = app.activity_definition(&client.caller, &activity).await?;
    json_answer(&request, xapi::activity_json(&activity, definition.as_deref()))
}
