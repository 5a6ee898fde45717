//! `{NAME}` in the strings of the configuration.
//! A name in capitals is replaced by its value, once; what came in is not looked at again.
//! `{NAME:-default}` has a default and `{{NAME}}` stands for `{NAME}` itself. Everything else in
//! braces is left alone: `{job_id}`, JSON, templates of others.

/// Where values come from.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The text with its variables filled in, and their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The result.
    pub text: String,
    /// The variables that were asked for, in order.
    pub names: Vec<String>,
}

/// Fills in the variables of a text. A variable that is set but empty counts as not set.
///
/// # Errors
/// The names that have neither a value nor a default.
pub fn expand(text: &str, vars: Variables<'_>) -> Result<Expanded, Vec<String>> {
    let (mut done, mut missing) = (Expanded::default(), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        done.text.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = match Piece::of(rest) {
            Piece::Literal(text, after) => {
                done.text.push_str(text);
                after
            }
            Piece::Variable { name, default, after } => {
                let value = vars(name).filter(|value| !value.is_empty());
                match value.or_else(|| default.map(str::to_owned)) {
                    Some(value) => done.text.push_str(&value),
                    None => missing.push(name.to_owned()),
                }
                done.names.push(name.to_owned());
                after
            }
        };
    }
    done.text.push_str(rest);
    missing.dedup();
    if missing.is_empty() { Ok(done) } else { Err(missing) }
}

/// What stands at an opening brace, and what comes behind it.
enum Piece<'t> {
    Literal(&'t str, &'t str),
    Variable { name: &'t str, default: Option<&'t str>, after: &'t str },
}

impl<'t> Piece<'t> {
    fn of(text: &'t str) -> Self {
        Self::doubled(text).or_else(|| Self::variable(text)).unwrap_or_else(|| {
            let (brace, after) = text.split_at(1);
            Self::Literal(brace, after)
        })
    }

    fn doubled(text: &'t str) -> Option<Self> {
        let (inner, after) = text.strip_prefix("{{")?.split_once('}')?;
        let after = after.strip_prefix('}')?;
        let (word, _) = split_default(inner);
        let plain = is_word(word, |c| c.is_ascii_alphabetic() || c == '_');
        plain.then(|| Self::Literal(&text[1..inner.len() + 3], after))
    }

    fn variable(text: &'t str) -> Option<Self> {
        let (inner, after) = text.strip_prefix('{')?.split_once('}')?;
        let (name, default) = split_default(inner);
        let capitals = !name.contains(|c: char| c.is_ascii_lowercase());
        (capitals && is_word(name, |c| c.is_ascii_uppercase())).then_some(Self::Variable {
            name,
            default,
            after,
        })
    }
}

fn split_default(inner: &str) -> (&str, Option<&str>) {
    inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)))
}

fn is_word(text: &str, first: fn(char) -> bool) -> bool {
    text.starts_with(first) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
