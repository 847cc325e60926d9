//! Tables as text, for spreadsheets: RFC 4180, and nothing that a spreadsheet would take for a formula.

/// A cell: in quotes where it must be, and with `'` before what begins like a formula
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
pub fn cell(text: &str) -> String {
    let inert = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    };
    if inert.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", inert.replace('"', "\"\"")) } else { inert }
}

/// A line with its end.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = cells.into_iter().map(cell).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// The same with an amount of ours at the end: a number stays one, also below zero.
pub fn line_with_amount<'a>(cells: impl IntoIterator<Item = &'a str>, amount: rust_decimal::Decimal) -> String {
    format!("{},{amount:.2}\r\n", cells.into_iter().map(cell).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_inert_and_quotes_stand_where_they_must() {
        for (text, written) in [
            ("plain", "plain"),
            ("", ""),
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=cmd|' /C calc'!A1,x", "\"'=cmd|' /C calc'!A1,x\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(cell(text), written);
        }
        assert_eq!(line(["a", "=b", "c,d"]), "a,'=b,\"c,d\"\r\n");
        assert_eq!(line_with_amount(["=b"], rust_decimal::Decimal::new(-1_250, 2)), "'=b,-12.50\r\n");
    }
}
