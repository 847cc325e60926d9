//! Files of people in the portal: seen line by line, then carried out once.

use reqwest::Method;
use tenantry::domain::role::Role;

use super::{acme, invited, limit_members, select, sent_back, value};
use crate::world::World;
use crate::world::http::{Browser, Reply};

async fn upload(browser: &Browser, content: &[u8]) -> Reply {
    browser.ask(Method::POST, "/t/acme/team/import").file("file", "people.csv", content).send().await
}

/// The page that the browser is led to.
async fn preview(browser: &Browser, content: &[u8]) -> (String, Reply) {
    let reply = upload(browser, content).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    let path = reply.location().to_owned();
    let page = browser.get(&path).await;
    (path, page)
}

async fn carry_out(browser: &Browser, page: &Reply, skip: &str) -> Reply {
    browser.post("/fn/team/import", &[("tenant", "acme"), ("import", &value(page, "input[name=import]")), ("skip_bad", skip)]).await
}

#[tokio::test]
async fn every_bad_line_is_named_before_anybody_is_invited() {
    let world = World::start().await;
    let acme = acme(&world).await;
    invited(&acme, "ida@new.example", Role::Viewer).await;
    let browser = world.serve().await.sign_in("ada@acme.example").await;
    let (path, page) = preview(
        &browser,
        b"\xEF\xBB\xBFname,email,role\r\nMel,mel@acme.example,member\r\nJ\xF6rg,j@new.example,member\r\nBo,bo@new.example,Viewer\r\n\
          Ida,ida@new.example,viewer\r\nOlga,olga@new.example,owner\r\nBo,BO@new.example,member\r\nCy,nobody,king\r\n",
    )
    .await;
    assert_eq!(select(&page, "section p b"), ["1 person can be invited, 6 lines are bad."]);
    let lines: Vec<(String, String)> = select(&page, "section:nth-of-type(2) td:nth-child(1)")
        .into_iter()
        .zip(select(&page, "section:nth-of-type(2) td:nth-child(2)"))
        .collect();
    let line = |n: usize, text: &str| (format!("Line {n}"), text.to_owned());
    assert_eq!(
        lines,
        [
            line(2, "mel@acme.example is a member already."),
            line(3, "Some letters are not UTF-8: the file was probably saved as Latin-1. Save it as “CSV UTF-8” and try again."),
            line(5, "ida@new.example has an open invite already."),
            line(6, "You may make people admin at most."),
            line(7, "The same address stands in line 4."),
            line(8, "Email: Enter an e-mail address such as name@example.com. Role: Choose owner, admin, member or viewer."),
        ]
    );
    assert!(page.body.contains("Jörg,j@new.example,member"));
    let refused = carry_out(&browser, &page, "").await;
    assert!(sent_back(&browser, &path, &refused).await.body.contains("Some lines are bad"));
    assert_eq!(acme.count("invites where email like '%@new.example'").await, 1, "nobody yet");

    let done = carry_out(&browser, &page, "yes").await;
    assert_eq!(done.location(), format!("{path}?done=imported"));
    let page = browser.get(done.location()).await;
    assert!(select(&page, ".notice")[0].starts_with("1 person was invited by ada@acme.example"), "{}", page.body);
    assert!(page.body.contains("6 lines were left out"));
    assert_eq!(acme.count("invites where email = 'bo@new.example' and name = 'Bo' and role = 'viewer'").await, 1);
    assert_eq!(acme.count("imports where content is null").await, 1, "the file is not kept longer than it is needed");
    world.finish().await;
}

