//! URLs: every form, and the text around them.

use super::{Row, check, configured, found, render};
use crate::mention::{KeyRule, Origin};

const FORMS: &[Row] = &[
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101", "page 101", "bare"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101/", "page 101", "slash at the end"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101/Title+With+Plus", "page 101", "slug"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101/ENG-7+Plan", "page 101", "a key in the slug is none"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101/%C3%9Cber%20uns", "page 101", "percent-encoded slug"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101/Über-uns_ENG-7", "page 101", "slug as typed"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/edit-v2/101", "page 101", "editor"),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/pages/edit-v2/101?draftShareId=2b1d1c2e-3f",
        "page 101",
        "editor, draft",
    ),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/edit/101", "page 101", "older editor"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101?draftShareId=2b1d1c2e", "page 101", "shared draft"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/blog/2024/05/06/110/Title", "blogpost 110", "blog post"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/blog/2024/05/06/110", "blogpost 110", "blog post without slug"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/blog/110987", "blogpost 110987", "blog post by id"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/blog/edit-v2/110987", "blogpost 110987", "blog post in the editor"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/blog/2024/05", "", "a month of the blog"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/blog/2024", "", "a year of the blog"),
    (
        "https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=101",
        "content 101",
        "by number; may be a blog post",
    ),
    ("https://acme.atlassian.net/wiki/pages/viewpage.action?spaceKey=K&pageId=101", "content 101", "any order"),
    ("https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=101&spaceKey=K", "content 101", "any order"),
    (
        "https://acme.atlassian.net/wiki/pages/viewpage.action?spaceKey=DOC&title=How+to",
        "titled DOC/How to",
        "by title",
    ),
    ("https://acme.atlassian.net/wiki/pages/viewpage.action?title=How+to", "", "a title without its space"),
    ("https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=", "", "no number"),
    ("https://acme.atlassian.net/wiki/pages/viewpage.action", "", "no query"),
    ("https://acme.atlassian.net/wiki/pages/resumedraft.action?draftId=101", "content 101", "draft"),
    ("https://acme.atlassian.net/wiki/pages/resumedraft.action?draftId=101&draftShareId=x-y", "content 101", "draft"),
    ("https://acme.atlassian.net/wiki/pages/editpage.action?pageId=101", "content 101", "oldest editor"),
    ("https://acme.atlassian.net/wiki/pages/createpage.action?fromPageId=101&pageId=101", "", "a page to be"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/viewpage.action?pageId=101", "content 101", "action in a space"),
    ("https://acme.atlassian.net/wiki/spaces/~712020abc/pages/101/T", "page 101", "personal space"),
    ("https://acme.atlassian.net/wiki/spaces/%7E712020abc/pages/101/T", "page 101", "personal space, encoded"),
    ("https://acme.atlassian.net/wiki/spaces/~user.name/pages/101", "page 101", "old personal space"),
    ("https://acme.atlassian.net/wiki/spaces/some-alias_new/pages/101", "page 101", "the space is not looked at"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/overview", "home ENG", "space home"),
    ("https://acme.atlassian.net/wiki/spaces/eng/overview", "home ENG", "space keys ignore case"),
    ("https://acme.atlassian.net/wiki/spaces/ENG", "home ENG", "space home, short"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/", "home ENG", "space home, short, slash"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/overview?homepageId=101", "page 101", "home with its page's id"),
    ("https://acme.atlassian.net/wiki/spaces/~712020abc/overview", "home ~712020ABC", "personal space home"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages", "", "list of pages"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/calendars", "", "calendars"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/whiteboard/301", "whiteboard ENG/301", "whiteboard"),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/whiteboard/2B1D1C2E-aaaa-bbbb-cccc-0123456789ab",
        "whiteboard ENG/2b1d1c2e-aaaa-bbbb-cccc-0123456789ab",
        "whiteboard by UUID",
    ),
    ("https://acme.atlassian.net/wiki/spaces/ENG/whiteboard/not-an-id", "", "whiteboard without id"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/whiteboard", "", "whiteboard without id"),
    ("https://acme.atlassian.net/wiki/spaces/~abc1/database/302?savedViewId=7", "database ~ABC1/302", "database"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/slide/303", "slide ENG/303", "slide"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/folder/304", "folder ENG/304", "folder"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/embed/305", "embed ENG/305", "embed"),
    ("https://acme.atlassian.net/wiki/display/DOC/Title+With+Plus", "titled DOC/Title With Plus", "old form"),
    ("https://acme.atlassian.net/wiki/display/DOC/C%2B%2B%20guide", "titled DOC/C++ guide", "old form, encoded"),
    ("https://acme.atlassian.net/wiki/display/DOC/A%2FB", "titled DOC/A/B", "encoded slash"),
    ("https://acme.atlassian.net/wiki/display/DOC/%FF%FE", "home DOC", "not UTF-8"),
    ("https://acme.atlassian.net/wiki/display/DOC", "home DOC", "old form of the home"),
    ("https://acme.atlassian.net/wiki/display/~user/My+Page", "titled ~USER/My Page", "old form, personal"),
    ("https://acme.atlassian.net/wiki/display/DOC/2024/05/06/News", "titled DOC/News", "old form, blog post"),
    ("https://acme.atlassian.net/wiki/x/D4AB", "content 98319", "short link"),
    ("https://acme.atlassian.net/wiki/x/mwD-/", "content 16711835", "short link, slash at the end"),
    ("https://acme.atlassian.net/wiki/x/_AozKw", "content 724765432", "short link"),
    ("https://acme.atlassian.net/wiki/x/-YBNSgs", "content 48491233533", "short link beyond 32 bits"),
    ("https://acme.atlassian.net/wiki/x/", "", "short link of nothing"),
    ("https://acme.atlassian.net/wiki/x/AAAA", "", "short link of zero"),
    ("https://acme.atlassian.net/wiki/x/ENG-12345678901", "", "too long for a short link, and no key"),
    ("https://acme.atlassian.net/wiki/api/v2/pages/101", "page 101", "API"),
    ("https://acme.atlassian.net/wiki/api/v2/blogposts/110?body-format=storage", "blogpost 110", "API"),
    ("https://acme.atlassian.net/wiki/api/v2/tasks/5", "", "API of something else"),
    ("https://acme.atlassian.net/wiki/rest/api/content/101", "content 101", "older API"),
    ("https://acme.atlassian.net/wiki/rest/api/search?cql=x", "", "older API of something else"),
];

const HOSTS: &[Row] = &[
    ("HTTPS://ACME.Atlassian.NET/wiki/spaces/ENG/pages/101", "page 101", "upper case"),
    ("http://acme.atlassian.net/wiki/spaces/ENG/pages/101", "page 101", "http is recognised"),
    ("https://acme.atlassian.net:443/wiki/spaces/ENG/pages/101", "page 101", "the scheme's own port"),
    ("https://acme.atlassian.net:8443/wiki/spaces/ENG/pages/101", "", "another port is another host"),
    ("http://localhost:8090/wiki/spaces/ENG/pages/101", "page 101", "a port of ours"),
    ("https://user:secret@acme.atlassian.net/wiki/spaces/ENG/pages/101", "page 101", "user information"),
    ("https://acme.atlassian.net@evil.example/wiki/spaces/ENG/pages/101", "", "user information that looks like ours"),
    ("https://acme.atlassian.net.evil.example/wiki/spaces/ENG/pages/101", "", "our host as a prefix"),
    ("https://evilacme.atlassian.net/wiki/spaces/ENG/pages/101", "", "our host as a suffix"),
    ("https://other.atlassian.net/wiki/spaces/ENG/pages/101/ENG-3", "", "another site"),
    ("ftp://acme.atlassian.net/wiki/spaces/ENG/pages/101", "", "another scheme"),
    ("//acme.atlassian.net/wiki/spaces/ENG/pages/101", "", "no scheme"),
    ("https://docs.acme.example/wiki/spaces/ENG/pages/101", "page 101", "alias"),
    ("https://docs.acme.example/spaces/ENG/pages/101/T", "page 101", "custom domain without the prefix"),
    ("https://docs.acme.example/pages/viewpage.action?pageId=101", "content 101", "custom domain"),
    ("https://docs.acme.example/x/D4AB", "content 98319", "custom domain"),
    ("https://docs.acme.example/display/DOC/How+to", "titled DOC/How to", "custom domain"),
    ("https://acme.atlassian.net/browse/ENG-123", "", "Jira"),
    ("https://acme.atlassian.net/jira/software/projects/ENG/boards/1?selectedIssue=ENG-123", "", "Jira"),
    ("https://acme.atlassian.net/wiki/search?text=ENG-1", "", "search"),
    ("https://acme.atlassian.net/wiki", "", "the site itself"),
    ("https://acme.atlassian.net", "", "the site itself"),
    ("https://acme.atlassian.net/wiki/spaces/../spaces/ENG/pages/101", "page 101", "dots are resolved"),
    (
        "https://api.atlassian.com/ex/confluence/1324a887-45db-1bf4-1e99-ef0ff456d421/wiki/api/v2/pages/101",
        "page 101",
        "gateway",
    ),
    (
        "https://api.atlassian.com/ex/confluence/1324A887-45DB-1BF4-1E99-EF0FF456D421/wiki/spaces/ENG/pages/101",
        "page 101",
        "gateway, path as in the browser",
    ),
    (
        "https://api.atlassian.com/ex/confluence/99999999-45db-1bf4-1e99-ef0ff456d421/wiki/api/v2/pages/101",
        "",
        "gateway of another site",
    ),
    (
        "https://api.atlassian.com/ex/jira/1324a887-45db-1bf4-1e99-ef0ff456d421/rest/api/content/101",
        "",
        "gateway to another product",
    ),
    ("https://api.atlassian.com/wiki/spaces/ENG/pages/101", "", "the gateway is no site"),
];

const IDS: &[Row] = &[
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/0", "", "no id is zero"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/00101", "page 101", "leading zeros"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/14141489386/T", "page 14141489386", "beyond 32 bits"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/9223372036854775807", "page 9223372036854775807", "63 bits"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/18446744073709551615", "", "the documents say int64"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/18446744073709551616", "", "more than 64 bits"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101abc", "", "letters"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101-2", "", "a hyphen"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101%20", "page 101", "a space"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/-101", "", "a sign"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/+101", "", "a sign"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/１０１", "", "full-width digits"),
];

const PARTS: &[Row] = &[
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101/T#How-it-works", "page 101", "heading"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101#%C3%9Cber-uns", "page 101", "heading, encoded"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101#", "page 101", "empty fragment"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101#%00", "page 101", "fragment that is no heading"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101#:~:text=x", "page 101", "a browser's text fragment"),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/pages/101?focusedCommentId=55#comment-55",
        "page 101",
        "a comment is no section",
    ),
    (
        "https://acme.atlassian.net/wiki/spaces/AISE/pages/14141489386/T?focusedTaskId=225",
        "page 14141489386 #225",
        "task",
    ),
    ("https://acme.atlassian.net/wiki/spaces/iroha/pages/21012751/T?focusedTaskId=227", "page 21012751 #227", "task"),
    (
        "https://acme.atlassian.net/wiki/pages/viewpage.action?focusedTaskId=4&pageId=101#Plan",
        "content 101 #4",
        "task and heading",
    ),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101?focusedTaskId=", "page 101", "no task"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101?focusedTaskId=a%20b", "page 101", "no task"),
    ("https://acme.atlassian.net/wiki/x/D4AB#Plan", "content 98319", "short link with a heading"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101?atlOrigin=eyJp&x=ENG-9", "page 101", "tracking"),
];

const AROUND: &[Row] = &[
    ("see https://acme.atlassian.net/wiki/spaces/ENG/pages/101.", "page 101", "full stop"),
    ("(https://acme.atlassian.net/wiki/spaces/ENG/pages/101).", "page 101", "in brackets"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101, and", "page 101", "comma"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101;", "page 101", "semicolon"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101: it", "page 101", "colon"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101!?", "page 101", "exclamation"),
    ("\"https://acme.atlassian.net/wiki/spaces/ENG/pages/101\"", "page 101", "quoted"),
    ("'https://acme.atlassian.net/wiki/spaces/ENG/pages/101'", "page 101", "quoted"),
    ("“https://acme.atlassian.net/wiki/spaces/ENG/pages/101”", "page 101", "typographic quotes"),
    ("**https://acme.atlassian.net/wiki/spaces/ENG/pages/101**", "page 101", "bold"),
    ("_https://acme.atlassian.net/wiki/spaces/ENG/pages/101_", "page 101", "emphasis"),
    ("__https://acme.atlassian.net/wiki/x/D4AB__", "content 98319", "bold around a short link"),
    ("_see https://acme.atlassian.net/wiki/spaces/ENG/pages/101_", "page 101", "emphasis around more"),
    ("_[x](https://acme.atlassian.net/wiki/x/D4A_)_", "content 4096015", "emphasis around a link"),
    ("_(_https://acme.atlassian.net/wiki/x/D4AB_)_", "content 98319", "emphasis in brackets"),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/pages/101?focusedTaskId=4- x",
        "page 101 #4",
        "a hyphen behind a task",
    ),
    ("~~https://acme.atlassian.net/wiki/spaces/ENG/pages/101~~", "page 101", "struck out"),
    ("<https://acme.atlassian.net/wiki/spaces/ENG/pages/101>", "page 101", "autolink"),
    ("[https://acme.atlassian.net/wiki/spaces/ENG/pages/101]", "page 101", "square brackets"),
    ("{https://acme.atlassian.net/wiki/spaces/ENG/pages/101}", "page 101", "braces"),
    ("[the plan](https://acme.atlassian.net/wiki/spaces/ENG/pages/101)", "page 101", "Markdown"),
    ("[the plan](https://acme.atlassian.net/wiki/spaces/ENG/pages/101 \"ENG\")", "page 101", "Markdown with a title"),
    ("[the plan](<https://acme.atlassian.net/wiki/spaces/ENG/pages/101>)", "page 101", "Markdown, angle brackets"),
    ("[the plan|https://acme.atlassian.net/wiki/spaces/ENG/pages/101]", "page 101", "wiki markup"),
    (
        "[https://acme.atlassian.net/wiki/spaces/ENG/pages/101|https://acme.atlassian.net/wiki/spaces/ENG/pages/101|smart-link]",
        "page 101",
        "wiki markup, smart link",
    ),
    (
        "[https://acme.atlassian.net/wiki/x/D4AB](https://acme.atlassian.net/wiki/x/D4AB){: data-inline-card='' }",
        "content 98319",
        "as Bitbucket's editor writes it",
    ),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101\u{200c}", "page 101", "invisible character of an editor"),
    ("\u{feff}https://acme.atlassian.net/wiki/spaces/ENG/pages/101\u{feff}", "page 101", "byte order marks"),
    ("\u{202e}https://acme.atlassian.net/wiki/spaces/ENG/pages/101\u{202c}", "page 101", "bidirectional controls"),
    (r"https://acme.atlassian.net/wiki/x/\_AozKw", "content 724765432", "escaped by an editor"),
    (r"https://acme.atlassian.net/wiki/spaces/ENG/pages/101/a\_b\_ENG-3", "page 101", "escaped slug"),
    (r"https://acme.atlassian.net/wiki/spaces/ENG/pages/101\n", "page 101", "a backslash that escapes nothing"),
    ("https://acme.atlassian.net/wiki/display/DOC/Foo_(bar)", "titled DOC/Foo_(bar)", "balanced brackets are kept"),
    ("(https://acme.atlassian.net/wiki/display/DOC/Foo_(bar))", "titled DOC/Foo_(bar)", "and the outer ones are not"),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/pages/101\thttps://acme.atlassian.net/wiki/x/D4AB",
        "page 101, content 98319",
        "tab",
    ),
    (
        "https://acme.atlassian.net/wiki/spaces/ENG/pages/101,https://acme.atlassian.net/wiki/x/D4AB",
        "page 101, content 98319",
        "a list without spaces",
    ),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101\r\nnext", "page 101", "CRLF"),
    ("https://acme.atlassian.net/wiki/spaces/ENG/pages/101\0", "page 101", "NUL"),
    ("見てhttps://acme.atlassian.net/wiki/spaces/ENG/pages/101を", "page 101", "a script without spaces"),
    ("見てhttps://acme.atlassian.net/wiki/spaces/ENG/pages/101。次", "page 101", "its full stop"),
    ("（https://acme.atlassian.net/wiki/spaces/ENG/pages/101）", "page 101", "its brackets"),
    ("Plan:https://acme.atlassian.net/wiki/spaces/ENG/pages/101", "page 101", "no space before"),
    ("ENG-5.https://acme.atlassian.net/wiki/spaces/ENG/pages/101", "ENG-5, page 101", "nor here"),
    ("url=https://acme.atlassian.net/wiki/spaces/ENG/pages/101", "page 101", "an assignment"),
    ("xhttps://acme.atlassian.net/wiki/spaces/ENG/pages/101", "", "another scheme"),
    ("| [a](https://acme.atlassian.net/wiki/spaces/ENG/pages/101) | ENG-5 |", "page 101, ENG-5", "table"),
    ("|https://acme.atlassian.net/wiki/spaces/ENG/pages/101|", "page 101", "table without spaces"),
    ("[ENG-123](https://acme.atlassian.net/wiki/spaces/ENG/pages/101)", "ENG-123, page 101", "both are named"),
    ("[ENG-123](https://acme.atlassian.net/browse/ENG-124)", "ENG-123", "the text of a link to Jira"),
    ("[A[ENG-1](https://x.example/ENG-2)23]", "ENG-1", "nested brackets"),
];

