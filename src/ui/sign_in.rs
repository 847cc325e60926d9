//! The form that people sign in with: on the sign-in page, and in the preview of a tenant's.

use leptos::prelude::*;

use super::field::TextField;

/// What the tenant says to those who sign in.
#[component]
pub fn SignInText(#[prop(optional_no_strip)] text: Option<String>) -> impl IntoView {
    text.map(|text| view! { <p class="said"><bdi>{text}</bdi></p> })
}

#[component]
pub fn SignInForm(
    action: &'static str,
    next: String,
    #[prop(optional_no_strip)] email: Option<String>,
    #[prop(optional_no_strip)] email_error: Option<String>,
    #[prop(optional_no_strip)] password_error: Option<String>,
) -> impl IntoView {
    view! {
        <form class="form" method="post" action=action>
            <input type="hidden" name="next" value=next />
            <TextField name="email" label="Email" kind="email" autocomplete="username" value=email error=email_error />
            <TextField name="password" label="Password" kind="password" autocomplete="current-password" error=password_error />
            <button class="btn pri">"Sign in"</button>
        </form>
    }
}