#[tokio::test]
async fn a_file_is_carried_out_once_however_often_it_is_sent() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let browser = world.serve().await.sign_in("ada@acme.example").await;
    let (_, page) = preview(&browser, b"name,email,role\nA,a@new.example,viewer\nB,b@new.example,member\n").await;
    let import = value(&page, "input[name=import]");
    let racers: Vec<_> = (0..20)
        .map(|_| {
            let (browser, import) = (browser.clone(), import.clone());
            tokio::spawn(async move { browser.post("/fn/team/import", &[("tenant", "acme"), ("import", &import)]).await })
        })
        .collect();
    for racer in racers {
        assert!(racer.await.expect("no panic").location().ends_with("?done=imported"));
    }
    assert_eq!(acme.count("invites where email like '%@new.example'").await, 2);
    assert_eq!(acme.count("audit_events where action = 'invite.created' and actor = 'ada@acme.example'").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn a_file_that_does_not_fit_says_by_how_many() {
    let world = World::start().await;
    let acme = acme(&world).await;
    limit_members(&acme, 6).await;
    let browser = world.serve().await.sign_in("ada@acme.example").await;
    let people: String = (0..5).map(|n| format!("P,p{n}@new.example,viewer\n")).collect();
    let (_, page) = preview(&browser, format!("name,email,role\n{people}").as_bytes()).await;
    assert_eq!(select(&page, ".banner b"), ["Max 6 members allowed. Upgrade your plan. 2 places are free, these are 5: 3 too many."]);
    assert!(select(&page, "form button").iter().all(|button| !button.contains("Invite")), "there is nothing to press");
    let import = acme.world.text("select id::text from imports").await;
    browser.post("/fn/team/import", &[("tenant", "acme"), ("import", &import)]).await;
    assert_eq!(acme.count("invites where email like '%@new.example'").await, 0);
    limit_members(&acme, 9).await;
    let page = browser.get(&format!("/t/acme/team/import/{import}")).await;
    assert!(carry_out(&browser, &page, "").await.location().ends_with("?done=imported"), "the file waits for room");
    assert_eq!(acme.count("invites where email like '%@new.example'").await, 5);
    world.finish().await;
}

#[tokio::test]
async fn ten_thousand_lines_are_read_shown_and_carried_out() {
    let world = World::start().await;
    let acme = acme(&world).await;
    limit_members(&acme, 20_000).await;
    let browser = world.serve().await.sign_in("owner@acme.example").await;
    let mut file = String::from("name,email,role\n");
    (0..9_700).for_each(|n| file.push_str(&format!("Person {n},p{n}@new.example,member\n")));
    (0..300).for_each(|_| file.push_str("Person,nobody,member\n"));
    let (path, page) = preview(&browser, file.as_bytes()).await;
    assert_eq!(select(&page, "section p b"), ["9,700 people can be invited, 300 lines are bad."]);
    assert!(page.body.len() < 200_000, "{} bytes", page.body.len());
    let last = browser.get(&format!("{path}?after=9901")).await;
    assert_eq!(select(&last, "section:nth-of-type(2) td:nth-child(1)").len(), 100);
    assert!(last.body.contains("Line 10001"));
    carry_out(&browser, &page, "yes").await;
    assert_eq!(acme.count("invites where email like '%@new.example'").await, 9_700);
    let list = browser.get("/t/acme/team").await;
    assert_eq!(select(&list, ".head p"), ["4 members, 9,700 invites open"]);
    world.finish().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_says_why_beside_the_field() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let browser = world.serve().await.sign_in("ada@acme.example").await;
    let large = vec![b'x'; 2_000_000];
    for (content, message) in [
        (&b""[..], "The file is empty. Its first line names the columns: name,email,role."),
        (b"name,role\nAda,admin\n", "Line 1: the column email is missing. The first line names the columns: name,email,role."),
        (b"\xFF\xFEn\0", "The file is UTF-16. Save it as “CSV UTF-8” and try again."),
        (&large, "The file has more than 1 MB. Split it."),
    ] {
        let reply = upload(&browser, content).await;
        assert_eq!(reply.status, 303);
        assert_eq!(select(&browser.get(reply.location()).await, "#file-error"), [message]);
    }
    assert_eq!(acme.count("imports").await, 0);
    let nameless = browser.ask(Method::POST, "/t/acme/team/import").file("other", "people.csv", b"x").header("accept", "*/*").send().await;
    assert_eq!(nameless.status, 422);
    preview(&browser, b"name,email,role\nA,a@new.example,viewer\n").await;
    world.finish().await;
}

#[tokio::test]
async fn files_are_kept_for_a_day() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let browser = world.serve().await.sign_in("ada@acme.example").await;
    let (path, _) = preview(&browser, b"name,email,role\nA,a@new.example,viewer\n").await;
    while world.store.sweep().await.expect("swept") > 0 {}
    assert_eq!(browser.get(&path).await.status, 200);
    world.sql("update imports set created_at = now() - interval '25 hours'").await;
    while world.store.sweep().await.expect("swept") > 0 {}
    assert_eq!((browser.get(&path).await.status, acme.count("imports").await), (404, 0));
    world.finish().await;
}
