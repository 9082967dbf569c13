//! The hidden last line of our pull request comment: which site it is for, and which pages to look at.
//!
//! It is a Markdown link definition that nothing refers to: Bitbucket renders nothing for it, while it shows HTML comments
//! as text. Anyone can write such a line, so a page that it names counts for nothing until our row is read there.

use std::collections::BTreeSet;

use crate::digest::Sha256;
use crate::ids::{CloudId, Host, PageName};

use super::PRODUCT;

/// The most pages that one index names: a forged one costs at most this many reads.
pub const MAX_PAGES: usize = 200;

/// The Confluence site of this run: the cloud id stays when the site gets another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteIdentity {
    /// `None` when this run could not read it.
    pub cloud_id: Option<CloudId>,
    pub host: Host,
    /// The site's host and its other names.
    pub hosts: BTreeSet<Host>,
}

impl SiteIdentity {
    /// Whether a marker is this site's. Only where one of both lacks the cloud id does the host decide.
    pub fn owns(&self, marker: &Marker) -> bool {
        match (&self.cloud_id, &marker.cloud_id) {
            (Some(ours), Some(theirs)) => ours.as_str().eq_ignore_ascii_case(theirs.as_str()),
            (None, _) | (_, None) => self.host == marker.host || self.hosts.contains(&marker.host),
        }
    }

    /// The marker line of a comment with this visible text and these pages.
    pub fn marker_line(&self, visible: &str, pages: &BTreeSet<PageName>) -> String {
        let cloud_id = self.cloud_id.as_ref().map(|id| format!(" cloud={id}")).unwrap_or_default();
        let pages: Vec<String> = pages.iter().take(MAX_PAGES).map(ToString::to_string).collect();
        let (site, pages) = (format!("site={}{cloud_id}", self.host), pages.join(","));
        let sent = Sha256::of(&format!("{visible}\n{site} {pages}"));
        format!("[//]: # ({PRODUCT} v1 {site} sent={} pages={pages})", sent.short())
    }
}

/// What the last line of a comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The site's host when the comment was written.
    pub host: Host,
    /// The site's cloud id, if the writer knew it.
    pub cloud_id: Option<CloudId>,
    /// The pages to look at.
    pub pages: BTreeSet<PageName>,
    /// A digest of the text that was sent. Bitbucket may store the text with other line endings.
    pub sent: Option<String>,
}

impl Marker {
    /// Splits a comment into what people see and the marker; `None` when the last line is none.
    pub fn split(comment: &str) -> Option<(&str, Self)> {
        let comment = comment.trim_end();
        let (above, last) =
            comment.rsplit_once('\n').map_or(("", comment), |(above, last)| (above, last.trim_end_matches('\r')));
        let fields = last.strip_prefix("[//]: # (")?.strip_suffix(')')?;
        let fields = fields.strip_prefix(PRODUCT)?.strip_prefix(" v1 ")?;
        let (mut host, mut cloud_id, mut sent, mut pages) = (None, None, None, BTreeSet::new());
        for field in fields.split_whitespace() {
            match field.split_once('=') {
                Some(("site", text)) => host = Host::parse(text),
                Some(("cloud", text)) => cloud_id = CloudId::parse(text),
                Some(("sent", text)) => sent = Some(text.to_owned()),
                Some(("pages", text)) => {
                    let room = MAX_PAGES.saturating_sub(pages.len());
                    pages.extend(text.split(',').filter_map(PageName::parse).take(room));
                }
                Some(_) | None => {}
            }
        }
        Some((above.trim_end(), Self { host: host?, cloud_id, pages, sent }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ContentId, PageKind};

    fn site(host: &str, cloud_id: Option<&str>) -> SiteIdentity {
        let host = Host::parse(host).unwrap();
        let alias = Host::parse("docs.acme.example").unwrap();
        SiteIdentity { cloud_id: cloud_id.and_then(CloudId::parse), hosts: [host.clone(), alias].into(), host }
    }

    fn pages() -> BTreeSet<PageName> {
        let page = |id, kind| PageName { id: ContentId::new(id).unwrap(), kind };
        [page(101, PageKind::Page), page(110, PageKind::BlogPost)].into()
    }

    #[test]
    fn a_marker_is_read_back() {
        let line = site("acme.atlassian.net", Some("c1")).marker_line("visible", &pages());
        insta::assert_snapshot!(line, @r"[//]: # (confluence-pr-link v1 site=acme.atlassian.net cloud=c1 sent=cb42a6e0f426 pages=page:101,blogpost:110)");
        for ending in ["\n", "\r\n"] {
            let comment = format!("visible{ending}{ending}{line}{ending}");
            let (visible, marker) = Marker::split(&comment).unwrap();
            assert_eq!((visible, &marker.pages), ("visible", &pages()));
            assert!(site("acme.atlassian.net", Some("c1")).owns(&marker));
        }
    }

    #[test]
    fn a_marker_belongs_to_the_site_with_its_cloud_id() {
        let marker = |writer: &SiteIdentity| Marker::split(&writer.marker_line("", &pages())).unwrap().1;
        let with_id = marker(&site("acme.atlassian.net", Some("c1")));
        let without_id = marker(&site("acme.atlassian.net", None));
        let table = [
            ("acme.atlassian.net", Some("c1"), true, true, "the same site"),
            ("new.atlassian.net", Some("c1"), true, false, "a renamed site"),
            ("acme.atlassian.net", Some("c2"), false, true, "another site under the old name"),
            ("acme.atlassian.net", None, true, true, "the cloud id can't be read: the host decides"),
            ("new.atlassian.net", None, false, false, "nothing matches"),
        ];
        for (host, cloud_id, owns_with, owns_without, why) in table {
            let reader = site(host, cloud_id);
            assert_eq!((reader.owns(&with_id), reader.owns(&without_id)), (owns_with, owns_without), "{why}");
        }
        assert!(site("docs.acme.example", None).owns(&marker(&site("docs.acme.example", None))));
        let aliased = Marker::split(&site("docs.acme.example", None).marker_line("", &pages())).unwrap().1;
        assert!(site("acme.atlassian.net", None).owns(&aliased), "an alias");
    }

    #[test]
    fn a_marker_counts_only_as_the_last_line() {
        let line = site("acme.atlassian.net", None).marker_line("", &pages());
        assert_eq!(Marker::split(&format!("{line}\n\nwhat is this line?")), None);
        assert_eq!(Marker::split(""), None);
    }

    #[test]
    fn an_index_holds_200_pages_at_most() {
        let pages: BTreeSet<PageName> =
            (1..=250).map(|id| PageName { id: ContentId::new(id).unwrap(), kind: PageKind::Page }).collect();
        let written = site("acme.atlassian.net", None).marker_line("", &pages);
        assert_eq!(written.matches("page:").count(), MAX_PAGES);
        let names: Vec<String> = pages.iter().map(ToString::to_string).collect();
        let forged = format!("[//]: # (confluence-pr-link v1 site=a.example pages={})", names.join(","));
        assert_eq!(Marker::split(&forged).unwrap().1.pages.len(), MAX_PAGES);
    }

    #[test]
    fn an_edited_index_gives_what_can_be_read() {
        let edited = "[//]: # (confluence-pr-link v1 site=a.example pages=page:101,page:x,,folder:3,page:0)";
        let (_, marker) = Marker::split(edited).unwrap();
        assert_eq!(marker.pages.iter().map(ToString::to_string).collect::<Vec<_>>(), ["page:101"]);
    }
}
