//! Who is on duty, in a browser: sees that something is wrong, says so, looks, names the cause, uses
//! the tool that helps, waits until it is really over, and reads the debrief.

use std::io::Write as _;

use crate::{
    chromium::{Browser, look},
    exercise::{Exercise, Record},
    lesson::{Lesson, Treatment},
    solved::{BETTER, GOOD},
};

const NAME: &str = "Ann";

/// An alert that nobody has acknowledged.
const ALERT: &str = "document.querySelector('#alerts form button') !== null";
/// A red tile.
const RED: &str = "document.querySelector('#checks .s-fail') !== null";
/// Something is not as it should be, though nobody need be told.
const UNEASE: &str =
    "document.querySelector('#checks :is(.s-warn, .s-retrying, .s-unknown)') !== null";
/// Every tile is green.
const GREEN: &str = "document.querySelector('#checks .s-ok') !== null
    && document.querySelector('#checks li:not(.s-ok)') === null";
/// It is over by itself, because the time was up.
const OVER: &str = "document.querySelector('#over') !== null";

/// How long everything must have been green before it counts as over, in the exercise's seconds: a
/// second fault is never further behind.
const SETTLED: u64 = 150;
/// How long a tool may take to show its effect.
const EFFECT: u64 = 150;
/// What goes by itself so soon is no reason to do anything.
const BLINK: u64 = 60;
/// How long after a first fault a second one shows at the latest.
const NEXT: u64 = 6 * 60;
/// How often somebody looks whether it has settled.
const ROUNDS: usize = 8;
/// When somebody who keeps calm may go home: whatever unsettles a quiet day is over by then.
const HOME: u64 = 18 * 60;

/// A person with a browser.
struct Person<'l> {
    browser: Browser,
    lesson: &'l Lesson,
    duty: String,
    axe: Option<&'l str>,
}

/// Plays an exercise; tells the points.
pub(crate) fn play(lesson: &Lesson, axe: Option<&str>) -> i64 {
    let browser = Browser::start().expect("there was one a moment ago");
    let exercise = Exercise::begin(lesson);
    let mut person = Person { browser, lesson, duty: exercise.duty(), axe };
    person.takes_the_duty();
    match lesson.is_quiet() {
        true => person.keeps_calm(),
        false => person.solves(),
    }
    let told = person.reads_the_debrief();
    let record = exercise.record();
    let _ = writeln!(std::io::stderr(), "{}, {told} points:\n{}", lesson.name(), record.reasons());
    assert_eq!(told, record.points("score"), "the page and the record\n{}", record.said);
    judged(lesson, &record);
    told
}

/// What a player who knows the answer must have got for it.
fn judged(lesson: &Lesson, record: &Record) {
    let (points, nobody, said) = (record.points("score"), record.points("nobody"), &record.said);
    if lesson.is_quiet() {
        assert_eq!((points, nobody), (100, 100), "{said}");
        return;
    }
    for name in ["diagnosis", "closing"] {
        let (reached, of) = record.part(name);
        assert_eq!(reached, of, "{name}\n{said}");
    }
    assert!(record.part("mitigation").0 > 0, "{said}");
    assert!(points >= GOOD, "{points} points\n{said}");
    assert!(points >= nobody + BETTER, "{points} points, nobody {nobody}\n{said}");
    assert_eq!(record.value["ending"], "resolved", "{said}");
}

