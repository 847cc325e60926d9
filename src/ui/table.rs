//! The table of a list. On small screens its rows become cards, for which roles are written out: browsers forget them there.

use maud::{Markup, html};

/// The heading of a column.
#[derive(Debug, Clone, Copy)]
pub enum Head<'a> {
    Text(&'a str),
    /// Of figures, which end beside each other.
    Figures(&'a str),
    /// For who listens: what stands below explains itself.
    Unseen(&'a str),
}

/// `rows` are `tr` elements with the role `row`; `caption` is for who listens.
pub fn rows_table(caption: &str, heads: &[Head], rows: &Markup) -> Markup {
    html! {
        table role="table" {
            caption class="visually-hidden" { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for head in heads {
                        @match head {
                            Head::Text(text) => th role="columnheader" scope="col" { (text) },
                            Head::Figures(text) => th role="columnheader" scope="col" class="num" { (text) },
                            Head::Unseen(text) => th role="columnheader" scope="col" { span class="visually-hidden" { (text) } },
                        }
                    }
                }
            }
            tbody role="rowgroup" { (rows) }
        }
    }
}
