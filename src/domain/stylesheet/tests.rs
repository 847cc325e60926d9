use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::*;

#[test]
fn a_sheet_is_written_anew_below_the_content() {
    let css = "h1, .card > b { color: #c33; Font-Family: 'Fira Sans', serif /* ours */; margin: calc(1px + 2%) 0 }\n\
        @media (max-width: 600px) { td:nth-child(2n+1):hover { background-color: light-dark(rgb(1 2 3 / 50%), var(--surface)) } }";
    assert_eq!(
        scoped(css).expect("good"),
        "#main h1,#main .card > b{color:#c33;font-family:\"Fira Sans\", serif;margin:calc(1px + 2%) 0;}\n\
         @media (max-width: 600px){\n\
         #main td:nth-child(2n+1):hover{background-color:light-dark(rgb(1 2 3 / 50%), var(--surface));}\n}\n"
    );
    assert_eq!(scoped(""), Ok(String::new()));
}

/// Everything that must not be taken, one thing each.
const HOSTILE: &[&str] = &[
    "@import url(//evil.example/x.css);",
    "@import '//evil.example/x.css';",
    "@font-face { font-family: x; src: url(//evil.example/x.woff) }",
    "@namespace url(http://evil.example);",
    "@supports (color: red) { h1 { color: red } }",
    "@layer x { h1 { color: red } }",
    "@media (width: 1px) { @import '//evil.example/x.css'; }",
    "@media url(//evil.example) { h1 { color: red } }",
    "@property --x { syntax: '<url>'; initial-value: url(//evil.example) }",
    "h1 { background-color: url(//evil.example) }",
    "h1 { background-color: url('//evil.example') }",
    "h1 { background-image: url(//evil.example) }",
    "h1 { background: red }",
    "h1 { color: image-set('//evil.example' 1x) }",
    "h1 { color: image('//evil.example') }",
    "h1 { color: attr(value) }",
    "h1 { color: expression(alert(1)) }",
    "h1 { color: env(safe-area-inset-top) }",
    "h1 { --accent: url(//evil.example) }",
    "h1 { --x: red }",
    "h1 { list-style-image: url(//evil.example) }",
    "h1 { cursor: url(//evil.example), auto }",
    "h1 { content: 'You won' }",
    "h1 { color: 'red' }",
    "h1 { position: fixed }",
    "h1 { position: sticky }",
    "h1 { position: absolute }",
    "h1 { z-index: 9 }",
    "h1 { display: none }",
    "h1 { opacity: 0 }",
    "h1 { visibility: hidden }",
    "h1 { transform: scale(9) }",
    "h1 { animation: x 1s }",
    "h1 { behavior: url(x.htc) }",
    "h1 { -moz-binding: url(x.xml) }",
    "h1 { filter: url(//evil.example#f) }",
    "h1 { color: red !important }",
    "h1 { color: red; b { color: blue } }",
    "h1 { color: { } }",
    "input[value^=a] { color: red }",
    "[value^=a] { color: red }",
    "a:visited { color: red }",
    "h1::before { color: red }",
    "h1:before { color: red }",
    ":root:has(input) { color: red }",
    "h1:not([x]) { color: red }",
    "> h1 { color: red }",
    "h1 > { color: red }",
    "h1, { color: red }",
    "{ color: red }",
    "& h1 { color: red }",
    "h1 { color: \\75rl(//evil.example) }",
    "h1 { pos\\69tion: fixed }",
    "</style><script>alert(1)</script>",
    "<!-- h1 { color: red } -->",
    "h1 { color: red } }",
    "h1 { color red }",
    "h1 { color: ; }",
    "h1 { color: a\u{0}b }",
    "h1 { color: ((((((((((1)))))))))) }",
];

#[test]
fn h3_each_hostile_thing_is_refused_by_its_line() {
    for hostile in HOSTILE {
        let sheet = format!("p {{ color: red }}\n\n{hostile}");
        let refused = scoped(&sheet).expect_err(hostile);
        assert_eq!(refused[0].line, 3, "{hostile}: {refused:?}");
        assert!(!refused[0].why.is_empty());
    }
    let long = format!("h1 {{ color: {} }}", "a".repeat(MAX_BYTES));
    assert!(scoped(&long).is_err());
    // As deep as a sheet can be: it takes neither long nor the stack.
    for open in ["(", "[", "{", "calc(", "@media (", "h1{"] {
        let deep = open.repeat(MAX_BYTES / open.len());
        assert!(scoped(&deep).is_err());
        assert!(scoped(&format!("h1{{color:{}", &deep[..MAX_BYTES - 20])).is_err());
    }
}

