//! What the pages of a branding's draft and the routes that take its form have in common.

use crate::domain::branding::Branding;

/// By this name the form's errors come back to its page.
pub const SAVE: &str = "branding/save";

/// In a request for a preview: the draft as it stands in the form, as far as it is good.
#[derive(Debug, Clone)]
pub struct Unsaved {
    pub branding: Branding,
    /// Fields that are left out because something is wrong with them.
    pub left_out: usize,
}
