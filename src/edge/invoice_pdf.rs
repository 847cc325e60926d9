//! An invoice on A4, as text that can be selected, in the fonts that every reader of PDF has.
//!
//! These fonts know Western letters only. A name in other ones is drawn in Latin letters, and carries its own ones for who copies or
//! searches it.

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::domain::billing::period_text;
use crate::domain::when;
use crate::store::invoices::Invoice;

const PLAIN: Name = Name(b"F1");
const BOLD: Name = Name(b"F2");

/// Points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const LEFT: f32 = 56.0;
const RIGHT: f32 = WIDTH - 56.0;
const TOP: f32 = HEIGHT - 72.0;
const BOTTOM: f32 = 72.0;
const TEXT: f32 = 10.0;
/// Between the bases of two lines.
const STEP: f32 = 16.0;
/// Where descriptions end.
const BREAK_AT: f32 = RIGHT - 90.0;

/// The byte of a letter in WinAnsi (Windows 1252), if it has one.
fn win_ansi(c: char) -> Option<u8> {
    const HIGH: [(char, u8); 27] = [
        ('€', 0x80),
        ('‚', 0x82),
        ('ƒ', 0x83),
        ('„', 0x84),
        ('…', 0x85),
        ('†', 0x86),
        ('‡', 0x87),
        ('ˆ', 0x88),
        ('‰', 0x89),
        ('Š', 0x8A),
        ('‹', 0x8B),
        ('Œ', 0x8C),
        ('Ž', 0x8E),
        ('‘', 0x91),
        ('’', 0x92),
        ('“', 0x93),
        ('”', 0x94),
        ('•', 0x95),
        ('–', 0x96),
        ('—', 0x97),
        ('˜', 0x98),
        ('™', 0x99),
        ('š', 0x9A),
        ('›', 0x9B),
        ('œ', 0x9C),
        ('ž', 0x9E),
        ('Ÿ', 0x9F),
    ];
    match c {
        ' '..='~' | '\u{A0}'..='\u{FF}' => u8::try_from(u32::from(c)).ok(),
        _ => HIGH.iter().find(|(known, _)| *known == c).map(|(_, byte)| *byte),
    }
}

/// The bytes of a text, and whether letters had to be replaced.
fn encode(text: &str) -> (Vec<u8>, bool) {
    let mut replaced = false;
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match win_ansi(c) {
            Some(byte) => bytes.push(byte),
            None => {
                replaced = true;
                bytes.extend(deunicode::deunicode_char(c).unwrap_or("?").chars().filter_map(win_ansi));
            }
        }
    }
    (bytes, replaced)
}

/// Widths of Helvetica from the space to the tilde, in thousandths of the size; from Adobe's metrics of the standard fonts.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278,
    278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722,
    667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556,
    556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// How wide the text is. Bold digits are as wide as others; letters beyond ASCII count as a digit.
fn width(bytes: &[u8], size: f32) -> f32 {
    let thousandths: u32 =
        bytes.iter().map(|byte| u32::from(byte.checked_sub(b' ').and_then(|at| WIDTHS.get(usize::from(at))).copied().unwrap_or(556))).sum();
    f32::from(u16::try_from(thousandths.min(u32::from(u16::MAX))).unwrap_or(u16::MAX)) * size / 1_000.0
}

/// Pages while they are written.
struct Sheets {
    pages: Vec<Content>,
    y: f32,
}

impl Sheets {
    fn new() -> Self {
        Self { pages: vec![Content::new()], y: TOP }
    }

    /// Goes down, to the next page where this one ends.
    fn down(&mut self, by: f32) {
        self.y -= by;
        if self.y < BOTTOM {
            self.pages.push(Content::new());
            self.y = TOP;
        }
    }

    fn page(&mut self) -> Option<&mut Content> {
        self.pages.last_mut()
    }

    fn show(&mut self, x: f32, font: Name<'_>, size: f32, text: &str) {
        let y = self.y;
        let Some(page) = self.page() else { return };
        let (bytes, replaced) = encode(text);
        if replaced {
            let mut span = page.begin_marked_content_with_properties(Name(b"Span"));
            span.properties().actual_text(TextStr(text));
            span.finish();
        }
        page.begin_text().set_font(font, size).next_line(x, y).show(Str(&bytes)).end_text();
        if replaced {
            page.end_marked_content();
        }
    }

    /// So that it ends at the right edge.
    fn show_right(&mut self, font: Name<'_>, size: f32, text: &str) {
        let wide = width(&encode(text).0, size);
        self.show(RIGHT - wide, font, size, text);
    }

    /// In as many lines as it takes to end before `end`; `last` stands at the right of the last one.
    fn show_wrapped(&mut self, text: &str, end: f32, last: Option<&str>) {
        let mut line = String::new();
        for word in text.split(' ') {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if !line.is_empty() && width(&encode(&longer).0, TEXT) > end - LEFT {
                self.show(LEFT, PLAIN, TEXT, &line);
                self.down(STEP);
                word.clone_into(&mut line);
            } else {
                line = longer;
            }
        }
        self.show(LEFT, PLAIN, TEXT, &line);
        if let Some(last) = last {
            self.show_right(PLAIN, TEXT, last);
        }
        self.down(STEP);
    }

