//! A confirm dialog: a link that opens a form in a `<dialog>`. Without script the link leads to the same page with the dialog shown in
//! place.

use leptos::html::Dialog;
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
fn set_open(dialog: NodeRef<Dialog>, event: &leptos::ev::MouseEvent, open: bool) {
    if let Some(dialog) = dialog.get_untracked() {
        event.prevent_default();
        if open && !dialog.open() {
            // Fails only for a dialog that is open already or not in the document.
            let _ = dialog.show_modal();
        } else if !open {
            dialog.close();
        }
    }
}

#[cfg(not(feature = "hydrate"))]
fn set_open(_dialog: NodeRef<Dialog>, _event: &leptos::ev::MouseEvent, _open: bool) {}

/// `label` stands on the opening link, `href` is the page that shows the dialog without script, `open` says that this is that page;
/// `children` hold the text and the form's fields, `action` is where the form goes and `confirm` stands on its button.
#[island]
#[allow(clippy::too_many_arguments, reason = "an island's properties are its function's arguments")]
pub fn ConfirmDialog(
    id: String,
    label: String,
    title: String,
    href: String,
    cancel_href: String,
    action: String,
    confirm: String,
    danger: bool,
    open: bool,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let (id, title_id) = (id.clone(), format!("{id}-title"));
    let labelled_by = title_id.clone();
    let (link, button) = if danger { ("btn danger", "btn danger pri") } else { ("btn", "btn pri") };
    view! {
        <a class=link href=href on:click=move |event| set_open(dialog, &event, true)>{label}</a>
        <dialog class=if danger { "dialog danger" } else { "dialog" } id=id open=open aria-labelledby=labelled_by node_ref=dialog>
            <h2 id=title_id>{title}</h2>
            <form class="form" method="post" action=action>
                {children()}
                <div class="actions">
                    <button class=button>{confirm}</button>
                    <a class="btn" href=cancel_href on:click=move |event| set_open(dialog, &event, false)>"Cancel"</a>
                </div>
            </form>
        </dialog>
    }
}