const OPAQUE: &[Row] = &[
    ("https://example.com/ENG-12", "", "any host"),
    ("https://example.com/a(ENG-12)b", "", "brackets inside"),
    ("https://github.com/o/r/pull/7#ENG-12", "", "fragment"),
    ("https://example.com/?q=ENG-12&r=ENG-13", "", "query"),
    ("https://example.com/#/🚀/ENG-12", "", "emoji inside"),
    ("http://[::1]:8080/ENG-12", "", "an IPv6 host"),
    ("https://", "", "no host"),
    ("https://?ENG-12", "", "no host"),
    ("ssh://git@bitbucket.org/ws/ENG-1.git", "", "ssh"),
    ("git@bitbucket.org:ws/ENG-1.git", "", "scp"),
    ("git@host:ws/ENG-1.git", "", "scp without a dot"),
    ("git+ssh://git@host/ENG-1", "", "compound scheme"),
    ("ftp://host/ENG-1", "", "ftp"),
    ("file:///home/ENG-1", "", "file"),
    ("www.example.com/ENG-1", "", "www"),
    ("WWW.example.com/ENG-1", "", "WWW"),
    ("ENG-1@example.com", "", "mail"),
    ("mailto:ENG-1@example.com", "", "mail"),
    ("<first.ENG-1@example.com>", "", "mail in brackets"),
    ("someone@ENG-1.example.com", "", "mail's host"),
    ("ENG-1 @someone ENG-2", "ENG-1, ENG-2", "a mention is no mail"),
    ("@ENG-1", "ENG-1", "nor here"),
    ("ENG-12@1.2.3", "ENG-12", "a version is no host"),
    ("@acme/ENG-12@1.2.3-rc.1", "ENG-12", "nor is this"),
    ("bob@acme.example:ENG-12", "ENG-12", "mail and a colon"),
    ("https://example.com/x ENG-12", "ENG-12", "after a URL"),
    ("https://example.com/x|ENG-12", "ENG-12", "after a URL, table"),
    ("(https://example.com/x)ENG-12", "ENG-12", "after a URL, brackets"),
    ("ENG-12:https://example.com/ENG-13", "ENG-12", "before a URL"),
    ("“https://example.com/ENG-13”ENG-12", "ENG-12", "after a URL, typographic quotes"),
    ("https://example.com/ENG-13\u{200b}ENG-12", "ENG-12", "after a URL, invisible space"),
    ("https://example.com/ENG-13。ENG-12", "ENG-12", "after a URL, full stop of another script"),
];

