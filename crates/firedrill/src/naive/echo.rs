//! What the echoes of a host are worth: how many are missing, and how long the others took.

use engine::config::PingSpec;

use super::{Worth, bad};
use crate::{played::Truth, scenario::Ms};

/// The worth of so many requests, of which these were answered after so many milliseconds.
pub(crate) fn echoes(spec: &PingSpec, limit: Ms, sent: u32, took: &[Ms]) -> Worth {
    let in_time: Vec<Ms> = took.iter().copied().filter(|ms| *ms < limit).collect();
    let wanted = Ms::from(sent.max(spec.count).max(1));
    let came = Ms::try_from(in_time.len()).unwrap_or(Ms::MAX).min(wanted);
    if came == 0 {
        return bad("no answer");
    }
    let lost = (wanted - came) * 100 / wanted;
    let average = in_time.iter().sum::<Ms>() / came;
    let said = format!("{lost} % lost, {average} ms");
    let over = |limit: Option<std::time::Duration>| {
        limit.is_some_and(|limit| average >= engine::time::millis(limit))
    };
    let loses = |limit: u32| lost >= Ms::from(limit);
    if loses(spec.loss_crit) || over(spec.crit) {
        return bad(said);
    }
    let warns = spec.loss_warn.is_some_and(loses) || over(spec.warn);
    (if warns { Truth::Slow } else { Truth::Good }, said)
}
