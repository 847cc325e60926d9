//! What an action would do to one tenant as it stands, or why nothing: the same as the store does when its turn comes.

use chrono::{DateTime, Utc};

use super::super::last_day;
use super::super::quantity::plural;
use super::super::status::TenantStatus;
use super::super::when;
use super::Details;

/// A tenant as it stands before an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub status: TenantStatus,
    /// In which it was before it was suspended.
    pub status_before: Option<TenantStatus>,
    /// Why staff suspended it.
    pub held_reason: Option<String>,
    /// What is owed, when it is suspended for that.
    pub unpaid_reason: Option<String>,
    /// Its trial has an end, and that is past.
    pub trial_over: bool,
    pub plan_key: String,
    pub plan: String,
    /// Owners who get mail.
    pub owners: i64,
    /// The feature that is to be switched; `None` when there is no such feature.
    pub feature: Option<FeatureNow>,
    pub now: DateTime<Utc>,
}

/// A feature as one tenant has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureNow {
    pub in_plan: bool,
    /// What staff switched it to, and until when; `None` while it is as the plan says.
    pub switched: Option<(bool, Option<DateTime<Utc>>)>,
}

/// What an action would do to one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Does(String),
    /// Why nothing would happen.
    Refused(&'static str),
}

impl FeatureNow {
    /// Switching it on, off or back to what the plan says (`None`). That the plan has it is not the same as that it is on whatever plan comes.
    pub fn switch(&self, enabled: Option<bool>, until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Verdict {
        let wanted = enabled.map(|enabled| (enabled, until));
        if wanted == self.switched {
            return Verdict::Refused("It is so already.");
        }
        if until.is_some_and(|end| end <= now) {
            return Verdict::Refused("The last day is over.");
        }
        Verdict::Does(format!("From {} to {}.", self.words(self.switched), self.words(wanted)))
    }

    fn words(&self, switched: Option<(bool, Option<DateTime<Utc>>)>) -> String {
        let on_off = |enabled| if enabled { "on" } else { "off" };
        match switched {
            None => format!("{} (as the plan)", on_off(self.in_plan)),
            Some((enabled, None)) => format!("{} (for this tenant)", on_off(enabled)),
            Some((enabled, Some(end))) => {
                format!("{} (for this tenant, until the end of {})", on_off(enabled), when::day(last_day::day_of(end)))
            }
        }
    }
}

fn suspend(facts: &Facts) -> Verdict {
    match (facts.status, &facts.held_reason) {
        (TenantStatus::Suspended, Some(_)) => Verdict::Refused("It is suspended already."),
        (TenantStatus::Suspended, None) => {
            Verdict::Does("Suspended for non-payment now; then by staff as well, and its people see both reasons.".to_owned())
        }
        (TenantStatus::Provisioning, _) => Verdict::Refused("It is not set up yet."),
        (status, _) => Verdict::Does(format!("{} now; its people and keys are shut out and see the reason.", status.label())),
    }
}

fn resume(facts: &Facts) -> Verdict {
    if facts.status != TenantStatus::Suspended {
        return Verdict::Refused("It is open: only a suspended tenant can be resumed.");
    }
    match (&facts.held_reason, &facts.unpaid_reason, facts.status_before) {
        (None, _, _) => Verdict::Refused("Staff did not suspend it: it opens when its payment has arrived."),
        (Some(_), Some(unpaid), _) => Verdict::Does(format!("No longer suspended by staff; it stays suspended for non-payment: {unpaid}")),
        (Some(_), None, Some(TenantStatus::Trial)) if facts.trial_over => {
            Verdict::Does("It is open again: active, for its trial ended meanwhile.".to_owned())
        }
        (Some(_), None, Some(before)) => Verdict::Does(format!("It is open again: {}.", before.label().to_lowercase())),
        (Some(_), None, None) => Verdict::Does("It is open again.".to_owned()),
    }
}

/// What the store would say: the run decides anew, for a tenant may change until then.
pub fn verdict(details: &Details, facts: &Facts) -> Verdict {
    if facts.status == TenantStatus::Deleted {
        return Verdict::Refused("It is deleted.");
    }
    match details {
        Details::Suspend { .. } => suspend(facts),
        Details::Resume => resume(facts),
        Details::ChangePlan { plan } if *plan == facts.plan_key => Verdict::Refused("It has this plan already."),
        Details::ChangePlan { .. } => Verdict::Does(format!("From {}, at once.", facts.plan)),
        Details::SwitchFeature { enabled, until, .. } => match &facts.feature {
            Some(feature) => feature.switch(*enabled, *until, facts.now),
            None => Verdict::Refused("There is no such feature."),
        },
        Details::Message { .. } if facts.owners == 0 => Verdict::Refused("None of its owners has an account yet."),
        Details::Message { .. } => Verdict::Does(format!("A mail to {}.", plural(facts.owners, "owner", "owners"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a literal time")
    }

    fn facts(status: TenantStatus) -> Facts {
        Facts {
            status,
            status_before: None,
            held_reason: None,
            unpaid_reason: None,
            trial_over: false,
            plan_key: "free".into(),
            plan: "Free".into(),
            owners: 1,
            feature: None,
            now: at("2026-11-30T12:00:00Z"),
        }
    }

    fn suspended(before: TenantStatus, held: Option<&str>, unpaid: Option<&str>) -> Facts {
        Facts {
            status_before: Some(before),
            held_reason: held.map(str::to_owned),
            unpaid_reason: unpaid.map(str::to_owned),
            ..facts(TenantStatus::Suspended)
        }
    }

    fn does(details: &Details, facts: &Facts) -> bool {
        matches!(verdict(details, facts), Verdict::Does(_))
    }

    #[test]
    fn what_would_happen_depends_on_how_the_tenant_stands() {
        let suspend = Details::Suspend { reason: "fraud".into() };
        let plan = Details::ChangePlan { plan: "pro".into() };
        let message = Details::Message { subject: "s".into(), paragraphs: vec![] };
        for (status, can_suspend) in [
            (TenantStatus::Provisioning, false),
            (TenantStatus::Trial, true),
            (TenantStatus::Active, true),
            (TenantStatus::PastDue, true),
            (TenantStatus::Deleted, false),
        ] {
            let tenant = facts(status);
            assert_eq!((does(&suspend, &tenant), does(&Details::Resume, &tenant)), (can_suspend, false), "{status:?}");
            assert_eq!(does(&plan, &tenant), status != TenantStatus::Deleted);
        }
        assert!(!does(&plan, &Facts { plan_key: "pro".into(), ..facts(TenantStatus::Active) }));
        assert!(!does(&message, &Facts { owners: 0, ..facts(TenantStatus::Active) }));
    }

    #[test]
    fn of_two_causes_staff_set_and_lift_their_own() {
        let suspend = Details::Suspend { reason: "fraud".into() };
        for (held, unpaid, can_suspend, can_resume) in [
            (Some("fraud"), None, false, true),
            (None, Some("two invoices"), true, false),
            (Some("fraud"), Some("two invoices"), false, true),
        ] {
            let tenant = suspended(TenantStatus::Active, held, unpaid);
            let can = (does(&suspend, &tenant), does(&Details::Resume, &tenant));
            assert_eq!(can, (can_suspend, can_resume), "{held:?} {unpaid:?}");
        }
        let after = |tenant: &Facts| match verdict(&Details::Resume, tenant) {
            Verdict::Does(text) => text,
            Verdict::Refused(why) => why.to_owned(),
        };
        assert_eq!(after(&suspended(TenantStatus::PastDue, Some("fraud"), None)), "It is open again: past due.");
        assert!(after(&suspended(TenantStatus::Active, Some("fraud"), Some("two invoices"))).contains("stays suspended"));
        let trial = suspended(TenantStatus::Trial, Some("fraud"), None);
        assert_eq!(after(&trial), "It is open again: trial.");
        assert!(after(&Facts { trial_over: true, ..trial }).contains("active"));
    }

    #[test]
    fn a_feature_is_switched_where_it_is_otherwise() {
        let end = at("2027-01-01T00:00:00Z");
        let switch = |enabled, until| Details::SwitchFeature { feature: "sso".into(), enabled, reason: "A pilot.".into(), until };
        let having = |in_plan, switched| Facts { feature: Some(FeatureNow { in_plan, switched }), ..facts(TenantStatus::Active) };
        let already = Verdict::Refused("It is so already.");
        assert_eq!(verdict(&switch(None, None), &having(true, None)), already);
        assert_eq!(verdict(&switch(Some(true), Some(end)), &having(false, Some((true, Some(end))))), already);
        for (details, tenant, text) in [
            (switch(Some(true), None), having(false, None), "From off (as the plan) to on (for this tenant)."),
            (switch(Some(true), None), having(true, None), "From on (as the plan) to on (for this tenant)."),
            (switch(None, None), having(false, Some((true, None))), "From on (for this tenant) to off (as the plan)."),
            (
                switch(Some(true), Some(end)),
                having(false, Some((true, None))),
                "From on (for this tenant) to on (for this tenant, until the end of 31 December 2026).",
            ),
        ] {
            assert_eq!(verdict(&details, &tenant), Verdict::Does(text.to_owned()));
        }
        let over = at("2026-11-30T00:00:00Z");
        assert_eq!(verdict(&switch(Some(true), Some(over)), &having(false, None)), Verdict::Refused("The last day is over."));
        assert!(!does(&switch(Some(true), None), &facts(TenantStatus::Active)), "there is no such feature");
    }
}
