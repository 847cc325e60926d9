//! Which member of staff may do what: the matrix of roles as a golden file, and every function and page of the console asked by every role.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use tenantry::domain::staff::{MATRIX, StaffRole};

use super::NOTHING;
use super::probes::{Least, PROBES, Probe};
use super::prover::Call;
use crate::world::scene::{Actor, Scene};

/// Whether it asks for a password that was given within a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    In,
    InFresh,
}
use Sign::{In, InFresh};

/// What each function of the console asks of its caller. A new one without a line here fails.
const FUNCTIONS: &[(&str, &str, Sign)] = &[
    ("POST /admin/tenants/import", "MoveTenants", InFresh),
    ("POST /admin/tenants/{slug}/export/download", "MoveTenants", In),
    ("POST /fn/alert-rules/change", "ManageAlertRules", In),
    ("POST /fn/alert-rules/create", "ManageAlertRules", In),
    ("POST /fn/alert-rules/delete", "ManageAlertRules", In),
    ("POST /fn/alerts/acknowledge", "HandleAlerts", In),
    ("POST /fn/alerts/assign", "HandleAlerts", In),
    ("POST /fn/bulk/details", "ManageTenants", In),
    ("POST /fn/bulk/draft", "ManageTenants", In),
    ("POST /fn/bulk/start", "ManageTenants", InFresh),
    ("POST /fn/features/change", "ManageCatalogue", In),
    ("POST /fn/features/create", "ManageCatalogue", In),
    ("POST /fn/features/switch", "ManageTenants", In),
    // As the command that it is asked to run.
    ("POST /fn/go/run", "ManageTenants", In),
    ("POST /fn/isolation/check", "RunChecks", In),
    ("POST /fn/jobs/cancel", "ManageJobs", In),
    ("POST /fn/jobs/retry", "ManageJobs", In),
    ("POST /fn/mail/send-again", "ManageJobs", In),
    ("POST /fn/meters/change", "ManageCatalogue", In),
    ("POST /fn/meters/create", "ManageCatalogue", In),
    ("POST /fn/moving/export-tenant", "MoveTenants", In),
    ("POST /fn/moving/purge", "PurgeTenants", In),
    ("POST /fn/plans/archive", "ManageCatalogue", In),
    ("POST /fn/plans/change", "ManageCatalogue", In),
    ("POST /fn/plans/create", "ManageCatalogue", In),
    ("POST /fn/plans/discard", "ManageCatalogue", In),
    ("POST /fn/plans/draft", "ManageCatalogue", In),
    ("POST /fn/plans/facts", "ManageCatalogue", In),
    ("POST /fn/plans/move", "ManageTenantPlans", In),
    ("POST /fn/plans/move-one", "ManageTenantPlans", In),
    ("POST /fn/plans/publish", "ManageCatalogue", In),
    ("POST /fn/plans/resume-move", "ManageTenantPlans", In),
    ("POST /fn/plans/terms", "ManageCatalogue", In),
    ("POST /fn/platform-keys/create", "ManagePlatformKeys", InFresh),
    ("POST /fn/platform-keys/revoke", "ManagePlatformKeys", InFresh),
    ("POST /fn/platform-keys/rotate", "ManagePlatformKeys", InFresh),
    ("POST /fn/prices/add", "ManageCatalogue", In),
    ("POST /fn/quotas/end-grant", "ManageQuotas", In),
    ("POST /fn/quotas/grant", "ManageQuotas", In),
    ("POST /fn/quotas/override", "ManageQuotas", In),
    ("POST /fn/quotas/plan", "ManageQuotas", In),
    ("POST /fn/sales/answer", "HandleAlerts", In),
    ("POST /fn/staff/appoint", "ManageStaff", InFresh),
    ("POST /fn/staff/confirm", "UseConsole", In),
    ("POST /fn/staff/end", "ManageStaff", InFresh),
    ("POST /fn/staff/role", "ManageStaff", InFresh),
    ("POST /fn/staff/second-factor", "ManageStaff", InFresh),
    ("POST /fn/support/begin", "HelpTenants", In),
    ("POST /fn/support/end", "HelpTenants", In),
    ("POST /fn/templates/change", "ManageCatalogue", In),
    ("POST /fn/templates/create", "ManageCatalogue", In),
    ("POST /fn/templates/delete", "ManageCatalogue", In),
    ("POST /fn/tenants/check-slug", "UseConsole", In),
    ("POST /fn/tenants/clone", "ManageTenants", In),
    ("POST /fn/tenants/convert-trial", "ManageTenants", In),
    ("POST /fn/tenants/create", "ManageTenants", In),
    ("POST /fn/tenants/delete", "DeleteTenants", InFresh),
    ("POST /fn/tenants/extend-trial", "ManageTenants", In),
    ("POST /fn/tenants/facts", "ManageTenants", In),
    ("POST /fn/tenants/payment-arrived", "ManageTenantPlans", In),
    ("POST /fn/tenants/restore", "DeleteTenants", InFresh),
    ("POST /fn/tenants/resume", "ManageTenants", In),
    ("POST /fn/tenants/retry-steps", "ManageTenants", In),
    ("POST /fn/tenants/suspend", "ManageTenants", In),
    ("POST /fn/tenants/suspend-unpaid", "ManageTenantPlans", In),
    ("POST /fn/users/end-sessions", "HelpTenants", In),
    ("POST /fn/users/invite", "HelpTenants", In),
    ("POST /fn/users/remove", "HelpTenants", In),
    ("POST /fn/users/resend", "HelpTenants", In),
    ("POST /fn/users/revoke", "HelpTenants", In),
    ("POST /fn/users/role", "HelpTenants", In),
    ("POST /fn/users/send-reset", "HelpTenants", In),
    ("POST /fn/views/change", "UseConsole", In),
    ("POST /fn/views/delete", "UseConsole", In),
    ("POST /fn/views/save", "UseConsole", In),
];

