//! Storage format comes back changed in harmless ways, and only once.

use super::{Client, PAGE_COMMENTS, footer, start};

fn written(text: &str) -> Result<String, u16> {
    let fake = start();
    let reply = Client::confluence(&fake).send("POST", PAGE_COMMENTS, footer(text, None));
    if reply.status == 201 { Ok(fake.page_comments(101).remove(0)) } else { Err(reply.status) }
}

#[test]
fn storage_format_is_normalized_once() {
    let table = [
        (
            "<table data-layout=\"default\"><tr><th>A</th><th>B</th></tr><tr><td>1<br/></td><td>2</td></tr></table>",
            &[
                "<table ac:local-id=",
                "<colgroup><col /><col /></colgroup><tbody><tr local-id=",
                "1<br /></td>",
                "</tr>\n<tr",
            ][..],
        ),
        (
            "<p><a href=\"https://x.example/?a=1&amp;b=2\" data-card-appearance=\"inline\">\
             it&#39;s &quot;A&quot; &amp; &lt;B&gt;&nbsp;</a><strong>c</strong></p>",
            &[
                "<a data-card-appearance=\"inline\" href=\"https://x.example/?a=1&amp;b=2\">it's \"A\" &amp; &lt;B&gt;&nbsp;</a>",
            ],
        ),
        (
            "<p><a data-repository=\"7\" href=\"https://x.example/#a-7\">x</a></p>",
            &["<a href=\"https://x.example/#a-7\">x</a>"],
        ),
    ];
    for (text, parts) in table {
        let kept = written(text).unwrap();
        for part in parts {
            assert!(kept.contains(part), "{part}: {kept}");
        }
        assert_eq!(written(&kept).unwrap(), kept, "once is enough");
    }
}

#[test]
fn malformed_or_dangerous_text_is_refused() {
    for text in
        ["<p>a</b></p>", "a < b", "<p>&unknown;</p>", "<br>", "<script>x</script>", "<p onclick=\"x\">y</p>", ""]
    {
        assert_eq!(written(text), Err(400), "{text}");
    }
}
