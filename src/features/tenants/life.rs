//! What can be done to the life of a tenant, on its page of the console: each as a dialog that says beforehand what will happen.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::consequences::{deletion, stops};
use super::life_server::{
    ConvertTrial, DeleteTenant, ExtendTrial, PaymentArrived, RestoreDeleted, ResumeTenant, SuspendTenant, SuspendUnpaid,
};
use crate::domain::last_day;
use crate::domain::staff::{DeleteTenants, ManageTenantPlans, ManageTenants, PurgeTenants};
use crate::domain::status::TenantStatus;
use crate::domain::when;
use crate::store::tenant_detail::TenantDetail;
use crate::store::tenant_health::Health;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, TextArea, TextField};
use crate::web::form::Form;
use crate::web::request::may;

/// The forms of all dialogs as the page was asked for, and which of them the address opens.
pub(super) struct Asked {
    suspend: Form,
    resume: Form,
    unpaid: Form,
    paid: Form,
    extend: Form,
    convert: Form,
    delete: Form,
    restore: Form,
    ask: String,
}

impl Asked {
    pub fn of(ask: String) -> Self {
        Self {
            suspend: Form::of::<SuspendTenant>(),
            resume: Form::of::<ResumeTenant>(),
            unpaid: Form::of::<SuspendUnpaid>(),
            paid: Form::of::<PaymentArrived>(),
            extend: Form::of::<ExtendTrial>(),
            convert: Form::of::<ConvertTrial>(),
            delete: Form::of::<DeleteTenant>(),
            restore: Form::of::<RestoreDeleted>(),
            ask,
        }
    }

    fn all(&self) -> [&Form; 8] {
        [&self.suspend, &self.resume, &self.unpaid, &self.paid, &self.extend, &self.convert, &self.delete, &self.restore]
    }

    pub fn failed(&self) -> bool {
        self.all().into_iter().any(Form::failed)
    }

