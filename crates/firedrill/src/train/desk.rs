//! The desk of who is on duty: what they see of the exercise under way, and what they can do. One
//! task owns the exercise; pages and prompt ask it through a [`Desk`]. Nothing here knows the fault.

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use crate::scenario::Ms;

/// Something that a person on duty does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub(crate) enum Deed {
    /// Says that an alert about this check has been seen.
    Acknowledge {
        /// The check.
        check: String,
    },
    /// Opens an incident: something is wrong.
    Declare,
    /// Writes down a thought.
    Note {
        /// The thought, at most 2,000 characters.
        text: String,
    },
    /// Names a cause.
    Diagnose {
        /// The part of the stack.
        component: String,
        /// The kind of fault, as in the catalogue.
        fault: String,
    },
    /// Uses an operator's tool.
    Operate {
        /// Its name, such as `restart-db`.
        tool: String,
    },
    /// Asks for the next hint.
    Hint,
    /// Says that the incident is over, which ends the exercise.
    Resolve,
    /// Gives up, or goes home on a quiet day: ends the exercise without a claim.
    Leave,
}

/// A deed in its time: a line of the exercise's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// When, in the exercise's own time.
    pub(crate) at: Ms,
    /// Who did it.
    pub(crate) by: String,
    /// What.
    #[serde(flatten)]
    pub(crate) deed: Deed,
    /// What came of it, in words: `ok`, the text of the hint, what the tool answered.
    pub(crate) answer: String,
}

/// What people on duty see now.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct View {
    /// The team.
    pub(crate) team: String,
    /// What they were told before it began.
    pub(crate) story: String,
    /// The level, 1 to 3.
    pub(crate) level: u8,
    /// How many times faster than real time everything goes.
    pub(crate) speed: f64,
    /// How much of the exercise's own time has passed.
    pub(crate) now: Ms,
    /// When it is over at the latest.
    pub(crate) ends: Ms,
    /// Whether it is over.
    pub(crate) over: bool,
    /// Where the board is.
    pub(crate) board: String,
    /// Where the operator's panel is.
    pub(crate) panel: String,
    /// The alerts that have arrived, the latest last.
    pub(crate) alerts: Vec<Mail>,
    /// The checks and how they stand.
    pub(crate) checks: Vec<CheckState>,
    /// What was done so far.
    pub(crate) done: Vec<Done>,
    /// What the operator's tools are.
    pub(crate) tools: Vec<Tool>,
    /// The causes that can be named, by component.
    pub(crate) causes: Vec<Component>,
    /// How many hints are left, and what the next one costs in points.
    pub(crate) hints_left: usize,
    /// See above.
    pub(crate) hint_costs: u32,
}

/// An alert as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mail {
    /// When.
    pub(crate) at: Ms,
    /// About which check; absent for a report.
    pub(crate) check: Option<String>,
    /// Which event, such as `first_fail`.
    pub(crate) event: Option<String>,
    /// The subject.
    pub(crate) subject: String,
    /// The text.
    pub(crate) body: String,
}

/// How a check stands on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CheckState {
    /// Its name.
    pub(crate) name: String,
    /// The word on its tile: OK, WARN, FAIL, UNKNOWN, PENDING, RETRYING, STALE.
    pub(crate) word: String,
    /// The reason, when it is not OK.
    pub(crate) reason: String,
}

/// An operator's tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Tool {
    /// Its name, such as `restart-db`.
    pub(crate) name: String,
    /// What the button says.
    pub(crate) label: String,
    /// What it does and what it costs.
    pub(crate) about: String,
    /// Whether it is running now.
    pub(crate) running: bool,
}

/// A part of the stack with what can be wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Component {
    /// Its name, such as `db`.
    pub(crate) name: String,
    /// The kinds of fault: the name in the catalogue, and plain words.
    pub(crate) faults: Vec<(String, String)>,
}

/// A question to the task that owns the exercise.
#[derive(Debug)]
pub(crate) enum Question {
    /// What is there to see?
    Look(oneshot::Sender<View>),
    /// Somebody does something; the answer is what came of it, or why it cannot be done.
    Do(String, Deed, oneshot::Sender<Result<String, String>>),
}

/// The way to the exercise under way. Clones lead to the same one.
#[derive(Clone, Debug)]
pub(crate) struct Desk(mpsc::Sender<Question>);

const OVER: &str = "the exercise is over";

impl Desk {
    /// A desk and the questions that are asked at it.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Question>) {
        let (ask, asked) = mpsc::channel(16);
        (Self(ask), asked)
    }

    /// What there is to see; nothing when the exercise is no longer there.
    pub(crate) async fn look(&self) -> Option<View> {
        let (tell, told) = oneshot::channel();
        self.0.send(Question::Look(tell)).await.ok()?;
        told.await.ok()
    }

    /// Does something in the name of a person.
    ///
    /// # Errors
    /// Says why it cannot be done.
    pub(crate) async fn act(&self, by: &str, deed: Deed) -> Result<String, String> {
        let (tell, told) = oneshot::channel();
        let asked = self.0.send(Question::Do(by.to_owned(), deed, tell)).await;
        asked.map_err(|_| OVER.to_owned())?;
        told.await.unwrap_or_else(|_| Err(OVER.to_owned()))
    }
}
