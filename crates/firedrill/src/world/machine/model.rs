//! The state of the modelled machine and what it answers at an instant: to the checker, whose looks
//! are counted and kept, and to an independent user.

use std::{collections::BTreeMap, sync::Arc};

use checker::{
    command::CommandOutcome,
    processes::{Process, Processes},
};
use engine::{Check, Timestamp};

use super::{
    Machine,
    answers::{self, Answer},
    calls::{Call, Wants},
    faults::{Fault, Goes, Look, What},
    logs::{self, Book},
    processes, programs,
    units::{self, Restarts},
    within,
};
use crate::{
    inventory::Inventory,
    naive::{Worth, machine as opinion, machine::Seen},
    played::{Sample, Truth},
    scenario::Ms,
};

/// How long a program takes to answer, in milliseconds: no longer than the mock app.
const ANSWERS: Ms = 0;
/// How long a restart takes; systemctl says so a moment after its job is over.
pub(super) const RESTARTS: Ms = 2_000;
const SAYS_SO: Ms = RESTARTS + 1;

#[derive(Debug, Default)]
pub(super) struct Model {
    /// The checks that look at the machine.
    pub(super) checks: Vec<Arc<Check>>,
    pub(super) inventory: Inventory,
    pub(super) books: Vec<Book>,
    pub(super) faults: Vec<Fault>,
    pub(super) restarts: Restarts,
    /// The faults that restarts have ended.
    pub(super) healed: Vec<String>,
    /// Whether something is wrong, so that every line of a log may change an opinion.
    pub(super) troubled: bool,
    pub(super) answers: BTreeMap<String, Vec<Sample>>,
    pub(super) asked_restarts: Vec<(Ms, String)>,
}

/// What becomes of a command line.
pub(super) struct Turn {
    pub(super) answer: Answer,
    /// How long it takes, in milliseconds.
    pub(super) takes: Ms,
    /// The unit that is restarted, and how long afterwards that helps, if ever.
    pub(super) restarts: Option<(String, Option<Ms>)>,
}

impl From<Answer> for Turn {
    fn from(answer: Answer) -> Self {
        Self { answer, takes: ANSWERS, restarts: None }
    }
}

impl Model {
    /// What a command line comes to.
    pub(super) fn turn(&self, argv: &[String], wall: Timestamp, look: &mut Look) -> Turn {
        let Some(call) = Call::of(argv) else { return Answer::NotFound.into() };
        if let Some(answer) = self.in_the_way(&call, look) {
            return answer.into();
        }
        match call.wants {
            Wants::State(unit) => units::is_active(&self.state(unit, look)).into(),
            Wants::Restart(unit) => self.restart(unit, look),
            Wants::Journal(unit, since) => logs::journal(&self.books, unit, since, wall).into(),
            Wants::Run(argv) => {
                programs::run(&self.inventory.programs, &self.faults, argv, look).into()
            }
        }
    }

    fn state(&self, unit: &str, look: &mut Look) -> String {
        units::state(&self.faults, &self.restarts, unit, look)
    }

    /// What keeps a call from what it wants.
    fn in_the_way(&self, call: &Call<'_>, look: &mut Look) -> Option<Answer> {
        if call.sudo {
            let met =
                |what: &What| if let What::Sudo(how) = what { Some(how.clone()) } else { None };
            match look.last(&self.faults, met).as_deref() {
                Some("missing") => return Some(Answer::NotFound),
                Some(_) => return Some(answers::no_password()),
                None => {}
            }
        }
        let met = |what: &What| match (what, call.program) {
            (What::Systemctl(how), "systemctl") | (What::Journalctl(how), "journalctl") => {
                Some(how.clone())
            }
            _ => None,
        };
        Some(match look.last(&self.faults, met)?.as_str() {
            "missing" if call.sudo => answers::sudo_finds_no(call.program),
            "missing" => Answer::NotFound,
            "not_booted" => answers::not_booted(),
            "no_journal" => answers::no_journal(),
            "no_permission" if call.program == "journalctl" => answers::journal_not_shown(),
            "no_permission" => Answer::PermissionDenied,
            _ => Answer::Hangs,
        })
    }

    fn restart(&self, unit: &str, look: &mut Look) -> Turn {
        let unit = crate::inventory::full_name(unit);
        let goes = units::restart(&self.faults, &unit, look);
        let missing = self.state(&unit, &mut Look::of_a_user()) == "not_found";
        let (answer, takes, restarts) = match goes {
            Some(Goes::Refused) => (answers::not_allowed(&unit), ANSWERS, None),
            Some(Goes::Hangs) => (Answer::Hangs, ANSWERS, None),
            _ if missing => (answers::no_such_unit(&unit), ANSWERS, None),
            Some(Goes::Fails) => (answers::job_failed(&unit), SAYS_SO, Some((unit, None))),
            Some(Goes::Late(by)) => {
                let helps = engine::time::millis(by);
                (answers::ends(0, "", ""), SAYS_SO, Some((unit, Some(helps))))
            }
            None => (answers::ends(0, "", ""), SAYS_SO, Some((unit, Some(0)))),
        };
        Turn { answer, takes, restarts }
    }