    fn rule(&mut self) {
        let y = self.y + STEP * 0.7;
        if let Some(page) = self.page() {
            page.set_line_width(0.5).move_to(LEFT, y).line_to(RIGHT, y).stroke();
        }
    }
}

fn draw(invoice: &Invoice) -> Vec<Content> {
    let row = &invoice.row;
    let mut sheets = Sheets::new();
    sheets.show(LEFT, BOLD, 20.0, &format!("Invoice {}", row.name));
    sheets.down(STEP * 2.5);
    for (what, value) in [
        ("For", invoice.bill_to.clone()),
        ("Sent to", invoice.email.clone()),
        ("Period", period_text(row.month)),
        ("Made", when::day(row.issued_at.date_naive())),
        ("Due", when::day(row.due_on)),
    ] {
        sheets.show(LEFT, BOLD, TEXT, what);
        sheets.show(LEFT + 72.0, PLAIN, TEXT, &value);
        sheets.down(STEP);
    }
    sheets.down(STEP);
    sheets.show(LEFT, BOLD, TEXT, "What for");
    sheets.show_right(BOLD, TEXT, "US dollars");
    sheets.down(STEP);
    for line in &invoice.lines {
        sheets.rule();
        sheets.show_wrapped(&format!("{}: {}", line.kind.label(), line.text), BREAK_AT, Some(&line.amount.to_string()));
    }
    sheets.rule();
    sheets.show(LEFT, BOLD, TEXT, "Total");
    sheets.show_right(BOLD, TEXT, &row.total.to_string());
    sheets.down(STEP * 2.0);
    sheets.show_wrapped(&invoice.terms, RIGHT, None);
    sheets.pages
}

/// The file.
pub fn render(invoice: &Invoice) -> Vec<u8> {
    let pages = draw(invoice);
    let mut next = 0;
    let mut id = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, plain, bold, info) = (id(), id(), id(), id(), id());
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree).lang(TextStr("en"));
    pdf.document_info(info).title(TextStr(&format!("Invoice {}", invoice.row.name))).creator(TextStr("Tenantry"));
    let sheets: Vec<_> = pages.into_iter().map(|content| (id(), id(), content)).collect();
    pdf.pages(tree).kids(sheets.iter().map(|(page, ..)| *page)).count(i32::try_from(sheets.len()).unwrap_or(i32::MAX));
    for (page, stream, content) in sheets {
        let mut written = pdf.page(page);
        written.parent(tree).media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).contents(stream);
        written.resources().fonts().pair(PLAIN, plain).pair(BOLD, bold);
        written.finish();
        pdf.stream(stream, &content.finish());
    }
    for (font, name) in [(plain, Name(b"Helvetica")), (bold, Name(b"Helvetica-Bold"))] {
        pdf.type1_font(font).base_font(name).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    pdf.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::billing::{Line, LineKind};
    use crate::domain::money::Usd;
    use crate::store::invoices::InvoiceRow;

    fn invoice(name: &str, lines: usize) -> Invoice {
        let amount: Usd = "49".parse().expect("a literal amount");
        let text = "Starter to Pro from 12 November on, 19 of 30 days, with words enough to need a second line of the page it stands on";
        Invoice {
            row: InvoiceRow {
                number: 7,
                name: "ACME-0007".into(),
                month: "2026-10-01".parse().expect("a literal day"),
                issued_at: "2026-11-06T00:00:00Z".parse().expect("a literal time"),
                due_on: "2026-12-06".parse().expect("a literal day"),
                total: amount,
            },
            bill_to: name.to_owned(),
            email: "billing@acme.example".into(),
            terms: "Payable within 30 days.".into(),
            lines: vec![Line { kind: LineKind::Proration, text: text.to_owned(), amount }; lines],
        }
    }

    fn pages(pdf: &[u8]) -> usize {
        pdf.windows(11).filter(|bytes| bytes == b"/Type /Page").count() - 1
    }

    #[test]
    fn every_name_makes_a_file() {
        for name in
            ["Acme", "Żółć & Søn “GmbH” – 5 €", "Пример", "株式会社テスト", "עברית", "(unbalanced \\", "\u{10FFFF}", &"x".repeat(120)]
        {
            let pdf = render(&invoice(name, 1));
            assert!(pdf.starts_with(b"%PDF-") && pdf.len() < 20_000, "{name}");
            assert_eq!(pages(&pdf), 1, "{name}");
        }
        let (bytes, replaced) = encode("Пример – 5 €");
        assert!(replaced);
        assert_eq!(bytes, b"Primer \x96 5 \x80");
        let has = |pdf: &[u8], text: &[u8]| pdf.windows(text.len()).any(|bytes| bytes == text);
        assert!(has(&render(&invoice("Пример", 1)), b"/ActualText"), "who copies it gets the original");
        assert!(!has(&render(&invoice("Example", 1)), b"/ActualText"));
    }

    #[test]
    fn many_lines_take_more_pages() {
        let pdf = render(&invoice("Acme", 100));
        assert_eq!(pages(&pdf), 5);
        let amounts = |pdf: &[u8]| pdf.windows(6).filter(|bytes| bytes == b"$49.00").count();
        assert_eq!(amounts(&pdf) - amounts(&render(&invoice("Acme", 1))), 99, "no line is lost");
    }

    #[test]
    fn amounts_end_where_they_should() {
        assert!((width(b"$1,234.50", 10.0) - 44.48).abs() < 0.01);
    }
}
