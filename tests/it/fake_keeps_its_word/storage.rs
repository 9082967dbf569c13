//! Storage format comes back changed in harmless ways, and only once.

use serde_json::json;

use contract::Contract;

use super::Client;
use fake::{Fake, State};

fn written(text: &str) -> Result<String, u16> {
    let mut state = State::default();
    state.add_page(101, "ENG", "Page");
    let fake = Fake::start_watched(state, Contract::new());
    let body = json!({"pageId": "101", "body": {"representation": "storage", "value": text}});
    let reply = Client::confluence(&fake).send("POST", "/wiki/api/v2/footer-comments", Some(&body));
    if reply.status == 201 { Ok(fake.page_comments(101).remove(0)) } else { Err(reply.status) }
}

#[test]
fn a_table_is_completed_and_gets_ids() {
    let text = "<table data-layout=\"default\"><tr><th>A</th><th>B</th></tr><tr><td>1<br/></td><td>2</td></tr></table>";
    let kept = written(text).unwrap();
    assert!(kept.starts_with("<table ac:local-id="), "{kept}");
    assert!(kept.contains("<colgroup><col /><col /></colgroup><tbody><tr local-id="), "{kept}");
    assert!(kept.contains("1<br /></td>"), "{kept}");
    assert!(kept.contains("</tr>\n<tr"), "{kept}");
    assert_eq!(written(&kept).unwrap(), kept, "once is enough");
}

#[test]
fn attributes_change_places_and_entities_are_decoded() {
    let text = "<p><a href=\"https://x.example/?a=1&amp;b=2\" data-card-appearance=\"inline\">\
                it&#39;s &quot;A&quot; &amp; &lt;B&gt;&nbsp;</a><strong>c</strong></p>";
    let kept = written(text).unwrap();
    let link = "<a data-card-appearance=\"inline\" href=\"https://x.example/?a=1&amp;b=2\">\
                it's \"A\" &amp; &lt;B&gt;&nbsp;</a>";
    assert!(kept.contains(link), "{kept}");
    assert_eq!(written(&kept).unwrap(), kept);
}

#[test]
fn attributes_that_a_page_does_not_need_are_dropped() {
    let kept = written("<p><a data-repository=\"7\" href=\"https://x.example/#a-7\">x</a></p>").unwrap();
    assert!(kept.contains("<a href=\"https://x.example/#a-7\">x</a>"), "{kept}");
}

#[test]
fn malformed_or_dangerous_text_is_refused() {
    for text in
        ["<p>a</b></p>", "a < b", "<p>&unknown;</p>", "<br>", "<script>x</script>", "<p onclick=\"x\">y</p>", ""]
    {
        assert_eq!(written(text), Err(400), "{text}");
    }
}