    /// A unit has been restarted: what was wrong with it, its log and its processes is over.
    pub(super) fn heal(&mut self, unit: &str) {
        let (inventory, books) = (&self.inventory, &self.books);
        let alone = inventory.units.len() == 1;
        let owns_line = |part: &Option<String>| {
            let own = inventory.processes.iter().filter(|one| one.unit.as_deref() == Some(unit));
            let mut fitting = own.filter(|one| {
                part.as_ref().is_none_or(|part| one.command_line.to_lowercase().contains(part))
            });
            fitting.next().is_some() && (alone || part.is_some())
        };
        let owns_log = |name: &Option<String>| {
            let mut own = books.iter().filter(|book| book.log.unit.as_deref() == Some(unit));
            (alone || name.is_some()) && own.any(|book| book.is_called(name.as_deref()))
        };
        let over = |fault: &Fault| {
            !fault.sticky
                && match &fault.what {
                    What::Unit { unit: on, .. } => on.as_deref().map_or(alone, |on| on == unit),
                    What::Log { log, .. } => owns_log(log),
                    What::Process { part, .. } => owns_line(part),
                    What::Restart { .. }
                    | What::Systemctl(_)
                    | What::Sudo(_)
                    | What::Journalctl(_)
                    | What::Program { .. } => false,
                }
        };
        self.healed.extend(self.faults.iter().filter(|one| over(one)).map(|one| one.id.clone()));
        let healed = &self.healed;
        self.faults.retain(|fault| !healed.contains(&fault.id));
    }

    /// Writes what each log gets now; a unit that does not run writes nothing.
    pub(super) fn write_logs(&mut self, wall: Timestamp) {
        let (faults, restarts) = (&self.faults, &self.restarts);
        for book in &mut self.books {
            let runs = book.log.unit.as_ref().is_none_or(|unit| {
                // A line that is not written is what the fault has done.
                let mut look = Look::of_the_checker();
                units::is_running(&units::state(faults, restarts, unit, &mut look))
            });
            if runs {
                book.write(faults, wall);
            }
        }
    }

    fn list(&self, look: &mut Look) -> Result<Vec<Process>, String> {
        processes::list(&self.inventory.processes, &self.faults, &self.restarts, look)
    }

    /// Keeps what a run is worth to those on whose behalf it was.
    pub(super) fn note_run(
        &mut self,
        argv: &[String],
        outcome: &CommandOutcome,
        (at, until): (Ms, Ms),
        wall: Timestamp,
    ) {
        for check in &self.checks {
            if opinion::runs(check).is_some_and(|asked| asked == argv) {
                let (verdict, why) = opinion::worth(check, &Seen::Ran(outcome), wall);
                let sample = Sample { at, until, verdict, why };
                self.answers.entry(check.name.to_string()).or_default().push(sample);
            }
        }
    }

    /// The processes for the checker, with what they are worth to those who count them: the table is
    /// not told who reads it.
    fn listed(&mut self, at: Ms, wall: Timestamp) -> Result<Processes, String> {
        let listed = self.list(&mut Look::of_the_checker());
        let seen = Seen::Listed(&listed);
        for check in self.checks.iter().filter(|check| opinion::counts(check)) {
            let (verdict, why) = opinion::worth(check, &seen, wall);
            let sample = Sample { at, until: at, verdict, why };
            self.answers.entry(check.name.to_string()).or_default().push(sample);
        }
        listed.map(Into::into)
    }

    /// What an independent user finds.
    pub(super) fn opinion(&self, check: &Check, wall: Timestamp) -> Option<Worth> {
        if !opinion::looks(check) {
            return None;
        }
        let mut look = Look::of_a_user();
        let mut all = Vec::new();
        if let Some(argv) = opinion::runs(check) {
            let Turn { answer, takes, .. } = self.turn(&argv, wall, &mut look);
            let (outcome, _) = within(answer, takes, engine::time::millis(check.timeout));
            all.push(opinion::worth(check, &Seen::Ran(&outcome), wall));
        }
        if opinion::counts(check) {
            all.push(opinion::worth(check, &Seen::Listed(&self.list(&mut look)), wall));
        }
        if let Some(path) = opinion::reads(check) {
            let text = self.books.iter().find(|book| book.name == path).map(Book::text);
            all.push(opinion::worth(check, &Seen::Read(&text.unwrap_or_default()), wall));
        }
        let (verdict, why) = opinion::worst(all)?;
        let unsure = look.unsure && verdict != Truth::Good;
        Some((if unsure { Truth::Unsure } else { verdict }, why))
    }

    /// When a flapping fault changes sides, or a heartbeat comes of age.
    pub(super) fn next_change(&self, now: Ms, wall: Timestamp) -> Option<Ms> {
        let edges = self.faults.iter().filter_map(|fault| fault.chance.next_edge());
        let ages = self.books.iter().filter_map(|book| {
            let left = book.log.max_age.checked_sub(wall.since(book.newest()?))?;
            Some(now + engine::time::millis(left) + 1)
        });
        edges.chain(ages).filter(|at| *at > now).min()
    }
}

impl Machine {
    /// The process table for the checker.
    pub(super) fn list(&self) -> Result<Processes, String> {
        let (now, wall) = (self.0.watch.now(), self.0.clock.now().wall);
        self.model().listed(now, wall)
    }
}
