//! The duration of the same requests, sent one after the other by a plain client.

use std::time::Duration;

use ureq::Agent;
use ureq::http::Request;

use crate::stage;
use fake::{Fake, Recorded};

/// Sends to a fake what another one received: in order, each when the one before was answered, on one kept connection
/// to each service, and with nothing to think about in between.
pub(crate) fn replay(requests: &[Recorded], to: &Fake) -> Duration {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let (_, took) = stage::timed(|| requests.iter().for_each(|recorded| send(&agent, recorded, to)));
    took
}

fn send(agent: &Agent, recorded: &Recorded, to: &Fake) {
    let request = &recorded.request;
    let uri = format!("{}{}", to.origin(request.service), request.target);
    let mut builder = Request::builder().method(request.method.as_str()).uri(uri);
    for (name, value) in &request.headers {
        if ["authorization", "content-type", "accept", "user-agent"].contains(&name.as_str()) {
            builder = builder.header(name, value);
        }
    }
    let sent = if request.body.is_empty() {
        builder.body(()).map(|plain| agent.run(plain))
    } else {
        builder.body(request.body.as_slice()).map(|full| agent.run(full))
    };
    match sent {
        Ok(Ok(answer)) => drop(answer.into_body().read_to_vec()),
        Ok(Err(error)) => panic!("{}: {error}", recorded.line()),
        Err(error) => panic!("{}: {error}", recorded.line()),
    }
}
