//! `checker notify-test`: proves every path that an alert may take.

use std::sync::Arc;

use engine::{
    NoticeKind, Severity,
    effect::Delivery,
    event::{Notice, NoticeFacts},
};

use crate::{
    app::{App, block_on},
    failure::Failure,
    flags::Flags,
    out::say,
    settings::Settings,
};

/// Sends a test message on every channel and says what became of each. 2 when any was refused.
pub(crate) fn notify_test(flags: &Flags, settings: Settings) -> Result<u8, Failure> {
    block_on(async {
        let app = App::new(flags, settings)?;
        let notifiers = &app.loaded.notifiers;
        let mut worst = 0;
        for line in notifiers.off() {
            say(&format!("[off]    {line}"));
        }
        for (id, route) in (1..).zip(notifiers.routes()) {
            let notice = Arc::new(test_notice(&app, route.channel.clone()));
            let channel = route.channel;
            let delivery =
                Delivery { id, notice, channel: channel.clone(), attempt: 1, late: None };
            match notifiers.deliver(&delivery).await {
                Ok(()) => say(&format!("[ok]     {channel}")),
                Err(error) => {
                    say(&format!("[failed] {channel}: {}", error.message));
                    worst = 2;
                }
            }
        }
        Ok(worst)
    })
}

fn test_notice(app: &App, channel: String) -> Notice {
    let now = app.clock.now().wall;
    let zone = &app.loaded.setup.config.global.timezone;
    Notice {
        id: 0,
        name: None,
        kind: NoticeKind::Test,
        severity: Severity::P4,
        raised_at: now,
        subject: "[P4][TEST] firedrill can reach you".to_owned(),
        body: format!(
            "This is a test of the channel `{channel}`, sent by hand at {}.\nNothing is wrong.\n",
            now.in_zone(zone)
        ),
        channels: vec![channel],
        facts: NoticeFacts::default(),
    }
}
