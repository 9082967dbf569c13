//! The fake shows old lists and other text where the services may.

use std::time::Duration;

use serde_json::json;

use super::{COMMENTS, Client, PAGE, PAGE_COMMENTS, footer, raw, start};
use fake::Lag;

/// The texts of the comments that the list shows.
fn listed(client: &Client) -> Vec<String> {
    let listed = client.get(COMMENTS);
    let texts = listed.each("/values", "/content/raw").into_iter().map(|text| text.as_str().unwrap().to_owned());
    texts.filter(|text| !text.is_empty()).collect()
}

#[test]
fn comment_list_lags_behind_every_kind_of_write() {
    let fake = start();
    fake.state().bitbucket.comments.lag = Some(Lag::Reads(1));
    let client = Client::bitbucket(&fake);
    let path = format!("{COMMENTS}/{}", client.send("POST", COMMENTS, raw("a"))["/id"]);
    assert_eq!([listed(&client), listed(&client)], [vec![], vec!["a".to_owned()]]);
    assert_eq!(client.send("PUT", &path, raw("b"))["/content/raw"], "b");
    assert_eq!(client.get(&path)["/content/raw"], "b", "by its id it is there at once");
    assert_eq!([listed(&client), listed(&client)], [["a"], ["b"]]);
    assert_eq!(client.delete(&path), 204);
    assert_eq!([listed(&client), listed(&client)], [vec!["b".to_owned()], vec![]]);
}

#[test]
fn single_comment_lags_where_ordered() {
    let fake = start();
    {
        let comments = &mut fake.state().bitbucket.comments;
        (comments.lag, comments.by_id) = (Some(Lag::Time(Duration::from_millis(80))), true);
    }
    let client = Client::bitbucket(&fake);
    let path = format!("{COMMENTS}/{}", client.send("POST", COMMENTS, raw("a"))["/id"]);
    assert_eq!((client.get(&path).status, listed(&client).len()), (404, 0));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!((client.get(&path).status, listed(&client).len()), (200, 1));
}

#[test]
fn page_comments_lag_with_body_and_version() {
    let fake = start();
    fake.state().confluence.replica.lag = Some(Lag::Reads(2));
    let client = Client::confluence(&fake);
    let made = client.send("POST", PAGE_COMMENTS, footer("<p>a</p>", None));
    let path = format!("{PAGE_COMMENTS}/{}", made["/id"].as_str().unwrap());
    client.send("PUT", &path, footer("<p>b</p>", Some(2)));
    let seen = [(); 3].map(|()| client.get(&format!("{PAGE}/footer-comments")).each("/results", "/version/number"));
    assert_eq!(seen, [vec![], vec![], vec![json!(2)]]);
}

#[test]
fn comment_text_is_kept_as_the_service_likes_it() {
    let fake = start();
    fake.state().bitbucket.kept_text = |text| text.replace('\n', "\r\n");
    let client = Client::bitbucket(&fake);
    let made = client.send("POST", COMMENTS, raw("a\nb"));
    assert_eq!(made["/content/raw"], "a\r\nb");
    let path = format!("{COMMENTS}/{}", made["/id"]);
    assert_eq!(client.send("PUT", &path, raw("c\nd"))["/content/raw"], "c\r\nd");
}
