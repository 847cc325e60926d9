//! The grammar: which texts are a command, and what each becomes.
//!
//! `a|b` either word; `[a]` may be left out; `{tenant}` is filled in. Names of several words may stand in quotation marks. Politeness and
//! articles (“please”, “the”) are looked over.

use super::matching::Reading;
use super::{Becomes, Change, Command, Go, Tab, Vocabulary, Which};
use crate::domain::amount;
use crate::domain::status::TenantStatus;

/// One thing that can be said, in several forms.
pub struct Rule {
    /// What it does, for the help page.
    pub does: &'static str,
    pub forms: &'static [&'static str],
    pub example: &'static str,
    build: fn(&Reading<'_>, &Vocabulary) -> Built,
}

/// `Err(None)`: these words mean something else.
type Built = Result<Command, Option<String>>;

impl Rule {
    pub(super) fn build(&self, reading: &Reading<'_>, words: &Vocabulary) -> Built {
        (self.build)(reading, words)
    }
}

/// In the order in which they are tried where two fit equally well.
pub const RULES: &[Rule] = &[
    Rule {
        does: "Give a tenant another plan",
        forms: &[
            "upgrade|downgrade|move|switch|change [tenant] {tenant} to|onto [plan] {plan} [plan]",
            "change|set|switch plan of|for [tenant] {tenant} to {plan}",
            "put [tenant] {tenant} on|onto {plan} [plan]",
        ],
        example: "upgrade acme to enterprise",
        build: |reading, words| {
            let plan = plan(reading.get("plan"), words)?;
            change(reading, Becomes::OnPlan(plan))
        },
    },
    Rule {
        does: "Suspend a tenant; its people read the reason",
        forms: &[
            "suspend|pause|block|disable|stop [tenant] {tenant} because|for|since|: {reason}",
            "suspend|pause|block|disable|stop [tenant] {tenant}",
        ],
        example: "suspend acme because two invoices are unpaid",
        build: |reading, _| change(reading, Becomes::Suspended { reason: reading.get("reason").to_owned() }),
    },
    Rule {
        does: "Let a suspended tenant go on",
        forms: &["resume|unsuspend|unpause|unblock|enable|reactivate|reopen [tenant] {tenant}"],
        example: "resume delta-inc",
        build: |reading, _| change(reading, Becomes::Resumed),
    },
    Rule {
        does: "Set a limit of one tenant, whatever its plan says",
        forms: &[
            "set|change|raise|increase|lower|reduce {meter} limit|quota|limits of|for [tenant] {tenant} to {amount}",
            "set|change|raise|increase|lower|reduce limit|quota of|for {meter} of|for [tenant] {tenant} to {amount}",
            "give|grant|allow [tenant] {tenant} {amount} {meter}",
            "limit [tenant] {tenant} to {amount} {meter}",
        ],
        example: "set agents limit of acme to 200",
        build: |reading, words| {
            let meter = meter(reading.get("meter"), words)?;
            let text = reading.get("amount");
            // “million” is said, “M” is read.
            let text = text.replace(" million", " M").replace(" thousand", " k").replace(" billion", " G");
            let quota = amount::parse_quota(&text, meter.unit).map_err(|error| Some(format!("“{text}”: {error}")))?;
            change(reading, Becomes::Limited(meter.key.clone(), quota, meter.unit))
        },
    },
    Rule {
        does: "Begin a new tenant",
        forms: &[
            "create|add|make|new [new] tenant [called|named] {name} with|on|in [plan] {plan} [plan]",
            "create|add|make|new [new] tenant [called|named] {name}",
        ],
        example: "create a new tenant called 'BigCorp' with the pro plan",
        build: |reading, words| {
            let plan = match reading.get("plan") {
                "" => None,
                name => Some(plan(name, words)?),
            };
            Ok(Command::Go(Go::NewTenant { name: reading.get("name").to_owned(), plan }))
        },
    },
    Rule {
        does: "Tenants that are near a limit",
        forms: &[
            "[show|list|find|which|what] [all] tenants [that|which] [are] near|approaching|at|over|reaching [their] [plan] limits|limit|quota|quotas",
        ],
        example: "which tenants are approaching their plan limits?",
        build: |_, _| Ok(Command::Go(Go::Tenants(Which::NearLimits))),
    },
    Rule {
        does: "Tenants by what they cost",
        forms: &["[show|list] [all] tenants by cost|spend|spending", "[show|list] most expensive tenants"],
        example: "show tenants by cost",
        build: |_, _| Ok(Command::Go(Go::Tenants(Which::ByCost))),
    },
    Rule {
        does: "Tenants with a plan",
        forms: &["[show|list|find|which|what] [all] tenants [that|which] [are] on|with|in [plan] {plan} [plan]"],
        example: "show tenants on pro",
        build: |reading, words| Ok(Command::Go(Go::Tenants(Which::Plan(plan(reading.get("plan"), words)?)))),
    },
    Rule {
        does: "Tenants in a state",
        forms: &["[show|list|find|which|what] [all] {state} tenants", "[show|list|find|which|what] [all] tenants [that|which] are {state}"],
        example: "list suspended tenants",
        build: |reading, _| {
            let said = reading.get("state").to_lowercase();
            let status = state(&said).ok_or_else(|| Some(format!("There is no state “{said}”. There are: {}.", states())))?;
            Ok(Command::Go(Go::Tenants(Which::State(status))))
        },
    },
    Rule {
        does: "All tenants",
        forms: &["[show|list|open|go] [to] [all] tenants", "[show|list] [all] tenants and [their] [resource] usage"],
        example: "show all tenants",
        build: |_, _| Ok(Command::Go(Go::Tenants(Which::All))),
    },
    Rule {
        does: "Revenue, cost and use over all tenants",
        forms: &[
            "[show|compare] revenue|cost|costs|margin|usage [by|across|over|of] [all] [tenant|tenants] [tier|tiers|plan|plans|tenants]",
        ],
        example: "show revenue by plan",
        build: |_, words| page("usage", words),
    },
    Rule {
        does: "A page of one tenant",
        forms: &["[show|open|list|find|view] {tab} of|for [tenant] {tenant}", "[show|open|view] [tenant] {tenant} {tab}"],
        example: "show users for tenant acme",
        build: |reading, _| {
            // What is no page of a tenant may be the name of one.
            let tab = Tab::find(&reading.get("tab").to_lowercase()).ok_or(None)?;
            Ok(Command::Go(Go::Tenant(reading.get("tenant").to_owned(), tab)))
        },
    },
    Rule {
        does: "A page of the console",
        forms: &["[show|open|go|view] [to] {page} [page]"],
        example: "go to jobs",
        build: |reading, words| page(reading.get("page"), words),
    },
    Rule {
        does: "A tenant, by name or slug",
        forms: &["show|open|go|view|find|see [to] [tenant] {tenant}"],
        example: "open acme",
        build: |reading, _| Ok(Command::Go(Go::Tenant(reading.get("tenant").to_owned(), Tab::Overview))),
    },
];

