//! Flags in the spelling of other programs: `-config FILE` for `--config FILE`. Knows no flag itself;
//! the command lines of checker and dashboard say which names are theirs.

/// All arguments, those with one dash before the name of a flag with two. What follows `--` is left
/// as it is.
pub fn double_dashed<T: AsRef<std::ffi::OsStr> + From<String>>(
    args: impl IntoIterator<Item = T>,
    is_flag: impl Fn(&str) -> bool,
) -> Vec<T> {
    let mut ended = false;
    let spelled = |arg: T| {
        ended |= arg.as_ref() == "--";
        let text = arg.as_ref().to_str().filter(|_| !ended);
        text.and_then(|text| two(text, &is_flag)).map_or(arg, T::from)
    };
    args.into_iter().map(spelled).collect()
}

fn two(arg: &str, is_flag: &impl Fn(&str) -> bool) -> Option<String> {
    let name = arg.strip_prefix('-')?.split('=').next()?;
    // One letter is a short flag.
    (name.len() > 1 && is_flag(name)).then(|| format!("-{arg}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_of_known_flags_before_two_dashes_get_a_second_dash() {
        let said = |line: &str| {
            let args = line.split(' ').map(std::ffi::OsString::from);
            let spelled = double_dashed(args, |name| matches!(name, "config" | "addr" | "h"));
            spelled.iter().map(|arg| arg.to_str().unwrap_or("?")).collect::<Vec<_>>().join(" ")
        };
        for (given, spelled) in [
            ("-config a.yaml -addr :8080", "--config a.yaml --addr :8080"),
            ("-config=a.yaml -addr=:8080", "--config=a.yaml --addr=:8080"),
            ("--config a.yaml once -config b", "--config a.yaml once --config b"),
            ("-h -conf -configs x-config -", "-h -conf -configs x-config -"),
            ("-addr :1 -- -addr", "--addr :1 -- -addr"),
        ] {
            assert_eq!(said(given), spelled);
        }
    }
}
