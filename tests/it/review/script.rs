//! The script of `review.html` in Chromium, if this machine has it.

use std::process::Command;

use super::{month, review};
use crate::binary::Place;

/// Uses the page as people do, and notes after each act what is left of it.
const ACTS: &str = r##"<script>
  const [form] = document.forms;
  const seen = [];
  window.alert = () => seen.push("the address ran as a script");
  const see = async (act) => {
    await new Promise((seen) => setTimeout(seen, 20));
    const hidden = document.querySelectorAll("main section[hidden] > h2, main section[hidden] > h3");
    const filtered = document.querySelector(".filtered");
    const status = form.querySelector("[role=status]").textContent;
    const chosen = form.finding.selectedOptions[0]?.textContent;
    const gone = Array.from(hidden, (heading) => heading.textContent);
    seen.push(`${act} ${location.hash} (${chosen}): ${status} [${gone}] ${filtered.hidden ? "" : filtered.textContent}`.trim());
  };
  const type = (words) => { form.words.value = words; form.dispatchEvent(new Event("input")); };
  const go = (hash) => { location.hash = hash; };
  const click = (what) => document.querySelector(what).click();
  const print = (event) => {
    dispatchEvent(new Event(event));
    seen.push(`${event}: ${document.querySelectorAll("details:not([open])").length} pages are closed`);
  };
  (async () => {
    await see("open");
    click("nav a[href='#pages']"); await see("section");
    for (const hash of ["#finding=ledger", "#words=eng-101", "#words=key-7", "#finding=skipped&words=%", "#finding=%3Cimg onerror=alert(1)%3E",
      "#words=<img src=x onerror=alert(1)>"]) { go(hash); await see("go"); }
    type("Author PAGE"); await see("type");
    click("button"); await see("reset");
    click("nav a[href='#releases']"); await see("section");
    click("summary"); print("beforeprint"); print("afterprint");
    document.body.textContent = `<<${seen.join("\n")}>>`;
  })();
</script></body>"##;

#[test]
fn filter_stays_in_the_address_and_hides_other_entries() {
    let html = review(&month()).html;
    let place = Place::new();
    // The page's own policy allows no other script.
    let html = html.replace("Content-Security-Policy", "unused").replace("</body>", ACTS);
    // Most titles hold their key. An item is found by a key that is only in its data too.
    let html = html.replace("data-keys=\"ENG-105\"", "data-keys=\"KEY-7\"");
    std::fs::write(place.join("review.html"), html).unwrap();
    let mut chromium = Command::new("timeout");
    chromium.args([
        "60",
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=9000",
        "--dump-dom",
    ]);
    chromium.arg(format!("--user-data-dir={}", place.join("profile").display()));
    let ran = chromium.arg(format!("file://{}#finding=public", place.join("review.html").display())).output();
    let Some(ran) = ran.ok().filter(|ran| !matches!(ran.status.code(), Some(124 | 127))) else {
        println!("skipped: no chromium, or it took more than a minute");
        return;
    };
    let page = String::from_utf8(ran.stdout).unwrap();
    let seen = page.split("&lt;&lt;").nth(1).and_then(|rest| rest.split("&gt;&gt;").next());
    let seen = seen.unwrap_or_else(|| panic!("{page}\n{}", String::from_utf8_lossy(&ran.stderr)));
    insta::assert_snapshot!(seen, @r"
    open #finding=public (public): 2 of 30 [Owner unknown,developer,Pull requests without a page,Releases] Filtered by: public. 2 of 30 entries are shown.
    section #finding=public (public): 2 of 30 [Owner unknown,developer,Pull requests without a page,Releases] Filtered by: public. 2 of 30 entries are shown.
    go #finding=ledger (all):  []
    go #words=eng-101 (all): 5 of 30 [To do,page author,Owner unknown,developer,Pull requests without a page] Filtered by: eng-101. 5 of 30 entries are shown.
    go #words=key-7 (all): 2 of 30 [Owner unknown,developer,Pages,Pull requests without a page,Releases] Filtered by: key-7. 2 of 30 entries are shown.
    go #finding=skipped&amp;words=% (skipped): 0 of 30 [To do,page author,Owner unknown,developer,Pages,Pull requests without a page,Releases] Filtered by: %, skipped. 0 of 30 entries are shown.
    go #finding=%3Cimg%20onerror=alert(1)%3E (all):  []
    go #words=%3Cimg%20src=x%20onerror=alert(1)%3E (all): 0 of 30 [To do,page author,Owner unknown,developer,Pages,Pull requests without a page,Releases] Filtered by: &lt;img src=x onerror=alert(1)&gt;. 0 of 30 entries are shown.
    type #words=Author+PAGE (all): 13 of 30 [Owner unknown,developer,Pull requests without a page,Releases] Filtered by: author page. 13 of 30 entries are shown.
    reset  (all):  []
    section #releases (all):  []
    beforeprint: 0 pages are closed
    afterprint: 10 pages are closed
    ");
}