/// Every rule below the content, every property on the list, and nothing that loads or hides.
fn harmless(out: &str) -> bool {
    let lower = out.to_ascii_lowercase();
    let bad = ["url(", "@import", "@font-face", "[", "\\", "<", "expression(", "image(", "image-set(", "attr(", "!", "::"];
    let listed = |declaration: &str| {
        let property = declaration.split(':').next().unwrap_or_default();
        PROPERTIES.contains(&property) || TOKENS.contains(&property)
    };
    let rule = |line: &str| {
        let Some((selectors, body)) = line.split_once('{') else { return false };
        let Some(body) = body.strip_suffix('}') else { return false };
        selectors.split(',').all(|one| one.starts_with("#main ")) && body.split_terminator(';').all(listed)
    };
    let media = |line: &str| line.starts_with("@media ") && line.ends_with('{');
    bad.iter().all(|bad| !lower.contains(bad)) && out.lines().all(|line| line == "}" || media(line) || rule(line))
}

#[test]
fn h3_of_thousands_of_hostile_sheets_nothing_hostile_is_sent() {
    const PARTS: &[&str] = &[
        "h1",
        ".card",
        "#main",
        "*",
        "a:hover",
        "td:nth-child(2n)",
        " ",
        "\n",
        ",",
        ">",
        "+",
        "~",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "::",
        ";",
        "color",
        "background-color",
        "font-family",
        "--accent",
        "margin",
        "red",
        "#fff",
        "1px",
        "50%",
        "'",
        "\"",
        "/*",
        "*/",
        "/**/",
        "u",
        "rl(",
        "url(",
        "URL(",
        "//evil.example/x",
        "http://evil.example",
        "@import",
        "@media",
        "@font-face",
        "(width:1px)",
        "!important",
        "position",
        "fixed",
        "sticky",
        "calc(",
        "var(--accent)",
        "rgb(1 2 3)",
        "\\",
        "\\75",
        "\u{0}",
        "<",
        ">",
        "</style>",
        "<!--",
        "-->",
        "expression(",
        "attr(value)",
        "é",
        "\u{202e}",
        "&",
        "|",
        "=",
        "^=",
        "content",
        "{color:red}",
        "h1{color:red}",
        "@media screen{h1{color:red}}",
        "src",
        ".",
        "#",
        "@",
        "-",
        "--",
        "0",
        "1e9",
        "image-set(",
        "inherit",
    ];
    let mut rng = StdRng::seed_from_u64(14);
    let mut taken = 0;
    for _ in 0..20_000 {
        let mut sheet = String::new();
        for _ in 0..rng.random_range(1..14) {
            sheet.push_str(PARTS.choose(&mut rng).expect("parts"));
        }
        // A rule that would be taken, so that not everything is refused for its form alone.
        if rng.random_bool(0.5) {
            sheet = format!("h1{{color:{sheet}}}");
        }
        if let Ok(out) = scoped(&sheet) {
            taken += 1;
            assert!(harmless(&out), "{sheet:?} became {out:?}");
            let again: String = out.replace("#main ", "");
            assert!(scoped(&again).is_ok(), "what is sent is itself a good sheet: {out:?}");
        }
    }
    assert!(taken > 200, "only {taken} were taken: nothing was tried");
}

#[test]
fn h3_hostile_things_between_good_rules_are_never_sent() {
    let mut rng = StdRng::seed_from_u64(3);
    for _ in 0..3_000 {
        let hostile = HOSTILE.choose(&mut rng).expect("some");
        let cut = rng.random_range(0..=hostile.len());
        let cut = (0..=cut).rev().find(|at| hostile.is_char_boundary(*at)).unwrap_or(0);
        let sheet = format!("h1 {{ color: red }} {} b {{ margin: 0 }} {}", &hostile[..cut], &hostile[cut..]);
        if let Ok(out) = scoped(&sheet) {
            assert!(harmless(&out), "{sheet:?} became {out:?}");
        }
    }
}