#[test]
fn every_form_of_url_names_its_target() {
    check(Origin::Title, &KeyRule::Any, FORMS);
    check(Origin::Description, &configured(), FORMS);
    check(Origin::Commit(0), &KeyRule::None, FORMS);
}

#[test]
fn only_urls_of_the_site_count() {
    check(Origin::Description, &configured(), HOSTS);
}

#[test]
fn an_id_is_a_number_of_64_bits() {
    check(Origin::Description, &configured(), IDS);
}

#[test]
fn heading_and_task_are_kept_and_comments_are_not() {
    check(Origin::Description, &configured(), PARTS);
}

#[test]
fn the_text_around_a_url_does_not_belong_to_it() {
    check(Origin::Description, &configured(), AROUND);
    check(Origin::Commit(0), &configured(), AROUND);
}

#[test]
fn no_key_is_read_inside_an_address() {
    check(Origin::Title, &KeyRule::Any, OPAQUE);
    check(Origin::Description, &configured(), OPAQUE);
    check(Origin::Commit(0), &KeyRule::Any, OPAQUE);
}

#[test]
fn without_a_cloud_id_gateway_urls_name_nothing() {
    let mut grammar = super::grammar(KeyRule::Any);
    grammar.gateway = None;
    let body = "https://api.atlassian.com/ex/confluence/1324a887-45db-1bf4-1e99-ef0ff456d421/wiki/api/v2/pages/101";
    let found = super::detect(&[super::Text { origin: Origin::Title, body }], &grammar);
    assert_eq!(render(&found), "");
}

