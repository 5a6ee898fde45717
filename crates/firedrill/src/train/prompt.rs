//! The desk at the terminal: a line a command. Reads standard input on a thread of its own, because
//! nothing can end a read of it; its end is not the end of the exercise.

use std::io::BufRead as _;

use tokio::sync::mpsc;

use super::{
    desk::{Deed, Desk, View},
    words::clock,
};
use crate::out::say;

const HELP: &str = "\
  status                       how everything stands
  ack CHECK                    you have seen the alert about this check
  declare                      open an incident
  note WORDS                   write down what you think
  diagnose COMPONENT FAULT     name the cause; `causes` lists what can be named
  act TOOL                     use an operator's tool; `tools` lists them
  hint                         ask for a hint, which costs points
  resolved                     the incident is over
  leave                        go home: nothing was wrong, or you give up";

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wish {
    Do(Deed),
    Status,
    Causes,
    Tools,
    Help,
}

/// Reads commands and carries them out in the name of a person until the exercise is over.
pub(super) async fn serve(desk: Desk, by: String) {
    let (send, mut lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines().map_while(Result::ok);
        lines.map_while(|line| send.blocking_send(line).ok()).for_each(drop);
    });
    while let Some(line) = lines.recv().await {
        if line.trim().is_empty() {
            continue;
        }
        match wish(line.trim()) {
            Ok(wish) => carry_out(&desk, &by, wish).await,
            Err(why) => say(&why),
        }
    }
}

async fn carry_out(desk: &Desk, by: &str, wish: Wish) {
    if let Wish::Do(deed) = wish {
        match desk.act(by, deed).await {
            Ok(answer) => say(&answer),
            Err(why) => say(&format!("not done: {why}")),
        }
        return;
    }
    let Some(view) = desk.look().await else {
        return say("not done: the exercise is over");
    };
    match wish {
        Wish::Status => say(&status(&view)),
        Wish::Causes => say(&causes(&view)),
        Wish::Tools => say(&tools(&view)),
        Wish::Help | Wish::Do(_) => say(HELP),
    }
}

fn wish(line: &str) -> Result<Wish, String> {
    let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let needs = |what: &str| Err(format!("`{verb}` needs {what}; `help` lists all commands"));
    let deed = match (verb, rest) {
        ("ack", "") => return needs("the name of a check"),
        ("ack", check) => Deed::Acknowledge { check: check.to_owned() },
        ("declare", _) => Deed::Declare,
        ("note", "") => return needs("words"),
        ("note", text) => Deed::Note { text: text.to_owned() },
        ("diagnose", text) => match text.split_whitespace().collect::<Vec<_>>()[..] {
            [component, fault] => {
                Deed::Diagnose { component: component.to_owned(), fault: fault.to_owned() }
            }
            _ => return needs("a component and a fault, such as `diagnose db db`"),
        },
        ("act", "") => return needs("the name of a tool"),
        ("act", tool) => Deed::Operate { tool: tool.to_owned() },
        ("hint", _) => Deed::Hint,
        ("resolved" | "resolve", _) => Deed::Resolve,
        ("leave", _) => Deed::Leave,
        ("status", _) => return Ok(Wish::Status),
        ("causes", _) => return Ok(Wish::Causes),
        ("tools", _) => return Ok(Wish::Tools),
        ("help" | "?", _) => return Ok(Wish::Help),
        _ => return Err(format!("there is no command `{verb}`; `help` lists all commands")),
    };
    Ok(Wish::Do(deed))
}

fn status(view: &View) -> String {
    let mut lines = vec![format!("{} of {}", clock(view.now), clock(view.ends))];
    lines.extend(view.checks.iter().map(|check| {
        format!("  {:<10} {}  {}", check.word, check.name, check.reason).trim_end().to_owned()
    }));
    let running = view.tools.iter().filter(|tool| tool.running);
    lines.extend(running.map(|tool| format!("  under way: {}", tool.label)));
    lines.push(format!("  hints left: {}", view.hints_left));
    lines.join("\n")
}

fn causes(view: &View) -> String {
    let part = |part: &super::desk::Component| {
        let kinds = part.faults.iter().map(|(kind, plain)| format!("\n  {kind:<24} {plain}"));
        format!("{}{}", part.name, kinds.collect::<String>())
    };
    view.causes.iter().map(part).collect::<Vec<_>>().join("\n")
}

fn tools(view: &View) -> String {
    let tool = |tool: &super::desk::Tool| format!("  {:<20} {}", tool.name, tool.about);
    view.tools.iter().map(tool).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_deed_or_says_what_it_lacks() {
        let deed = |line: &str| wish(line);
        assert_eq!(
            deed("diagnose db  db"),
            Ok(Wish::Do(Deed::Diagnose { component: "db".to_owned(), fault: "db".to_owned() }))
        );
        assert_eq!(
            deed("note the pool, I think"),
            Ok(Wish::Do(Deed::Note { text: "the pool, I think".to_owned() }))
        );
        assert_eq!(deed("resolved"), Ok(Wish::Do(Deed::Resolve)));
        for (line, words) in [
            ("ack", "needs the name of a check"),
            ("diagnose db", "needs a component and a fault"),
            ("reboot", "there is no command `reboot`"),
        ] {
            let why = deed(line).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
