use super::*;

fn read(text: &str) -> Roster {
    Roster::read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn bad(roster: &Roster) -> Vec<(usize, &str)> {
    roster.bad.iter().map(|line| (line.line, line.message.as_str())).collect()
}

fn good(roster: &Roster) -> Vec<(usize, &str)> {
    roster.good.iter().map(|line| (line.line, line.invite.email.as_str())).collect()
}

#[test]
fn a_file_is_read_whatever_its_line_ends_and_order_of_columns() {
    for text in [
        "name,email,role\nAda,ada@a.example,admin\nBo,bo@a.example,viewer\n",
        "\u{FEFF}name,email,role\r\nAda,ada@a.example,admin\r\nBo,bo@a.example,viewer",
        "Role, Email ,Name\radmin,ada@a.example,Ada\rViewer,BO@a.example,\"Bo\"\r",
    ] {
        let roster = read(text);
        assert_eq!((good(&roster), bad(&roster)), (vec![(2, "ada@a.example"), (3, "bo@a.example")], vec![]), "{text:?}");
        assert_eq!(roster.good[1].invite.role, Role::Viewer);
        assert_eq!(roster.good[1].invite.name.as_ref().map(Name::as_str), Some("Bo"));
    }
}

#[test]
fn every_bad_line_is_named_by_its_number() {
    let roster = read(
        "name,email,role\n\
         \n\
         Ada,ada@a.example,admin\n\
         \"Bo,bo@a.example,viewer\n\
         Cy,nobody,king\n\
         Dee,dee@a.example\n\
         ,,\n\
         \"Eve, the first\",ADA@a.example,member\n\
         \"Flo, \"\"F\"\"\",flo@a.example,member\n\
         <b>,gus@a.example,member",
    );
    assert_eq!(good(&roster), [(3, "ada@a.example"), (9, "flo@a.example")]);
    assert_eq!(
        bad(&roster),
        [
            (4, "A quote (\") is opened and not closed."),
            (5, "Email: Enter an e-mail address such as name@example.com. Role: Choose owner, admin, member or viewer."),
            (6, "2 cells instead of 3: name,email,role."),
            (8, "The same address stands in line 3."),
            (10, "Name: Leave out < and >: names hold no markup."),
        ]
    );
    assert_eq!(roster.bad[1].text, "Cy,nobody,king");
}

#[test]
fn letters_of_another_encoding_are_said_with_their_line() {
    let roster = Roster::read(b"name,email,role\nAda,ada@a.example,admin\nJ\xF6rg,joerg@a.example,member\n").expect("a header");
    assert_eq!(good(&roster), [(2, "ada@a.example")]);
    assert_eq!(bad(&roster), [(3, LATIN_1)]);
    assert_eq!(roster.bad[0].text, "Jörg,joerg@a.example,member");
    assert_eq!(Roster::read(b"\xFF\xFEn\0a\0m\0e\0"), Err(RosterError::Utf16));
}

#[test]
fn a_file_that_cannot_be_read_at_all_says_why() {
    for (text, message) in [
        ("", "The file is empty. Its first line names the columns: name,email,role."),
        ("\n\n", "The file is empty. Its first line names the columns: name,email,role."),
        ("name,email,role\n,,\n", "The file is empty. Its first line names the columns: name,email,role."),
        ("name,role\nAda,admin", "Line 1: the column email is missing. The first line names the columns: name,email,role."),
        (
            "Ada,ada@a.example,admin",
            "Line 1: the columns name, email, role are missing. The first line names the columns: name,email,role.",
        ),
        (
            "name;email;role",
            "Line 1: the columns are separated by semicolons; separate them by commas. The first line names the columns: name,email,role.",
        ),
        (
            "name,email,role,tenant",
            "Line 1: there is no column “tenant” here; leave it out. The first line names the columns: name,email,role.",
        ),
        ("name,email,role,name", "Line 1: a column stands there twice. The first line names the columns: name,email,role."),
    ] {
        assert_eq!(Roster::read(text.as_bytes()).map_err(|error| error.to_string()), Err(message.to_owned()), "{text:?}");
    }
}

#[test]
fn ten_thousand_people_fit_and_one_more_does_not() {
    let mut text = String::from("name,email,role\n");
    (0..MAX_PEOPLE).for_each(|n| text.push_str(&format!("Person,p{n}@a.example,member\n")));
    assert_eq!(read(&text).good.len(), MAX_PEOPLE);
    text.push_str("nonsense\n");
    assert_eq!(Roster::read(text.as_bytes()), Err(RosterError::TooMany));
    assert_eq!(Roster::read(&vec![b'x'; MAX_BYTES + 1]), Err(RosterError::TooLarge));
    assert_eq!(RosterError::TooMany.to_string(), "The file lists more than 10,000 people. Split it.");
    assert_eq!(RosterError::TooLarge.to_string(), "The file has more than 1 MB. Split it.");
}

#[test]
fn who_is_there_already_or_would_get_too_much_is_refused_by_line() {
    let mut roster = read(
        "name,email,role\nAda,ada@a.example,member\nBo,bo@a.example,owner\nCy,cy@a.example,admin\nDee,x,admin\nEd,ed@a.example,viewer",
    );
    let email = |text: &str| text.parse::<Email>().expect("an address");
    roster.refuse(&[(email("ada@a.example"), Taken::Member), (email("ed@a.example"), Taken::Invited)].into(), Role::Admin);
    assert_eq!(good(&roster), [(4, "cy@a.example")]);
    assert_eq!(
        bad(&roster),
        [
            (2, "ada@a.example is a member already."),
            (3, "You may make people admin at most."),
            (5, "Email: Enter an e-mail address such as name@example.com."),
            (6, "ed@a.example has an open invite already."),
        ]
    );
}