/// Pages that not all staff may open: nothing but a form, or something secret. All others are open to every role.
const PAGES: &[(&str, &str)] = &[
    ("GET /admin/features/new", "ManageCatalogue"),
    ("GET /admin/features/{feature}", "ManageCatalogue"),
    ("GET /admin/health/rules/new", "ManageAlertRules"),
    ("GET /admin/health/rules/{rule}", "ManageAlertRules"),
    ("GET /admin/keys", "ManagePlatformKeys"),
    ("GET /admin/mail/{mail}", "ManageJobs"),
    ("GET /admin/mail/{mail}/html", "ManageJobs"),
    ("GET /admin/meters/new", "ManageCatalogue"),
    ("GET /admin/meters/{meter}", "ManageCatalogue"),
    ("GET /admin/plans/new", "ManageCatalogue"),
    ("GET /admin/plans/{plan}/draft", "ManageCatalogue"),
    ("GET /admin/plans/{plan}/draft/{meter}", "ManageCatalogue"),
    ("GET /admin/plans/{plan}/move", "ManageTenantPlans"),
    ("GET /admin/prices/new", "ManageCatalogue"),
    ("GET /admin/staff", "ManageStaff"),
    ("GET /admin/staff/{staff}", "ManageStaff"),
    ("GET /admin/templates/new", "ManageCatalogue"),
    ("GET /admin/templates/{template}", "ManageCatalogue"),
    ("GET /admin/tenants/import", "MoveTenants"),
    ("GET /admin/tenants/new", "ManageTenants"),
    ("GET /admin/tenants/{slug}/clone", "ManageTenants"),
    ("GET /admin/tenants/{slug}/export", "MoveTenants"),
    ("GET /admin/tenants/{slug}/purge", "PurgeTenants"),
    ("GET /admin/tenants/{slug}/support", "HelpTenants"),
];

#[test]
fn roles_of_staff_and_capabilities_are_as_agreed() {
    let mut table = format!("{:<20}", "");
    for role in StaffRole::ALL {
        write!(table, "{:>10}", role.as_str()).expect("a string takes all");
    }
    for (capability, roles) in MATRIX {
        write!(table, "\n{capability:<20}").expect("a string takes all");
        for role in StaffRole::ALL {
            write!(table, "{:>10}", if role == StaffRole::Owner || roles.contains(&role) { "yes" } else { "-" })
                .expect("a string takes all");
        }
    }
    assert_eq!(table.trim(), include_str!("../golden/staff.txt").trim(), "\n{table}\n");
}

fn allows(capability: &str, role: StaffRole) -> bool {
    let (_, roles) = MATRIX.iter().find(|(name, _)| *name == capability).unwrap_or_else(|| panic!("there is no capability {capability}"));
    role == StaffRole::Owner || roles.contains(&role)
}