impl Person<'_> {
    fn is(&mut self, expression: &str) -> bool {
        self.browser.value(expression) == true
    }

    /// The exercise's clock, in seconds.
    fn clock(&mut self) -> u64 {
        let text = self.browser.text("#clock");
        text.split(':').fold(0, |all, part| all * 60 + part.parse::<u64>().unwrap())
    }

    /// Waits until the page shows something, or for so many of the exercise's seconds.
    fn sees_within(&mut self, what: &str, seconds: u64) -> bool {
        let end = self.clock() + seconds;
        let late = format!(
            "document.querySelector('#clock').textContent.split(':')
                .reduce((sum, part) => sum * 60 + Number(part), 0) >= {end}"
        );
        self.browser.until(what, &format!("({what}) || ({late}) || ({OVER})"));
        self.is(what)
    }

    fn takes_the_duty(&mut self) {
        let duty = self.duty.clone();
        self.browser.visit(&duty);
        self.browser.fill("#name", NAME);
        self.browser.follow("form.who button");
        assert!(self.browser.text(".story").len() > 100, "there is a story");
    }

    /// Sits through a day on which nothing is wrong, and goes home.
    fn keeps_calm(&mut self) {
        while self.clock() < HOME {
            self.sees_within("false", 60);
        }
        self.ends("leave");
    }

    fn solves(&mut self) {
        self.sees_trouble();
        self.reads_the_mail();
        self.acknowledges();
        self.browser.follow("#declare button");
        self.looks_at_the_board();
        for (turn, treatment) in self.lesson.treatments.iter().enumerate() {
            // What is wrong besides may show only later.
            if turn > 0 {
                self.sees_within(&format!("{ALERT} || {RED}"), NEXT);
            }
            self.treats(treatment);
        }
        let mut rounds = 0;
        while !self.has_settled() {
            rounds += 1;
            assert!(rounds < ROUNDS, "it is mended again and again");
        }
        self.ends("resolve");
    }

    /// Whether nothing was red for a while; if something stays so, everything is tried again.
    fn has_settled(&mut self) -> bool {
        let settled = !self.sees_within(&format!("{ALERT} || {RED}"), SETTLED);
        self.acknowledges();
        if !settled && !self.sees_within(&format!("!({RED})"), BLINK) {
            for treatment in &self.lesson.treatments {
                self.uses(&treatment.tool);
            }
            self.sees_within(GREEN, EFFECT);
        }
        settled
    }

    /// An alert or a red tile says it at once; what only flickers has to do so twice.
    fn sees_trouble(&mut self) {
        let mut uneasy = None;
        loop {
            self.sees_within(&format!("{ALERT} || {RED} || {UNEASE}"), 60);
            if self.is(&format!("{ALERT} || {RED} || {OVER}")) {
                return;
            }
            let minute = self.clock() / 60;
            if self.is(UNEASE) && uneasy.replace(minute).is_some_and(|before| before < minute) {
                return;
            }
        }
    }

    /// Names what one tool ends, and uses the tool.
    fn treats(&mut self, treatment: &Treatment) {
        self.acknowledges();
        for cause in &treatment.causes {
            self.browser.fill("#cause", cause);
            self.browser.follow("form[action='/duty/diagnose'] button");
        }
        self.looks_closely();
        self.uses(&treatment.tool);
        self.sees_within(GREEN, EFFECT);
    }

    /// Reads the first mail, if there is one.
    fn reads_the_mail(&mut self) {
        if self.is("document.querySelector('#alerts .subject a') !== null") {
            self.browser.follow("#alerts .subject a");
            assert!(self.browser.text("#mail pre").len() > 20, "a mail says something");
            self.browser.follow(".crumb a");
        }
    }

    fn acknowledges(&mut self) {
        while self.is(ALERT) {
            self.browser.follow("#alerts form button");
        }
    }

    fn looks_at_the_board(&mut self) {
        self.browser.follow(".links a:first-child");
        let text = self.browser.text("body");
        assert!(text.contains("db-health"), "the board has the checks\n{text}");
        self.goes_back();
    }

    fn goes_back(&mut self) {
        let duty = self.duty.clone();
        self.browser.visit(&duty);
    }

    /// Uses a tool, on the page or on the operator's panel, and waits until it is done.
    fn uses(&mut self, tool: &str) {
        match self.lesson.name().len() % 2 {
            0 => self.uses_on_the_page(tool),
            _ => self.uses_on_the_panel(tool),
        }
    }

    fn uses_on_the_page(&mut self, tool: &str) {
        let button = format!("#tools input[value='{tool}'] + button:not([disabled])");
        self.browser.follow(&button);
        self.browser.wait_for(&button);
    }

    fn uses_on_the_panel(&mut self, tool: &str) {
        const DONE: &str = "document.querySelectorAll('#live .pill.succeeded').length";
        self.browser.follow(".links a:nth-child(2)");
        let before = self.browser.value(DONE);
        self.browser.fill("#by", NAME);
        self.browser.click(&format!("#tool-{tool}:not([disabled])"));
        self.browser.until("the tool is done", &format!("{DONE} > {before}"));
        self.goes_back();
    }

    /// Pictures for people, and barriers for some of them.
    fn looks_closely(&mut self) {
        let name = self.lesson.name();
        if std::env::var_os("FIREDRILL_SHOTS").is_some() {
            let duty = self.duty.clone();
            look(&mut self.browser, &duty, &name);
        }
        self.has_no_barrier();
    }

    fn has_no_barrier(&mut self) {
        let found = self.axe.map(|axe| self.browser.axe(axe)).unwrap_or_default();
        assert!(found.is_empty(), "{}: axe found\n{}", self.lesson.name(), found.join("\n\n"));
    }

    /// Ends the exercise, which has to be said twice.
    fn ends(&mut self, how: &str) {
        self.browser.click(&format!("#{how}-ask"));
        self.browser.follow(&format!("details[open] form[action='/duty/{how}'] button"));
        self.browser.wait_for("#over");
    }

    /// Reads the debrief; tells the points that stand there.
    fn reads_the_debrief(&mut self) -> i64 {
        self.browser.follow("#over a");
        self.browser.wait_for("#score");
        self.has_no_barrier();
        let head = self.browser.text(".hero");
        assert!(head.contains(&self.lesson.title), "{head}");
        let right = self.browser.value(
            "[...document.querySelectorAll('#chronicle tr')].map((row) => row.cells[4].innerText)
                .filter((one) => one === 'right').length",
        );
        assert_eq!(right, self.lesson.causes().count(), "what was named is right");
        self.browser.text(".hero .points b").parse().unwrap()
    }
}
