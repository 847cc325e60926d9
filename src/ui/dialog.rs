//! A confirm dialog: a link that opens a form in a `<dialog>`. Without script the link leads to the same page with the dialog shown in place.

use leptos::html::Dialog;
use leptos::prelude::*;

/// `label` stands on the opening link, `href` is the page that shows the dialog without script, `open` says that this is that page.
#[island]
pub fn ConfirmDialog(
    id: String,
    label: String,
    title: String,
    class: String,
    href: String,
    cancel_href: String,
    open: bool,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    let show = move |event: leptos::ev::MouseEvent| {
        if let Some(dialog) = dialog.get_untracked() {
            event.prevent_default();
            #[cfg(feature = "hydrate")]
            if !dialog.open() {
                // Showing an element that is in the document and closed cannot fail.
                let _ = dialog.show_modal();
            }
            #[cfg(not(feature = "hydrate"))]
            let _ = dialog;
        }
    };
    let hide = move |event: leptos::ev::MouseEvent| {
        if let Some(dialog) = dialog.get_untracked() {
            event.prevent_default();
            #[cfg(feature = "hydrate")]
            dialog.close();
            #[cfg(not(feature = "hydrate"))]
            let _ = dialog;
        }
    };
    view! {
        <a class=class href=href on:click=show role="button">{label}</a>
        <dialog class="dialog" id=id open=open aria-labelledby=labelled_by node_ref=dialog>
            <h2 id=title_id>{title}</h2>
            {children()}
            <a class="btn" href=cancel_href on:click=hide>"Cancel"</a>
        </dialog>
    }
}
