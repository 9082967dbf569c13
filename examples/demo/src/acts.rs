//! The acts of the demo in a terminal, and their checks.

use confluence_pr_link::report::Exit;

use crate::stage::{self, Audience, Ran, Variables};
use crate::terminal::Terminal;
use crate::{show, sides, world};
use fake::Fake;

/// Plays all acts; gives what went otherwise than it should.
pub(crate) fn play() -> Vec<String> {
    let terminal = Terminal::new();
    let fake = stage::open();
    let mut wrong = Vec::new();

    terminal.act("What the team wrote");
    show::request(&terminal, &fake.state());
    show::issues(&terminal, &fake.state());

    terminal.act("The pipe runs, as a step of the pull request's pipeline");
    let (repository, id) = ("acme/shop", world::PULL_REQUEST);
    for (name, value) in stage::variables(&fake, repository, id) {
        terminal.say(&format!("  {name}={}", stage::shown(name, &value)));
    }
    terminal.say("");
    let first = run(&fake, Audience::Terminal, &mut wrong);
    if first.writes.is_empty() {
        wrong.push("the first run wrote nothing".to_owned());
    }

    terminal.act("The pull request now");
    show::bitbucket(&terminal, &fake.state());
    terminal.act("The pages now");
    show::confluence(&terminal, &fake.state());
    decoys(&terminal, &fake, &mut wrong);
    let (issue, page) = world::ISSUE;
    if !fake.state().confluence.comments.iter().any(|comment| comment.content == page) {
        wrong.push(format!("the page of the Jira issue {issue} has no comment"));
    }

    terminal.act("The pipe runs again and changes nothing");
    nothing_is_written(&terminal, &fake, &mut wrong);

    terminal.act("The title is edited, and one page is no longer named");
    world::toggle_title(&mut fake.state());
    sides::pull_request(&fake.state()).iter().for_each(|(_, request)| terminal.say(&format!("  {}\n", request.title)));
    run(&fake, Audience::Terminal, &mut wrong);
    terminal.say("");
    one_page_left(&terminal, &fake, &mut wrong);
    nothing_is_written(&terminal, &fake, &mut wrong);

    terminal.act("The pull request is merged: the main branch pipeline marks the rows as merged");
    world::merge(&mut fake.state());
    let on_main = stage::variables_of_branch(&fake, "acme/shop", "main");
    run_with(&fake, &on_main, Audience::Terminal, &mut wrong);
    terminal.say("");
    page_says(&terminal, &fake, world::CHECKOUT, "merged", &mut wrong);
    task_is_closed(&terminal, &fake, &mut wrong);
    nothing_is_written_with(&terminal, &fake, &on_main, &mut wrong);

    terminal.act("Version 1.4.0 is tagged: the tag pipeline adds the release to the pages");
    world::release(&mut fake.state());
    let of_tag = stage::variables_of_tag(&fake, "acme/shop", world::RELEASE);
    run_with(&fake, &of_tag, Audience::Terminal, &mut wrong);
    terminal.say("");
    page_says(&terminal, &fake, world::CHECKOUT, world::RELEASE, &mut wrong);
    nothing_is_written_with(&terminal, &fake, &of_tag, &mut wrong);

    terminal.say("");
    for what in &wrong {
        terminal.say(&terminal.red(&format!("✖ {what}")));
    }
    if wrong.is_empty() {
        terminal.say(&terminal.dim("See it in a browser: cargo run -p demo -- --serve"));
    }
    wrong
}

fn run(fake: &Fake, audience: Audience, wrong: &mut Vec<String>) -> Ran {
    run_with(fake, &stage::variables(fake, "acme/shop", world::PULL_REQUEST), audience, wrong)
}

fn run_with(fake: &Fake, variables: &Variables, audience: Audience, wrong: &mut Vec<String>) -> Ran {
    let ran = stage::run(fake, variables, audience);
    if ran.exit != Exit::Success {
        wrong.push(format!("the pipe ended with {}", ran.exit.code()));
    }
    wrong.extend(ran.unexpected.iter().map(|request| format!("a request that no document knows: {request}")));
    ran
}