#[test]
fn a_url_is_written_as_far_as_it_identifies() {
    let written = [
        (
            "HTTPS://u:p@Acme.atlassian.net:443/wiki/spaces/ENG/pages/101/Secret+Title?x=1#y",
            "https://acme.atlassian.net/wiki/spaces/ENG/pages/101",
        ),
        (
            "https://acme.atlassian.net/wiki/pages/viewpage.action?a=b&pageId=0101&c=d",
            "https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=101",
        ),
        ("https://acme.atlassian.net/wiki/x/mwD-/", "https://acme.atlassian.net/wiki/x/mwD-"),
        ("https://docs.acme.example/display/DOC/A+%2B+B?x", "https://docs.acme.example/display/DOC/A+%2B+B"),
        (
            "https://acme.atlassian.net/wiki/spaces/ENG/overview?a=b",
            "https://acme.atlassian.net/wiki/spaces/ENG/overview",
        ),
        (
            "https://acme.atlassian.net/wiki/pages/viewpage.action?title=A%26B&spaceKey=doc&u=v",
            "https://acme.atlassian.net/wiki/pages/viewpage.action?spaceKey=DOC&title=A%26B",
        ),
        (
            "http://localhost:8090/wiki/spaces/ENG/blog/2024/05/06/110/T",
            "http://localhost:8090/wiki/spaces/ENG/blog/2024/05/06/110",
        ),
        ("eng-0012-foo", ""),
    ];
    for (body, expected) in written {
        let found = found(Origin::Title, body, KeyRule::Any);
        assert_eq!(found.mentions.first().map_or("", |mention| &mention.written), expected, "{body}");
    }
}
