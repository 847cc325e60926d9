use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().expect("a literal time")
}

fn letter(subject: &str, message: &str) -> DetailsForm {
    DetailsForm { subject: subject.into(), message: message.into(), ..DetailsForm::default() }
}

#[test]
fn what_an_action_needs_is_asked_for() {
    let fields = |action, form: &DetailsForm| {
        Details::parse(action, form, now()).map_err(|errors| errors.into_iter().map(|error| error.field).collect::<Vec<_>>())
    };
    let nothing = DetailsForm::default();
    assert_eq!(fields(BulkAction::Suspend, &nothing), Err(vec!["reason".to_owned()]));
    assert_eq!(fields(BulkAction::Resume, &nothing), Ok(Details::Resume));
    assert_eq!(fields(BulkAction::ChangePlan, &nothing), Err(vec!["plan".to_owned()]));
    assert_eq!(fields(BulkAction::SwitchFeature, &nothing), Err(vec!["feature".to_owned(), "state".to_owned(), "reason".to_owned()]));
    let switch = DetailsForm {
        feature: " sso ".into(),
        state: "on".into(),
        reason: "A pilot.".into(),
        until: "2026-12-31".into(),
        ..DetailsForm::default()
    };
    assert_eq!(
        fields(BulkAction::SwitchFeature, &switch),
        Ok(Details::SwitchFeature {
            feature: "sso".into(),
            enabled: Some(true),
            reason: "A pilot.".into(),
            until: Some("2027-01-01T00:00:00Z".parse().expect("a literal time")),
        })
    );
    assert_eq!(fields(BulkAction::Message, &nothing), Err(vec!["subject".to_owned(), "message".to_owned()]));
    assert_eq!(fields(BulkAction::Message, &letter("a\nb", &"x".repeat(4_001))), Err(vec!["subject".to_owned(), "message".to_owned()]));
    assert_eq!(
        Details::parse(BulkAction::Message, &letter(" News ", "One\r\nline.\r\n\r\n\r\nAnother. 😀"), now()),
        Ok(Details::Message { subject: "News".into(), paragraphs: vec!["One line.".into(), "Another. 😀".into()] })
    );
}

#[test]
fn what_is_stored_is_read_again() {
    assert!(BulkAction::ALL.into_iter().all(|action| action.as_str().parse() == Ok(action)));
    assert!(Outcome::ALL.into_iter().all(|outcome| outcome.as_str().parse() == Ok(outcome)));
    let switch = |enabled| Details::SwitchFeature { feature: "sso".into(), enabled, reason: "A pilot.".into(), until: None };
    for (details, stored) in [
        (Details::ChangePlan { plan: "pro".into() }, r#"{"action":"change_plan","plan":"pro"}"#),
        (switch(Some(true)), r#"{"action":"switch_feature","feature":"sso","enabled":true,"reason":"A pilot.","until":null}"#),
        (switch(None), r#"{"action":"switch_feature","feature":"sso","enabled":null,"reason":"A pilot.","until":null}"#),
    ] {
        let text = serde_json::to_string(&details).expect("JSON");
        assert_eq!((text.as_str(), serde_json::from_str(&text).ok()), (stored, Some(details)));
    }
}