/// Runs the pipe once more and shows its last line, and what the services received.
fn nothing_is_written(terminal: &Terminal, fake: &Fake, wrong: &mut Vec<String>) {
    let variables = stage::variables(fake, "acme/shop", world::PULL_REQUEST);
    nothing_is_written_with(terminal, fake, &variables, wrong);
}

fn nothing_is_written_with(terminal: &Terminal, fake: &Fake, variables: &Variables, wrong: &mut Vec<String>) {
    let before = fake.what_people_see();
    let again = run_with(fake, variables, Audience::Nobody, wrong);
    terminal.say(&format!("  {}", stage::without_colours(&again.log).lines().last().unwrap_or_default()));
    let count = format!("writes: {}", again.writes.len());
    terminal.say(&format!("  what the services received: {} reads, {}", fake.requests().len() - again.writes.len(), {
        if again.writes.is_empty() { terminal.green(&count) } else { terminal.red(&count) }
    }));
    wrong.extend(again.writes.iter().map(|write| format!("a second run wrote: {write}")));
    if fake.what_people_see() != before {
        wrong.push("a second run changed something".to_owned());
    }
}

/// Says which decoys left no trace in what was written; the others are wrong.
fn decoys(terminal: &Terminal, fake: &Fake, wrong: &mut Vec<String>) {
    let state = fake.state();
    let (alone, taken) = sides::decoys(&state);
    terminal.say(&format!("{} {}", terminal.bold("Decoys that were left alone:"), alone.join(", ")));
    wrong.extend(taken.iter().map(|decoy| format!("a decoy was linked: {decoy}")));
    if state.confluence.comments.iter().any(|comment| comment.content == world::DECOY_PAGE) {
        wrong.push("the decoys' page has a comment".to_owned());
    }
}

/// Shows a page whose row of the pull request should say these words.
fn page_says(terminal: &Terminal, fake: &Fake, page: u64, words: &str, wrong: &mut Vec<String>) {
    let state = fake.state();
    let row = format!("{} #{}", "acme/shop", world::PULL_REQUEST);
    for (content, comments) in sides::pages(&state).into_iter().filter(|(content, _)| content.id == page) {
        show::page(terminal, &state, content, &comments);
        let says = comments.iter().any(|comment| comment.body.contains(&row) && comment.body.contains(words));
        if !says {
            wrong.push(format!("{} does not say {words}", content.title));
        }
    }
}

/// Says what the comment on the pull request says of the task that it closes.
fn task_is_closed(terminal: &Terminal, fake: &Fake, wrong: &mut Vec<String>) {
    let state = fake.state();
    let comments = sides::pull_request(&state).map(|(_, request)| sides::our_comments(&state, request));
    let lines = comments.into_iter().flatten().flat_map(|comment| comment.raw.lines());
    let lines_of_task: Vec<&str> = lines.filter(|line| line.starts_with("- ☑ Task 3 ")).collect();
    lines_of_task.iter().for_each(|line| terminal.say(&format!("  {line}\n")));
    let done = state
        .confluence
        .tasks
        .iter()
        .any(|task| task.content == world::CHECKOUT && task.local_id == "3" && task.complete);
    if lines_of_task.is_empty() || !done {
        wrong.push("the task that a commit closes is not closed".to_owned());
    }
}

/// Shows the page that the edited title no longer names: its row is gone.
fn one_page_left(terminal: &Terminal, fake: &Fake, wrong: &mut Vec<String>) {
    let state = fake.state();
    let row = format!("{} #{}", "acme/shop", world::PULL_REQUEST);
    for (content, comments) in sides::pages(&state) {
        if content.id == world::DECISION {
            show::page(terminal, &state, content, &comments);
            if comments.iter().any(|comment| comment.body.contains(&row)) {
                wrong.push(format!("{} still has a row", content.title));
            }
        }
    }
}
