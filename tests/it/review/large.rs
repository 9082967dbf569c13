//! A review of 40 pages and 60 pull requests: its order, and the same content in all files.

use std::collections::BTreeSet;

use serde_json::Value;

use super::page::Page;
use super::{Reviewed, review, reviewing, world};
use crate::bed::Bed;
use crate::pull_request_states::on_branch;

/// Links the large world, writes its releases, and reviews it later.
fn large() -> Reviewed {
    let mut bed = Bed::new(world::large(), 1);
    on_branch(&mut bed, "main");
    let mut bed = bed.with("ACTION", "backfill").with("DAYS", "90");
    assert_eq!(bed.run().exit.code(), 0);
    bed = bed.with("ACTION", "release");
    bed.variables.remove("BITBUCKET_BRANCH");
    for release in world::RELEASES {
        let commit = bed.fake.state().bitbucket.repositories[0].tags[release].clone();
        bed = bed.with("BITBUCKET_TAG", release).with("BITBUCKET_COMMIT", &commit);
        let ran = bed.run();
        assert_eq!(ran.exit.code(), 0, "{}", ran.log);
    }
    bed.variables.remove("BITBUCKET_TAG");
    world::large_later(&mut bed.fake.state());
    let reviewed = review(&reviewing(bed).with("DAYS", "30"));
    assert_eq!(reviewed.ran.exit.code(), 0, "{}", reviewed.ran.log);
    reviewed
}

/// The values of a field: nothing for nothing, several values apart.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Null => vec![],
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(values).collect(),
        other => vec![other.to_string()],
    }
}

/// What people read for a value of a line.
fn shown(column: &str, value: &str, line: &Value) -> String {
    match (column, value) {
        // Its title or key and its address stand for it.
        ("page", _) => line["page_url"].as_str().unwrap_or_default().to_owned(),
        ("access", "open") if line["public"] == "yes" => "everyone on the internet".to_owned(),
        ("access", "open") => "everyone with access to space".to_owned(),
        ("access", "restricted") => "Viewers: only ".to_owned(),
        ("access", "restricted-above") => "(set on a parent page)".to_owned(),
        ("view_people", people) => format!("{people} pe"),
        ("public", "yes") => "Viewers: everyone on the internet".to_owned(),
        ("public", "no") if line["access"] == "open" => {
            format!("with access to space {} · ", line["space"].as_str().unwrap_or_default())
        }
        ("public", "no") => "Viewers: only ".to_owned(),
        ("public", word) => word.replace('-', " "),
        ("page_version", version) => format!("Version {version}"),
        ("merged_version", version) => format!("last merge (v{version})"),
        ("versions_since_merge", "0") => "Unchanged since".to_owned(),
        ("versions_since_merge", since) => format!("{since} version"),
        ("version_at_merge", version) => format!("page version {version}"),
        ("approvals", "0") => "No approvals".to_owned(),
        ("approvals", _) => "Approved by ".to_owned(),
        ("pull_request", id) => format!("#{id}"),
        ("page_status" | "access" | "findings", word) => word.replace('-', " "),
        _ => value.to_owned(),
    }
}