    /// What went wrong with a form whose dialog is not there any more: the tenant is in another state now.
    pub fn lost(&self, tenant: &TenantDetail) -> Option<String> {
        let shown = acts(tenant);
        let forms = [
            (Act::Suspend, &self.suspend),
            (Act::Resume, &self.resume),
            (Act::Unpaid, &self.unpaid),
            (Act::Paid, &self.paid),
            (Act::Extend, &self.extend),
            (Act::Convert, &self.convert),
            (Act::Delete, &self.delete),
            (Act::Restore, &self.restore),
        ];
        forms.into_iter().find(|(act, form)| form.failed() && !shown.contains(act)).and_then(|(_, form)| form.message())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Suspend,
    Resume,
    Unpaid,
    Paid,
    Extend,
    Convert,
    Delete,
    Restore,
}

impl Act {
    /// Whether whoever looks has what its function asks for.
    fn is_allowed(self) -> bool {
        match self {
            Act::Suspend | Act::Resume | Act::Extend | Act::Convert => may::<ManageTenants>(),
            Act::Unpaid | Act::Paid => may::<ManageTenantPlans>(),
            Act::Delete | Act::Restore => may::<DeleteTenants>(),
        }
    }
}

/// What can be done in this state.
fn acts(tenant: &TenantDetail) -> Vec<Act> {
    let owes = tenant.unpaid.is_some();
    let hold = if tenant.held_reason.is_some() { Act::Resume } else { Act::Suspend };
    match tenant.status {
        TenantStatus::Provisioning => vec![Act::Delete],
        TenantStatus::Trial => vec![Act::Extend, Act::Convert, Act::Unpaid, Act::Suspend, Act::Delete],
        TenantStatus::Active => vec![Act::Unpaid, Act::Suspend, Act::Delete],
        TenantStatus::PastDue => vec![Act::Paid, Act::Unpaid, Act::Suspend, Act::Delete],
        TenantStatus::Suspended if owes => vec![Act::Paid, hold, Act::Delete],
        TenantStatus::Suspended => vec![Act::Unpaid, hold, Act::Delete],
        TenantStatus::Deleted if tenant.purge_after.is_some_and(|end| end > tenant.now) => vec![Act::Restore],
        TenantStatus::Deleted => Vec::new(),
    }
}

/// A dialog about this tenant.
struct Dialog {
    id: &'static str,
    label: &'static str,
    title: String,
    action: &'static str,
    confirm: &'static str,
    danger: bool,
    fields: AnyView,
}

fn slug_field(tenant: &TenantDetail) -> AnyView {
    view! { <input type="hidden" name="slug" value=tenant.slug.to_string() /> }.into_any()
}

/// Whether to write to the owners; ticked until it was not. Nothing while there are none.
fn tell_field(name: &'static str, form: &Form, health: &Health) -> Option<AnyView> {
    let checked = if form.failed() { form.typed(name).is_some_and(|text| !text.is_empty()) } else { true };
    let label = match health.owners {
        0 => return None,
        1 => " Tell the owner by mail".to_owned(),
        n => format!(" Tell the {n} owners by mail"),
    };
    let view = view! {
        <div class="field"><label class="check"><input type="checkbox" id=name name=name value="on" checked=checked />{label}</label></div>
    };
    Some(view.into_any())
}

fn dialog_of(act: Act, tenant: &TenantDetail, health: &Health, asked: &Asked) -> Dialog {
    let (name, stops) = (&tenant.name, stops(tenant, health));
    let message = |form: &Form, field: &str| form.message().filter(|_| form.error(field).is_none());
    match act {
        Act::Suspend => {
            let form = &asked.suspend;
            let fields = view! {
                <p>{format!("Refused from the next click on, with the reason and whom to ask: {stops}. Nothing is deleted, jobs and bills go on; you can resume at any time.")}</p>
                <FormMessage message=message(form, "reason") />
                {slug_field(tenant)}
                <TextArea
                    name="reason"
                    label="Reason"
                    rows=3
                    most=300
                    required=true
                    hint="The tenant's people read this."
                    value=form.typed("reason")
                    error=form.error("reason")
                />
                {tell_field("tell", form, health)}
            };
            Dialog {
                id: "suspend",
                label: "Suspend",
                title: format!("Suspend {name}?"),
                action: SuspendTenant::PATH,
                confirm: "Suspend tenant",
                danger: true,
                fields: fields.into_any(),
            }
        }
        Act::Resume => {
            let text = match &tenant.unpaid {
                Some(_) => "The suspension by staff is over. The one for non-payment stays: its people can work again when the payment has arrived.".to_owned(),
                None => format!("Its people can work again at once, in the state and with the plan it had before: {stops}."),
            };
            let fields = view! { <p>{text}</p><FormMessage message=asked.resume.message() />{slug_field(tenant)} };
            Dialog {
                id: "resume",
                label: "Resume",
                title: format!("Resume {name}?"),
                action: ResumeTenant::PATH,
                confirm: "Resume tenant",
                danger: false,
                fields: fields.into_any(),
            }
        }
        Act::Unpaid => {
            let form = &asked.unpaid;
            let fields = view! {
                <p>{format!("Refused until you note that the payment arrived: {stops}. Nothing is deleted. A suspension by staff is another matter: neither lifts the other.")}</p>
                <FormMessage message=message(form, "owed") />
                {slug_field(tenant)}
                <TextArea
                    name="owed"
                    label="What is owed"
                    rows=2
                    most=300
                    required=true
                    hint="The tenant's people read this."
                    value=form.typed("owed")
                    error=form.error("owed")
                />
                {tell_field("tell_unpaid", form, health)}
            };
            Dialog {
                id: "unpaid",
                label: "Payment missing",
                title: format!("Suspend {name} for non-payment?"),
                action: SuspendUnpaid::PATH,
                confirm: "Suspend until it is paid",
                danger: true,
                fields: fields.into_any(),
            }
        }
        Act::Paid => {
            let text = match (tenant.status, &tenant.held_reason) {
                (TenantStatus::Suspended, Some(_)) => "Nothing is owed any more. The suspension by staff stays.".to_owned(),
                (TenantStatus::Suspended, None) => format!("Its people can work again at once: {stops}."),
                _ => "The tenant is active again. Nothing else changes.".to_owned(),
            };
            let fields = view! { <p>{text}</p><FormMessage message=asked.paid.message() />{slug_field(tenant)} };
            Dialog {
                id: "paid",
                label: "Payment arrived",
                title: format!("The payment of {name} arrived?"),
                action: PaymentArrived::PATH,
                confirm: "It arrived",
                danger: false,
                fields: fields.into_any(),
            }
        }
        Act::Extend => {
            let form = &asked.extend;
            let end = tenant.trial_ends_at.map(when::minute).unwrap_or_default();
            let proposed = tenant.trial_ends_at.map(|end| (last_day::day_of(end) + chrono::Days::new(14)).to_string());
            let fields = view! {
                <p>{format!("The trial ends {end}. It goes on until the end of the day that you choose, and nothing is billed for that time.")}</p>
                <FormMessage message=message(form, "trial_until") />
                {slug_field(tenant)}
                <TextField
                    name="trial_until"
                    label="Last day of the trial"
                    kind="date"
                    value=form.typed("trial_until").or(proposed)
                    error=form.error("trial_until")
                />
            };
            Dialog {
                id: "extend",
                label: "Extend trial",
                title: format!("Extend the trial of {name}?"),
                action: ExtendTrial::PATH,
                confirm: "Extend trial",
                danger: false,
                fields: fields.into_any(),
            }
        }
        Act::Convert => {
            let text = format!(
                "The trial is over now. The plan {} holds and is billed from today on, {} a month.",
                tenant.plan,
                tenant.price.short()
            );
            let fields = view! { <p>{text}</p><FormMessage message=asked.convert.message() />{slug_field(tenant)} };
            Dialog {
                id: "convert",
                label: "Convert trial",
                title: format!("End the trial of {name}?"),
                action: ConvertTrial::PATH,
                confirm: "Convert to the plan",
                danger: false,
                fields: fields.into_any(),
            }
        }
        Act::Delete => delete_dialog(tenant, health, asked),
        Act::Restore => {
            let before = tenant.status_before.unwrap_or(TenantStatus::Active);
            let text = format!("It comes back as it was, {}: {stops}. Jobs that waited go on.", before.label().to_lowercase());
            let fields = view! { <p>{text}</p><FormMessage message=asked.restore.message() />{slug_field(tenant)} };
            Dialog {
                id: "restore",
                label: "Restore",
                title: format!("Restore {name}?"),
                action: RestoreDeleted::PATH,
                confirm: "Restore tenant",
                danger: false,
                fields: fields.into_any(),
            }
        }
    }
}

fn delete_dialog(tenant: &TenantDetail, health: &Health, asked: &Asked) -> Dialog {
    let (form, slug) = (&asked.delete, tenant.slug.to_string());
    let [at_once, later] = deletion(tenant, health);
    let fields = view! {
        <p>{at_once}</p>
        <p>{later}</p>
        <FormMessage message=form.message().filter(|_| form.error("confirm_slug").is_none()) />
        {slug_field(tenant)}
        <p>"Type "<b>{slug}</b>" to confirm."</p>
        <TextField name="confirm_slug" label="Slug of the tenant" value=form.typed("confirm_slug") error=form.error("confirm_slug") />
        {tell_field("tell_deleted", form, health)}
    };
    Dialog {
        id: "delete",
        label: "Delete",
        title: format!("Delete {}?", tenant.name),
        action: DeleteTenant::PATH,
        confirm: "Delete tenant",
        danger: true,
        fields: fields.into_any(),
    }
}

/// The buttons and dialogs of everything that can be done now.
pub(super) fn buttons(tenant: &TenantDetail, health: &Health, asked: &Asked) -> AnyView {
    let here = format!("/admin/tenants/{}", tenant.slug);
    let form_of = |act| match act {
        Act::Suspend => &asked.suspend,
        Act::Resume => &asked.resume,
        Act::Unpaid => &asked.unpaid,
        Act::Paid => &asked.paid,
        Act::Extend => &asked.extend,
        Act::Convert => &asked.convert,
        Act::Delete => &asked.delete,
        Act::Restore => &asked.restore,
    };
    let dialogs = acts(tenant)
        .into_iter()
        .filter(|act| act.is_allowed())
        .map(|act| {
            let dialog = dialog_of(act, tenant, health, asked);
            view! {
                <ConfirmDialog
                    id=dialog.id.to_owned()
                    label=dialog.label.to_owned()
                    title=dialog.title
                    href=format!("{here}?ask={id}#{id}", id = dialog.id)
                    cancel_href=here.clone()
                    action=dialog.action.to_owned()
                    confirm=dialog.confirm.to_owned()
                    danger=dialog.danger
                    open=asked.ask == dialog.id || form_of(act).failed()
                >
                    {dialog.fields}
                </ConfirmDialog>
            }
        })
        .collect_view();
    let purge = (tenant.status == TenantStatus::Deleted && may::<PurgeTenants>())
        .then(|| view! { <a class="btn danger" href=format!("{here}/purge")>"Purge"</a> });
    view! { {dialogs}{purge} }.into_any()
}