fn of_the_console() -> impl Iterator<Item = &'static Probe> {
    PROBES.iter().filter(|probe| probe.least == Least::Platform)
}

#[test]
fn every_function_of_the_console_says_which_capability_it_asks_for() {
    let there: BTreeSet<&str> = of_the_console().filter(|probe| probe.is_function()).map(|probe| probe.route).collect();
    let said: BTreeSet<&str> = FUNCTIONS.iter().map(|(route, _, _)| *route).collect();
    assert_eq!(there.difference(&said).collect::<Vec<_>>(), Vec::<&&str>::new(), "no capability is said of these");
    assert_eq!(said.difference(&there).collect::<Vec<_>>(), Vec::<&&str>::new(), "these are gone");
    let pages: BTreeSet<&str> = of_the_console().filter(|probe| !probe.is_function()).map(|probe| probe.route).collect();
    assert!(PAGES.iter().all(|(route, _)| pages.contains(route)), "these are gone");
}

/// Saved views belong to whoever asks, whom `which` finds among the staff: nobody changes those of others.
async fn own_views(scene: &Scene, which: &str) {
    scene.world.sql(&format!("update staff_views set user_id = (select id from users where email {which} limit 1)")).await;
}

/// What a role is answered otherwise than the table says, and what it changes though it may not.
async fn misjudged(scene: &Scene, role: StaffRole) -> Vec<String> {
    let lasting = scene.staff(role).await;
    let gated: BTreeMap<&str, &str> =
        FUNCTIONS.iter().map(|(route, capability, _)| (*route, *capability)).chain(PAGES.iter().copied()).collect();
    let mut wrong = Vec::new();
    for probe in of_the_console() {
        let may = gated.get(probe.route).is_none_or(|capability| allows(capability, role));
        let browser = if probe.uses_up_session { scene.staff(role).await } else { lasting.clone() };
        let call = Call::of(scene, probe, Actor::Platform, "acme").await;
        own_views(scene, &format!("like '{}-%' order by id", role.as_str())).await;
        let before = if may { String::new() } else { scene.checksum().await };
        let reply = call.send(probe, &browser, &[]).await;
        let expected = if may { probe.done.1 } else { 403 };
        if reply.status != expected {
            wrong.push(format!("{} answers {} to {role:?}, not {expected}: {:.300}", probe.route, reply.status, reply.body));
        }
        if !may && scene.checksum().await != before {
            wrong.push(format!("{} changes something though it refuses {role:?}", probe.route));
        }
    }
    wrong
}

#[tokio::test]
async fn every_role_may_do_what_the_table_says_and_nothing_else() {
    let scene = Scene::set().await;
    for role in StaffRole::ALL {
        assert_eq!(misjudged(&scene, role).await, NOTHING);
    }
    scene.finish().await;
}

#[tokio::test]
async fn what_a_borrowed_browser_should_not_do_asks_for_a_fresh_sign_in() {
    let scene = Scene::set().await;
    let mut wrong = Vec::new();
    for (route, _, sign) in FUNCTIONS {
        let probe = of_the_console().find(|probe| probe.route == *route).expect("a probe");
        let browser = scene.staff(StaffRole::Owner).await;
        let call = Call::of(&scene, probe, Actor::Platform, "acme").await;
        own_views(&scene, "like 'owner-%' order by id desc").await;
        scene.world.sql("update sessions set confirmed_at = now() - interval '16 minutes'").await;
        let reply = call.send(probe, &browser, &[]).await;
        let expected = if *sign == InFresh { 403 } else { probe.done.1 };
        if reply.status != expected || (*sign == InFresh && !reply.body.contains("\"Confirm\"")) {
            wrong.push(format!("{route} answers {} to an old session, not {expected}: {:.300}", reply.status, reply.body));
        }
        scene.world.sql("update sessions set confirmed_at = now() - interval '14 minutes'").await;
        let reply = call.send(probe, &browser, &[]).await;
        if *sign == InFresh && reply.status != probe.done.1 {
            wrong.push(format!("{route} answers {} to a fresh session: {:.300}", reply.status, reply.body));
        }
    }
    assert_eq!(wrong, NOTHING);
    scene.finish().await;
}
