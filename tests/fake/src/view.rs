//! What people see in both services.

use serde_json::{Value, json};

use super::state::State;

/// Comments, reports, labels, tasks and page bodies, without ids and dates.
pub fn of(state: &State) -> Value {
    let mut pull_requests = json!({});
    let mut reports = json!({});
    for repository in &state.bitbucket.repositories {
        for one in &repository.pull_requests {
            let live = one.comments.iter().filter(|comment| !comment.deleted);
            let said: Vec<Value> = live.map(|it| json!({"by": it.user.display_name, "raw": it.raw})).collect();
            pull_requests[format!("{}#{}", repository.full_name, one.id)] = said.into();
        }
        for report in &repository.reports {
            let mut shown = report.json.clone();
            let mut notes = report.annotations.clone();
            for value in notes.iter_mut().chain([&mut shown]) {
                for name in ["created_on", "updated_on", "uuid"] {
                    value.as_object_mut().unwrap().remove(name);
                }
            }
            shown["annotations"] = notes.into();
            reports[format!("{} {}", report.commit, report.id)] = shown;
        }
    }
    let mut contents = json!({});
    for content in &state.confluence.contents {
        let own = state.confluence.comments.iter().filter(|comment| comment.content == content.id);
        let said: Vec<Value> = own.map(|it| json!({"by": it.author, "body": it.body})).collect();
        let tasks = state.confluence.tasks.iter().filter(|task| task.content == content.id);
        let tasks: Vec<Value> = tasks.map(|task| json!([task.local_id, task.complete])).collect();
        contents[content.id.to_string()] = json!({
            "title": content.title, "body": content.body, "labels": content.labels, "comments": said, "tasks": tasks,
        });
    }
    let properties: Vec<Value> = state
        .confluence
        .properties
        .iter()
        .map(|property| json!([property.content, property.key, property.value]))
        .collect();
    json!({"pull requests": pull_requests, "reports": reports, "contents": contents, "properties": properties})
}
