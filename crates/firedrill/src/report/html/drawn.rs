//! The signs of the picture: patterns that all pictures of a page share, and what they mean.

/// Fills that differ in their pattern, not only in their colour.
pub(crate) const PATTERNS: &str = concat!(
    r#"<svg class="defs" aria-hidden="true" focusable="false"><defs>"#,
    r#"<pattern id="pb" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="pb" d="M0 0h6v6H0z"/><path class="lb" d="M0 0v6" stroke-width="1.6"/></pattern>"#,
    r#"<pattern id="ps" width="6" height="6" patternUnits="userSpaceOnUse"><path class="ps" d="M0 0h6v6H0z"/><path class="ls" d="M0 3h6" stroke-width="1"/></pattern>"#,
    r#"<pattern id="pu" width="6" height="6" patternUnits="userSpaceOnUse"><path class="pu" d="M0 0h6v6H0z"/><circle class="lu" cx="3" cy="3" r="1"/></pattern>"#,
    r#"<pattern id="pd" width="5" height="5" patternUnits="userSpaceOnUse"><path class="pd" d="M0 0h5v5H0z"/><path class="ld" d="M0 0l5 5M5 0L0 5" stroke-width=".7"/></pattern>"#,
    "</defs></svg>\n",
);

/// What the signs mean, once per page.
pub(super) fn legend() -> String {
    let bar = |class: &str, text: &str| {
        let (y, height) = if class == "o" { (6, 4) } else { (1, 14) };
        format!(
            "<li><svg width=\"26\" height=\"16\" aria-hidden=\"true\"><rect class=\"{class}\" x=\"1\" y=\"{y}\" width=\"24\" height=\"{height}\"/></svg>{text}</li>\n"
        )
    };
    let bars: String = [
        ("o", "OK, good"),
        ("b", "FAIL (F), bad (#)"),
        ("s", "WARN (W), slow (~)"),
        ("u", "UNKNOWN (?), unsure"),
        ("r", "retrying (r)"),
        ("f", "fault"),
        ("d", "checker down"),
    ]
    .map(|(class, text)| bar(class, text))
    .concat();
    format!(
        "<h2>How to read the pictures</h2>\n<ul class=\"legend\">\n{bars}\
         <li><strong>1 2 3</strong> alerts</li>\n<li><strong>a b c</strong> actions</li>\n\
         <li><strong>!</strong> findings</li>\n</ul>\n\
         <p class=\"soft\">Truth is what an independent user got; state is what the checker said.</p>\n"
    )
}