#[test]
fn review_of_forty_pages_is_the_same_in_all_files() {
    let reviewed = large();
    let lines = reviewed.json["lines"].as_array().unwrap();
    let pages: BTreeSet<&str> = lines.iter().filter_map(|line| line["page"].as_str()).collect();
    assert_eq!((pages.len() as u64, reviewed.json["counts"]["pages"].as_u64()), (40, Some(40)));
    assert_eq!(reviewed.json["counts"]["pull_requests"], 60);
    let page = Page::read(&reviewed.html);
    let mut table = csv::Reader::from_reader(reviewed.csv.as_bytes());
    let columns: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(reviewed.csv.matches("\r\n").count(), lines.len() + 1, "each record ends as RFC 4180 has it");
    let details = page.all("details");
    assert_eq!(details.len(), 40, "one for each page");
    let without_page = page.blocks.iter().position(|block| block.label == "without-page").unwrap();
    let (mut seen, mut items): (Vec<&Value>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut of_kind: BTreeSet<&str> = BTreeSet::new();
    for (line, record) in lines.iter().zip(table.records()) {
        let record = record.unwrap();
        assert_eq!(line.as_object().unwrap().len(), columns.len(), "each field is a column");
        if !seen.contains(&&line["page"]) {
            seen.push(&line["page"]);
        }
        let around = if line["page"].is_null() { without_page } else { details[seen.len() - 1].0 };
        let of_pull_request = format!("{} #", line["pull_request_url"].as_str().unwrap());
        let item = page.blocks.iter().enumerate().find(|(place, block)| {
            block.element == "li"
                && block.parent == Some(around)
                && !items.contains(place)
                && block.text.contains(&of_pull_request)
        });
        let (place, item) = item.unwrap_or_else(|| panic!("{line}"));
        items.push(place);
        let is_of_item = |column: &str| {
            columns.iter().position(|it| it == column) >= columns.iter().position(|it| it == "pull_request")
        };
        for (column, cell) in columns.iter().zip(&record) {
            let wanted = values(&line[column]);
            assert_eq!(cell.replace("'<", "<"), wanted.join(", "), "{column} in review.csv");
            of_kind.extend((!wanted.is_empty()).then_some(column.as_str()));
            // People see its effect only.
            if column == "row" {
                continue;
            }
            let is_of_item = is_of_item(column) && (column != "findings" || line["page"].is_null());
            let block = if is_of_item { item } else { &page.blocks[around] };
            for value in wanted {
                let value = shown(column, &value, line);
                assert!(block.text.contains(&value), "{column} {value:?} in review.html: {}", block.text);
            }
        }
    }
    assert_eq!(of_kind.len(), columns.len(), "every field has a value: {of_kind:?}");
    let approved = lines.iter().filter(|line| line["approved_by"] == "maintainer").count();
    assert!(approved > 40 && page.section("pages").text.contains("Approved by maintainer"), "{approved}");
}

#[test]
fn summary_comes_first_then_work_pages_and_releases() {
    let reviewed = large();
    let page = Page::read(&reviewed.html);
    let labels: Vec<&str> =
        page.blocks.iter().map(|block| block.label.as_str()).filter(|label| !label.is_empty()).collect();
    assert_eq!(labels, ["summary", "to-do", "pages", "without-page", "releases"]);
    let coverage = &reviewed.json["coverage"];
    let number = |name: &str| coverage[name].as_u64().unwrap();
    assert_eq!(
        (number("pull_requests"), number("with_page"), number("without_page"), number("skipped")),
        (59, 52, 6, 1)
    );
    assert!(
        page.section("summary")
            .text
            .contains("88% of pull requests have a page: 52 of 59, 6 without a page, 1 skipped")
    );

    let to_do = reviewed.json["to_do"].as_array().unwrap();
    let owners: Vec<&Value> = to_do.iter().map(|item| &item["owner"]).collect();
    let mut groups = owners.clone();
    groups.dedup();
    assert_eq!(groups.len(), owners.iter().map(|it| it.to_string()).collect::<BTreeSet<_>>().len(), "grouped by owner");
    let rank = |item: &Value| ["high", "medium", "low"].iter().position(|word| item["severity"] == *word).unwrap();
    let first_of = |owner: &Value| rank(to_do.iter().find(|item| item["owner"] == *owner).unwrap());
    assert!(groups.is_sorted_by_key(|owner| first_of(owner)), "the owner of the most serious item comes first");
    for owner in &groups {
        assert!(to_do.iter().filter(|item| item["owner"] == **owner).is_sorted_by_key(rank), "{owner}");
    }
    let section = page.blocks.iter().position(|block| block.label == "to-do").unwrap();
    let is_inside = |block: &super::page::Block| {
        block.parent.and_then(|parent| page.blocks[parent].parent) == Some(section) && block.element == "li"
    };
    let items: Vec<&str> =
        page.blocks.iter().filter(|block| is_inside(block)).map(|block| block.text.as_str()).collect();
    assert_eq!(items.len(), to_do.len());
    for (item, wanted) in items.iter().zip(to_do) {
        for field in ["sentence", "action"] {
            assert!(item.contains(wanted[field].as_str().unwrap()), "{field} of {wanted}: {item}");
        }
    }
    assert!(page.levels.is_sorted_by(|left, right| right <= &(left + 1)) && page.levels[0] == 1, "{:?}", page.levels);
}

#[test]
fn review_names_viewers_and_changes_and_releases() {
    let reviewed = large();
    let page = Page::read(&reviewed.html);
    assert!(reviewed.findings().contains(&"high page author page:225: The page is in the trash".to_owned()));
    let restricted = reviewed.line("page:204");
    assert_eq!(restricted["view_groups"], serde_json::json!(["payments", "<security>"]));
    assert_eq!(restricted["view_people"], 2);
    let pages = &page.section("pages").text;
    assert!(pages.contains("Viewers: only the groups payments, <security> and 2 people"), "{pages}");

    let changed = reviewed.line("page:210");
    let url = changed["changes_url"].as_str().unwrap();
    let (then, now) = (&changed["merged_version"], &changed["page_version"]);
    assert!(url.ends_with(&format!("pageId=210&selectedPageVersions={then}&selectedPageVersions={now}")), "{url}");
    assert_eq!(changed["findings"], serde_json::json!([]), "a change of these days is no finding");
    let old: Vec<&str> = reviewed.json["to_do"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["kind"] == "changed-after-merge")
        .map(|item| item["page"].as_str().unwrap())
        .collect();
    assert_eq!(old, ["page:203"], "nor is one that a later merge followed");

    let releases = reviewed.json["releases"].as_array().unwrap();
    let names: Vec<&str> = releases.iter().map(|release| release["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["2.4.0", "2.3.0", "2.2.0", "2.1.0"]);
    for (release, (_, row)) in releases.iter().zip(page.all("tr").into_iter().skip(1)) {
        let without: Vec<u64> =
            release["without_page"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).collect();
        assert!(!without.is_empty() && row.text.starts_with(release["name"].as_str().unwrap()), "{release}");
        assert!(without.iter().all(|id| row.text.contains(&format!("#{id}"))), "{}", row.text);
        let covered = release["coverage"]["with_page"].as_u64().unwrap();
        assert_eq!(release["coverage"]["pull_requests"], covered + without.len() as u64, "{release}");
        assert!(row.text.contains(&format!("{covered} of {}", covered + without.len() as u64)), "{}", row.text);
        for named in release["pages"].as_array().unwrap() {
            let url = reviewed.line(named.as_str().unwrap())["page_url"].as_str().unwrap();
            assert!(row.text.contains(url), "{named}: {}", row.text);
        }
    }
}