fn change(reading: &Reading<'_>, to: Becomes) -> Built {
    Ok(Command::Change(Change { tenant: reading.get("tenant").to_owned(), to }))
}

fn plan(said: &str, words: &Vocabulary) -> Result<String, Option<String>> {
    let found = words.plans.iter().find(|(key, name)| key.eq_ignore_ascii_case(said) || name.eq_ignore_ascii_case(said));
    found.map(|(key, _)| key.clone()).ok_or_else(|| {
        let plans = words.plans.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(", ");
        Some(format!("There is no plan “{said}”. There are: {plans}."))
    })
}

fn meter<'a>(said: &str, words: &'a Vocabulary) -> Result<&'a super::MeterWord, Option<String>> {
    // `API calls`, `api_calls` and `api-calls`; one of several is still the same meter.
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], " ").trim_end_matches('s').to_owned();
    let found = words.meters.iter().find(|meter| plain(&meter.key) == plain(said) || plain(&meter.label) == plain(said));
    found.ok_or_else(|| {
        let meters = words.meters.iter().map(|meter| meter.key.as_str()).collect::<Vec<_>>().join(", ");
        Some(format!("Nothing is counted as “{said}”. There are: {meters}."))
    })
}

fn page(said: &str, words: &Vocabulary) -> Built {
    let found = words.pages.iter().find(|(href, label)| {
        label.eq_ignore_ascii_case(said) || href.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(said))
    });
    found.map(|(href, label)| Command::Go(Go::Page(href.clone(), label.clone()))).ok_or(None)
}

const STATES: [TenantStatus; 5] =
    [TenantStatus::Active, TenantStatus::Trial, TenantStatus::PastDue, TenantStatus::Suspended, TenantStatus::Provisioning];

fn state(said: &str) -> Option<TenantStatus> {
    let said = match said {
        "past due" | "overdue" | "unpaid" => "past_due",
        "paused" | "blocked" | "disabled" => "suspended",
        "trials" | "trialing" | "in trial" => "trial",
        other => other,
    };
    STATES.into_iter().find(|status| status.as_str() == said)
}

fn states() -> String {
    STATES.map(TenantStatus::as_str).join(", ").replace('_', " ")
}
