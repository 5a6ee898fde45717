//! Colour on a terminal, or none.

/// Whether to colour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

/// What a text means; never told by its colour only.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tone {
    /// Passed.
    Good,
    /// Failed.
    Bad,
    /// Proves nothing.
    Doubt,
    /// Matters.
    Strong,
    /// Frame.
    Quiet,
}

impl Paint {
    /// The text in its colour.
    pub(super) fn with(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => "1;32",
            Tone::Bad => "1;31",
            Tone::Doubt => "1;33",
            Tone::Strong => "1",
            Tone::Quiet => "34",
        };
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
